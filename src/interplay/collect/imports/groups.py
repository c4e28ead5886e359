"""Many rows, lying anywhere in the file, make one fact.

Rows are read column by column into tuples and gathered by key. What does not fit in memory is set aside on
disk and gathered there. A fact with one unreadable row is not made from the others: all its rows are rejects,
so that the repaired file can be imported again. For that only the row's key need be legible, whatever else is
wrong with it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from itertools import chain
from typing import cast

import msgspec

from interplay.collect.facts.contracts import Identifier
from interplay.collect.imports import making
from interplay.collect.imports.batches import Batch, Table
from interplay.collect.imports.cells import Cell, chosen
from interplay.collect.imports.contracts import ROWS_PER_FACT_MAX, Chunk, Reading, Reject
from interplay.collect.imports.program import FactPlan, Program
from interplay.collect.imports.routing import reject, route
from interplay.collect.imports.rows import in_row_order
from interplay.collect.imports.spill import PARTITIONS, Key, Spill, Staged
from interplay.collect.imports.values import Bad, Memo, Mistake, as_key
from interplay.collect.ingest.contracts import Received

Reason = tuple[str, str, dict[str, str | int]]
"""(field, code, params) of a reject whose row is quoted later."""

_encode = msgspec.msgpack.Encoder().encode


def read_groups(table: Table, program: Program, reading: Reading, start: int) -> Iterator[Chunk]:
    """Yield a chunk a batch while gathering, then the facts, then the rows of facts that could not be made."""
    with closing(Spill()) as spill:
        gathering = _Gathering(table, program, reading, spill)
        for number, chunk in enumerate(gathering.chunks(), 1):
            if number > start:
                yield msgspec.structs.replace(chunk, number=number)


class _Gathering:
    def __init__(self, table: Table, program: Program, reading: Reading, spill: Spill) -> None:
        self._table = table
        self._program = program
        self._reading = reading
        self._spill = spill
        self._groups: dict[Key, list[Staged]] = {}
        self._in_memory = 0
        self._rows = 0
        self._spoiled: dict[Key, int] = {}  # key → the line that cannot be read
        self._unquoted: dict[int, Reason] = {}  # line → why
        self._texts = Memo(as_key)

    def chunks(self) -> Iterator[Chunk]:
        for batch in self._batches():
            self._rows += len(batch.lines) + len(batch.rejects)
            yield self._gather(batch)
        if not self._spill.is_empty:
            self._set_aside()
        yield from self._emit()
        if self._unquoted:
            yield from self._quote()

    def _batches(self) -> Iterator[Batch]:
        return self._table.batches(self._program.columns, self._reading.rows_per_chunk)

    def _gather(self, batch: Batch) -> Chunk:
        routed = route(self._program, batch)
        rejects = {one.line: one for one in routed.rejects}
        self._spoil(batch, routed.unwanted)
        for number, (plan, rows) in enumerate(zip(self._program.facts, routed.rows, strict=True)):
            if rows:
                self._gather_plan(number, plan, batch, rows, rejects)
        if self._in_memory > self._reading.rows_in_memory_max:
            self._set_aside()
        found = [rejects[line] for line in sorted(rejects)]
        return Chunk(0, [], found, routed.ignored, self._rows, batch.fraction / 2)

    def _spoil(self, batch: Batch, unwanted: list[int]) -> None:
        """Note the keys of lines that go to no rule: whichever fact they belong to lacks them."""
        names = self._program.group_by
        cells = [(line, [found.get(name) for name in names]) for line, found in batch.torn]
        cells += [(batch.lines[row], [batch.cells[name][row] for name in names]) for row in unwanted]
        for line, key in cells:
            texts = tuple(text for text in map(as_key, key) if text is not None)
            for number in range(len(self._program.facts)) if len(texts) == len(names) else ():
                self._spoiled.setdefault((number, texts), line)

    def _gather_plan(
        self, number: int, plan: FactPlan, batch: Batch, rows: list[int], rejects: dict[int, Reject]
    ) -> None:
        keys = self._keys(number, batch, rows)
        columns: list[Sequence[object]] = []
        bad: dict[int, tuple[str, Bad]] = {}
        for cell in plan.cells():
            read = cell.read(batch, rows)
            columns += read
            if cell.has_bad:
                _note_bad(read, cell.label, bad)
        lines = chosen(batch.lines, rows)
        groups = self._groups
        for i, (key, staged) in enumerate(zip(keys, zip(lines, *columns, strict=True), strict=True)):
            if i in bad:
                label, why = bad[i]
                rejects[lines[i]] = reject(batch, rows[i], label, why.code, **why.params)
                self._spoiled.setdefault(key, lines[i])
            elif None in key[1]:
                name = self._program.group_by[key[1].index(cast("str", None))]
                rejects[lines[i]] = reject(batch, rows[i], name, "import.row.key", column=name)
            elif (group := groups.get(key)) is not None:
                group.append(staged)
            else:
                groups[key] = [staged]
        self._in_memory += len(rows)

    def _keys(self, number: int, batch: Batch, rows: list[int]) -> list[Key]:
        columns = [
            self._texts.column(chosen(batch.cells[name], rows), is_mixed=batch.is_mixed)
            for name in self._program.group_by
        ]
        return [(number, key) for key in cast("Iterator[tuple[str, ...]]", zip(*columns, strict=True))]

    def _set_aside(self) -> None:
        self._spill.add(self._groups)
        self._groups = {}
        self._in_memory = 0

    def _emit(self) -> Iterator[Chunk]:
        if self._spill.is_empty:
            yield from self._emit_groups(self._groups, 0.5, 1.0)
            return
        parts = 2 * PARTITIONS
        restores = [_restores(plan) for plan in self._program.facts]
        for number, groups in enumerate(self._spill.partitions()):
            for key, rows in groups.items():
                groups[key] = _restored(rows, restores[key[0]])
            yield from self._emit_groups(groups, 0.5 + number / parts, 0.5 + (number + 1) / parts)

    def _emit_groups(self, groups: dict[Key, list[Staged]], start: float, end: float) -> Iterator[Chunk]:
        piece: list[tuple[Key, list[Staged]]] = []
        rows = 0
        for done, (key, group) in enumerate(groups.items(), 1):
            piece.append((key, group))
            rows += len(group)
            if rows >= self._reading.rows_per_chunk:
                yield self._facts(piece, start + (end - start) * done / len(groups))
                piece, rows = [], 0
        if piece:
            yield self._facts(piece, end)

    def _facts(self, piece: list[tuple[Key, list[Staged]]], fraction: float) -> Chunk:
        plans = self._program.facts
        values: list[list[list[object]]] = [[] for _ in plans]
        places: list[list[int]] = [[] for _ in plans]
        identities: list[list[bytes]] = [[] for _ in plans]
        lines: list[list[int]] = [[] for _ in plans]
        for place, (key, rows) in enumerate(piece):
            made = self._values(plans[key[0]], key, rows)
            if made is not None:
                values[key[0]].append(made)
                places[key[0]].append(place)
                identities[key[0]].append(_encode(key[1]))
                lines[key[0]].append(cast("int", rows[0][0]))
        facts: list[list[tuple[int, Received]]] = []
        for number, plan in enumerate(plans):
            found = zip(*values[number], strict=True) if values[number] else ()
            columns = list(found)
            known = identities[number], lines[number]
            made_facts = making.facts(plan, self._program.source, columns, *known) if columns else ()
            facts.append(list(zip(places[number], made_facts, strict=True)))
        return Chunk(0, in_row_order(facts), [], {}, self._rows, fraction)

    def _values(self, plan: FactPlan, key: Key, rows: list[Staged]) -> list[object] | None:
        """Return the fact's values in the order of the plan; None, with its rows noted, where it cannot be made."""
        if key in self._spoiled:
            self._refuse(rows, ("", "import.group.spoiled", {"spoiled_by": self._spoiled[key]}))
            return None
        if len(rows) > ROWS_PER_FACT_MAX:
            reason: Reason = ("", "import.group.large", {"given": len(rows), "rows_max": ROWS_PER_FACT_MAX})
            self._refuse(rows, reason)
            return None
        columns = list(zip(*rows, strict=True))[1:]
        values: list[object] = []
        start = 0
        for cell in plan.single_cells():
            end = start + len(cell.columns)
            try:
                values.append(cell.together(columns[start:end], len(rows)))
            except Mistake as mistake:
                self._refuse(rows, (cell.label, mistake.code, mistake.params))
                return None
            start = end
        for item in plan.items.values():
            width = sum(len(cell.columns) for cell in item.values())
            values.append(_objects(item, columns[start : start + width], len(rows)))
            start += width
        return values

    def _refuse(self, rows: list[Staged], reason: Reason) -> None:
        for row in rows:
            self._unquoted[cast("int", row[0])] = reason

    def _quote(self) -> Iterator[Chunk]:
        """Read the file once more for the text of the rows that no fact was made of."""
        for batch in self._batches():
            found = []
            for row, line in enumerate(batch.lines):
                if (why := self._unquoted.get(line)) is not None:
                    field, code, params = why
                    found.append(reject(batch, row, field, code, **params))
            yield Chunk(0, [], found, {}, self._rows, 1.0)


