"""Keeping segments: what is new touches somebody, whoever is touched is asked, and what changed is told as a fact.

A step goes from where segments stand to where the warehouse stands, as of one instant `now`:

    touched    by facts and traits that came in, by the map, by time: who is to be asked what (`touching.py`)
    answers    by the closure on each one's past or, when they are many, for everybody by one query (`judging.py`)
    moves      written in slices with the facts that tell of them; the last one says how far segments stand

They are written beside the next step (`saving.py`). Asked twice, somebody is where she was: a step that a crash cut
off is simply done again.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import structlog

from interplay.engine.log.append import Appender
from interplay.engine.oltp.contracts import Priority, Writing, write
from interplay.kernel.errors import in_journal
from interplay.kernel.ids import CustomerId, Micros, Position
from interplay.kernel.time import MINUTE, SECOND
from interplay.understand.memberships import keeping, store
from interplay.understand.memberships.bits import Bits
from interplay.understand.memberships.contracts import Because, Compute, Drop, Keep, Known, Move, Stands
from interplay.understand.memberships.dues import Dues
from interplay.understand.memberships.judging import as_array, as_bits, everybody, some_customers
from interplay.understand.memberships.saving import Saving
from interplay.understand.memberships.touching import Touched, touch
from interplay.understand.memberships.watching import Watch, Watched, watch
from interplay.understand.profiles.contracts import Reading
from interplay.understand.segments.api import vocabulary
from interplay.unify.retention import api as retention

if TYPE_CHECKING:
    from interplay.engine.olap.contracts import Marks
    from interplay.engine.olap.warehouse import Session

MOVES_AT_ONCE_MAX = 100  # each is a fact: together a few milliseconds of the writer, which posts wait for
BUNDLE_MAX = 2_000
CHUNKS_AT_ONCE_MAX = 1_000
ASKED_MAX = 20_000
FACTS_A_CUSTOMER = 9_000
"""One query for everybody is faster for more than `ASKED_MAX` customers, where there are many facts for more still.

