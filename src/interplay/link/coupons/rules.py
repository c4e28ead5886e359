"""When a coupon may be given, claimed, handed on or used. Pure: the moment and the answers are handed in."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from interplay.acts.contracts import Argument, Count, Refused, Step
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.time import from_micros, parse_instant, to_micros
from interplay.link.coupons.contracts import Codes, CouponDocument, Refusal, Template
from interplay.link.quotes.contracts import Applied, Choice

Validity = tuple[Micros, Micros | None]


def no(why: Refusal, **arguments: Argument) -> Refused:
    """Return a refusal."""
    return Refused(why.value, arguments)


def validity(document: CouponDocument, now: Micros, zone: ZoneInfo) -> Validity:
    """Return from when until when a coupon that is given now is valid, the end not included.

    Days are those of the brand's calendar: one that begins today and lasts a day ends at midnight. Of one that is given
    before its terms begin, they count from then.
    """
    today = from_micros(now).astimezone(zone).date()
    begins = today + timedelta(days=document.starts_after_days)
    start = now if not document.starts_after_days else _midnight(begins, zone)
    if document.terms.valid_from is not None and (opens := parse_instant(document.terms.valid_from, zone)) > start:
        start, begins = opens, from_micros(opens).astimezone(zone).date()
    ends = []
    if document.valid_days is not None:
        ends.append(_midnight(begins + timedelta(days=document.valid_days), zone))
    if document.terms.valid_until is not None:
        ends.append(parse_instant(document.terms.valid_until, zone))
    return start, min(ends, default=None)


def may_be_given(template: Template, now: Micros, zone: ZoneInfo) -> Refused | None:
    """Return why no more coupons of a template are given, or None."""
    if not template.document.enabled:
        return no(Refusal.STOPPED, template=template.name)
    start, end = validity(template.document, now, zone)
    if end is not None and end <= max(start, now):
        return no(Refusal.ENDED, valid_until=end)
    return None


def may_be_claimed(template: Template, mine: Collection[str], *, has_code: bool) -> Refused | None:
    """Return why a customer may not take one. `mine` are the segments that she is in."""
    document = template.document
    if not has_code and document.codes is not Codes.PERSONAL and not document.claimable:
        return no(Refusal.NEEDS_CODE, template=template.name)
    if not has_code and not document.claimable:
        return no(Refusal.NOT_CLAIMABLE, template=template.name)
    if not _is_among(document.claimers, mine):
        return no(Refusal.NOT_FOR_HER, template=template.name)
    return None


def receiving(template: Template, subject: SubjectId) -> Count:
    """Return what is counted for who gets a coupon from somebody else: as many as she may have, wherever from."""
    cap = template.document.per_customer_max
    return Count(f"coupon:{template.name}:customer", cap=cap, subject=subject, refusal=Refusal.CUSTOMER_FULL.value)


def limits(template: Template, subject: SubjectId | None, now: Micros, zone: ZoneInfo) -> tuple[Step, ...]:
    """Return what is counted when a coupon is given, or a shared code is used on the spot.

    Everything is counted whether or not there is a limit today: one that comes later holds for what was given before.
    """
    document, scope = template.document, f"coupon:{template.name}"
    day = _midnight(from_micros(now).astimezone(zone).date(), zone)
    steps = [Count(scope, cap=document.total_max, refusal=Refusal.HANDED_OUT.value)]
    if document.per_day_max is not None:
        steps.append(Count(f"{scope}:day", cap=document.per_day_max, window=day, refusal=Refusal.DAY_FULL.value))
    if subject is not None:
        steps.append(receiving(template, subject))
    return tuple(steps)


def cost_of(document: CouponDocument, applied: Applied) -> int:
    """Return what a redemption costs the funder."""
    return applied.cost if document.cost is None else document.cost


def cost_scope(template: str) -> str:
    """Return under what the cost of a template's redemptions is counted."""
    return f"cost:coupon:{template}"


def on_the_spot_scope(template: str) -> str:
    """Return under what the uses of a shared code without a coupon are counted."""
    return f"coupon:{template}:on_the_spot"


def face_value(document: CouponDocument) -> int | None:
    """Return the amount that is printed on a coupon, where its benefit is one."""
    amount = document.terms.benefit.amount
    return None if amount is None else amount.off_amount


def _is_among(choice: Choice, mine: Collection[str]) -> bool:
    if any(name in mine for name in choice.but_not):
        return False
    return not choice.only or any(name in mine for name in choice.only)


def _midnight(day: date, zone: ZoneInfo) -> Micros:
    return to_micros(datetime.combine(day, time(), zone))
