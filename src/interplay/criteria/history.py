"""One customer's past in memory, fed in any order, asked as of any instant.

Facts of one name are a `Timeline`, sorted by (at, position), with running sums per field that are made when first
asked for and dropped when a fact is added.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from itertools import accumulate

from interplay.criteria.contracts import Gain, Occurrence, Physical, TraitChange, TraitOp
from interplay.kernel.errors import AppError
from interplay.kernel.ids import CustomerId, Micros, Position

INT128_MAX = 2**127 - 1

Row = dict[str, Physical]


class Timeline:
    """Facts of one name in order of (at, position)."""

    __slots__ = ("_columns", "_sums", "_views", "ats", "positions", "rows")

    def __init__(self) -> None:
        self.ats: list[int] = []
        self.positions: list[int] = []
        self.rows: list[Row] = []
        self._columns: dict[str, list[Physical | None]] = {}
        self._sums: dict[str, tuple[list[int], list[int]]] = {}
        self._views: dict[bytes, Timeline] = {}

    @classmethod
    def of(cls, ats: list[int], positions: list[int], rows: list[Row]) -> "Timeline":
        """Return the facts that are given in order of (at, position)."""
        line = cls()
        line.ats, line.positions, line.rows = ats, positions, rows
        return line

    def insert(self, at: int, position: int, row: Row) -> None:
        """Add a fact at its place; facts mostly arrive in order, then this is an append."""
        index = bisect_right(self.ats, at)
        while index and self.ats[index - 1] == at and self.positions[index - 1] > position:
            index -= 1
        self.ats.insert(index, at)
        self.positions.insert(index, position)
        self.rows.insert(index, row)
        if self._columns or self._sums or self._views:
            self._columns, self._sums, self._views = {}, {}, {}

    def column(self, field: str) -> list[Physical | None]:
        """Return a field of all facts, None where it is missing."""
        found = self._columns.get(field)
        if found is None:
            found = self._columns[field] = [row.get(field) for row in self.rows]
        return found

    def sums(self, field: str) -> tuple[list[int], list[int]]:
        """Return running sums and running counts of the present values, one longer than the facts, from 0."""
        found = self._sums.get(field)
        if found is None:
            values = self.column(field)
            totals = list(accumulate((v if isinstance(v, int) else 0 for v in values), initial=0))
            if max(map(abs, totals)) > INT128_MAX:
                raise AppError("criteria.sum_overflow", field=field)
            counts = list(accumulate((v is not None for v in values), initial=0))
            found = self._sums[field] = totals, counts
        return found

    def view(self, key: bytes, keeps: Callable[[Row], bool]) -> "Timeline":
        """Return the facts that `keeps` keeps; `key` stands for the condition, so that the work is done once."""
        found = self._views.get(key)
        if found is None:
            found = self._views[key] = self.filtered(keeps)
        return found

    def filtered(self, keeps: Callable[[Row], bool]) -> "Timeline":
        """Return the facts that `keeps` keeps."""
        out = Timeline()
        for at, position, row in zip(self.ats, self.positions, self.rows, strict=True):
            if keeps(row):
                out.ats.append(at)
                out.positions.append(position)
                out.rows.append(row)
        return out


class CustomerHistory:
    """What is known of one customer: all facts of all subjects that are theirs."""

    __slots__ = ("_changes", "_customer", "timelines")

    def __init__(self, customer: CustomerId | None = None) -> None:
        self._customer = customer
        self.timelines: dict[str, Timeline] = {}
        self._changes: dict[str, list[TraitChange]] = {}

    @property
    def customer(self) -> CustomerId | None:
        """Return whose past this is, for terms that higher slices answer."""
        return self._customer

    def add(self, occurrence: Occurrence) -> None:
        """Add a fact; order of arrival does not matter."""
        timeline = self.timelines.get(occurrence.name)
        if timeline is None:
            timeline = self.timelines[occurrence.name] = Timeline()
        timeline.insert(occurrence.at, occurrence.position, occurrence.fields)

    def change(self, change: TraitChange) -> None:
        """Add a change of a trait; order of arrival does not matter."""
        changes = self._changes.setdefault(change.trait, [])
        index = len(changes)
        while index and (changes[index - 1].at, changes[index - 1].position) > (change.at, change.position):
            index -= 1
        changes.insert(index, change)

    def trait(self, name: str, now: int) -> Physical | None:
        """Return a trait's value as of `now`, or None when it is missing."""
        value: Physical | None = None
        for change in self._changes.get(name, ()):
            if change.at > now:
                break
            value = _changed(value, change)
        return value

    def latest(
        self, fact: str, now: int, keeps: Callable[[Mapping[str, Physical]], bool]
    ) -> tuple[Micros, Position] | None:
        """Return (at, position) of the last fact of a name up to `now` whose fields `keeps` keeps."""
        line = self.timelines.get(fact)
        if line is None:
            return None
        for index in range(bisect_right(line.ats, now) - 1, -1, -1):
            if keeps(line.rows[index]):
                return Micros(line.ats[index]), Position(line.positions[index])
        return None

    def total(self, gain: Gain, now: int) -> int:
        """Return what facts of a kind add up to as of `now`."""
        line = self.timelines.get(gain.turn.fact)
        if line is None:
            return 0
        rows = line.rows[: bisect_right(line.ats, now)]
        return sum(_gained(gain, row) for row in rows if gain.turn.keeps(row) and _counts(gain, row, now))

    def has_trait(self, name: str, now: int) -> bool:
        """Return whether a trait has any value as of `now`; of personal traits nothing more may be asked."""
        has = False
        for change in self._changes.get(name, ()):
            if change.at > now:
                break
            has = change.op is not TraitOp.UNSET
        return has


def window_edges(timeline: Timeline, start: int, until: int, now: int) -> tuple[int, int]:
    """Return the range of `[start, until)`, never later than `now`."""
    ats = timeline.ats
    low = bisect_left(ats, start)
    return low, max(low, min(bisect_left(ats, until), bisect_right(ats, now)))


def _gained(gain: Gain, row: Row) -> int:
    if gain.amount is None:
        return 1
    found = row.get(gain.amount)
    return found if isinstance(found, int) else 0


def _counts(gain: Gain, row: Row, now: int) -> bool:
    """Return whether a fact counts at `now` by the times that it says."""
    since = None if gain.from_field is None else row.get(gain.from_field)
    until = None if gain.until_field is None else row.get(gain.until_field)
    return not (isinstance(since, int) and since > now) and not (isinstance(until, int) and until <= now)


def _changed(value: Physical | None, change: TraitChange) -> Physical | None:
    match change.op:
        case TraitOp.SET:
            return change.value
        case TraitOp.SET_ONCE:
            return change.value if value is None else value
        case TraitOp.UNSET:
            return None
        case TraitOp.INCREMENT if isinstance(value, int) and isinstance(change.value, int):
            return value + change.value
        case TraitOp.APPEND if isinstance(change.value, list):
            return list(dict.fromkeys([*(value if isinstance(value, list) else ()), *change.value]))
    return change.value if value is None else value
