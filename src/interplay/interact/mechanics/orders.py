"""Orders that were counted: an order told twice counts once, and what a refund takes back is in proportion to money.

How much of an order's money was refunded is one counter, so it does not matter which is told first.
"""

from interplay.acts.contracts import Count, Open, Undo
from interplay.criteria.contracts import Occurrence
from interplay.interact.mechanics.contracts import At, Plan, Planning

ORDER = "order.completed"
BACK = frozenset({"order.refunded", "order.cancelled"})
"""What takes an order back. A cancelled one is refunded whole, and so is one whose refund names no amount."""
WHOLE = 10**15  # minor units: more than any order's


def with_refunds(facts: frozenset[str]) -> frozenset[str]:
    """Return the facts to follow: with orders also what takes them back."""
    return facts | BACK if ORDER in facts else facts


def order_of(at: At, fact: Occurrence) -> str:
    """Return by what an order is known here, or nothing."""
    number = fact.fields.get("order_id")
    is_known = fact.name == ORDER or fact.name in BACK
    return at.look.digest("order", number).hex() if is_known and isinstance(number, str) and number else ""


def number_in(fact: Occurrence, field: str) -> int:
    """Return a field that is above zero, else 0."""
    found = fact.fields.get(field)
    return found if isinstance(found, int) and found > 0 else 0


def left_of(at: At, fact: Occurrence) -> tuple[int, int]:
    """Return what is left of the money of a fact's order, and all of it; of what is no order 1 and 1."""
    order = order_of(at, fact)
    if not order:
        return 1, 1
    whole = max(number_in(fact, "value"), 1)
    return max(whole - at.look.used(_refunded(at, order)), 0), whole


def open_order(plan: Planning, at: At, fact: Occurrence) -> None:
    """Let an order count once, and remember what its money is, so that it can be taken back."""
    if order := order_of(at, fact):
        left, whole = left_of(at, fact)
        plan.do(Open(_orders(at), order, at.subject))
        plan.say(whole=whole, paid=plan.do(Count(at.scope("paid"), left)))


def taken_back(at: At, fact: Occurrence) -> Plan | None:
    """Take back the `counts` that an order's plan has said, in proportion; nothing of what `closed` since."""
    order, value = order_of(at, fact), fact.fields.get("value")
    money = abs(value) if fact.name != "order.cancelled" and isinstance(value, int) else WHOLE
    if not order or not money:
        return None
    plan = Planning(at)
    plan.do(Count(_refunded(at, order), money))
    found = at.look.founder(_orders(at), order)
    if found is not None and at.now < found[1].get("closes_at", at.now + 1):
        key, says = found
        some = min(money, says["whole"] - at.look.used(_refunded(at, order)))
        if some > 0:
            plan.do(Undo(key, says["paid"], some, along=tuple(says["counts"])))
    return plan.done()


def _orders(at: At) -> str:
    return at.scope("orders")


def _refunded(at: At, order: str) -> str:
    return at.scope(f"refunded:{order}")
