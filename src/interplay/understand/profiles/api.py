"""One customer's past: found by any identifier, read from the log, folded as of any instant."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING

from interplay.collect.facts.api import Current, Projector
from interplay.collect.facts.contracts import Payload
from interplay.criteria.api import CustomerHistory
from interplay.criteria.contracts import Physical, Tables, ValueType
from interplay.engine.log.contracts import LogRow
from interplay.engine.log.read import LogReader
from interplay.engine.wire.contracts import Question
from interplay.kernel.ids import CustomerId, Micros, Position, SubjectId
from interplay.understand.profiles.contracts import (
    NOTES_MAX,
    TIMELINE_MAX,
    ConsentsView,
    CountFacts,
    CountWithoutRate,
    CustomerView,
    FactView,
    FindCustomers,
    ListFacts,
    Reading,
    ShowConsents,
    ShowCustomer,
)
from interplay.understand.profiles.exporting import exported, locate
from interplay.understand.profiles.finding import find
from interplay.understand.profiles.identities import compare, identify, list_matches, list_reviews, why
from interplay.understand.profiles.whereabouts import positions_of
from interplay.unify.consent import api as consent
from interplay.unify.consent.contracts import Consent, Statement
from interplay.unify.customers import api as customers
from interplay.unify.customers.contracts import Found

if TYPE_CHECKING:
    from interplay.engine.olap.warehouse import Session

STATED_BY_STAFF = customers.TagTerm.facts | consent.ConsentTerm.facts


def tables(session: "Session") -> Tables:
    """Return everybody's past, as criteria are asked of it."""
    return Tables(
        customers=session.table("customers"),
        members=session.table("members"),
        facts=session.table("facts"),
        traits=session.table("traits"),
    )


def history(reading: Reading, customer: CustomerId, subjects: Sequence[SubjectId]) -> CustomerHistory:
    """Return a customer's whole past, read from the log itself."""
    past = CustomerHistory(customer)
    projector = reading.declarations.current().projector
    for row, payload in _read(reading, projector, positions_of(reading, subjects)):
        past.add(projector.occurrence(row, payload))
        for change in projector.trait_changes(row, payload):
            past.change(change)
    return past


def _show(reading: Reading, ask: ShowCustomer) -> CustomerView:
    customer, subjects = find(reading, ask.kind, ask.value)
    at = reading.world.now() if ask.at is None else ask.at
    catalogue = reading.declarations.current()
    past = CustomerHistory(customer)
    seen: list[tuple[LogRow, Payload]] = []
    statements: list[Statement] = []
    for row, payload in _read(reading, catalogue.projector, positions_of(reading, subjects)):
        for change in catalogue.projector.trait_changes(row, payload):
            past.change(change)
        if row.name in STATED_BY_STAFF:
            statements += _remember(catalogue.projector, past, row, payload)
        if row.occurred_at <= at:
            seen.append((row, payload))
    seen.sort(key=lambda one: (one[0].occurred_at, one[0].position), reverse=True)
    newest = seen[: min(ask.facts_max, TIMELINE_MAX)]
    notes = (note for row, payload in seen if (note := customers.note_of(row, payload)) is not None)
    return CustomerView(
        customer=customer,
        identifiers=_identifiers(reading, subjects if ask.at is None else _heard_of(subjects, seen)),
        traits=_traits(past, catalogue.declared.traits, at),
        facts_count=len(seen),
        first_at=seen[-1][0].occurred_at if seen else None,
        last_at=seen[0][0].occurred_at if seen else None,
        timeline=tuple(_view(catalogue.projector, row, payload) for row, payload in newest),
        tags=customers.tags_of(past, at),
        consents=_standings(reading, catalogue, past, statements, at),
        notes=tuple(islice(notes, NOTES_MAX)),
    )


def _show_consents(reading: Reading, ask: ShowConsents) -> ConsentsView:
    customer, subjects = find(reading, ask.kind, ask.value)
    at = reading.world.now() if ask.at is None else ask.at
    catalogue = reading.declarations.current()
    past = CustomerHistory(customer)
    statements: list[Statement] = []
    for row, payload in _read(reading, catalogue.projector, positions_of(reading, subjects)):
        for change in catalogue.projector.trait_changes(row, payload):
            past.change(change)
        statements += _remember(catalogue.projector, past, row, payload)
    newest = sorted(statements, key=lambda one: (one.at, one.position), reverse=True)
    return ConsentsView(
        customer,
        _standings(reading, catalogue, past, statements, at),
        tuple(statement for statement in newest if statement.at <= at),
    )


def _find_customers(reading: Reading, ask: FindCustomers) -> list[Found]:
    return customers.find(reading.database, reading.keys, reading.world.brand.region, ask.text)


