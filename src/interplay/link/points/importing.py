"""What imported facts give where that is wanted: looked at first, then given, each once, as if they had come in live.

Keys are those of live giving, so what was given before stays given once, whichever way it came, and an interrupted run
is finished by the next one.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import msgspec
from msgspec import Struct

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Receipt, Refused
from interplay.collect.facts.api import Declarations
from interplay.engine.log.contracts import LogRow
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Priority, Writing, write
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Position
from interplay.link.points import earning, refunding
from interplay.link.points.contracts import Earned
from interplay.link.points.earning import Store
from interplay.link.points.following import Following, Give, giving

POSITIONS_AT_ONCE_MAX = 500

Report = Callable[[float], None]

_decode = msgspec.msgpack.Decoder(Earned).decode


class Foreseen(Struct, frozen=True):
    """What facts would give of one unit, before refunds among them. `cost` is in minor units."""

    unit: str
    facts: int
    amount: int
    cost: int


class Preview(Struct, frozen=True):
    """What facts would give that was not given yet, and how many of them take back."""

    units: tuple[Foreseen, ...]
    refunds: int


class Given(Struct, frozen=True):
    """What was given now, by unit; what had been given before is not in it."""

    facts: int  # that gave
    refunds: int  # that took back
    refused: int  # such as an order that is told twice
    amounts: dict[str, int]


def foresee(
    declarations: Declarations, store: Store, reader: LogReader, positions: Sequence[Position], report: Report
) -> Preview:
    """Return what facts at some positions would give, by the rules that stood at each position."""
    following = Following(declarations, store)
    planned: Counter[earning.Place] = Counter()
    orders: set[tuple[str, str]] = set()
    units: dict[str, Foreseen] = {}
    refunds = 0
    for rows in _rows(following, reader, positions, report):
        refunds += sum(row.name in refunding.BACK for row in rows)
        for act in following.earned(rows, planned):
            earned = _decode(act.result)
            if earned.order is not None:
                if (earned.order, earned.rule) in orders:
                    continue
                orders.add((earned.order, earned.rule))
            one = units.get(earned.unit, Foreseen(earned.unit, 0, 0, 0))
            units[earned.unit] = Foreseen(
                earned.unit, one.facts + 1, one.amount + earned.amount, one.cost + earned.cost
            )
    return Preview(tuple(units[name] for name in sorted(units)), refunds)


def give_for(
    declarations: Declarations,
    store: Store,
    writing: Writing,
    reader: LogReader,
    positions: Sequence[Position],
    report: Report = lambda _: None,
) -> Given:
    """Give what facts at some positions would have given live, once, by the rules that stood at each position.

    Raises AppError `points.paused` while all giving is paused; what was given until then stays given.
    """
    following = Following(declarations, store)
    facts, refunds, refused = 0, 0, 0
    amounts: Counter[str] = Counter()
    if positions:
        write(writing, giving(store.acts), Give(()), Priority.BULK)  # what is given may end, so somebody has to look
    for rows in _rows(following, reader, positions, report):
        for act, answer in _done(following, writing, rows):
            if isinstance(answer, Refused):
                refused += 1
            elif not answer.is_new:
                continue
            elif act.kind == earning.KIND:
                earned = _decode(act.result)
                facts, amounts[earned.unit] = facts + 1, amounts[earned.unit] + earned.amount
            else:
                refunds += 1
    return Given(facts, refunds, refused, dict(sorted(amounts.items())))


def _rows(
    following: Following, reader: LogReader, positions: Sequence[Position], report: Report
) -> Iterator[list[LogRow]]:
    """Yield the facts at some positions that may give or take back, in the log's order."""
    names, ordered = frozenset(following.names(reader)), sorted(set(positions))
    for start in range(0, len(ordered), POSITIONS_AT_ONCE_MAX):
        found = reader.read_at(ordered[start : start + POSITIONS_AT_ONCE_MAX])
        if rows := [row for _, row in sorted(found.items()) if row.name in names]:
            yield rows
        report(min(start + POSITIONS_AT_ONCE_MAX, len(ordered)) / len(ordered))


def _done(following: Following, writing: Writing, rows: list[LogRow]) -> Iterator[tuple[Act, Receipt | Refused]]:
    """Do what facts give and yield it with its answer. A refund is planned when what it takes back is written."""
    while rows:
        planned, taken = following.plan(rows)
        rows = rows[taken:]
        for act, answer in zip(planned, acts.do_all(following.store.acts, writing, planned), strict=True):
            if isinstance(answer, Refused) and answer.code == "acts.paused":
                raise AppError("points.paused", status=409)
            yield act, answer
