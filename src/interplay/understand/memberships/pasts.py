"""What the warehouse knows of some customers: what is new, whose it is, and their past as criteria read it.

Rows are asked for in order and cut into timelines; only the facts and fields that live segments read are fetched.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from interplay.criteria.api import CustomerHistory, Timeline
from interplay.criteria.contracts import Physical, Trait, TraitChange, TraitOp, ValueType
from interplay.engine.log.contracts import Origin
from interplay.kernel.ids import CustomerId, Micros, Position
from interplay.understand.memberships.watching import Watch

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from interplay.engine.olap.warehouse import Session

ASKED = "asked_customers"
ASKED_FACTS = "asked_facts"


class News(NamedTuple):
    """A fact, or a change of a trait, that came in; `what` is its name or the trait's."""

    customer: int
    subject: int
    what: str
    at: int
    is_live: bool


def new_facts(session: "Session", watch: Watch, after: int) -> Iterator[News]:
    """Yield the facts that some segment reads and that follow a position, each with its customer."""

    def build(after: int) -> "ir.Table":
        facts, members = session.table("facts"), session.table("members")
        new = facts.filter(facts["position"] > after, facts["name"].isin(sorted(watch.by_fact)))
        new = new.inner_join(members, "subject")
        is_live = new["origin"] == int(Origin.LIVE)
        return new.select("customer", "subject", what=new["name"], at=new.occurred_at, is_live=is_live)

    return map(News._make, _rows(session.rows(("new_facts", watch.revision), build, after)))


def new_traits(session: "Session", watch: Watch, after: int) -> Iterator[News]:
    """Yield the changes of traits that some segment reads and that follow a position."""

    def build(after: int) -> "ir.Table":
        traits, members = session.table("traits"), session.table("members")
        new = traits.filter(traits["position"] > after, traits.trait.isin(sorted(watch.by_trait)))
        new = new.inner_join(members, "subject")
        facts = session.table("facts")
        origins = facts.filter(facts["position"] > after).select(
            "position", is_live=facts["origin"] == int(Origin.LIVE)
        )
        new = new.inner_join(origins, "position")
        return new.select("customer", "subject", what=new.trait, at=new.occurred_at, is_live=new.is_live)

    return map(News._make, _rows(session.rows(("new_traits", watch.revision), build, after)))


def whose_news(session: "Session", after: int) -> Iterator[tuple[int, bool]]:
    """Yield the customers of all facts that follow a position, and whether any of these is no backfill."""

    def build(after: int) -> "ir.Table":
        facts, members = session.table("facts"), session.table("members")
        new = facts.filter(facts["position"] > after).inner_join(members, "subject")
        is_live = new["origin"] == int(Origin.LIVE)
        return new.group_by("customer").aggregate(is_live=is_live.any())

    return _rows(session.rows("whose_news", build, after))


def owners(session: "Session", subjects: Iterable[int]) -> dict[int, int]:
    """Return the customer of each subject; of erased ones there is none."""
    with _Asked(session, subjects) as asked:
        members = session.table("members")

        def build() -> "ir.Table":
            found = members.inner_join(asked, members.subject == asked.customer)
            return found.select("subject", members.customer)

        return dict(_rows(session.rows("owners", build)))


def new_customers(session: "Session", after: int, until: int) -> list[int]:
    """Return the customers among the subjects in `(after, until]`."""

    def build(after: int, until: int) -> "ir.Table":
        customers = session.table("customers")
        return customers.filter(customers.customer > after, customers.customer <= until)

    return list(session.rows("new_customers", build, after, until)["customer"].to_pylist())


def pasts(session: "Session", watch: Watch, asked: Mapping[int, int]) -> dict[int, CustomerHistory]:
    """Return the past of each customer, as far as the segments read it that she is asked about.

    Who has none is not there.
    """
    found: dict[int, CustomerHistory] = {}
    names = _names(watch, asked.values())
    pairs = [(customer, name) for customer, some in asked.items() for name in names[some]]
    if pairs:
        with _Asked(session, [one for one, _ in pairs], [name for _, name in pairs]) as wanted:
            rows = session.rows(("facts", watch.revision), lambda: _facts(session, watch, wanted))
            _add_facts(found, watch, rows)
    reading = reduce(or_, watch.by_trait.values(), 0)
    if of_traits := [customer for customer, some in asked.items() if some & reading]:
        with _Asked(session, of_traits) as wanted:
            rows = session.rows(("traits", watch.revision), lambda: _traits(session, watch, wanted))
            _add_traits(found, watch.words.traits(), rows)
    return found


def _names(watch: Watch, asked: Iterable[int]) -> dict[int, list[str]]:
    """Return the facts that each set of segments reads."""
    return {some: [name for name, reading in watch.by_fact.items() if reading & some] for some in set(asked)}


