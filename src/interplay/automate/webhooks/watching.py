"""Which facts are told to which webhooks: the reaction that follows the log and posts to the outbox.

A version of a document speaks of the facts behind the position at which it was applied, up to its next version; facts
of a backfill are never told. The cursor moves in the transaction of the posting, so each fact is posted once.
Where nobody watches, nothing is read; else the database picks facts by the code of their name, and bodies are opened
only of those.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import structlog
from msgspec import Struct

from interplay.automate.webhooks.contracts import WEBHOOK, Told, WebhookDocument
from interplay.automate.webhooks.documents import matches
from interplay.automate.webhooks.vocabulary import FactWords, read_where
from interplay.collect.facts.api import Current, Declarations, Names
from interplay.collect.facts.contracts import Payload
from interplay.criteria.api import CustomerHistory, trigger_closure
from interplay.criteria.contracts import Occurrence
from interplay.engine.delivery import endpoints
from interplay.engine.delivery.contracts import queue_of
from interplay.engine.documents import api as documents
from interplay.engine.documents.contracts import Document
from interplay.engine.log.contracts import LogRow
from interplay.engine.log.reactions import Reaction, Step, move_cursor
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.engine.outbox import api as outbox
from interplay.engine.outbox.api import Delivery
from interplay.kernel.errors import AppError, in_journal
from interplay.kernel.ids import Position
from interplay.kernel.settings import Brand

REACTION = "webhooks"
POSTS_AT_ONCE_MAX = 500
ROWS_AT_ONCE_MAX = 500
STRETCH_MAX = 100_000
LAG_MAX = 10_000  # facts that are looked at again after a start, since nothing was written for them

log = structlog.get_logger()

Keeps = Callable[[LogRow, Payload, Occurrence], bool]


class Post(Struct, frozen=True):
    """Messages that follow from one stretch of the log."""

    step: Step
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class Watch:
    """One webhook as it watches over a stretch of the log."""

    name: str
    document: WebhookDocument
    conditions: Mapping[str, Callable[[Occurrence], bool | None]]  # of each fact, where there is `where`

    def keeps(self, occurrence: Occurrence, payload: Payload) -> bool:
        if not matches(self.document.patterns(), occurrence.name):
            return False
        if self.document.segments:
            segment = occurrence.fields.get("segment", payload.extra.get("segment"))
            if segment not in self.document.segments:
                return False
        if self.document.where is None:
            return True
        condition = self.conditions.get(occurrence.name)
        return condition is not None and condition(occurrence) is True


def _post(tx: Tx, ask: Post) -> None:
    move_cursor(tx, ask.step)
    if ask.deliveries:
        outbox.post_all(tx, ask.deliveries)
        outbox.keep_purging(tx)


post = Command("webhooks.post", Post, None, _post)


def reaction(declarations: Declarations, brand: Brand) -> Reaction:
    """Return the reaction that posts what webhooks watch for."""
    watching = Watching(declarations, brand)
    return Reaction(REACTION, watching.ask, post, is_wanted=watching.is_wanted)


def message_id(name: str, row: LogRow) -> str:
    """Return the id of a message, the same on every attempt.

    The instant is in it because a restored backup gives positions once more, to other facts.
    """
    return f"{name}-{row.position}-{row.received_at:x}"


class Watching:
    """What is remembered between two looks: the documents of a revision, read, and how far nothing was found."""

    def __init__(self, declarations: Declarations, brand: Brand) -> None:
        self._declarations = declarations
        self._brand = brand
        self._revision = -1
        self._versions: list[Document] = []
        self._watches: dict[tuple[str, int], Watch] = {}
        self._looked = Position(0)

    def is_wanted(self, database: Database) -> bool:
        self._read(database)
        return bool(self._versions)

    def ask(
        self, reader: LogReader, database: Database, after: Position, until: Position
    ) -> tuple[Post | None, Position]:
        """Return what to post for the next stretch of the log, if anything, and where the stretch ends."""
        begin = max(after, self._looked)
        if begin >= until:
            return None, until
        current = self._read(database)
        watches = self._watches_after(begin, database)
        resumed = (state.resumed_after for state in endpoints.states(database, WEBHOOK).values())
        changes = [*(one.position for one in self._versions), *map(Position, resumed)]
        until = min([until, *(position for position in changes if position > begin)])
        found, until = self._find(reader, current, watches, begin, until)
        if not found and until - after < LAG_MAX:
            self._looked = until
            return None, until
        self._looked = Position(0)
        return Post(Step(REACTION, after, until), tuple(found)), until

    def _find(
        self, reader: LogReader, current: Current, watches: Sequence[Watch], after: Position, until: Position
    ) -> tuple[list[Delivery], Position]:
        names = _stored_names(reader, current, watches)
        if not names:
            return [], until
        until = Position(min(until, after + STRETCH_MAX))
        rows = reader.live_named(after, until, names, ROWS_AT_ONCE_MAX)
        if len(rows) == ROWS_AT_ONCE_MAX:
            until = rows[-1].position
        found: list[Delivery] = []
        for row in rows:
            found += _told(current, watches, row)
            if len(found) >= POSTS_AT_ONCE_MAX:
                return found, row.position
        return found, until

    def _read(self, database: Database) -> Current:
        current = self._declarations.current()
        if current.revision != self._revision:
            self._versions = documents.versions(database, WEBHOOK)
            self._watches.clear()
            self._revision = current.revision
        return current

    def _watches_after(self, position: Position, database: Database) -> list[Watch]:
        """Return the webhooks that watch from a position on: the last version of each that was applied by then."""
        versions = {one.name: one for one in self._versions if one.position <= position}
        if not versions:
            return []
        states = endpoints.states(database, WEBHOOK)
        found = []
        for name, one in versions.items():
            state = states.get(name)
            is_stopped = state is not None and (
                position < state.resumed_after
                or (state.stopped_version is not None and one.version <= state.stopped_version)
            )
            if not is_stopped and (watch := self._watch(one)).document.enabled:
                found.append(watch)
        return found

    def _watch(self, document: Document) -> Watch:
        key = (document.name, document.version)
        if key not in self._watches:
            content = msgspec.convert(document.content, WebhookDocument)
            self._watches[key] = Watch(document.name, content, self._conditions(document.name, content))
        return self._watches[key]

    def _conditions(self, name: str, content: WebhookDocument) -> dict[str, Callable[[Occurrence], bool | None]]:
        declared = self._declarations.current().declared
        if content.where is None:
            return {}
        words = FactWords(declared)
        found = {}
        for fact in declared.facts:
            if matches(content.patterns(), fact):
                try:
                    criterion = read_where(content.where, fact, words, self._brand)
                except AppError as error:  # a former version, by words that have changed since
                    log.warning("a webhook's where cannot be read", webhook=name, fact=fact, reason=in_journal(error))
                    continue
                found[fact] = _asked(trigger_closure(criterion, words))
        return found


def _asked(ask: Callable[[CustomerHistory, Occurrence, int], bool | None]) -> Callable[[Occurrence], bool | None]:
    """Return a condition on the fact alone: `now()` is when it happened, so the answer is the same whenever asked."""
    nothing = CustomerHistory()
    return lambda occurrence: ask(nothing, occurrence, occurrence.at)


def _stored_names(reader: LogReader, current: Current, watches: Sequence[Watch]) -> list[str]:
    """Return the names in the log that may be watched for, as stored and as they are called today."""
    patterns = [pattern for watch in watches for pattern in watch.document.patterns()]
    if not patterns:
        return []
    today = Names(current.declared).today
    return [name for name in reader.fact_names() if matches(patterns, name) or matches(patterns, today(name, "", None))]


def _told(current: Current, watches: Sequence[Watch], row: LogRow) -> Iterator[Delivery]:
    payload = current.projector.payload(row)
    if payload is None:  # erased meanwhile
        return
    occurrence = current.projector.occurrence(row, payload)
    for watch in watches:
        if watch.keeps(occurrence, payload):
            message = msgspec.msgpack.encode(Told(row.position))
            yield Delivery(queue_of(WEBHOOK, watch.name), message_id(watch.name, row), message)
