"""The facts that terms speak of, as arrays in order of customer and time. Each is fetched once in a question."""

from typing import Any, NamedTuple, TypeAlias

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from interplay.collect.facts.api import FactWords, read_where, written
from interplay.collect.facts.contracts import Declared
from interplay.criteria.api import matching
from interplay.criteria.contracts import DECIMAL_SCALE, ValueType
from interplay.engine.olap.contracts import Moment
from interplay.engine.olap.spine import Spine
from interplay.engine.olap.trails import Flags, Ints
from interplay.kernel.ids import Micros
from interplay.kernel.money import EXPONENTS
from interplay.kernel.settings import Brand
from interplay.measure.reading.contracts import Fits
from interplay.measure.reading.fitting import fitting
from interplay.measure.visits.api import Visits, visits
from interplay.measure.visits.contracts import VISIT

Numbers: TypeAlias = NDArray[np.float64]

NOTHING = -1


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
        self, moment: Moment, spine: Spine, declared: Declared, brand: Brand, now: Micros, among: Ints | None = None
    ) -> None:
        self.spine = spine
        self.declared = declared
        self.now = now
        self.customers = spine.order.label(np.arange(len(spine.starts) - 1))
        self._moment = moment
        self._brand = brand
        self._rows: dict[tuple[tuple[str, ...], str], Rows] = {}
        self.worked_out: dict[tuple[Any, bytes], Numbers] = {}  # of a term and stretches, by who asks
        self._places: dict[tuple[str, ...], Ints] = {}
        self._inside: dict[tuple[tuple[str, ...], str, bytes], Inside] = {}
        self._columns: dict[tuple[tuple[str, ...], str], tuple[Ints, Any]] = {}
        self._amounts: dict[tuple[tuple[str, ...], str], Numbers] = {}
        self._visits: Visits | None = None
        self._owner = _owners(spine)
        self._among = None if among is None else np.isin(self.customers, among, assume_unique=True)

    def clusters(self, rows: Rows) -> Ints:
        """Return a number for whoever each fact is of: what is nobody's stands for itself."""
        return np.where(rows.owner < 0, rows.row, self.spine.starts[0] + rows.owner)

    @property
    def clusters_count(self) -> int:
        return int(self.spine.starts[0]) + len(self.customers)

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
        is_money = self._type(names, field) is ValueType.MONEY
        return self.amounts(names, rows, field) / (10 ** EXPONENTS[self._brand.currency] if is_money else 1)

    def amounts(self, names: tuple[str, ...], rows: Rows, field: str) -> Numbers:
        """Return a field's values, money in minor units and decimals as they are; NaN: none."""
        if names == (VISIT,):
            return self._visit_column(rows, field).astype(np.float64)
        key, row = (names, field), self._of_names(names)
        if key not in self._amounts:
            self._amounts[key] = self._aligned(names, row, field)
        found: Numbers = self._amounts[key][np.searchsorted(row, rows.row)]
        return found

    def _aligned(self, names: tuple[str, ...], row: Ints, field: str) -> Numbers:
        """Return a field's value of each fact of some names."""
        position, values = self._column(names, field)
        ours = self.spine.position[row]
        dense = np.full(int(max(position.max(initial=0), ours.max(initial=0))) + 1, np.nan)
        dense[position] = np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)
        found: Numbers = dense[ours]
        return found / 10**DECIMAL_SCALE if self._type(names, field) is ValueType.DECIMAL else found

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
        words = FactWords(self.declared)
        criteria = tuple(read_where(where, name, words, self._brand) for name in names)
        is_so = fitting(self._moment, Fits(names, criteria), self.now)
        found: Flags = is_so[np.minimum(position, len(is_so) - 1)]
        return found

    def _column(self, names: tuple[str, ...], field: str) -> tuple[Ints, Any]:
        """Return (position, value) of the facts that have one."""
        key = (names, field)
        if key not in self._columns:
            facts = self._moment.table("facts")
            if field not in facts.columns:  # declared since, and no fact has it
                self._columns[key] = np.zeros(0, dtype=np.int64), pa.array([], pa.int64())
            else:
                some = facts.select("position", "name", value=facts[field])
                some = some.filter(some["name"].isin(sorted(names)), some["value"].notnull())
                found = some.select("position", "value").to_pyarrow()
                self._columns[key] = found["position"].to_numpy(), found["value"].combine_chunks()
        return self._columns[key]

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


def _owners(spine: Spine) -> Ints:
    """Return whose each fact is: the index of a customer, or -1."""
    nobody = np.full(int(spine.starts[0]), NOTHING, dtype=np.int64)
    return np.concatenate((nobody, np.repeat(np.arange(len(spine.starts) - 1), np.diff(spine.starts))))