def _facts(session: "Session", watch: Watch, wanted: "ir.Table") -> "ir.Table":
    facts, members = session.table("facts"), session.table("members")
    fields = sorted({field for fields in watch.fields.values() for field in fields if field in facts.columns})
    rows = facts.inner_join(members.inner_join(wanted, "customer"), ["subject", "name"])
    columns = rows.select("customer", "name", "occurred_at", "position", *fields)
    return columns.order_by("customer", "name", "occurred_at", "position")


def _traits(session: "Session", watch: Watch, wanted: "ir.Table") -> "ir.Table":
    traits, members = session.table("traits"), session.table("members")
    rows = traits.filter(traits.trait.isin(sorted(watch.by_trait)))
    rows = rows.inner_join(members.semi_join(wanted, "customer"), "subject")
    return rows.select("customer", "position", "occurred_at", "trait", "op", "number", "text")


def _add_facts(found: dict[int, CustomerHistory], watch: Watch, rows: pa.Table) -> None:
    """Cut rows in order of (customer, name, occurred_at, position) into timelines."""
    if not rows.num_rows:
        return
    customers, ats, positions = (rows[name].to_numpy() for name in ("customer", "occurred_at", "position"))
    encoded = rows["name"].combine_chunks().dictionary_encode()
    names, codes = encoded.dictionary.to_pylist(), encoded.indices.to_numpy()
    is_other = (np.diff(customers) != 0) | (np.diff(codes) != 0)
    edges = [0, *(np.flatnonzero(is_other) + 1).tolist(), rows.num_rows]
    all_ats, all_positions = ats.tolist(), positions.tolist()
    columns = {
        name: _read(rows[name].to_pylist(), _type_of(name, watch))
        for name in {field for fields in watch.fields.values() for field in fields} & set(rows.column_names)
    }
    firsts = edges[:-1]
    of_whom = zip(customers[firsts].tolist(), codes[firsts].tolist(), pairwise(edges), strict=True)
    for customer, code, (start, end) in of_whom:
        if (history := found.get(customer)) is None:
            history = found[customer] = CustomerHistory(CustomerId(customer))
        name = names[code]
        read = {field: columns[field][start:end] for field in watch.fields[name] if field in columns}
        history.timelines[name] = Timeline.of(all_ats[start:end], all_positions[start:end], _dicts(read, end - start))


def _dicts(columns: Mapping[str, list[Any]], count: int) -> list[dict[str, Physical]]:
    if not columns:
        return [{}] * count
    names = tuple(columns)
    return [
        {name: value for name, value in zip(names, values, strict=True) if value is not None}
        for values in zip(*columns.values(), strict=True)
    ]


def _add_traits(found: dict[int, CustomerHistory], traits: Mapping[str, Trait], rows: pa.Table) -> None:
    for customer, position, at, name, op, number, text in _rows(rows):
        value = _value(traits[name].type, number, text)
        history = found.setdefault(customer, CustomerHistory(CustomerId(customer)))
        history.change(TraitChange(Position(position), Micros(at), name, TraitOp(op), value))


def _value(kind: ValueType, number: int | None, text: str | None) -> Physical | None:
    """Return a trait's value as criteria have it; of a personal one the warehouse holds none."""
    match kind:
        case ValueType.TEXTS:
            return None if text is None else json.loads(text)
        case ValueType.BOOLEAN:
            return None if number is None else bool(number)
        case ValueType.TEXT:
            return text
    return number


def _read(column: list[Any], kind: ValueType | None) -> list[Any]:
    """Return a column's values as criteria have them: lists of texts are kept as JSON."""
    if kind is not ValueType.TEXTS:
        return column
    return [None if value is None else json.loads(value) for value in column]


def _type_of(name: str, watch: Watch) -> ValueType | None:
    for fact in watch.by_fact:
        if (field := watch.words.fields(fact).get(name)) is not None:
            return field.type
    return None


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(table[name].to_pylist() for name in table.column_names), strict=True)


class _Asked:
    """A table of whom a question is about, and of which facts of theirs, for as long as it is asked."""

    def __init__(self, session: "Session", customers: Iterable[int], names: Iterable[str] | None = None) -> None:
        self._session = session
        columns = {"customer": pa.array(customers, pa.int64())}
        if names is not None:
            columns["name"] = pa.array(names, pa.string())
        self._name = ASKED if names is None else ASKED_FACTS
        self._rows = pa.table(columns)

    def __enter__(self) -> "ir.Table":
        self._session.con.register(self._name, self._rows)
        return self._session.table(self._name)

    def __exit__(self, *_: object) -> None:
        self._session.con.unregister(self._name)
