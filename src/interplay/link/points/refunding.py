"""What a refund takes back of what its order gave: in proportion to the money, never twice, whichever comes first.

How much of an order's money was refunded is one count per order, and one for each sender of refunds: a rule that trusts
some senders only takes back for theirs. The points of a part are the difference of two shares of the whole, so parts
sum up to it exactly.
"""

from collections.abc import Collection, Iterator, Sequence

import msgspec

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Count, Receipt, Refuse, Step, Tell, Undo
from interplay.criteria.contracts import Occurrence
from interplay.engine.log.contracts import LogRow
from interplay.kernel.errors import AppError
from interplay.link.points import rules
from interplay.link.points.contracts import REFUNDED, Earned, PointsDocument
from interplay.link.points.documents import Rulebook
from interplay.link.points.earning import ORDER, Store, group_of, order_of

BACK = ("order.refunded", "order.cancelled")
"""Facts that take back. A cancelled order is refunded whole, and so is one whose refund names no amount."""
WHOLE = 10**15  # minor units: more than any order's
KIND = "points.refund"

_decode = msgspec.msgpack.Decoder(Earned).decode


def act_of(store: Store, book: Rulebook, row: LogRow, occurrence: Occurrence) -> Act | None:
    """Return the act by which a refund takes back what its order gave, by every rule."""
    order = order_of(store.keys, occurrence)
    money = _money(occurrence)
    if order is None or money == 0:
        return None
    if (currency := _without_rate(store, occurrence)) is not None:
        return _unknown_money(store, book, row, occurrence, order, currency)
    steps: list[Step] = [Count(_scope(order), money), Count(_scope(order, row.source), money)]
    tells: list[Tell] = []
    for receipt, earned in given_by(store, book, order):
        unit, trusted = book.unit_at(row.position, earned.unit), book.sources_of(earned.rule, earned.rule_version)
        if unit is not None and (not trusted or row.source in trusted):
            before = refunded(store, order, trusted)
            tells += _take(steps, receipt.key, earned, unit, (before, before + money), occurrence)
    key = f"refund:{row.position}"
    return Act(key, KIND, acts.body_of(key), tuple(steps), tuple(tells), row.subject, by="rule")


def act_of_early(store: Store, book: Rulebook, position: int, earn: Act, occurrence: Occurrence) -> Act | None:
    """Return what takes back points at once that an order gives of which money was refunded before it came."""
    earned = _decode(earn.result)
    trusted = book.sources_of(earned.rule, earned.rule_version)
    before = 0 if earned.order is None else refunded(store, earned.order, trusted)
    unit = book.unit_at(position, earned.unit)
    if not before or unit is None:
        return None
    steps: list[Step] = []
    tells = _take(steps, earn.key, earned, unit, (0, before), occurrence)
    key = f"refund:{earn.key}"
    return Act(key, KIND, acts.body_of(key), tuple(steps), tuple(tells), earned.subject, by="rule") if steps else None


def refunded(store: Store, order: str, sources: Collection[str] = ()) -> int:
    """Return how much of an order's money was refunded so far, as these senders say; none named: all of them."""
    scopes = [_scope(order, source) for source in sorted(set(sources))] or [_scope(order)]
    return sum(acts.used_of(store.database, scopes).values())


def given_by(store: Store, book: Rulebook, order: str) -> Iterator[tuple[Receipt, Earned]]:
    """Yield what an order gave, by the rule that gave it; nothing of whom was erased."""
    founders = acts.founders(store.database, ORDER, [group_of(order, rule) for rule in book.names])
    for number in founders.values():
        try:
            receipt = acts.receipt(store.acts, store.database, number)
        except AppError:  # erased
            continue
        if receipt is not None:
            yield receipt, _decode(receipt.result)


def _take(
    steps: list[Step], key: str, earned: Earned, unit: PointsDocument, money: tuple[int, int], occurrence: Occurrence
) -> Sequence[Tell]:
    """Add the steps that take back what belongs to the money between two sums; return what is told of it."""
    low, high = (rules.share(earned.amount, earned.base, one) for one in money)
    if (amount := high - low) <= 0:
        return ()
    place = len(steps)
    along = (*earned.counts, *([earned.cost_step] if earned.cost_step >= 0 else []))
    steps.append(Undo(key, earned.step, amount, along=along, **rules.how_to_take(unit.refunds)))
    fields: dict[str, object] = {
        "unit": earned.unit, "funder": earned.funder, "rule": earned.rule,
        "rule_version": earned.rule_version, "order_id": occurrence.fields["order_id"],
    }  # fmt: skip
    if earned.campaign:
        fields["campaign_id"] = earned.campaign
    return (
        Tell(
            REFUNDED,
            earned.subject,
            fields,
            {"amount": (place, "amount")},
            {"cost": (place, -earned.cost, earned.amount)},
        ),
    )


def _money(occurrence: Occurrence) -> int:
    value = occurrence.fields.get("value")
    if occurrence.name == "order.cancelled" or not isinstance(value, int):
        return WHOLE
    return abs(value)


def _without_rate(store: Store, occurrence: Occurrence) -> str | None:
    """Return the currency of a refund whose money nobody can say in the brand's."""
    currency = occurrence.fields.get("currency")
    if occurrence.name == "order.cancelled" or not isinstance(currency, str) or "value" in occurrence.fields:
        return None
    return None if currency == store.brand.currency or "rate" in occurrence.fields else currency


def _unknown_money(
    store: Store, book: Rulebook, row: LogRow, occurrence: Occurrence, order: str, currency: str
) -> Act | None:
    """Return a refusal, which says why nothing is taken: how much it was of the order cannot be told."""
    if next(given_by(store, book, order), None) is None:
        return None
    key = f"refund:{row.position}"
    why = Refuse("points.no_rate", {"currency": currency, "order_id": str(occurrence.fields["order_id"])})
    return Act(key, KIND, acts.body_of(key), (why,), subject=row.subject, by="rule")


def _scope(order: str, source: str = "") -> str:
    return f"points:refunded:{order}:{source}" if source else f"points:refunded:{order}"
