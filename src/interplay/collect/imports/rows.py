"""One row, one fact (or several): a batch goes through column by column."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from operator import itemgetter

import msgspec

from interplay.collect.imports import making
from interplay.collect.imports.batches import Batch, Table
from interplay.collect.imports.contracts import ROWS_TRACKED_MAX, Chunk, Reading, Reject
from interplay.collect.imports.program import FactPlan, Program
from interplay.collect.imports.routing import Routed, reject, route
from interplay.collect.imports.values import Bad, as_key
from interplay.collect.ingest.contracts import Received
from interplay.kernel.errors import AppError

_encode = msgspec.msgpack.Encoder().encode


def read_rows(table: Table, program: Program, reading: Reading, start: int) -> Iterator[Chunk]:
    """Yield a chunk a batch. Up to chunk `start` rows are only counted, so that ordinals stay what they were."""
    identities = KeyIdentities(program) if program.id else ContentIdentities()
    done = 0
    for number, batch in enumerate(table.batches(program.columns, reading.rows_per_chunk), 1):
        done += len(batch.lines) + len(batch.rejects)
        routed = route(program, batch)
        wanted = sorted(set().union(*routed.rows))
        known = identities.of(batch, wanted)
        if number > start:
            facts, rejects = _facts_of(program, batch, routed, known)
            yield Chunk(number, facts, rejects, routed.ignored, done, batch.fraction)


class KeyIdentities:
    """A row is what its key columns say."""

    def __init__(self, program: Program) -> None:
        self._names = program.id

    def of(self, batch: Batch, rows: Sequence[int]) -> dict[int, bytes | str]:
        """Return each row's identity, or the name of the key column that is empty."""
        columns = [batch.cells[name] for name in self._names]
        found: dict[int, bytes | str] = {}
        for row in rows:
            key = [as_key(column[row]) for column in columns]
            missing = next((name for name, part in zip(self._names, key, strict=True) if part is None), None)
            found[row] = missing or _encode(key)
        return found


class ContentIdentities:
    """A row is its content, and the how-manieth of that content it is: identical rows all count."""

    def __init__(self) -> None:
        self._counts: dict[bytes, int] = {}

    def of(self, batch: Batch, rows: Sequence[int]) -> dict[int, bytes | str]:
        """Return each row's identity. Raises AppError `import.file.rows` past `ROWS_TRACKED_MAX`."""
        counts = self._counts
        found: dict[int, bytes | str] = {}
        for row, content in zip(rows, batch.contents(rows), strict=True):
            known = blake2b(content, digest_size=16).digest()
            counts[known] = nth = counts.get(known, 0) + 1
            found[row] = known if nth == 1 else known + nth.to_bytes(4, "big")
        if len(counts) > ROWS_TRACKED_MAX:
            raise AppError("import.file.rows", rows_max=ROWS_TRACKED_MAX)
        return found


def _facts_of(
    program: Program, batch: Batch, routed: Routed, known: dict[int, bytes | str]
) -> tuple[list[Received], list[Reject]]:
    bad = {
        row: reject(batch, row, name, "import.row.key", column=name)
        for row, name in known.items()
        if isinstance(name, str)
    }
    columns = [_values(plan, batch, rows, bad) for plan, rows in zip(program.facts, routed.rows, strict=True)]
    made = []
    for plan, rows, read in zip(program.facts, routed.rows, columns, strict=True):
        whole, values = _whole(rows, read, bad)
        identities = [identity for row in whole if isinstance(identity := known[row], bytes)]
        found = making.facts(plan, program.source, values, identities, [batch.lines[row] for row in whole])
        made.append(list(zip(whole, found, strict=True)))
    rejects = sorted([*routed.rejects, *bad.values()], key=lambda one: one.line)
    return in_row_order(made), rejects


def _values(plan: FactPlan, batch: Batch, rows: list[int], bad: dict[int, Reject]) -> list[list[object]]:
    """Return the plan's values column by column; note rows with a value that cannot be read as bad."""
    columns = []
    for cell in plan.cells():
        read = cell.read(batch, rows)
        for column in read if cell.has_bad else ():
            _note_bad(column, cell.label, batch, rows, bad)
        values = list(cell.each(read, len(rows)))
        if cell.may_fail:
            _note_bad(values, cell.label, batch, rows, bad)
        columns.append(values)
    return columns


def _note_bad(column: Iterable[object], label: str, batch: Batch, rows: list[int], bad: dict[int, Reject]) -> None:
    for row, value in zip(rows, column, strict=True):
        if isinstance(value, Bad) and row not in bad:
            bad[row] = reject(batch, row, label, value.code, **value.params)


def _whole(
    rows: list[int], columns: list[list[object]], bad: dict[int, Reject]
) -> tuple[list[int], list[list[object]]]:
    """Return rows and values without the rows of which something cannot be read."""
    if not bad or bad.keys().isdisjoint(rows):
        return rows, columns
    whole = [i for i, row in enumerate(rows) if row not in bad]
    return [rows[i] for i in whole], [[column[i] for i in whole] for column in columns]


def in_row_order(made: list[list[tuple[int, Received]]]) -> list[Received]:
    """Return the facts of several rules in the order of the file: facts of one instant keep it."""
    if len(made) == 1:
        return [fact for _, fact in made[0]]
    together = [pair for pairs in made for pair in pairs]
    together.sort(key=itemgetter(0))
    return [fact for _, fact in together]
