"""The commands that change who is in a segment. What is told of it is a fact, stored in the same transaction.

Each carries the number of its step and raises when another one came first: two followers cannot both be right.
"""

from collections.abc import Iterable

from interplay.collect.ingest.api import told
from interplay.engine.log.append import Append, Appender
from interplay.engine.log.contracts import NewFact, Origin
from interplay.engine.log.erasure import erased_among
from interplay.engine.log.reactions import position_in, position_of, set_position
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.kernel.errors import AppError
from interplay.kernel.ids import SubjectId
from interplay.understand.memberships import store
from interplay.understand.memberships.contracts import (
    COMPUTED,
    ENTERED,
    LEFT,
    Because,
    Compute,
    Drop,
    Keep,
    Move,
    Stands,
)

SOURCE = "segments"
STEP = "segments.step"
CURSORS = {name: f"segments.{name}" for name in Stands.__struct_fields__}


def keep(appender: Appender) -> Command[Keep, int]:
    """Return the command that writes moves, and answers how many facts it told."""

    def run(tx: Tx, ask: Keep) -> int:
        _count_step(tx, ask.step)
        facts = list(_moved(tx, ask))
        if facts:
            appender.append_all(tx, [Append(facts)])
        if ask.stands is not None:
            _stand(tx, ask.stands)
        return len(facts)

    return Command("segments.keep", Keep, int, run)


def compute(appender: Appender) -> Command[Compute, int]:
    """Return the command that writes a part of a segment's members, and answers how many there are in the end."""

    def run(tx: Tx, ask: Compute) -> int:
        _count_step(tx, ask.step)
        if ask.is_first:
            store.begin(tx, ask)
        store.add_chunks(tx, ask.segment, ask.chunks)
        if not ask.is_last:
            return 0
        _stand(tx, ask.stands)
        customers = store.finish(tx, ask)
        fields = {"segment": ask.segment, "segment_version": ask.version, "customers": customers}
        fact = told(SOURCE, COMPUTED, ask.at, f"{ask.step}:{ask.segment}", fields)
        appender.append_all(tx, [Append([fact])])
        return customers

    return Command("segments.compute", Compute, int, run)


def stands(database: Database) -> tuple[int, Stands]:
    """Return the number of the next step, and how far segments are kept."""
    step = position_of(database, STEP)  # first: if another step is on its way, the number read is refused
    return step, Stands(**{name: position_of(database, cursor) for name, cursor in CURSORS.items()})


def _drop(tx: Tx, ask: Drop) -> None:
    _count_step(tx, ask.step)
    store.drop(tx, ask.segment)


drop = Command("segments.drop", Drop, None, _drop)


def _stand(tx: Tx, stands: Stands) -> None:
    for name, cursor in CURSORS.items():
        set_position(tx, cursor, getattr(stands, name))


def _count_step(tx: Tx, step: int) -> None:
    if (stands := position_in(tx, STEP)) != step:
        raise AppError("engine.reaction_moved", status=409, reaction=STEP, after=stands)
    set_position(tx, STEP, step + 1)


def _moved(tx: Tx, ask: Keep) -> Iterable[NewFact]:
    """Put everybody where she belongs, and yield what is to be told; not of whom was erased meanwhile."""
    gone = erased_among(tx, [SubjectId(move.customer) for move in ask.moves])
    wanted: dict[str, dict[int, bool]] = {}
    for move in ask.moves:
        is_there = SubjectId(move.customer) not in gone
        wanted.setdefault(move.segment, {})[move.customer] = move.is_in and is_there
        if move.because is not None and is_there:
            yield _told(ask, move, move.because)
    for segment, members in wanted.items():
        store.put(tx, segment, members)


def _told(ask: Keep, move: Move, because: Because) -> NewFact:
    name = ENTERED if move.is_in else LEFT
    fields = {"segment": move.segment, "segment_version": ask.versions[move.segment], "because": because.value}
    origin = Origin.BACKFILL if move.is_backfill else Origin.LIVE
    message_id = f"{ask.step}:{move.segment}:{move.customer}"
    return told(SOURCE, name, ask.at, message_id, fields, SubjectId(move.customer), origin)