A query reads every fact for each segment; so many of them in the time in which one customer's past is asked.
"""
SAVE_AFTER = 5 * SECOND
TRY_AGAIN_AFTER = MINUTE

log = structlog.get_logger()


class Follower:
    """Keeps the live segments of one store. For the thread that loads the warehouse; `known` is for any.

    `on_written` is called, in any thread, when some of what it told is on disk, or could not be written.
    """

    def __init__(self, reading: Reading, writing: Writing, appender: Appender, on_written: Callable[[], None]) -> None:
        self._reading = reading
        self._writing = writing
        self._saving = Saving(writing, keeping.keep(appender), on_written)
        self._compute = keeping.compute(appender)
        self._watch: Watch | None = None
        self._dues: Dues | None = None
        self._bits: dict[str, Bits] | None = None  # None: to be read from the store
        self._definitions: dict[str, str] = {}
        self._failed: dict[str, tuple[str, Micros]] = {}  # segment → definition that could not be computed, and when
        self._step = 0
        self._stands = Stands()
        self._saved_at = 0
        self._untold: list[str] = []  # segments that everybody was to be asked about, in vain
        self._due_at: int | None = None

    def next_due(self) -> int | None:
        """Return the instant at which there is something to do though nothing happens; it stays until that is done."""
        return self._due_at

    def revision(self) -> int:
        """Return the revision of the documents that segments are kept by."""
        return -1 if self._watch is None else self._watch.revision

    def is_idle(self) -> bool:
        """Return whether there is nothing to keep."""
        return not (self._watch and self._watch.segments)

    def known(self) -> Known:
        """Return what segments know by what is on disk."""
        return self._saving.known()

    def has_ended_writing(self) -> bool:
        """Return whether there is something to do because some of what it told is on disk, or could not be written."""
        return self._saving.has_ended()

    def follow(self) -> bool:
        """Bring segments to where the warehouse stands; return whether none is left to be computed.

        Raises AppError when the writer is away; then the next call begins where the store stands.
        """
        try:
            return self._follow(self._reading.world.now())
        except BaseException:
            self._saving.forget()
            self._bits = None
            self._untold.clear()
            raise

    def _follow(self, now: Micros) -> bool:
        if self._saving.has_waiting():  # more than one step's: facts are loaded and questions answered in between
            self._saving.finish()
        self._saving.go_on()
        if self._saving.has_waiting():
            return False
        watched = self._watched()
        bits = self._recalled() if self._bits is None else self._bits
        if self._dues is None:
            self._dues = Dues(watched, self._stands.swept)
        for name in self._definitions.keys() - {one.name for one in watched.segments}:
            self._drop(name)
        purge = retention.last_ended(self._reading.database)
        if not watched.segments:
            marks = self._reading.warehouse.marks()
            self._saving.then_knows(Known(watched.revision, marks.position, marks.change, purge))
            self._due_at = None
            return True
        with self._reading.warehouse.session() as session:
            marks = session.marks()
            if marks.position < self._stands.position:
                return True  # it is being loaded again
            self._advance(session, watched, bits, marks, purge, now)
            waiting = self._waiting(watched, now)
            found = self._everybody(session, watched, waiting[0], now) if waiting else None
        self._saving.go_on()
        if is_all_sent := not self._saving.has_waiting():
            while self._untold:
                self._drop(self._untold.pop())
            if found is not None:
                self._begin(waiting[0], found, bits, Position(marks.position), now)
        is_computed = not waiting or (len(waiting) == 1 and is_all_sent)
        if is_computed:
            self._due_at = self._dues.next_due()
            self._saving.then_knows(Known(watched.revision, marks.position, marks.change, purge, self._due_at))
        return is_all_sent and is_computed

    def _watched(self) -> Watch:
        """Return what is to be kept by the documents of now."""
        current = self._reading.declarations.current()
        if self._watch is None or self._watch.revision != current.revision:
            words = vocabulary(self._reading, current)
            self._watch = watch(current, words, self._reading.world.brand)
            self._dues = None
        return self._watch

    def _recalled(self) -> dict[str, Bits]:
        """Read from the store what is kept, and where it stands."""
        database = self._reading.database
        self._step, self._stands = keeping.stands(database)
        self._definitions = {name: one.definition for name, one in store.live(database).items()}
        self._bits = {name: store.members(database, name) for name in self._definitions}
        self._dues = None
        return self._bits

    def _kept(self, watched: Watch) -> int:
        """Return the segments that are computed by what they mean now; the others wait for it."""
        segments = enumerate(watched.segments)
        return sum(1 << place for place, one in segments if self._definitions.get(one.name) == one.definition)

    # one step

    def _advance(
        self, session: "Session", watched: Watch, bits: dict[str, Bits], marks: "Marks", purge: int, now: Micros
    ) -> None:
        assert self._dues is not None
        kept = self._kept(watched)
        stands = Stands(marks.position, marks.subject, marks.change, purge, now - 1)
        if not kept:
            self._dues = Dues(watched, now)
            self._save(watched, [], stands, now)
            return
        touched, self._dues = touch(self._reading, session, watched, kept, self._stands, marks, self._dues, now)
        if stands.purge > self._stands.purge:
            touched.everybody, touched.otherwise = kept, Because.RETENTION
        moves = list(self._moves(session, watched, bits, touched, now))
        for move in moves:
            bits[move.segment].put(move.customer, move.is_in)
        linked = touched.linked()
        together = [move for move in moves if move.customer in linked]
        alone = _slices([move for move in moves if move.customer not in linked])
        self._save(watched, [*alone, *_bundles(together, touched)], stands, now)  # the last with where segments stand

    def _moves(
        self, session: "Session", watched: Watch, bits: dict[str, Bits], touched: Touched, now: Micros
    ) -> Iterator[Move]:
        """Yield who enters and leaves, and where nothing but the number of a person has changed."""
        facts = len(watched.segments) * self._stands.position
        if len(touched.customers) > max(ASKED_MAX, facts // FACTS_A_CUSTOMER):
            for some in touched.customers.values():
                touched.everybody |= some
        asked = {customer: rest for customer, some in touched.customers.items() if (rest := some & ~touched.everybody)}
        were_in = [bits.get(one.name, Bits()) for one in watched.segments]
        for place, customer, is_in in some_customers(session, watched, asked, now):
            if (customer in were_in[place]) is not is_in or customer in touched.carried:  # few of all answers
                yield from touched.judged(watched.segments[place].name, were_in[place], customer, is_in=is_in)
        for place in watched.places(touched.everybody):
            one = watched.segments[place]
            yield from self._asked_of_everybody(session, watched, one, bits[one.name], touched, now)
        for name, members in bits.items():
            yield from (Move(name, CustomerId(gone), False) for gone in touched.gone if gone in members)

    def _asked_of_everybody(
        self, session: "Session", watched: Watch, one: Watched, bits: Bits, touched: Touched, now: Micros
    ) -> Iterator[Move]:
        members = self._everybody(session, watched, one, now)
        if members is None:  # what it was before may be wrong by now
            self._untold.append(one.name)
            return
        changed = set(as_array(bits.differing(members)).tolist()) | touched.carried.keys()
        for customer in sorted(changed - touched.gone):
            yield from touched.judged(one.name, bits, customer, is_in=customer in members)

    def _save(self, watched: Watch, slices: list[list[Move]], stands: Stands, now: Micros) -> None:
        """Note what is to be written. How far segments stand need not be written each time: it can be found again."""
        self._stands = stands
        slices = [moves for moves in slices if moves]
        if not slices and abs(now - self._saved_at) < SAVE_AFTER:
            return
        versions = {one.name: one.version for one in watched.segments}
        asks = []
        for number, moves in enumerate(slices or [[]], 1):
            named = {move.segment: versions[move.segment] for move in moves}
            asks.append(Keep(self._step, now, named, moves, stands if number >= len(slices) else None))
            self._step += 1
        self._saving.add(asks)
        self._saved_at = now

    # new segments, and those that mean something else now

    def _waiting(self, watched: Watch, now: Micros) -> list[Watched]:
        """Return the segments that are to be computed."""
        kept = self._kept(watched)
        missing = (one for place, one in enumerate(watched.segments) if not kept >> place & 1)
        return [one for one in missing if not self._has_failed(one, now)]

    def _everybody(self, session: "Session", watched: Watch, one: Watched, now: Micros) -> Bits | None:
        """Return who is in a segment, or None when that cannot be told; it is tried again after a while."""
        try:
            return as_bits(everybody(session, watched, one, now))
        except Exception as error:  # noqa: BLE001 - of one segment; the others go on
            log.error("segment cannot be told", segment=one.name, reason=in_journal(error))
            self._failed[one.name] = (one.definition, now)
            return None

    def _begin(self, one: Watched, members: Bits, bits: dict[str, Bits], position: Position, now: Micros) -> None:
        """Let a segment be live from here on."""
        chunks = list(members.chunks())
        asks = []
        for start in range(0, max(len(chunks), 1), CHUNKS_AT_ONCE_MAX):
            asks.append(Compute(
                step=self._step, segment=one.name, version=one.version, definition=one.definition, at=now,
                position=position, chunks=chunks[start : start + CHUNKS_AT_ONCE_MAX],
                is_first=start == 0, is_last=start + CHUNKS_AT_ONCE_MAX >= len(chunks), stands=self._stands,
            ))  # fmt: skip
            self._step += 1
        self._saving.finish()
        self._writing.submit_in_order(self._compute, asks, Priority.BULK).result()
        bits[one.name] = members
        self._definitions[one.name] = one.definition

    def _has_failed(self, one: Watched, now: Micros) -> bool:
        definition, at = self._failed.get(one.name, ("", 0))
        return definition == one.definition and now - at < TRY_AGAIN_AFTER

    def _drop(self, name: str) -> None:
        self._saving.finish()
        write(self._writing, keeping.drop, Drop(self._step, name))
        self._step += 1
        self._definitions.pop(name, None)
        if self._bits is not None:
            self._bits.pop(name, None)


def _slices(moves: list[Move]) -> list[list[Move]]:
    """Cut moves for the writer, those of a segment together: their bits lie together."""
    moves.sort(key=lambda move: move.segment)
    return [moves[start : start + MOVES_AT_ONCE_MAX] for start in range(0, len(moves), MOVES_AT_ONCE_MAX)]


def _bundles(moves: list[Move], touched: Touched) -> list[list[Move]]:
    """Cut moves that the map has caused, never between those who were one: half of a merge would be told twice.

    All of them in one, unless that would hold the writer for long; then a crash between two may tell some twice.
    """
    root: dict[int, int] = {}

    def find(one: int) -> int:
        while root.setdefault(one, one) != one:
            one = root[one]
        return one

    for customer, formers in touched.carried.items():
        for former in formers:
            root[find(former)] = find(customer)
    groups: dict[int, list[Move]] = {}
    for move in moves:
        groups.setdefault(find(move.customer), []).append(move)
    bundles: list[list[Move]] = []
    for group in groups.values():
        if not bundles or len(bundles[-1]) + len(group) > BUNDLE_MAX:
            bundles.append([])
        bundles[-1].extend(group)
    return bundles
