"""Reading the log: by position, on a connection of one's own."""

import struct
from collections.abc import Iterator, Sequence

from interplay.engine.log import store
from interplay.engine.log.contracts import Linked, LogRow, Origin
from interplay.engine.oltp.database import Database
from interplay.kernel.ids import Micros, Position, SubjectId

_ORIGINS = tuple(Origin)


class LogReader:
    """Reads facts in order. Keeps one connection; not for two threads at once."""

    def __init__(self, database: Database) -> None:
        self._raw = database.connect_reader()
        self._words: dict[int, str] = {}

    def close(self) -> None:
        self._raw.close()

    def version(self) -> int | str:
        """Return something that is another whenever another connection has committed something."""
        return self._raw.version()

    def last_position(self) -> Position:
        return Position(self._raw.execute(store.LAST_POSITION).fetchone()[0])

    def first_and_last_subject(self) -> list[SubjectId]:
        """Return the oldest and the newest subject that was not erased; nothing before the first."""
        first, last = self._raw.execute(store.FIRST_AND_LAST_SUBJECT).fetchone()
        return [SubjectId(first), SubjectId(last)] if last else []

    def read(self, after: Position, rows_max: int) -> list[LogRow]:
        """Return up to `rows_max` facts that follow position `after`, in order."""
        return [self._row(row) for row in self._raw.execute(store.READ, (after, rows_max))]

    def newest(self, rows_max: int) -> list[LogRow]:
        """Return the last `rows_max` facts, in order."""
        return [self._row(row) for row in self._raw.execute(store.READ_NEWEST, (rows_max,))][::-1]

    def read_one(self, position: Position) -> LogRow | None:
        row = self._raw.execute(store.READ_ONE, (position,)).fetchone()
        return None if row is None else self._row(row)

    def joining(self, position: Position) -> tuple[str, Micros] | None:
        """Return name and instant of a fact that joined subjects, also when it was purged since."""
        row = self._raw.execute(store.READ_JOINING, (position,)).fetchone()
        return None if row is None else (self._word(row[0]), Micros(row[1]))

    def received(self, position: Position) -> Micros | None:
        """Return when a fact came in, also when it was purged since; None: there is none."""
        row = self._raw.execute(store.READ_RECEIVED, (position,)).fetchone()
        return None if row is None else Micros(row[0])

    def read_at(self, positions: Sequence[Position]) -> dict[Position, LogRow]:
        """Return the facts at some positions, without those that were purged."""
        rows = self._raw.select_in(store.READ_AT, positions)
        return {row[0]: self._row(row) for row in rows if row[-1]}

    def live_named(self, after: Position, until: Position, names: Sequence[str], rows_max: int) -> list[LogRow]:
        """Return live facts of some names in `(after, until]`, in order; which those are is told by number."""
        query = store.READ_LIVE_NAMED.format(names=", ".join("?" * len(names)))
        return [self._row(row) for row in self._raw.execute(query, (after, until, *names, rows_max))]

    def links(self, after: Position, until: Position) -> Iterator[Linked]:
        """Yield the subjects that came in one fact, for facts with more than one, in `(after, until]`."""
        for position, subject, also, origin, name in self._raw.execute(store.READ_LINKS, (after, until)):
            yield Linked(Position(position), (subject, *_subjects(also)), _ORIGINS[origin], self._word(name))

    def subjects(self, after: SubjectId, until: Position, subjects_max: int) -> list[SubjectId]:
        """Return subjects that follow subject `after` and came with a fact up to position `until`, in order."""
        return [subject for (subject,) in self._raw.execute(store.READ_SUBJECTS, (after, until, subjects_max))]

    def subject_of(self, digest: bytes) -> SubjectId | None:
        """Return the subject of an identifier by its keyed digest."""
        row = self._raw.execute(store.FIND_SUBJECT, (digest,)).fetchone()
        return None if row is None else row[0]

    def identifier(self, subject: SubjectId) -> tuple[str, bytes] | None:
        """Return a subject's kind and its sealed value."""
        row = self._raw.execute(store.READ_SUBJECT, (subject,)).fetchone()
        return None if row is None else (self._word(row[0]), row[1])

    def identifiers(self, subjects: Sequence[SubjectId]) -> Iterator[tuple[SubjectId, str, bytes]]:
        """Yield (subject, kind, sealed value) of those that were not erased, in no order."""
        for subject, kind, sealed in list(self._raw.select_in(store.READ_IDENTIFIERS, subjects)):
            yield SubjectId(subject), self._word(kind), sealed

    def heard(self, subject: SubjectId) -> Position | None:
        """Return the fact that brought a subject, or None where it was erased."""
        row = self._raw.execute(store.READ_HEARD, (subject,)).fetchone()
        return None if row is None else Position(row[0])

    def kinds(self, subjects: Sequence[SubjectId]) -> dict[SubjectId, str]:
        """Return the kind of each subject's identifier, also where the identifier was erased."""
        found: dict[SubjectId, str] = {}
        for query in (store.READ_KINDS, store.READ_ERASED_KINDS):
            rows = list(self._raw.select_in(query, subjects))
            found.update((subject, self._word(kind)) for subject, kind in rows)
        return found

    def subjects_of(self, kinds: Sequence[str]) -> list[SubjectId]:
        """Return every subject whose identifier is of one of these kinds."""
        if not kinds:
            return []
        query = f"SELECT subject FROM subjects WHERE kind IN ({store.KIND_CODES.format(', '.join('?' * len(kinds)))})"
        return [subject for (subject,) in self._raw.execute(query, tuple(kinds))]

    def identifier_kinds(self) -> list[str]:
        """Return every kind of identifier that ever came in."""
        return sorted(word for (word,) in self._raw.execute(store.KINDS))

    def counts(self) -> dict[str, int]:
        """Return how many facts of each name there are."""
        return {self._word(name): count for name, count in self._raw.execute(store.COUNT_BY_NAME).fetchall()}

    def fact_names(self) -> list[str]:
        """Return the name of every fact that ever came in."""
        return sorted(word for (word,) in self._raw.execute(store.FACT_NAMES))

    def _row(self, row: tuple[int, int, int | None, bytes | None, int, int, int, int, bytes]) -> LogRow:
        position, name, subject, also, occurred_at, received_at, origin, source, body = row
        return LogRow(
            position=Position(position),
            name=self._word(name),
            subject=None if subject is None else SubjectId(subject),
            also=_subjects(also),
            occurred_at=Micros(occurred_at),
            received_at=Micros(received_at),
            origin=_ORIGINS[origin],
            source=self._word(source),
            body=body,
        )

    def _word(self, code: int) -> str:
        if code not in self._words:
            self._words = {code: word for code, _, word in self._raw.execute(store.ALL_WORDS)}
        return self._words[code]


def _subjects(packed: bytes | None) -> tuple[SubjectId, ...]:
    if packed is None:
        return ()
    return tuple(map(SubjectId, struct.unpack(f"<{len(packed) // 8}q", packed)))
