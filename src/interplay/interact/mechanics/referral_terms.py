"""The terms of a referral: what a document says of it, and what can be wrong with that."""

from collections.abc import Iterator

from msgspec import Struct

from interplay.interact.mechanics import households
from interplay.interact.mechanics.contracts import Around, Mistake, unknown
from interplay.interact.mechanics.households import HouseholdSettings
from interplay.interact.mechanics.invitations import CODE
from interplay.kernel.errors import AppError

RETURN_DAYS_MAX = 180
ORDERS_MAX = 10**12  # minor units
FRIEND, REFERRER, SECOND = "friend", "referrer", "second"


class OrderSettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which order of a friend counts: her first one for which all of this holds."""

    fact: str = "order.completed"
    where: str = ""  # a condition on its fields
    value_min: int = 1  # minor units, also of what is left after refunds
    return_days: int = 7
    sources: tuple[str, ...] = ()  # who may tell of it, and of refunds; none named: anybody


class NewSettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who is new. Nothing said: whoever was not invited before."""

    segment: str = ""  # a live segment that she must be in
    days_max: int | None = None  # since she was first heard of


class ReferralSettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part `referral`. `second` is for who invited the inviter: there is no level beyond that."""

    friend: tuple[str, ...] = ()
    referrer: tuple[str, ...] = ()
    second: tuple[str, ...] = ()
    order: OrderSettings = OrderSettings()
    new: NewSettings = NewSettings()
    household: HouseholdSettings = HouseholdSettings()
    friends_max: int | None = None
    friends_per_day_max: int | None = None
    link: str = ""  # `https://…{code}`


def mistakes(settings: ReferralSettings, around: Around) -> Iterator[Mistake]:
    """Yield what is wrong with settings that have the right shape."""
    for word in (FRIEND, REFERRER, SECOND):
        for number, prize in enumerate(getattr(settings, word)):
            if prize not in around.prizes:
                yield (word, number), unknown(prize, around.prizes)
    if not settings.friend and not settings.referrer:
        yield (REFERRER,), AppError("mechanics.no_prizes")
    yield from _of_order(settings.order, around)
    if settings.new.segment and settings.new.segment not in around.segments:
        yield ("new", "segment"), unknown(settings.new.segment, around.segments)
    yield from households.mistakes(settings.household, settings.order.fact, around)
    if settings.link and settings.link.count(CODE) != 1:
        yield ("link",), AppError("mechanics.link", given=settings.link)
    for place, given, least, most in (
        (("new", "days_max"), settings.new.days_max, 1, 3_650), (("friends_max",), settings.friends_max, 1, 10**6),
        (("friends_per_day_max",), settings.friends_per_day_max, 1, 10**6),
    ):  # fmt: skip
        if given is not None and not least <= given <= most:
            yield place, AppError("mechanics.bounds", given=given, least=least, most=most)


def _of_order(order: OrderSettings, around: Around) -> Iterator[Mistake]:
    if order.fact not in around.facts:
        yield ("order", "fact"), unknown(order.fact, around.facts)
        return
    missing = sorted({"order_id", "value"} - around.fields.get(order.fact, frozenset()))
    if missing:
        yield ("order", "fact"), AppError("mechanics.no_field", fact=order.fact, field=", ".join(missing))
    if order.where and (wrong := around.condition(order.where, order.fact)) is not None:
        yield ("order", "where"), wrong
    for word, least, most in (("value_min", 1, ORDERS_MAX), ("return_days", 0, RETURN_DAYS_MAX)):
        if not least <= (given := getattr(order, word)) <= most:
            yield ("order", word), AppError("mechanics.bounds", given=given, least=least, most=most)
