"""Documents of kind `coupon`: every mistake at its place."""

import pytest

from interplay.kernel.errors import AppError
from tests.link.coupons.shop import OFF_20, template


@pytest.mark.parametrize(
    ("changes", "place", "code"),
    [
        ({"name": "Spring"}, "name", "coupons.name"),
        ({"name": "coupons"}, "name", "coupons.name"),
        ({"funder": ""}, "funder", "coupons.funder"),
        ({"total_max": 0}, "total_max", "coupons.bounds"),
        ({"valid_days": 0}, "valid_days", "coupons.bounds"),
        ({"budget": -1}, "budget", "coupons.bounds"),
        ({"code": "HELLO"}, "code", "coupons.code_not_shared"),
        ({"codes": "shared"}, "code", "coupons.shared_code"),
        ({"codes": "shared", "code": "嗨嗨嗨嗨"}, "code", "coupons.shared_code"),
        ({"codes": "imported", "claimable": True}, "claimable", "coupons.claimable_imported"),
        ({"claimers": {"only": ["nobody"]}}, "claimers.only[0]", "coupons.segment"),
        ({"terms": OFF_20 | {"spend_min": -1}}, "terms.spend_min", "quotes.bounds"),
        ({"terms": OFF_20 | {"spend_min": 2**64}}, "terms.spend_min", "documents.shape.integer"),
        ({"codes": "secret"}, "codes", "documents.shape.value"),
    ],
)
def test_a_mistake_is_told_with_its_place(shop, changes, place, code):
    with pytest.raises(AppError) as raised:
        shop.apply(template(**changes))
    assert (raised.value.place and raised.value.params["place"], raised.value.mistake.code) == (place, code)


def test_a_shared_code_is_one_templates_only(shop):
    with pytest.raises(AppError, match="another coupon has the shared code"):
        shop.apply(template("a", codes="shared", code="HELLO"), template("b", codes="shared", code="hel-lo"))
