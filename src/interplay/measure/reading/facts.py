"""The facts that terms speak of, as arrays in order of customer and time. Each is fetched once in a question."""

from collections.abc import Callable, Collection, Hashable
from functools import cached_property
from typing import Any, NamedTuple, Self

import ibis
import numpy as np
import pyarrow as pa

from interplay.collect.facts.api import FactWords, read_where, written
from interplay.collect.facts.contracts import Declared
from interplay.criteria.api import matching
from interplay.criteria.contracts import DECIMAL_SCALE, ValueType
from interplay.engine.olap.contracts import Moment
from interplay.engine.olap.keeper import BY_ITSELF, Keeper
from interplay.engine.olap.spine import Spine
from interplay.engine.olap.told import Told
from interplay.engine.olap.trails import Flags, Ints, Numbers
from interplay.kernel.ids import Micros
from interplay.kernel.money import EXPONENTS
from interplay.kernel.settings import Brand
from interplay.measure.reading.columns import Columns, Field
from interplay.measure.reading.contracts import Fits
from interplay.measure.reading.fitting import fitting
from interplay.measure.reading.kept import Kept, Listed
from interplay.measure.visits.api import Visits, visits
from interplay.measure.visits.contracts import VISIT

NOTHING = -1


class Reads(NamedTuple):
    """Facts that a question reads, with a condition on them and one of their fields, or neither."""

    facts: tuple[str, ...]
    where: str = ""
    field: str = ""


class Rows(NamedTuple):
    """Facts that fit: their rows in the spine, whose they are (by index, -1: nobody's) and when they happened."""

    row: Ints
    owner: Ints
    at: Ints

    def kept(self, which: Flags) -> "Rows":
        """Return some of them."""
        return Rows(self.row[which], self.owner[which], self.at[which])

    def firsts(self) -> "Rows":
        """Return each customer's first; what is nobody's is none."""
        changes = np.ones(len(self.owner), dtype=np.bool_)
        changes[1:] = self.owner[1:] != self.owner[:-1]
        return self.kept(changes & (self.owner >= 0))


class Inside(NamedTuple):
    """Facts of some stretches of time: which those are of all that fit, and in which stretch each is."""

    rows: Rows
    place: Ints
    stretch: Ints


