"""The reaction that gives points for live facts and takes them back for refunds, each once.

A refund reads what its order gave, so it is dealt with by itself, when everything before it is written. While all
giving is paused nothing moves: what happens meanwhile is given afterwards.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from msgspec import Struct

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Do, Refused
from interplay.collect.facts.api import Current, Declarations, Names
from interplay.criteria.contracts import Occurrence
from interplay.engine.documents import api as documents
from interplay.engine.log.contracts import LogRow
from interplay.engine.log.reactions import Reaction, Step, move_cursor
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.engine.timers.api import Timer, schedule_once
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros, Position
from interplay.kernel.time import HOUR
from interplay.link.points import refunding
from interplay.link.points.contracts import EARNING, POINTS
from interplay.link.points.documents import Rulebook
from interplay.link.points.earning import Conditions, Earning, Place, Store, earn_key
from interplay.link.points.ending import TIMER

REACTION = "points"
FACTS_AT_ONCE_MAX = 40  # a few milliseconds of the writer
STRETCH_MAX = 100_000
LAG_MAX = 10_000  # facts that are looked at again after a start, since nothing was written for them

Told = tuple[LogRow, Occurrence]


class Give(Struct, frozen=True):
    """Acts that follow from facts; with a step, from a stretch of the log."""

    acts: tuple[Act, ...]
    step: Step | None = None


def giving(running: acts.Acts) -> Command[Give, int]:
    """Return the command that does acts of facts; it answers how many were done now, without repetitions."""

    def give(tx: Tx, ask: Give) -> int:
        if ask.step is not None:
            move_cursor(tx, ask.step)
        schedule_once(tx, Timer(TIMER, "", Micros(tx.world.now() + HOUR)))
        answers = running.run_all(tx, [Do(one) for one in ask.acts])
        if any(isinstance(one, Refused) and one.code == "acts.paused" for one in answers):
            raise AppError("points.paused", status=409)
        return sum(not isinstance(one, Refused) and one.is_new for one in answers)

    return Command("points.give", Give, int, give)


def reaction(declarations: Declarations, store: Store) -> Reaction:
    """Return the reaction. It waits while there is no rule, and while all giving is paused."""
    following = Following(declarations, store)
    return Reaction(REACTION, following.ask, giving(store.acts), is_wanted=following.is_wanted)


@dataclass(slots=True)
class Following:
    """What is remembered between two looks: the rules of a revision, and how far nothing was found."""

    declarations: Declarations
    store: Store
    _revision: int = -1
    _book: Rulebook = field(default_factory=lambda: Rulebook((), ()))
    _conditions: Conditions | None = None
    _looked: int = 0

    def is_wanted(self, database: Database) -> bool:
        self._read()
        return bool(self._book.names) and not acts.is_paused(database)

    def ask(self, reader: LogReader, _: Database, after: Position, until: Position) -> tuple[Give | None, Position]:
        """Return what to give for the next stretch of the log, if anything, and where the stretch ends."""
        begin = Position(max(after, self._looked))
        if begin >= until:
            return None, until
        planned, until = self._find(reader, begin, until)
        if not planned and until - after < LAG_MAX:
            self._looked = until
            return None, until
        self._looked = 0
        return Give(tuple(planned), Step(REACTION, after, until)), until

    def plan(self, rows: Sequence[LogRow]) -> tuple[list[Act], int]:
        """Return the acts of the first facts of some, and of how many facts they are."""
        current = self._read()
        told: list[Told] = []
        for number, row in enumerate(rows):
            payload = current.projector.payload(row)
            if payload is None:  # erased meanwhile
                continue
            occurrence = current.projector.occurrence(row, payload)
            if occurrence.name not in refunding.BACK:
                told.append((row, occurrence))
            elif told:
                return self._planned(told), number
            elif (back := refunding.act_of(self.store, self._book, row, occurrence)) is not None:
                return [back], number + 1
        return self._planned(told), len(rows)

    def earned(self, rows: Sequence[LogRow], planned: Counter[Place]) -> Iterator[Act]:
        """Yield what some facts give that was not given yet, as if nothing were taken back.

        `planned` is what is about to be given elsewhere and counts against caps; what is yielded is added to it.
        """
        projector = self._read().projector
        told = [(row, projector.occurrence(row, read)) for row in rows if (read := projector.payload(row)) is not None]
        yield from (act for _, _, act in self._earned(told, planned))

    def names(self, reader: LogReader) -> list[str]:
        """Return the names in the log that may give or take back, as stored and as they are called today."""
        today = Names(self._read().declared).today
        wanted = {*self._book.facts, *refunding.BACK}
        return [name for name in reader.fact_names() if name in wanted or today(name, "", None) in wanted]

    def _planned(self, told: Sequence[Told]) -> list[Act]:
        """Return what facts give, and what of it is taken back at once since it was refunded before it came."""
        planned: list[Act] = []
        for row, occurrence, earn in self._earned(told, Counter()):
            early = refunding.act_of_early(self.store, self._book, row.position, earn, occurrence)
            planned += [earn] if early is None else [earn, early]
        return planned

    def _earned(self, told: Sequence[Told], planned: Counter[Place]) -> Iterator[tuple[LogRow, Occurrence, Act]]:
        current = self._read()
        conditions = self._conditions or Conditions(current, self.store.brand)
        keys = [
            earn_key(rule, row.position)
            for row, occurrence in told
            for rule in self._book.rules_at(row.position)
            if rule.content.fact == occurrence.name
        ]
        known = acts.known_among(self.store.acts, self.store.database, keys)
        earning = Earning(self.store, current, self._book, conditions, known, planned)
        for row, occurrence in told:
            for earn in earning.acts_of(row, occurrence):
                yield row, occurrence, earn

    def _find(self, reader: LogReader, after: Position, until: Position) -> tuple[list[Act], Position]:
        names = self.names(reader)
        if not names:
            return [], until
        until = Position(min(until, after + STRETCH_MAX))
        rows = reader.live_named(after, until, names, FACTS_AT_ONCE_MAX)
        if len(rows) == FACTS_AT_ONCE_MAX:
            until = rows[-1].position
        planned, taken = self.plan(rows)
        if taken < len(rows):
            until = rows[taken - 1].position
        return planned, until

    def _read(self) -> Current:
        current = self.declarations.current()
        if current.revision != self._revision:
            database = self.store.database
            self._book = Rulebook(documents.versions(database, POINTS), documents.versions(database, EARNING))
            self._conditions = Conditions(current, self.store.brand)
            self._revision = current.revision
        return current
