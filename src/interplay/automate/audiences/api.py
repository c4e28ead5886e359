"""What can be done with audiences. Other slices import this file and `contracts`."""

import tempfile
from dataclasses import dataclass

import msgspec
from msgspec import Struct

from interplay.automate.audiences.contracts import AUDIENCE, AudienceDocument, AudienceView, Due, Export, Plan
from interplay.automate.audiences.documents import AudienceKind
from interplay.automate.audiences.rows import CONTENT_TYPE, Exporting, lines
from interplay.collect.facts.api import Declarations
from interplay.engine.delivery import endpoints
from interplay.engine.delivery.contracts import Content, Endpoint, Withheld, queue_of
from interplay.engine.delivery.contracts import State as EndpointState
from interplay.engine.documents import api as documents
from interplay.engine.documents.contracts import Document
from interplay.engine.log.reactions import Reaction, position_of, set_position
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.engine.outbox import api as outbox
from interplay.engine.outbox.api import Delivery, State
from interplay.engine.timers import api as timers
from interplay.engine.timers.api import Timer
from interplay.kernel.context import World
from interplay.kernel.ids import Micros, Position
from interplay.kernel.time import parse_duration

REACTION = "audiences"
TIMER = "audience"
SECONDS_MAX = 900.0


class Schedule(Struct, frozen=True):
    """Make these the timers that there are, as the documents of a revision have them."""

    plans: tuple[Plan, ...]
    ended: tuple[str, ...]
    revision: int


def _schedule(tx: Tx, ask: Schedule) -> None:
    """Set what is new or changed to now, and leave the rest."""
    for name in ask.ended:
        timers.cancel(tx, TIMER, name)
    for plan in ask.plans:
        message = msgspec.msgpack.encode(plan)
        standing = timers.find(tx, TIMER, plan.name)
        if standing is None or standing.message != message:
            timers.schedule(tx, Timer(TIMER, plan.name, tx.world.now(), message))
    set_position(tx, REACTION, ask.revision)


schedule = Command("audiences.schedule", Schedule, None, _schedule)


def fire(tx: Tx, timer: Timer) -> None:
    """Post an export as of now, and set the timer for the next; those that were missed are not made up for."""
    plan = msgspec.msgpack.decode(timer.message, type=Plan)
    now = tx.world.now()
    message = msgspec.msgpack.encode(Due(now))
    outbox.post(tx, Delivery(queue_of(AUDIENCE, plan.name), f"{plan.name}-{now:x}", message))
    outbox.keep_purging(tx)
    missed = (now - timer.due_at) // plan.every
    timers.schedule(tx, Timer(TIMER, plan.name, Micros(timer.due_at + (missed + 1) * plan.every), timer.message))


def _run_now(tx: Tx, name: str) -> bool:
    """Move the timer to now; answer whether there is one."""
    standing = timers.find(tx, TIMER, name)
    if standing is not None:
        timers.schedule(tx, Timer(TIMER, name, tx.world.now(), standing.message))
    return standing is not None


run_now = Command("audiences.run_now", str, bool, _run_now)


def listed(database: Database) -> list[AudienceView]:
    """Return every audience and how its deliveries stand."""
    states = endpoints.states(database, AUDIENCE)
    dues = timers.due_by_key(database, TIMER)
    found = []
    for document in documents.current(database):
        if document.kind == AUDIENCE:
            content, queue = _read(document), queue_of(AUDIENCE, document.name)
            state = states.get(document.name, EndpointState())
            is_stopped = state.stopped_version is not None and document.version <= state.stopped_version
            rows = outbox.kept(database, queue, (State.WAITING, State.DEAD), 1)
            view = AudienceView(
                document.name, document.version, content.segment, content.url, content.every, content.enabled,
                state.has_secret, state.stopped_at if is_stopped else None, dues.get(document.name),
                {State(name): count for name, count in outbox.counts(database, queue).items()},
                rows[0].reason if rows else None,
            )  # fmt: skip
            found.append(view)
    return found


def reaction(declarations: Declarations) -> Reaction:
    """Return what sets the timers anew when documents have changed; it reads nothing of the log."""

    def is_current(database: Database) -> bool:
        return position_of(database, REACTION) >= declarations.current().revision

    def ask(_: LogReader, __: Database, ___: Position, until: Position) -> tuple[Schedule, Position]:
        current = declarations.current()
        contents = {one.name: (one, _read(one)) for one in current.documents if one.kind == AUDIENCE}
        plans = tuple(
            Plan(name, document.version, parse_duration(content.every))
            for name, (document, content) in contents.items()
            if content.enabled
        )
        ended = tuple(name for name, (_, content) in contents.items() if not content.enabled)
        return Schedule(plans, ended, current.revision), until

    return Reaction(REACTION, ask, schedule, is_current, lambda database: not is_current(database))


@dataclass(frozen=True, slots=True)
class Audiences:
    """The source of deliveries of files."""

    world: World
    database: Database
    exporting: Exporting
    declarations: Declarations

    def endpoints(self) -> list[Endpoint]:
        """Return the audiences that may be sent: enabled, and not stopped by the other side."""
        standing = [one for one in self.declarations.current().documents if one.kind == AUDIENCE]
        if not standing:
            return []
        states = endpoints.states(self.database, AUDIENCE)
        secrets = endpoints.secrets(self.database, self.exporting.keys, AUDIENCE, self.world.now())
        found = []
        for document in standing:
            content = _read(document)
            stopped = states[document.name].stopped_version if document.name in states else None
            if content.enabled and (stopped is None or document.version > stopped):
                signing = secrets.get(document.name, ())
                where = (AUDIENCE, document.name, content.url, document.version, signing)
                found.append(Endpoint(*where, at_once_max=1, seconds_max=SECONDS_MAX))
        return found

    def content(self, endpoint: Endpoint, delivery: Delivery) -> Content | Withheld:
        """Return the file, made now as of when it was due, by the document as it is now."""
        due = msgspec.msgpack.decode(delivery.message, type=Due)
        document = documents.find(self.database, AUDIENCE, endpoint.name)
        assert document is not None, "documents are never removed"
        return content_of(self.exporting, _read(document).export(due.at), due.at)


def content_of(exporting: Exporting, export: Export, now: int) -> Content:
    """Return a file as it is sent. It has no name on the disk, so nothing of it stays when the process ends."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the sender closes it
    try:
        for piece in lines(exporting, export, now):
            file.write(piece)
    except BaseException:
        file.close()
        raise
    return Content(file, CONTENT_TYPE, "PUT")


def _read(document: Document) -> AudienceDocument:
    return msgspec.convert(document.content, AudienceDocument)


__all__ = [
    "SECONDS_MAX",
    "TIMER",
    "AudienceKind",
    "Audiences",
    "Exporting",
    "content_of",
    "fire",
    "lines",
    "listed",
    "reaction",
    "run_now",
    "schedule",
]
