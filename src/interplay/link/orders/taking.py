"""Where an order file goes: its orders to the log, as what a till tells now, and then to who settles them.

A chunk's checkpoint comes after its orders are settled, so an upload that is broken off goes on with what it left; and
since every order and every question is told once, whatever is repeated changes nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing

import msgspec

from interplay.collect.imports.api import Sink
from interplay.collect.imports.contracts import Appended, Checkpoint, Reject
from interplay.collect.ingest.api import told
from interplay.collect.ingest.contracts import Received
from interplay.engine.log.append import Append
from interplay.engine.log.contracts import NewFact, Origin, Stored
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import GroupCommand, Priority, Submitting, write
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.time import DAY
from interplay.link.orders.contracts import CARD, LATE_DAYS_MAX, QUESTIONED, SOLD, SOURCE, Doubt, Question, Upload
from interplay.link.orders.reading import own, sale_of
from interplay.link.orders.settling import Settling, doubted, fields_of

QUESTIONS_AT_ONCE_MAX = 200


class OrderSink:
    """An import's sink before another: facts are made the store's own, and settled when they are on disk."""

    def __init__(
        self,
        inner: Sink,
        settling: Settling,
        upload: Upload,
        database: Database,
        keys: SubjectKeys,
        writing: Submitting,
        appending: GroupCommand[Append, list[Stored]],
        now: Micros,
    ) -> None:
        self._inner = inner
        self._settling = settling
        self._upload = upload
        self._database = database
        self._keys = keys
        self._writing = writing
        self._appending = appending
        self._now = now

    def chunks_done(self, file: bytes, mapping: bytes) -> int:
        return self._inner.chunks_done(file, mapping)

    def append(self, facts: Sequence[Received]) -> Callable[[], Appended]:
        """Begin to store orders; they are stored and settled when the call that is returned has returned."""
        ours = [own(fact, self._upload) for fact in facts]
        self._ask_about_cards(ours)
        storing = self._inner.append(ours)

        def wait() -> Appended:
            appended = storing()
            self._settle(ours)
            return appended

        return wait

    def reject(self, rejects: Sequence[Reject]) -> None:
        self._inner.reject(rejects)

    def checkpoint(self, checkpoint: Checkpoint) -> None:
        self._inner.checkpoint(checkpoint)

    def _settle(self, facts: Iterable[Received]) -> None:
        """Settle what was sold before what came back: a file has them in any order."""
        with closing(LogReader(self._database)) as reader:
            for fact in sorted(facts, key=lambda fact: fact.name != SOLD):
                sale = sale_of(fact)
                if fact.name != SOLD:
                    self._settling.came_back(sale, self._subject(reader, fact))
                elif sale.codes or sale.points:
                    self._settling.sold(sale, self._subject(reader, fact))

    def _ask_about_cards(self, facts: Iterable[Received]) -> None:
        """Tell which orders name a card that nobody has, before storing them makes it known."""
        asked = []
        with closing(LogReader(self._database)) as reader:
            for fact in facts:
                cards = [one for one in fact.identifiers if one.kind == CARD]
                if any(reader.subject_of(self._keys.digest(one.kind, one.value)) is None for one in cards):
                    asked.append(self._question(fact))
        for start in range(0, len(asked), QUESTIONS_AT_ONCE_MAX):
            some = asked[start : start + QUESTIONS_AT_ONCE_MAX]
            stored = write(self._writing, self._appending, Append([fact for fact, _ in some]), Priority.BULK)
            for (_, question), one in zip(some, stored, strict=True):
                if one.is_new:
                    self._settling.asked(question)

    def _question(self, fact: Received) -> tuple[NewFact, Question]:
        sale, why = sale_of(fact), doubted(Doubt.CARD)
        one = told(SOURCE, QUESTIONED, fact.at, f"{fact.digest.hex()}:card", fields_of(sale, self._upload, why))
        return msgspec.structs.replace(one, received_at=self._now), Question(sale.line, sale.number, why)

    def _subject(self, reader: LogReader, fact: Received) -> SubjectId | None:
        """Return whose an order is: who has the first of its identifiers that is somebody's."""
        found = (reader.subject_of(self._keys.digest(one.kind, one.value)) for one in fact.identifiers)
        return next((one for one in found if one is not None), None)


def origin_at(now: Micros) -> Callable[[Received], Origin]:
    """Return what tells history from what follows now: rules, segments and points listen to the latter."""

    def origin_of(fact: Received) -> Origin:
        return Origin.BACKFILL if fact.at < now - LATE_DAYS_MAX * DAY else Origin.LIVE

    return origin_of
