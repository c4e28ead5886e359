"""Which facts are too old, asked of the warehouse: it knows names as they are declared today, by column."""

from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import islice
from operator import or_
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from interplay.kernel.ids import Position
from interplay.unify.retention.contracts import Limits, Preview

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from interplay.engine.olap.warehouse import Session

ROWS_AT_ONCE = 250_000


def names(session: "Session") -> list[str]:
    """Return the name of every fact there is."""
    return [str(name) for name in session.table("facts").select("name").distinct().to_pyarrow()["name"].to_pylist()]


def by_name(session: "Session", what: Limits, positions_max: int) -> list[Position]:
    """Return facts that are too old by their name, at most so many."""
    if not what.before:
        return []
    facts = session.table("facts")
    old = facts.filter(_too_old(facts, what)).select("position").order_by("position").limit(positions_max)
    found: list[Position] = old.to_pyarrow()["position"].to_pylist()
    return found


def of_nobody(
    session: "Session", what: Limits, anonymous: Iterable[int], after: Position, positions_max: int
) -> list[Position]:
    """Return facts after a position that are too old since nobody known did them; `anonymous` are such subjects."""
    found = (position for position, _ in _of_nobody(session, what, anonymous, after))
    return [] if what.anonymous_before is None else list(islice(found, positions_max))


def preview(session: "Session", what: Limits, anonymous: Iterable[int]) -> Preview:
    """Count what a purge would take."""
    found: dict[str, int] = {}
    if what.before:
        facts = session.table("facts")
        old = facts.filter(_too_old(facts, what))
        counted = old.group_by("name").aggregate(count=old.count()).to_pyarrow()
        found = dict(zip(counted["name"].to_pylist(), counted["count"].to_pylist(), strict=True))
    count = 0
    if what.anonymous_before is not None:
        for _, name in _of_nobody(session, what, anonymous, Position(0)):
            found[name] = found.get(name, 0) + 1
            count += 1
    return Preview(dict(sorted(found.items())), count)


def _too_old(facts: "ir.Table", what: Limits) -> "ir.BooleanValue":
    """Return the condition on a fact's own name; names of one limit are asked for together."""
    by_limit: dict[int, list[str]] = {}
    for name, before in what.before.items():
        by_limit.setdefault(before, []).append(name)
    return reduce(or_, (facts.name.isin(some) & (facts.occurred_at < before) for before, some in by_limit.items()))


def _of_nobody(
    session: "Session", what: Limits, anonymous: Iterable[int], after: Position
) -> Iterator[tuple[Position, str]]:
    """Yield position and name of facts of nobody known that are not old enough by their name alone."""
    facts = session.table("facts")
    old = facts.filter(facts.occurred_at < what.anonymous_before, ~facts.name.isin(what.kept or ("",)))
    if what.before:
        old = old.filter(~_too_old(old, what))
    subjects = pa.array(sorted(anonymous), pa.int64())
    while True:
        some = old.filter(old.position > after).select("position", "subject", "name").order_by("position")
        rows = some.limit(ROWS_AT_ONCE).to_pyarrow()
        mine = rows.filter(pc.or_(pc.is_null(rows["subject"]), pc.is_in(rows["subject"], subjects)))
        yield from zip(mine["position"].to_pylist(), mine["name"].to_pylist(), strict=True)
        if rows.num_rows < ROWS_AT_ONCE:
            return
        after = rows["position"][-1].as_py()
