"""Coupons as faces ask for them: customers by identifiers, keys of acts by who asks."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from interplay.acts import api as acts
from interplay.acts.contracts import SETTLING, Act, Asking, Receipt, Refused, Settle, Tell, Undo
from interplay.bootstrap.reach import Reach
from interplay.kernel.errors import AppError
from interplay.kernel.ids import CustomerId, SubjectId
from interplay.link.coupons import api as coupons
from interplay.link.coupons.contracts import (
    REDEMPTION,
    RETURN,
    Claim,
    CouponView,
    Given,
    Issue,
    Quoted,
    Redeem,
    Redemption,
    Return,
    Returned,
    Transfer,
    Void,
    Voided,
    Wish,
)
from interplay.link.stores.contracts import Device
from interplay.unify.customers import api as customers
from interplay.unify.identity.api import customer_of

Who = tuple[str, str]
"""A customer by (kind, value) of an identifier."""


class GivenTo(Struct, frozen=True):
    """What became of one of a list: a coupon, or why not."""

    who: Who
    given: Given | Refused | AppError


def subject_of(access: Reach, who: Who) -> SubjectId:
    """Return whose an identifier is. Raises AppError `facts.identifier.kind`, `customers.*`."""
    home = access.home
    return customers.known(home.database, home.keys, home.settings.brand.region, *who)[1]


def issue(access: Reach, key: str, template: str, who: Sequence[Who], by: str) -> Iterator[GivenTo]:
    """Give each of them a coupon, each under a key of her own. Raises AppError `coupons.template`, `coupons.list`."""
    access.home.coupons.catalogue().template(template)
    first: dict[CustomerId, SubjectId] = {}
    found = [
        one if isinstance(one, AppError) else first.setdefault(customer_of(access.home.database, one)[0], one)
        for one in (_known(access, one) for one in who)
    ]  # a customer may be named twice, by two identifiers
    known = dict.fromkeys(one for one in found if not isinstance(one, AppError))
    asks = [Issue(key=f"{key}/{subject}", template=template, subject=subject, by=by) for subject in known]
    answers = dict(zip(known, coupons.issue_all(access.home.coupons, access, asks), strict=True))
    for one, subject in zip(who, found, strict=True):
        yield GivenTo(one, subject if isinstance(subject, AppError) else answers[subject])


def claim(access: Reach, key: str, who: Who | SubjectId, template: str, code: str, by: str) -> Given | Refused:
    """Let a customer take a coupon."""
    return acts.through(access.home.acts, access, claiming(access, key, who, template, code, by))


def claiming(
    access: Reach, key: str, who: Who | SubjectId, template: str, code: str, by: str
) -> Asking[Given | Refused]:
    """Do as `claim`, driven by who asks."""
    subject = subject_of(access, who) if isinstance(who, tuple) else who
    ask = Claim(key=key, subject=subject, template=template, code=code, by=by)
    return (yield from coupons.claiming(access.home.coupons, ask))


def transfer(access: Reach, key: str, code: str, who: Who, to: Who, by: str) -> Given | Refused:
    """Give a customer's coupon to another."""
    giver, receiver = subject_of(access, who), subject_of(access, to)
    ask = Transfer(key=key, code=code, subject=giver, to=receiver, by=by)
    return coupons.transfer(access.home.coupons, access, ask)


def void(access: Reach, key: str, code: str, reason: str, by: str) -> Voided | Refused:
    """Take a coupon back for good."""
    return coupons.void(access.home.coupons, access, Void(key=key, code=code, reason=reason, by=by))


def show(access: Reach, code: str) -> CouponView | Refused:
    """Return how a coupon stands."""
    return coupons.show(access.home.coupons, code)


def wallet(access: Reach, subject: SubjectId) -> list[CouponView]:
    """Return a customer's coupons."""
    return coupons.wallet(access.home.coupons, subject)


def quote(access: Reach, wish: Wish) -> Quoted:
    """Return what a basket costs."""
    return coupons.quote(access.home.coupons, wish)


def redeem(access: Reach, ask: Redeem, hold_seconds: int | None = None) -> Redemption | Refused:
    """Make a quote binding, or hold it."""
    return coupons.redeem(access.home.coupons, access, ask, hold_seconds)


def redeeming(access: Reach, ask: Redeem, hold_seconds: int | None = None) -> Asking[Redemption | Refused]:
    """Do as `redeem`, driven by who asks."""
    return coupons.redeeming(access.home.coupons, ask, hold_seconds)


def committing_hold(access: Reach, key: str, hold: str, till: Device) -> Asking[Redemption | Refused]:
    """Make final what a till of this store holds; from then on `key` stands for that, if it is not the hold's own.

    Raises AppError `acts.key_reused` (409).
    """
    under = key if key != hold else ""
    return coupons.settling(access.home.coupons, hold, till.store, under=under)


def take_back(access: Reach, ask: Return) -> Returned | Refused:
    """Take back an order or a part of it."""
    return coupons.take_back(access.home.coupons, access, ask)


def taking_back(access: Reach, ask: Return) -> Asking[Returned | Refused]:
    """Do as `take_back`, driven by who asks."""
    return coupons.taking_back(access.home.coupons, ask)


def reverse(access: Reach, key: str, reason: str, by: str) -> Returned | Receipt | Refused:
    """Take back what an act did, whole: an order by its lines, everything else step by step.

    Raises AppError `coupons.unknown_act` (404).
    """
    home = access.home
    receipt = acts.find(home.acts, home.database, key)
    if receipt is None:
        raise AppError("coupons.unknown_act", status=404, given=key)
    if receipt.kind == REDEMPTION:
        return take_back(access, Return(key=f"reverse:{key}", redemption=key, by=by))
    if receipt.kind in (
        RETURN,
        SETTLING,
    ):  # its goods would count as sold again, and what was paid back would stay paid
        return Refused("acts.not_undone")
    if receipt.state == "held":
        return acts.do(home.acts, access, Settle(key, is_kept=False))
    tells = coupons.taken_back(home.coupons, receipt, reason)
    tells = tells or (Tell("act.reversed", None, {"act": receipt.kind, "reason": reason}),)
    act = Act(f"reverse:{key}", "acts.reverse", acts.body_of(key), (Undo(key),), tells, by=by)
    return acts.do(home.acts, access, act)


def _known(access: Reach, who: Who) -> SubjectId | AppError:
    try:
        return subject_of(access, who)
    except AppError as mistake:
        if mistake.code == "customers.unknown":
            return mistake
        raise
