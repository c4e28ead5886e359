"""The mind: reactions, timers and the warehouse. It reads the log and sends commands to the writer."""

import operator
import threading
import time
from collections.abc import Callable
from contextlib import closing

import structlog

from interplay.bootstrap.door import fire_timers
from interplay.bootstrap.home import Home
from interplay.bootstrap.loading import Loader
from interplay.bootstrap.purging import Purging
from interplay.bootstrap.registry import KEPT, QUESTIONS_OF_ITSELF, features, reactions
from interplay.collect.facts.api import Declarations
from interplay.engine.documents import api as documents
from interplay.engine.log.reactions import catch_up, position_of
from interplay.engine.log.read import LogReader
from interplay.engine.olap.contracts import Marks
from interplay.engine.olap.warehouse import Warehouse
from interplay.engine.oltp.contracts import Writing, write
from interplay.engine.timers import api as timers
from interplay.engine.wire.contracts import Answer, Ask, Question
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros, Position
from interplay.kernel.structs import prepare
from interplay.understand.memberships.api import follower
from interplay.understand.memberships.contracts import Known
from interplay.understand.profiles.contracts import Reading
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import Rebuild as RebuildMap
from interplay.unify.retention import api as retention
from interplay.unify.retention.contracts import Preview, Purge, RetentionDocument

PAUSE_SECONDS = 0.5
PAUSE_SECONDS_LIVE = 0.15  # with live segments: a change shall be seen within a second
BEHIND_SECONDS_MAX = 20.0
REBUILD_SECONDS_MAX = 24 * 3600.0
TAIL_LOOK_SECONDS = 2.0
QUIET_SECONDS = 30.0
REWRITE_SECONDS_MAX = 60.0
PURGE_LOOK_SECONDS = 0.1
TAIL_SHARE_QUIET = 0.05
TAIL_SHARE_BUSY = 0.5

log = structlog.get_logger()


