"""Everything about one person, readable: for her, and for whoever she takes it to."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from interplay.collect.facts.api import Current, Projector, Written
from interplay.collect.facts.contracts import Payload, TraitWrite
from interplay.criteria.api import CustomerHistory
from interplay.criteria.contracts import TraitChange
from interplay.engine.log.contracts import LogRow
from interplay.engine.log.customer_data import CustomerData, Whom
from interplay.engine.log.erasure import identifiers
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.engine.wire.contracts import Question
from interplay.kernel.ids import CustomerId, Micros
from interplay.kernel.time import iso
from interplay.understand.profiles.contracts import LocateCustomer, Located, Reading
from interplay.understand.profiles.finding import find
from interplay.understand.profiles.whereabouts import positions_of


def _locate(reading: Reading, ask: LocateCustomer) -> Located:
    customer, subjects = find(reading, ask.kind, ask.value)
    return Located(customer, tuple(subjects), tuple(positions_of(reading, subjects)))


locate = Question("customers.locate", LocateCustomer, Located, _locate)


def exported(
    located: Located,
    *,
    database: Database,
    keys: SubjectKeys,
    current: Current,
    data: Sequence[CustomerData],
    at: Micros,
) -> dict[str, Any]:
    """Return all that is kept about a customer as plain data; `traits` are as of `at`.

    Her facts are in the order of the log; undeclared properties and the context are as they came.
    """
    with closing(LogReader(database)) as reader:
        whom = Whom(located.subjects, tuple(identifiers(reader, keys, located.subjects)))
        facts = list(_facts(reader, current.projector, located))
    changes = [one for row, payload in facts for one in current.projector.trait_changes(row, payload)]
    kept = {one.name: one.export(database, keys, whom) for one in data}
    written = Written(current.declared)
    return {
        "customer": located.customer,
        **kept,
        "traits": written.traits(_traits(changes, current, located.customer, at)),
        "trait_changes": [_change(written, one) for one in changes],
        "facts": [_fact(written, row, payload) for row, payload in facts],
    }


def _facts(reader: LogReader, projector: Projector, located: Located) -> Iterator[tuple[LogRow, Payload]]:
    for position in located.positions:
        row = reader.read_one(position)
        if row is not None and (payload := projector.payload(row)) is not None:
            yield row, payload


def _traits(changes: Sequence[TraitChange], current: Current, customer: CustomerId, at: Micros) -> dict[str, Any]:
    past = CustomerHistory(customer)
    for one in changes:
        past.change(one)
    values = ((name, past.trait(name, at)) for name in current.declared.traits)
    return {name: value for name, value in values if value is not None}


def _change(written: Written, one: TraitChange) -> dict[str, Any]:
    value = written.traits({one.trait: one.value})[one.trait]
    return {"at": iso(one.at), "trait": one.trait, "op": one.op.value, "value": value, "position": one.position}


def _fact(written: Written, row: LogRow, payload: Payload) -> dict[str, Any]:
    return {
        "position": row.position,
        "name": row.name,
        "name_received": payload.name_received or row.name,
        "at": iso(row.occurred_at),
        "received_at": iso(row.received_at),
        "source": row.source,
        "identifiers": [{"kind": kind, "value": value} for kind, value in payload.identifiers],
        "fields": written.fields(payload.fields),
        "extra": payload.extra,
        "context": payload.context,
        "traits": [_trait(written, one) for one in payload.traits],
        "message_id": payload.message_id,
    }


def _trait(written: Written, one: TraitWrite) -> dict[str, Any]:
    value = one.value if one.is_raw else written.traits({one.trait: one.value})[one.trait]
    return {"trait": one.trait, "op": one.op.value, "value": value}
