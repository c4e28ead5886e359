"""What a friend's order comes to: both sides are promised their prizes, and a refund in time takes them back.

A refund may be told before its order, and by anybody: both are known by the order's number. What was refunded of an
order, and what it was worth, are counts, so it does not matter who is first.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from interplay.acts.contracts import Count
from interplay.criteria.contracts import Occurrence
from interplay.interact.mechanics import households
from interplay.interact.mechanics.contracts import At, Plan, Planning, Promise, Withdrawal
from interplay.interact.mechanics.referral_terms import FRIEND, REFERRER, SECOND, OrderSettings, ReferralSettings
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.time import DAY

QUALIFIED = "referral.qualified"
REFUNDED, CANCELLED = "order.refunded", "order.cancelled"
BACK = frozenset({REFUNDED, CANCELLED})
WHOLE = 10**15  # minor units: more than any order's; what is refunded without an amount, or cancelled


def kind_of(name: str) -> str:
    """Return the kind of a part's links."""
    return f"referral:{name}"


def group_of(at: At) -> str | None:
    """Return by which group somebody invites: the first that was opened, where a merge has brought her two."""
    found = at.look.opened(kind_of(at.name), [str(one) for one in at.wallet])
    return found[0] if found else None


def follow(at: At, settings: ReferralSettings, fact: Occurrence) -> Plan | None:
    """Return what an order or a refund comes to. What names no order is nothing."""
    order, sources = _order_of(at, fact), settings.order.sources
    if order is None or (sources and at.source not in sources):
        return None
    return _refunded(at, settings, fact, order) if fact.name in BACK else _ordered(at, settings, fact, order)


def objection(at: At, settings: ReferralSettings, about: Mapping[str, Any]) -> str:
    """Return why what was promised for a friend's order is not given: they turned out to be one, or near."""
    look, kind = at.look, kind_of(at.name)
    friend, inviter = look.wallet(about["friend"]), look.wallet(about["inviter"])
    others = [one for subject in about["others"] for one in look.wallet(subject)]
    if not set(friend).isdisjoint((*inviter, *others)) or not set(inviter).isdisjoint(others):
        return "merged"
    links = look.links(kind, friend)
    if links and (links[0].group, links[0].subject) != (about["group"], about["friend"]):
        return "invited_before"
    if not set(friend).isdisjoint(one for above in look.above(kind, inviter) for one in look.wallet(above)):
        return "loop"
    return "household" if households.are_one(at, settings.household, about["marks"], friend, inviter) else ""


def _ordered(at: At, settings: ReferralSettings, fact: Occurrence, order: str) -> Plan | None:
    """Return what an order comes to: of a friend the promises, of an inviter where her household is."""
    kind, marks = kind_of(at.name), households.of_order(at, settings.household)
    links = at.look.links(kind, at.wallet)
    plan = Planning(at)
    if links or (marks and group_of(at) is not None):
        households.note(plan, at, marks)
    if not links or not _counts(at, settings.order, fact, order) or fact.at < links[0].at:
        return plan.done() if plan.place else None
    inviter = SubjectId(int(links[0].group))
    if at.look.used(at.scope("ordered:customer"), whose=at.wallet):
        return plan.done() if plan.place else None
    value = _value(fact)
    due = Micros(at.now + settings.order.return_days * DAY)
    plan.do(at.mine("ordered:customer", 1), Count(at.scope("ordered")), Count(at.scope(f"value:{order}"), value))
    plan.tell(QUALIFIED, {"order_id": fact.fields["order_id"], "value": value, "due_at": due})
    found = plan.done()
    about = {
        "friend": links[0].subject, "inviter": inviter, "group": links[0].group, "marks": marks, "others": [],
    }  # fmt: skip
    promises = _promises(at, settings, order, due, about)
    return Plan(found.steps, found.tells, found.awards, found.says, promises=tuple(promises))


def _promises(at: At, settings: ReferralSettings, order: str, due: Micros, about: dict[str, Any]) -> Iterator[Promise]:
    sides = [(FRIEND, at.subject, settings.friend), (REFERRER, about["inviter"], settings.referrer)]
    above = at.look.above(kind_of(at.name), at.look.wallet(about["inviter"])) if settings.second else []
    if above:
        sides.append((SECOND, above[0], settings.second))
    for side, subject, prizes in sides:
        if prizes:
            plan = Planning(at)
            plan.do(Count(at.scope("rewards"), subject=subject), Count(at.scope("rewarded")))
            for prize in prizes:
                plan.give(prize, subject, due)
            others = [above[0]] if side is SECOND else []
            yield Promise(f"{order}:{side}", subject, due, plan.done(), {**about, "others": others})


def _refunded(at: At, settings: ReferralSettings, fact: Occurrence, order: str) -> Plan:
    """Count what was refunded of an order, whichever comes first; too little left of it takes the promises back."""
    plan, scope = Planning(at), at.scope(f"refunded:{order}")
    money = WHOLE if fact.name == CANCELLED else abs(_value(fact) or WHOLE)
    plan.do(Count(scope, money))
    found = plan.done()
    left = at.look.used(at.scope(f"value:{order}")) - at.look.used(scope) - money
    if left >= max(settings.order.value_min, 1):
        return found
    said = {"reason": "refunded", "order_id": fact.fields["order_id"]}
    withdraws = (Withdrawal(f"{order}:{side}", said) for side in (FRIEND, REFERRER, SECOND))
    return Plan(found.steps, withdraws=tuple(withdraws))


def _counts(at: At, settings: OrderSettings, fact: Occurrence, order: str) -> bool:
    left = _value(fact) - at.look.used(at.scope(f"refunded:{order}"))
    return left >= max(settings.value_min, 1) and (not settings.where or at.holds(settings.where, fact))


def _value(fact: Occurrence) -> int:
    value = fact.fields.get("value")
    return value if isinstance(value, int) else 0


def _order_of(at: At, fact: Occurrence) -> str | None:
    number = fact.fields.get("order_id")
    return at.look.digest("order", number).hex()[:32] if isinstance(number, str) and number else None
