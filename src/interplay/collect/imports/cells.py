"""Compiled sources: how one value of a fact comes out of a row, or out of all rows of a group."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, localcontext
from enum import StrEnum
from itertools import repeat
from operator import itemgetter
from typing import TypeVar, cast

from interplay.collect.facts.contracts import Identifier
from interplay.collect.imports.batches import Batch
from interplay.collect.imports.values import EXACT, Bad, Memo, Mistake, short

Item = TypeVar("Item")
Finish = Callable[[Decimal], object]


class How(StrEnum):
    """How the rows of a group become one value. A single row is a group of one."""

    CONSTANT = "constant"
    ONLY = "only"  # the one value that there is, in however many rows
    FIRST = "first"
    LAST = "last"
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    COUNT = "count"


class Cell:
    """One value of a fact.

    `memos` read the cells of `columns`. With `finish` they are exact numbers, multiplied (two columns) and added
    before `finish` rounds them, once. Missing cells are skipped; a sum of nothing is missing.
    """

    def __init__(
        self,
        label: str,
        how: How,
        columns: Sequence[str] = (),
        memos: Sequence[Memo] = (),
        *,
        finish: Finish | None = None,
        constant: object = None,
        is_required: bool = False,
    ) -> None:
        self.label = label
        self.how = how
        self.columns = tuple(columns)
        self._memos = tuple(memos)
        self._finish = finish
        self._constant = constant
        self._is_required = is_required
        self._finished = Memo(cast("Callable[[object], object]", finish)) if finish else None

    def read(self, batch: Batch, rows: Sequence[int]) -> list[list[object]]:
        """Return the cells of some rows, read, column by column. A cell that cannot be read is a `Bad`."""
        return [
            memo.column(chosen(batch.cells[name], rows), is_mixed=batch.is_mixed)
            for name, memo in zip(self.columns, self._memos, strict=True)
        ]

    @property
    def has_bad(self) -> bool:
        """Return whether any cell was ever unreadable: until then nobody need look."""
        return any(memo.has_bad for memo in self._memos)

    @property
    def may_fail(self) -> bool:
        """Return whether `each` can give a `Bad` of its own."""
        return self._is_required or (self._finished is not None and self._finished.has_bad)

    @property
    def holds_numbers(self) -> bool:
        """Return whether its readings are exact numbers, still unrounded."""
        return self._finish is not None

    def each(self, read: list[list[object]], count: int) -> Iterable[object]:
        """Return the value of every row by itself; a value that does not fit, or is required and missing, is `Bad`."""
        if self.how is How.CONSTANT:
            return repeat(self._constant, count)
        if self.how is How.COUNT:
            return repeat(1, count)
        values = read[0]
        if self._finished is not None:
            values = self._finished.column(list(map(_product, *read)) if len(read) == 2 else _numbers(values))
        if self._is_required:
            values = [Bad("import.value.required", {}) if value is None else value for value in values]
        return values

    def together(self, columns: Sequence[Sequence[object]], count: int) -> object:
        """Return the value of a group from its rows' readings. Raises Mistake where it does not fit."""
        value = self._together(columns, count)
        if value is None and self._is_required:
            raise Mistake("import.value.required")
        return value

    def _together(self, columns: Sequence[Sequence[object]], count: int) -> object:
        if self.how is How.CONSTANT:
            return self._constant
        if self.how is How.COUNT:
            return count
        if self._finish is not None:
            return self._number(columns)
        column = columns[0]
        if self.how is How.ONLY:
            return _only(column)
        if self.how is How.FIRST:
            return next((value for value in column if value is not None), None)
        if self.how is How.LAST:
            return next((value for value in reversed(column) if value is not None), None)
        found = [value for value in column if value is not None]
        least = min if self.how is How.MIN else max
        return least(cast("list[int]", found)) if found else None

    def _number(self, columns: Sequence[Sequence[object]]) -> object:
        with localcontext(EXACT):
            if len(columns) == 2:
                numbers = [x for x in map(_product, columns[0], columns[1]) if x is not None]
            else:
                numbers = [x for x in columns[0] if isinstance(x, Decimal)]
            if not numbers or self._finish is None:
                return None
            one = sum(numbers) if self.how is How.SUM else _one_of(self.how, numbers)
            return self._finish(Decimal(one))


def _only(column: Sequence[object]) -> object:
    found = next((value for value in column if value is not None), None)
    if column.count(found) + column.count(None) < len(column):
        other = next(value for value in column if value not in {None, found})
        raise Mistake("import.group.identifiers", given=short(_bare(found)), other=short(_bare(other)))
    return found


def _bare(value: object) -> object:
    return value.value if isinstance(value, Identifier) else value


def _one_of(how: How, numbers: list[Decimal]) -> Decimal:
    if how is How.MIN:
        return min(numbers)
    if how is How.MAX:
        return max(numbers)
    return numbers[0 if how is How.FIRST else -1]


def _product(left: object, right: object) -> Decimal | None:
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return EXACT.multiply(left, right)
    return None


def _numbers(column: Sequence[object]) -> list[object]:
    """Return the column without what could not be read; whoever read it has noted that."""
    return [number if isinstance(number, Decimal) else None for number in column]


def chosen(column: Sequence[Item], rows: Sequence[int]) -> Sequence[Item]:
    """Return the cells of some rows."""
    if len(rows) == len(column):
        return column
    if len(rows) < 2:
        return [column[row] for row in rows]
    found: tuple[Item, ...] = itemgetter(*rows)(column)
    return found