class Facts:
    """What one question reads of one moment. `among`: customers of whom it is asked alone."""

    def __init__(
        self, moment: Moment, spine: Spine | Callable[[], Spine], declared: Declared, brand: Brand, now: Micros,
        among: Ints | None = None, columns: Columns | None = None,
    ) -> None:  # fmt: skip
        self._spine = spine
        self.declared = declared
        self.now = now
        self._moment = moment
        self._brand = brand
        self._columns = columns
        self._rows: dict[tuple[tuple[str, ...], str], Rows] = {}
        self._worked_out: dict[Hashable, Numbers] = {}
        self._places: dict[tuple[str, ...], Ints] = {}
        self._inside: dict[tuple[tuple[str, ...], str, bytes], Inside] = {}
        self._fetched: dict[tuple[tuple[str, ...], str], tuple[Ints, Any]] = {}
        self._amounts: dict[tuple[tuple[str, ...], str], Numbers] = {}
        self._visits: Visits | None = None
        self._conditions: dict[tuple[tuple[str, ...], str], Fits] = {}
        self._kept: Kept[Facts] | None = None
        self._hers = among

    def of(self, spine: Spine, now: Micros) -> Self:
        """Return what would be read of some of the customers, or at another time."""
        found = type(self)(self._moment, spine, self.declared, self._brand, now, columns=self._columns)
        found._conditions = self._conditions
        return found

    @cached_property
    def spine(self) -> Spine:
        """Return the facts in order; where nothing but what changed is read, nobody waits for it."""
        return self._spine() if callable(self._spine) else self._spine

    def keep(self, keeper: Keeper, told: Told, reads: Collection[Reads], ages: Collection[int]) -> None:
        """Take from earlier questions what is kept of the same, and leave for later ones what is worked out.

        reads: what will be read
        ages: how long ago something has to be for a number to count it, in microseconds
        """
        if self._columns is not None:
            wheres = ((one.facts, one.where) for one in reads if one.where and one.facts != (VISIT,))
            fields = (Field(one.facts, one.field) for one in reads if one.field and one.facts != (VISIT,))
            self._columns.follow([*(self._fits(*one) for one in wheres), *fields])
        if self._hers is None and told.generation != BY_ITSELF:
            self._kept = Kept(keeper, told, ages)

    def added(self, key: Hashable, reads: Collection[Reads], work: "Callable[[Facts], Numbers]") -> Numbers:
        """Return what adds up over customers, and of what is nobody's over facts. `key` tells it from all else."""
        if self._kept is not None and not self._moves(reads):
            return self._kept.added(self, key, work)
        if key not in self._worked_out:
            self._worked_out[key] = work(self)
        return self._worked_out[key]

    def listed(self, key: Hashable, reads: Collection[Reads], work: "Callable[[Facts], Listed]") -> Listed:
        """Return rows of customers, in no order."""
        return work(self) if self._kept is None or self._moves(reads) else self._kept.listed(self, key, work)

    def _moves(self, reads: Collection[Reads]) -> bool:
        """Return whether a condition changes by itself, since it is about how long ago something was."""
        return any(
            self._columns is not None and self._columns.moves(self._fits(one.facts, one.where))
            for one in reads
            if one.where and one.facts != (VISIT,)
        )

    @cached_property
    def customers(self) -> Ints:
        """Return everybody in order."""
        return self.spine.customers

    @cached_property
    def _among(self) -> Flags | None:
        return None if self._hers is None else np.isin(self.customers, self._hers, assume_unique=True)

    @cached_property
    def _owner(self) -> Ints:
        return self.spine.owners()

    def clusters(self, rows: Rows) -> Ints:
        """Return a number for whoever each fact is of: what is nobody's stands for itself."""
        return np.where(rows.owner < 0, rows.row, self.spine.starts[0] + rows.owner)

    @property
    def clusters_count(self) -> int:
        return int(self.spine.starts[0]) + len(self.spine.starts) - 1

    def rows(self, names: tuple[str, ...], where: str) -> Rows:
        """Return the facts of some names for which a condition is true, up to the moment that is asked about."""
        key = (names, where)
        if key not in self._rows:
            self._rows[key] = self._visited(where) if names == (VISIT,) else self._found(names, where)
        return self._rows[key]

    def inside(self, names: tuple[str, ...], where: str, edges: Ints) -> Inside:
        """Return the same facts of some stretches alone. Stretch i is [edges[i], edges[i + 1])."""
        key = (names, where, edges.tobytes())
        if key not in self._inside:
            rows = self.rows(names, where)
            place = np.flatnonzero((rows.at >= edges[0]) & (rows.at < edges[-1]))
            some = Rows(rows.row[place], rows.owner[place], rows.at[place])
            self._inside[key] = Inside(some, place, np.searchsorted(edges, some.at, side="right") - 1)
        return self._inside[key]

    def numbers(self, names: tuple[str, ...], rows: Rows, field: str) -> Numbers:
        """Return a field's values in the units of people: money in major units, decimals as they are; NaN: none."""
        return self.stored(names, rows, field) / self.unit(names, field)

    def amounts(self, names: tuple[str, ...], rows: Rows, field: str) -> Numbers:
        """Return a field's values, money in minor units and decimals as they are; NaN: none."""
        found = self.stored(names, rows, field)
        return found / 10**DECIMAL_SCALE if self._type(names, field) is ValueType.DECIMAL else found

    def unit(self, names: tuple[str, ...], field: str) -> int:
        """Return as how many a unit of people is stored: of money a hundred, if it has cents."""
        match self._type(names, field):
            case ValueType.MONEY:
                return int(10 ** EXPONENTS[self._brand.currency])
            case ValueType.DECIMAL:
                return int(10**DECIMAL_SCALE)
        return 1

    def stored(self, names: tuple[str, ...], rows: Rows, field: str) -> Numbers:
        """Return a field's values as they are stored, whole numbers whose sums are exact; NaN: none."""
        if names == (VISIT,):
            return self._visit_column(rows, field).astype(np.float64)
        key, row = (names, field), self._of_names(names)
        if key not in self._amounts:
            self._amounts[key] = self._aligned(names, row, field)
        found: Numbers = self._amounts[key][np.searchsorted(row, rows.row)]
        return found

    def _aligned(self, names: tuple[str, ...], row: Ints, field: str) -> Numbers:
        """Return a field's value of each fact of some names, as it is stored."""
        ours = self.spine.position[row]
        if self._columns is not None:
            return self._columns.values(names, field, ours)
        position, values = self._column(names, field)
        dense = np.full(int(max(position.max(initial=0), ours.max(initial=0))) + 1, np.nan)
        dense[position] = np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)
        found: Numbers = dense[ours]
        return found

    def codes(self, names: tuple[str, ...], rows: Rows, field: str, known: dict[Any, int]) -> Ints:
        """Return for each fact which value of a field it has, by the numbers in `known`, which grows; -1: none."""
        position, values = self._column(self._named(names), field)
        encoded = values.dictionary_encode()
        type_ = self._type(names, field)
        words = [str(written(one, type_)) for one in encoded.dictionary.to_pylist()]
        ours = np.array([known.setdefault(one, len(known)) for one in words], dtype=np.int64)
        dense = np.full(int(max(position.max(initial=0), self._positions(rows).max(initial=0))) + 1, NOTHING)
        if len(position):
            dense[position] = ours[encoded.indices.to_numpy()]
        found: Ints = dense[self._positions(rows)]
        return found

    def _positions(self, rows: Rows) -> Ints:
        return self.spine.position[rows.row]

    def _found(self, names: tuple[str, ...], where: str) -> Rows:
        spine, row = self.spine, self._of_names(names)
        if where:
            row = row[self._is_so(names, where, spine.position[row])]
        return self._some(Rows(row, self._owner[row], spine.at[row]))

    def _of_names(self, names: tuple[str, ...]) -> Ints:
        """Return the rows of all facts of some names, in order."""
        if names not in self._places:
            codes = self.spine.codes
            self._places[names] = self.spine.named.rows([codes[name] for name in names if name in codes])
        return self._places[names]

    def _some(self, rows: Rows) -> Rows:
        if len(rows.at) and int(rows.at.max()) > self.now:
            rows = rows.kept(rows.at <= self.now)
        if self._among is None:
            return rows
        return rows.kept((rows.owner >= 0) & self._among[rows.owner])

    def _is_so(self, names: tuple[str, ...], where: str, position: Ints) -> Flags:
        fits = self._fits(names, where)
        if self._columns is not None:
            return self._columns.is_so(fits, position)
        is_so = fitting(self._moment, fits, self.now)
        found: Flags = is_so[np.minimum(position, len(is_so) - 1)]
        return found

    def _fits(self, names: tuple[str, ...], where: str) -> Fits:
        """Return a condition as it is asked; reading it takes longer than asking it of few facts."""
        key = names, where
        if key not in self._conditions:
            words = FactWords(self.declared)
            self._conditions[key] = Fits(names, tuple(read_where(where, name, words, self._brand) for name in names))
        return self._conditions[key]

    def _column(self, names: tuple[str, ...], field: str) -> tuple[Ints, Any]:
        """Return (position, value) of the facts that have one."""
        key = (names, field)
        if key not in self._fetched:
            facts = self._moment.table("facts")
            if field not in facts.columns:  # declared since, and no fact has it
                self._fetched[key] = np.zeros(0, dtype=np.int64), pa.array([], pa.int64())
            else:
                some = facts.select("position", "name", value=facts[field])
                some = some.filter(some["name"].isin(sorted(names)), some["value"].notnull())
                found = some.select("position", "value").to_pyarrow()
                self._fetched[key] = found["position"].to_numpy(), found["value"].combine_chunks()
        return self._fetched[key]

    def _named(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the facts that names stand for: a visit has the fields of its first fact."""
        if names != (VISIT,):
            return names
        found = self._all_visits()
        codes = {code: name for name, code in self.spine.codes.items()}
        return tuple(codes[int(one)] for one in np.unique(self.spine.code[found.row]))

    def _type(self, names: tuple[str, ...], field: str) -> ValueType | None:
        """Return a field's type; one name has one type in all facts. None: who sent the fact, which is text."""
        fields = (self.declared.facts[name].fields for name in names if name in self.declared.facts)
        return next((one[field].type for one in fields if field in one), None)

    def _all_visits(self) -> Visits:
        if self._visits is None:
            self._visits = visits(self.spine)
        return self._visits

    def _visited(self, where: str) -> Rows:
        found = self._all_visits()
        row = found.row
        if where:
            row = row[self._visits_so(where)]
        return self._some(Rows(row, self._owner[row], self.spine.at[row]))

    def _visits_so(self, where: str) -> Ints:
        found = self._all_visits()
        columns = {name: getattr(found, name) for name in Visits._fields if name != "row"}
        table = pa.table({"index": np.arange(len(found.row)), **columns})
        criterion = read_where(where, VISIT, FactWords(self.declared), self._brand)
        fitting: Ints = (
            matching(criterion, ibis.memtable(table), self.now).select("index").to_pyarrow()["index"].to_numpy()
        )
        return np.sort(fitting)

    def _visit_column(self, rows: Rows, field: str) -> Ints:
        found = self._all_visits()
        column: Ints = getattr(found, field)
        return column[np.searchsorted(found.row, rows.row)]
