"""Where an import goes: facts to the log in small slices, rejects to a file and to the dead letters."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path

import msgspec

from interplay.collect.imports import store
from interplay.collect.imports.contracts import Appended, Checkpoint, Reject
from interplay.collect.imports.rejects import append as append_rejects
from interplay.collect.ingest import api as ingest
from interplay.collect.ingest.contracts import Received
from interplay.engine.log.append import Append
from interplay.engine.log.contracts import NewFact, Origin, Stored
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Command, GroupCommand, Priority, Tx, Writing, write
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import NOBODY, SubjectKeys
from interplay.kernel.ids import Micros, Position

FACTS_AT_ONCE_MAX = 200
REJECTS_KEPT_MAX = 10_000  # of one import, in the dead letters; the file has all of them
DOOR = "import"

Heard = Callable[[Sequence[Position]], None]
"""Told where the facts of a chunk stand in the log, whether they are new there or not."""


def as_history(_: Received) -> Origin:
    """Return what imported facts are: nothing follows from them now."""
    return Origin.BACKFILL


def _note(tx: Tx, ask: Checkpoint) -> None:
    store.note(tx, ask)


note = Command("imports.note", Checkpoint, None, _note)


class LogSink:
    """Stores an import's chunks behind whatever live work there is: as history, unless `origin_of` says otherwise."""

    def __init__(
        self,
        database: Database,
        keys: SubjectKeys,
        writing: Writing,
        appending: GroupCommand[Append, list[Stored]],
        *,
        source: str,
        received_at: Micros,
        rejects_file: Path,
        blocked: frozenset[tuple[str, str]] = frozenset(),
        heard: Heard = lambda _: None,
        origin_of: Callable[[Received], Origin] = as_history,
    ) -> None:
        self._database = database
        self._keys = keys
        self._writing = writing
        self._appending = appending
        self._source = source
        self._received_at = received_at
        self._rejects_file = rejects_file
        self._blocked = blocked
        self._heard = heard
        self._origin_of = origin_of
        self._rejects_kept = 0
        self._is_repeat = False
        self._leaves_rejects_file = True

    def chunks_done(self, file: bytes, mapping: bytes) -> int:
        """Return how many chunks an interrupted import has stored."""
        known = store.find(self._database, file, mapping)
        self._is_repeat = known is not None and known.is_finished
        done = 0 if known is None or known.is_finished else known.chunks_done
        self._leaves_rejects_file = done > 0
        return done

    def append(self, facts: Sequence[Received]) -> Callable[[], Appended]:
        """Begin to store facts; they are on disk when the call that is returned has returned."""
        waiting: list[Future[list[Stored]]] = []
        asked: list[NewFact] = []
        for start in range(0, len(facts), FACTS_AT_ONCE_MAX):
            news = [
                ingest.to_new_fact(
                    fact, self._source, self._received_at, self._origin_of(fact), self._blocked, is_trusted=True
                )
                for fact in facts[start : start + FACTS_AT_ONCE_MAX]
            ]
            asked += news
            waiting.append(self._writing.submit(self._appending, Append(news), Priority.BULK))

        def wait() -> Appended:
            stored = [one for future in waiting for one in future.result()]
            self._heard([one.position for one in stored])
            known = [(one.position, fact) for fact, one in zip(asked, stored, strict=True) if not one.is_new]
            return Appended(len(stored) - len(known), len(known), self._differing(known) if known else 0)

        return wait

    def _differing(self, known: list[tuple[Position, NewFact]]) -> int:
        """Return how many facts are stored with another time or content.

        Of an erased person, and of what was purged, that cannot be told.
        """
        with closing(LogReader(self._database)) as reader:
            stored = reader.read_at([position for position, _ in known])
        count = 0
        for position, fact in known:
            if (row := stored.get(position)) is None:
                continue
            body = self._keys.open(NOBODY if row.subject is None else row.subject, row.body)
            count += body is not None and (row.occurred_at != fact.occurred_at or not _is_same(body, fact.body))
        return count

    def reject(self, rejects: Sequence[Reject]) -> None:
        """Write rejects to the file and, unless this very import was finished before, to the dead letters."""
        self._begin_rejects_file()
        append_rejects(self._rejects_file, rejects)
        if self._is_repeat:
            return
        kept = rejects[: max(REJECTS_KEPT_MAX - self._rejects_kept, 0)]
        self._rejects_kept += len(kept)
        sealed = [
            ingest.seal_reject(
                self._keys, door=DOOR, source=self._source, received_at=self._received_at, code=reject.code,
                place=reject.line, params={"field": reject.field, **reject.params},
                raw=reject.raw.encode("utf8", "replace"),
            )
            for reject in kept
        ]  # fmt: skip
        for batch in ingest.batched(sealed):
            write(self._writing, ingest.keep_rejects, batch, Priority.BULK)

    def checkpoint(self, checkpoint: Checkpoint) -> None:
        """Note how far the import is; a repeated one stays finished, so that its rejects are never kept twice."""
        self._begin_rejects_file()
        if not self._is_repeat:
            write(self._writing, note, checkpoint)

    def _begin_rejects_file(self) -> None:
        """Remove an earlier import's file, once there is something to say in its place."""
        if not self._leaves_rejects_file and self._rejects_file.is_file():
            self._rejects_file.unlink()
        self._leaves_rejects_file = True


def _is_same(one: bytes, other: bytes) -> bool:
    """Compare bodies; the order of their fields does not matter."""
    return one == other or msgspec.msgpack.decode(one) == msgspec.msgpack.decode(other)