def _list_facts(reading: Reading, ask: ListFacts) -> list[FactView]:
    projector = reading.declarations.current().projector
    facts_max = min(ask.facts_max, TIMELINE_MAX)
    with closing(LogReader(reading.database)) as reader:
        if ask.name is not None:
            found = reader.read_at(_positions_of_name(reading, ask.name, ask.after, facts_max))
            rows = [found[position] for position in sorted(found, reverse=ask.after is None)]
        else:
            rows = reader.newest(facts_max) if ask.after is None else reader.read(ask.after, facts_max)
        return [_view(projector, row, projector.payload(row)) for row in rows]


def _positions_of_name(reading: Reading, name: str, after: Position | None, facts_max: int) -> list[Position]:
    """Return where facts of a name are: the newest ones, or those that follow a position; the log has no such index."""
    with reading.warehouse.session() as session:
        facts = session.table("facts")
        named = facts.filter(facts.name == name, facts.position > (after or 0))
        order = facts.position.desc() if after is None else facts.position.asc()
        found = named.order_by(order).limit(facts_max).select("position").to_pyarrow()
    return [Position(position) for position in found["position"].to_pylist()]


def _count_facts(reading: Reading, _: CountFacts) -> dict[str, int]:
    with reading.warehouse.session() as session:
        facts = session.table("facts")
        counted = facts.group_by("name").aggregate(count=facts.count()).to_pyarrow()
    return dict(zip(counted["name"].to_pylist(), counted["count"].to_pylist(), strict=True))


def _count_without_rate(reading: Reading, _: CountWithoutRate) -> dict[str, int]:
    """Count what `collect.facts.lacks_rate` says of a fact, in the warehouse."""
    types = reading.declarations.current().projector.types
    with reading.warehouse.session() as session:
        facts = session.table("facts")
        empty = [facts[name].isnull() for name, kind in types.items() if kind is ValueType.MONEY or name == "rate"]
        found = facts.filter(facts.currency != reading.world.brand.currency, *empty)
        counted = found.group_by("currency").aggregate(count=found.count()).to_pyarrow()
    return dict(zip(counted["currency"].to_pylist(), counted["count"].to_pylist(), strict=True))


show = Question("customers.show", ShowCustomer, CustomerView, _show)
find_customers = Question("customers.find", FindCustomers, list[Found], _find_customers)
show_consents = Question("customers.consents", ShowConsents, ConsentsView, _show_consents)
list_facts = Question("facts.list", ListFacts, list[FactView], _list_facts)
count_without_rate = Question("facts.count_without_rate", CountWithoutRate, dict[str, int], _count_without_rate)
count_facts = Question("facts.count", CountFacts, dict[str, int], _count_facts)


def _read(reading: Reading, projector: Projector, positions: Iterable[Position]) -> Iterable[tuple[LogRow, Payload]]:
    with closing(LogReader(reading.database)) as reader:
        for position in positions:
            row = reader.read_one(position)
            if row is not None and (payload := projector.payload(row)) is not None:
                yield row, payload


def _heard_of(subjects: Sequence[SubjectId], seen: Iterable[tuple[LogRow, Payload]]) -> list[SubjectId]:
    """Return the subjects that a fact of those seen came with."""
    heard = {subject for row, _ in seen for subject in (row.subject, *row.also)}
    return [subject for subject in subjects if subject in heard]


def _remember(projector: Projector, past: CustomerHistory, row: LogRow, payload: Payload) -> list[Statement]:
    """Add a fact to the past, and return what it states about consent."""
    occurrence = projector.occurrence(row, payload)
    past.add(occurrence)
    statement = consent.statement(row, occurrence, payload)
    return [] if statement is None else [statement]


def _standings(
    reading: Reading, catalogue: Current, past: CustomerHistory, statements: Sequence[Statement], at: Micros
) -> tuple[Consent, ...]:
    document = consent.current(catalogue.documents)
    return consent.standings(document, past, statements, at, reading.world.brand.region)


def _identifiers(reading: Reading, subjects: Sequence[SubjectId]) -> tuple[tuple[str, str], ...]:
    with closing(LogReader(reading.database)) as reader:
        return customers.identifiers(reader, reading.keys, subjects)


def _traits(past: CustomerHistory, names: Iterable[str], at: Micros) -> dict[str, Physical]:
    values = ((name, past.trait(name, at)) for name in names)
    return {name: value for name, value in values if value is not None}


def _view(projector: Projector, row: LogRow, payload: Payload | None) -> FactView:
    known = payload or Payload()
    return FactView(
        position=row.position,
        name=projector.name(row, payload),
        at=row.occurred_at,
        received_at=row.received_at,
        source=row.source,
        fields=projector.shown(row, known),
        extra=known.extra,
        identifiers=known.identifiers,
        is_erased=payload is None,
        clamped_from=_text(known.context.get("clamped_from")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


__all__ = [
    "compare",
    "count_facts",
    "exported",
    "find",
    "history",
    "identify",
    "list_facts",
    "list_matches",
    "list_reviews",
    "locate",
    "show",
    "tables",
    "why",
]
