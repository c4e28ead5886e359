"""Orders that were counted: an order told twice counts once, and what a refund takes back is in proportion to money.

How much of an order's money was refunded is one counter, so it does not matter which is told first. Where
a document names whose facts count, their refunds are counted apart: who may not give may not take. An order that a
page tells first and the server then is counted once by either, where each counts by itself.
"""

from collections.abc import Collection, Mapping, Sequence

import msgspec
from msgspec import Struct

from interplay.acts.contracts import Count, Open, Undo
from interplay.criteria.contracts import Occurrence
from interplay.interact.mechanics.contracts import At, Plan, Planning, Said

ORDER = "order.completed"
BACK = frozenset({"order.refunded", "order.cancelled"})
"""What takes an order back. A cancelled one is refunded whole, and so is one whose refund names no amount."""
WHOLE = 10**15  # minor units: more than any order's

Sources = tuple[str, ...]
"""Whose facts count; none named: everybody's."""


class Share(Struct, frozen=True, array_like=True):
    """What of an order counts by the same sources: the step of its money, the steps that count, and all its money."""

    paid: int
    counts: tuple[int, ...]
    whole: int
    sources: Sources = ()


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


def left_of(at: At, fact: Occurrence, sources: Sequence[str]) -> tuple[int, int]:
    """Return what is left of the money of a fact's order, and all of it; of what is no order 1 and 1.

    Where `sources` are named, only their refunds took anything.
    """
    order = order_of(at, fact)
    if not order:
        return 1, 1
    whole = max(number_in(fact, "value"), 1)
    return max(whole - _taken(at, order, sources), 0), whole


def uncounted(at: At, fact: Occurrence, wanted: Collection[Sources]) -> tuple[Collection[Sources], int]:
    """Return for whom of `wanted`, which are all that a part names, an order does not count yet; and how often it did.

    Where they are one, the writer alone looks whether it has counted.
    """
    order = order_of(at, fact)
    if not order or len(wanted) < 2:
        return wanted, 0
    found, times = _counted(at, order)
    if len(found) < times or any("shares" not in said.says for _, said in found):
        return (), times  # by somebody who is erased, or before sources were noted: nobody knows for whom
    counted = {share.sources for _, said in found for share in _shares(said)}
    if not counted.issubset(wanted):  # by an earlier version, whose tasks were others
        return (), times
    return [one for one in wanted if one not in counted], times


def open_order(plan: Planning, at: At, fact: Occurrence, counted: Mapping[Sources, Sequence[int]], before: int) -> None:
    """Let an order count once, and remember what its money is, so that what was `counted` can be taken back.

    Each of the counts is taken back by whoever could have told it: what is counted by other `sources` stands apart.
    `before`: how often it has counted for others.
    """
    if order := order_of(at, fact):
        plan.do(Open(_orders(at), _counting(order, before), at.subject))
        shares = []
        for sources, counts in counted.items():
            left, whole = left_of(at, fact, sources)
            shares.append(Share(plan.do(Count(at.scope("paid"), left)), tuple(counts), whole, sources))
        plan.say(shares=[msgspec.to_builtins(one) for one in shares])


def taken_back(at: At, fact: Occurrence) -> Plan | None:
    """Take back what an order's plan has counted by this source, in proportion; nothing of what `closed` since."""
    order, value = order_of(at, fact), fact.fields.get("value")
    money = abs(value) if fact.name != "order.cancelled" and isinstance(value, int) else WHOLE
    if not order or not money:
        return None
    plan = Planning(at)
    plan.do(Count(_refunded(at, order), money), Count(_refunded(at, order, at.source), money))
    for key, said in _counted(at, order)[0]:
        for one in _shares(said) if at.now < said.says.get("closes_at", at.now + 1) else ():
            some = min(money, one.whole - _taken(at, order, one.sources))
            if some > 0 and (not one.sources or at.source in one.sources):
                counts = tuple(said.begins + place for place in one.counts)
                plan.do(Undo(key, said.begins + one.paid, some, along=counts))
    return plan.done()


def _counted(at: At, order: str) -> tuple[list[tuple[str, Said]], int]:
    """Return the acts that have counted an order, but those of who is erased, and how many there were with those."""
    found: list[tuple[str, Said]] = []
    times = 0
    while at.look.opened(_orders(at), [group := _counting(order, times)]):
        times += 1
        if (one := at.look.founder(_orders(at), group)) is not None:
            found.append(one)
    return found, times


def _counting(order: str, before: int) -> str:
    """Return the group of an order's next counting."""
    return f"{order}:{before}" if before else order


def _shares(said: Said) -> list[Share]:
    """Return what a plan has said that it counted. Those of before knew no sources: anybody's refund takes it back."""
    says = said.says
    if "shares" not in says:
        return [Share(says["paid"], tuple(says["counts"]), says["whole"])]
    return msgspec.convert(says["shares"], list[Share])


def _taken(at: At, order: str, sources: Sequence[str]) -> int:
    """Return how much money of an order is back, as far as one of some sources said so."""
    if not sources:
        return at.look.used(_refunded(at, order))
    return sum(at.look.used(_refunded(at, order, one)) for one in set(sources))


def _orders(at: At) -> str:
    return at.scope("orders")


def _refunded(at: At, order: str, source: str = "") -> str:
    return at.scope(f"refunded:{order}:{source}" if source else f"refunded:{order}")
