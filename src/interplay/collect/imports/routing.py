"""Which rows of a batch make which fact, and which make none and why."""

from collections.abc import Sequence

from msgspec import Struct

from interplay.collect.imports.batches import Batch
from interplay.collect.imports.contracts import Reject
from interplay.collect.imports.program import Program


class Routed(Struct, frozen=True):
    """Rows of a batch by the plan they go to, in the order of the program's facts."""

    rows: list[list[int]]
    rejects: list[Reject]
    ignored: dict[str, int]
    unwanted: list[int]  # rows that no rule wants; each is among the rejects


def route(program: Program, batch: Batch) -> Routed:
    """Return where every row goes. A row that no rule wants is a reject: nothing is lost silently."""
    rejects = list(batch.rejects)
    ignored: dict[str, int] = {}
    rows: Sequence[int] = range(len(batch.lines))
    for one in program.ignores:
        if found := one.test.among(batch.cells, rows, batch.is_mixed):
            ignored[one.reason] = ignored.get(one.reason, 0) + len(found)
            rows = _without(rows, found)
    for one in program.rejects:
        if found := one.test.among(batch.cells, rows, batch.is_mixed):
            rejects += [reject(batch, row, "", "import.row.filtered", reason=one.reason) for row in found]
            rows = _without(rows, found)
    wanted = [plan.test.among(batch.cells, rows, batch.is_mixed) for plan in program.facts]
    unwanted = sorted(set(rows).difference(*wanted))
    rejects += [reject(batch, row, "", "import.row.no_fact") for row in unwanted]
    return Routed(wanted, rejects, ignored, unwanted)


def reject(batch: Batch, row: int, field: str, code: str, **params: str | int) -> Reject:
    """Return the reject of a row of the batch."""
    return Reject(batch.lines[row], field, code, params, batch.raw(row))


def _without(rows: Sequence[int], found: list[int]) -> list[int]:
    gone = set(found)
    return [row for row in rows if row not in gone]