def _note_bad(read: list[list[object]], label: str, bad: dict[int, tuple[str, Bad]]) -> None:
    for i, value in enumerate(chain.from_iterable(read)):
        if isinstance(value, Bad):
            bad.setdefault(i % len(read[0]), (label, value))


def _objects(item: dict[str, Cell], columns: Sequence[Sequence[object]], count: int) -> list[dict[str, object]]:
    """Return an object a row, without what is missing."""
    values = []
    start = 0
    for cell in item.values():
        end = start + len(cell.columns)
        values.append(cell.each([list(column) for column in columns[start:end]], count))
        start = end
    return [
        {name: value for name, value in zip(item, row, strict=True) if value is not None}
        for row in zip(*values, strict=True)
    ]


def _restores(plan: FactPlan) -> list[tuple[int, Callable[[str], object]]]:
    """Return which readings come back from disk as text, and what they were: numbers and identifiers."""
    found: list[tuple[int, Callable[[str], object]]] = []
    place = 1
    for cell in plan.cells():
        for _ in cell.columns:
            if cell.holds_numbers:
                found.append((place, Decimal))
            elif any(cell is one for one in plan.identifiers):
                found.append((place, _identifier_of(cell.label)))
            place += 1
    return found


def _identifier_of(kind: str) -> Callable[[str], object]:
    return lambda value: Identifier(kind, value)


def _restored(rows: list[Staged], restores: list[tuple[int, Callable[[str], object]]]) -> list[Staged]:
    out = []
    for row in rows:
        values = list(row)
        for place, restore in restores:
            if (value := values[place]) is not None:
                values[place] = restore(cast("str", value["value"] if isinstance(value, dict) else value))
        out.append(tuple(values))
    return out
