"""What can be done with webhooks. Other slices import this file and `contracts`."""

from collections.abc import Sequence
from contextlib import closing

import msgspec

from interplay.automate.webhooks.contracts import WEBHOOK, AskConsent, DeliveryView, Told, WebhookView
from interplay.automate.webhooks.documents import WebhookKind
from interplay.automate.webhooks.telling import Webhooks, read
from interplay.automate.webhooks.watching import post, reaction
from interplay.engine.delivery import endpoints
from interplay.engine.delivery.contracts import State as EndpointState
from interplay.engine.delivery.contracts import queue_of
from interplay.engine.documents import api as documents
from interplay.engine.documents.contracts import Document
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.engine.outbox import api as outbox
from interplay.engine.outbox.api import Delivery, Kept, State
from interplay.engine.secrets.subject_keys import NOBODY, SubjectKeys
from interplay.engine.wire.contracts import Question
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros, Position
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import Reading
from interplay.unify.consent import api as consent

DELIVERIES_SHOWN_MAX = 1_000
FAILED = (State.WAITING, State.DEAD)
LAST_LOOKED_AT = 50


def _test(tx: Tx, name: str) -> str:
    """Post a message that is about nobody; answer its id."""
    key = f"{name}-test-{tx.world.ids()}"
    message = msgspec.msgpack.encode(Told(Position(0), tx.world.now()))
    outbox.post(tx, Delivery(queue_of(WEBHOOK, name), key, message))
    outbox.keep_purging(tx)
    return key


test = Command("webhooks.test", str, str, _test)


def _has_consent(reading: Reading, ask: AskConsent) -> bool:
    brand = reading.world.brand
    term = consent.term(reading.declarations.current().documents, brand)
    past = profiles.history(reading, ask.customer, ask.subjects)
    return term.closure(ask.consent)(past, reading.world.now()) is True


has_consent = Question("webhooks.has_consent", AskConsent, bool, _has_consent)


def listed(database: Database) -> list[WebhookView]:
    """Return every webhook and how its deliveries stand."""
    states = endpoints.states(database, WEBHOOK)
    return [
        _view(database, document, states.get(document.name, EndpointState()))
        for document in documents.current(database)
        if document.kind == WEBHOOK
    ]


def shown(database: Database, name: str) -> WebhookView:
    """Return one webhook. Raises AppError `delivery.unknown`."""
    document = documents.find(database, WEBHOOK, name)
    if document is None:
        raise AppError("delivery.unknown", status=404, kind=WEBHOOK, name=name)
    return _view(database, document, endpoints.states(database, WEBHOOK).get(name, EndpointState()))


def deliveries(
    database: Database, keys: SubjectKeys, name: str, *, states: Sequence[State] = tuple(State), rows_max: int = 100,
    before: Micros | None = None,
) -> list[DeliveryView]:  # fmt: skip
    """Return messages to a webhook, those due or ended last first. Raises AppError `delivery.unknown`."""
    shown(database, name)
    rows = outbox.kept(database, queue_of(WEBHOOK, name), states, min(rows_max, DELIVERIES_SHOWN_MAX), before)
    with closing(LogReader(database)) as reader:
        return [_delivery(reader, keys, row) for row in rows]


def _view(database: Database, document: Document, state: EndpointState) -> WebhookView:
    content = read(document)
    queue = queue_of(WEBHOOK, document.name)
    failed = next((one for one in outbox.kept(database, queue, FAILED, LAST_LOOKED_AT) if one.reason), None)
    is_stopped = state.stopped_version is not None and document.version <= state.stopped_version
    return WebhookView(
        name=document.name,
        version=document.version,
        url=content.url,
        facts=content.patterns(),
        enabled=content.enabled,
        has_secret=state.has_secret,
        former_secret_until=state.former_until,
        stopped_at=state.stopped_at if is_stopped else None,
        counts={State(name): count for name, count in outbox.counts(database, queue).items()},
        last_failure=None if failed is None else failed.reason,
        last_failure_at=None if failed is None else failed.due_at,
    )


def _delivery(reader: LogReader, keys: SubjectKeys, row: Kept) -> DeliveryView:
    """Open what the other side answered, with the key of whom the fact is about; of an erased one it is gone."""
    position = msgspec.msgpack.decode(row.message, type=Told).position
    fact = reader.read_one(position) if position else None
    subject = NOBODY if fact is None or fact.subject is None else fact.subject
    is_lost = row.answer is None or (position and fact is None)  # purged, and nobody knows whose it was
    answer = None if is_lost or row.answer is None else keys.open(subject, row.answer)
    return DeliveryView(
        id=row.key,
        state=row.state,
        at=row.due_at,
        attempts=row.attempts,
        reason=row.reason,
        position=position or None,
        answer=None if answer is None else answer.decode("utf-8", "replace"),
    )


__all__ = [
    "WebhookKind",
    "Webhooks",
    "deliveries",
    "has_consent",
    "listed",
    "post",
    "reaction",
    "shown",
    "test",
]