class Mind:
    """Follows the log in a thread of its own, and answers questions about it as it stands when asked."""

    def __init__(
        self,
        home: Home,
        writing: Writing,
        *,
        on_failure: Callable[[], None] = lambda: None,
        behind_seconds_max: float = BEHIND_SECONDS_MAX,
    ) -> None:
        self._on_failure = on_failure
        self._behind_seconds_max = behind_seconds_max
        self._home = home
        self._writing = writing
        limits = home.settings.warehouse
        self.warehouse = Warehouse(home.folder, memory_mb_max=limits.memory_mb_max, threads=limits.threads)
        declarations = Declarations(home.database, home.settings.brand, home.keys)
        self.reading = Reading(home.world, home.database, home.keys, self.warehouse, declarations, features)
        self._reader = LogReader(home.database)
        self._loader = Loader(home.database, self._reader, self.warehouse, declarations)
        self._purging = Purging(home, writing, self.warehouse, declarations)
        self._reactions = reactions(home)
        self._fire_timers = fire_timers(home)
        self._wake = threading.Condition()
        self._segments = follower(self.reading, writing, home.appender, self._notify)
        self._is_open = True
        self._wants_rebuild = False
        self._askers = 0
        self._failure: BaseException | None = None
        self._due_at: Micros | None = None
        self._busy_at = self._look_at = time.monotonic()
        self._compacting: threading.Thread | None = None
        self._rewrite_by: float | None = None
        self._is_rested = True
        self._loaded = Position(0)
        self._of_itself = {question.name for question in QUESTIONS_OF_ITSELF}
        prepare()  # also what was imported since
        self._thread = threading.Thread(target=self._run, name="mind", daemon=True)
        self._thread.start()

    def close(self) -> None:
        with self._wake:
            self._is_open = False
            self._wake.notify_all()
        self._thread.join()
        if self._compacting is not None:
            self._compacting.join()
        self._reader.close()
        self.warehouse.close()

    def ask(self, question: Question[Ask, Answer], ask: Ask) -> Answer:
        """Return the answer as of every fact that is in the log now.

        Raises AppError `warehouse.behind`, and `engine.away` when it is closed meanwhile.
        """
        try:
            return self._answer(question, ask)
        except Exception:
            if self._is_open:
                raise
            raise AppError("engine.away", status=503, path="mind") from None  # what it would be read from is closed

    def _answer(self, question: Question[Ask, Answer], ask: Ask) -> Answer:
        if question.name in self._of_itself:
            return question.run(self, ask)
        while True:
            layouts = self.wait(self._behind_seconds_max)
            if question.name in KEPT:
                self.settle(self._behind_seconds_max)
            answer = question.run(self.reading, ask)
            self._busy_at, self._is_rested = time.monotonic(), False
            if layouts == self._loader.layouts_count:  # else it may have seen columns that are being filled
                return answer

    def wait(self, seconds_max: float = BEHIND_SECONDS_MAX) -> int:
        """Return once the warehouse holds every fact and every decision of now: how often its columns have changed.

        Raises AppError `warehouse.behind`.
        """
        with closing(LogReader(self._home.database)) as reader:
            wanted = reader.last_position()
        change = identity.last_change(self._home.database)
        until = time.monotonic() + seconds_max
        with self._wake:
            self._askers += 1
            try:
                return self._wait_for(wanted, change, until)
            finally:
                self._askers -= 1

    def settle(self, seconds_max: float = BEHIND_SECONDS_MAX) -> None:
        """Return once live segments know every fact and every decision of now. Raises AppError `segments.behind`."""
        with closing(LogReader(self._home.database)) as reader:
            position = reader.last_position()
        database = self._home.database
        change, purge = identity.last_change(database), retention.last_ended(database)
        wanted, now = Known(documents.revision(database), position, change, purge), self._home.world.now()
        until = time.monotonic() + seconds_max
        with self._wake:
            self._askers += 1
            try:
                while not self._is_known(wanted, now):
                    self._check_alive()
                    self._wake.notify_all()
                    if not self._is_open or not self._wake.wait(max(until - time.monotonic(), 0)):
                        raise AppError(
                            "segments.behind", status=503, position=self._segments.known().position, wanted=position
                        )
            finally:
                self._askers -= 1

    def _is_known(self, wanted: Known, now: Micros) -> bool:
        """Return whether segments know what was there when somebody asked, and who was due by then."""
        known = self._segments.known()
        if any(map(operator.lt, known[:-1], wanted[:-1])):
            return False
        return known.due_at is None or known.due_at >= now

    def _check_alive(self) -> None:
        if self._failure is not None:
            raise AppError("mind.failed", status=500, reason=repr(self._failure))

    def _wait_for(self, wanted: Position, change: int, until: float) -> int:
        while True:
            layouts = self._loader.layouts_count  # read first: a change after the look shows as another number
            if self._is_current(wanted, change):
                return layouts
            self._check_alive()
            self._wake.notify_all()
            if not self._is_open or not self._wake.wait(max(until - time.monotonic(), 0)):
                raise AppError("warehouse.behind", status=503, position=self._loaded, wanted=wanted)

    def has_failed(self) -> bool:
        """Return whether a bug stopped it."""
        return self._failure is not None

    def marks(self) -> Marks:
        """Return how far the warehouse is."""
        return self.warehouse.marks()

    def rebuild(self) -> Marks:
        """Fold the map and the warehouse from the log again; return how far they are then."""
        with self._wake:
            self._wants_rebuild = True
            self._wake.notify_all()
        self.wait(REBUILD_SECONDS_MAX)
        return self.warehouse.marks()

    def rewrite(self) -> Marks:
        """Leave no byte of whom was erased in the warehouse's file; return how far it is then."""
        self.wait()
        while self.warehouse.holds_erased():
            self.warehouse.rewrite()
        return self.warehouse.marks()

    def purge(self, actor: str) -> Purge:
        """Purge what is older than its period; return what was done. Raises AppError `retention.none`."""
        self.wait()
        number = self._purging.begin(actor)
        while (purge := retention.under_way(self._home.database)) is not None and purge.purge == number:
            if self._failure is not None:
                raise AppError("mind.failed", status=500, reason=repr(self._failure))
            with self._wake:
                self._wake.notify_all()
                self._wake.wait(PURGE_LOOK_SECONDS)
        return retention.find(self._home.database, number)

    def preview_purge(self, document: RetentionDocument | None) -> Preview:
        """Count what a purge would take now, by the periods there are or by those of a document."""
        self.wait()
        return self._purging.preview(document)

    def _is_current(self, wanted: Position, change: int) -> bool:
        return self._loader.reached() >= wanted and self._loader.change() >= change and not self._wants_rebuild

    def _run(self) -> None:
        try:
            self._follow()
        except BaseException as failure:
            log.exception("mind failed")
            with self._wake:
                self._failure = failure
                self._wake.notify_all()
            self._on_failure()

    def _follow(self) -> None:
        """Work whenever the database has changed or a timer is due; else do nothing at all.

        A step costs much the same for one fact and for a thousand, so it waits a moment for more, unless somebody
        asks a question or enough came in while the last step was taken.
        """
        seen: int | str = -1
        while self._is_open:
            began = time.monotonic()
            version = self._reader.version()
            if version != seen or self._wants_rebuild or self._is_due() or self._purging.is_due():
                self._busy_at, self._is_rested = time.monotonic(), False
                seen = version if self._try_step() else -1
            self._tidy_up()
            with self._wake:
                if self._is_open and seen != -1 and not self._askers:
                    pause = PAUSE_SECONDS if self._segments.is_idle() else PAUSE_SECONDS_LIVE
                    self._wake.wait(max(began + pause - time.monotonic(), 0))

    def _try_step(self) -> bool:
        """Deal with what is new; return whether that is done."""
        try:
            return self._step()
        except AppError as error:  # the writer is away or busy: it will be back
            log.warning("mind waits", reason=str(error))
            with self._wake:
                self._wake.wait(PAUSE_SECONDS)
            return False

    def _step(self) -> bool:
        if self._wants_rebuild:
            self._start_over()
        until = self._reader.last_position()
        for reaction in self._reactions:
            catch_up(reaction, self._reader, self._home.database, self._writing, until)
        reached = self._loader.load(until)
        with self._wake:
            self._loaded = reached
            self._wake.notify_all()
        if self._is_timer_due():
            write(self._writing, self._fire_timers, timers.Fire())
        self._due_at = timers.next_due(self._home.database)
        if reached < until:
            return False
        is_kept = self._keep_segments()
        is_free = self._compacting is None or not self._compacting.is_alive()  # else it would wait for a new file
        return not (is_free and self._purging.step()) and is_kept

    def _keep_segments(self) -> bool:
        """Bring live segments to where the warehouse is; return whether none is left to be computed."""
        is_done = self._segments.follow()
        self._notify()
        return is_done

    def _notify(self) -> None:
        """Let whoever waits look again."""
        with self._wake:
            self._wake.notify_all()

    def _is_due(self) -> bool:
        return self._is_timer_due() or self._is_somebody_due() or self._segments.has_ended_writing()

    def _is_timer_due(self) -> bool:
        return self._due_at is not None and self._due_at <= self._home.world.now()

    def _is_somebody_due(self) -> bool:
        """Return whether time alone may let somebody enter or leave a segment by now."""
        due_at = self._segments.next_due()
        return due_at is not None and due_at < self._home.world.now()

    def _tidy_up(self) -> None:
        """Sort the tail into the base beside all else, when it is quiet or the tail has grown long; then rest."""
        now = time.monotonic()
        if now < self._look_at or (self._compacting is not None and self._compacting.is_alive()):
            return
        self._look_at = now + TAIL_LOOK_SECONDS
        is_quiet = now - self._busy_at > QUIET_SECONDS
        if self._shall_rewrite(now, is_quiet=is_quiet):
            self._compacting = threading.Thread(target=self.warehouse.rewrite, name="rewriter")
            self._compacting.start()
        elif self.warehouse.wants_compaction(TAIL_SHARE_QUIET if is_quiet else TAIL_SHARE_BUSY):
            self._compacting = threading.Thread(target=self.warehouse.compact, name="compactor")
            self._compacting.start()
        elif is_quiet and not self._is_rested:
            self._is_rested = True
            self.warehouse.rest()

    def _shall_rewrite(self, now: float, *, is_quiet: bool) -> bool:
        """Return whether to write a new file now: at a quiet moment after an erasure, or when none has come."""
        if not self.warehouse.holds_erased():
            self._rewrite_by = None
            return False
        if self._rewrite_by is None:
            self._rewrite_by = now + REWRITE_SECONDS_MAX
        return is_quiet or now >= self._rewrite_by

    def _start_over(self) -> None:
        stands = position_of(self._home.database, identity.REACTION)
        write(self._writing, identity.rebuild, RebuildMap(stands))
        self._loader.start_over()
        with self._wake:
            self._loaded = Position(-1)
            self._wants_rebuild = False
