"""What can be done with coupons. Other slices import this file and `contracts`."""

from interplay.link.coupons.documents import CouponKind
from interplay.link.coupons.giving import claim, code_of, gift, issue, issue_all, taken_back, transfer, unit_by, void
from interplay.link.coupons.importing import Imported, import_codes
from interplay.link.coupons.redeeming import commit, let_go, quote, read_redemption, redeem
from interplay.link.coupons.returning import take_back
from interplay.link.coupons.showing import sentence, sheet, show, wallet
from interplay.link.coupons.standing import Coupons

__all__ = [
    "CouponKind",
    "Coupons",
    "Imported",
    "claim",
    "code_of",
    "commit",
    "gift",
    "import_codes",
    "issue",
    "issue_all",
    "let_go",
    "quote",
    "read_redemption",
    "redeem",
    "sentence",
    "sheet",
    "show",
    "take_back",
    "taken_back",
    "transfer",
    "unit_by",
    "void",
    "wallet",
]
