"""What is told of a fact, made from the log when it is sent: who was erased or took consent back is told of no more."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import msgspec

from interplay.automate.webhooks.contracts import WEBHOOK, AskConsent, Told, WebhookDocument
from interplay.collect.facts.api import Current, Declarations, Written
from interplay.collect.facts.contracts import Payload
from interplay.engine.delivery import endpoints
from interplay.engine.delivery.contracts import Content, Endpoint, Withheld
from interplay.engine.documents.contracts import Document
from interplay.engine.log.contracts import LogRow
from interplay.engine.log.erasure import identifiers
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.database import Database
from interplay.engine.outbox.api import Delivery
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.context import World
from interplay.kernel.ids import SubjectId
from interplay.kernel.time import iso
from interplay.unify.identity.api import customer_of

TEST_FACT = "webhook.tested"
CONTENT_TYPE = "application/json"
ERASED = "erased"
NO_CONSENT = "no consent"
NO_FACT = "no such fact"

HasConsent = Callable[[AskConsent], bool]


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The source of deliveries to webhooks. `has_consent` waits until every statement stored so far is known."""

    world: World
    database: Database
    keys: SubjectKeys
    declarations: Declarations
    has_consent: HasConsent

    def endpoints(self) -> list[Endpoint]:
        """Return the webhooks that may be sent to: enabled, and not stopped by the other side."""
        standing = [one for one in self.declarations.current().documents if one.kind == WEBHOOK]
        if not standing:
            return []
        states = endpoints.states(self.database, WEBHOOK)
        secrets = endpoints.secrets(self.database, self.keys, WEBHOOK, self.world.now())
        found = []
        for document in standing:
            content = read(document)
            stopped = states[document.name].stopped_version if document.name in states else None
            if content.enabled and (stopped is None or document.version > stopped):
                signing = secrets.get(document.name, ())
                found.append(Endpoint(WEBHOOK, document.name, content.url, document.version, signing))
        return found

    def content(self, endpoint: Endpoint, delivery: Delivery) -> Content | Withheld:
        """Return the body of a message, by the document as it is now."""
        told = msgspec.msgpack.decode(delivery.message, type=Told)
        if told.position == 0:
            body = {"type": TEST_FACT, "timestamp": iso(told.at), "data": {"webhook": endpoint.name}}
            return Content(msgspec.json.encode(body), CONTENT_TYPE)
        current = self.declarations.current()
        document = next(read(one) for one in current.documents if one.kind == WEBHOOK and one.name == endpoint.name)
        with closing(LogReader(self.database)) as reader:
            row = reader.read_one(told.position)
            if row is None:
                return Withheld(NO_FACT)
            payload = current.projector.payload(row)
            if payload is None or (row.subject is not None and reader.heard(row.subject) is None):
                return Withheld(ERASED)
            return self._content(current, document, reader, row, payload)

    def _content(
        self, current: Current, document: WebhookDocument, reader: LogReader, row: LogRow, payload: Payload
    ) -> Content | Withheld:
        customer, subjects = (None, []) if row.subject is None else customer_of(self.database, row.subject)
        if document.consent is not None:
            if customer is None:
                return Withheld(NO_CONSENT)
            if not self.has_consent(AskConsent(customer, tuple(subjects), document.consent)):
                return Withheld(NO_CONSENT)
        data = {
            "customer": customer,
            "identifiers": self._identifiers(document.identifiers, reader, subjects),
            "fields": Written(current.declared).fields(_fields(current, document, row, payload)),
        }
        body = {"type": current.projector.name(row, payload), "timestamp": iso(row.occurred_at), "data": data}
        return Content(msgspec.json.encode(body), CONTENT_TYPE, subject=row.subject)

    def _identifiers(
        self, kinds: Sequence[str], reader: LogReader, subjects: Sequence[SubjectId]
    ) -> dict[str, list[str]]:
        """Return the customer's identifiers of some kinds, of each the one first heard of first."""
        found: dict[str, list[str]] = {}
        if kinds:
            for kind, value in identifiers(reader, self.keys, subjects):
                if kind in kinds:
                    found.setdefault(kind, []).append(value)
        return found


def read(document: Document) -> WebhookDocument:
    return msgspec.convert(document.content, WebhookDocument)


def _fields(current: Current, document: WebhookDocument, row: LogRow, payload: Payload) -> dict[str, Any]:
    """Return the fields that go along: those that are named, personal ones too, or every one that is not personal."""
    if document.fields is None:
        return current.projector.fields(row, payload)
    shown = current.projector.shown(row, payload)
    return {name: shown[name] for name in document.fields if name in shown}
