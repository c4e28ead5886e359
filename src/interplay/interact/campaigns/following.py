"""What facts of others come to in campaigns: an order that completes a task, a friend's order that earns a reward.

Each fact comes to one act for each part, under a key of both, so it counts once. Two facts of one person are never in
the same stretch: what the second comes to depends on what the first did.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from msgspec import Struct

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Do, Receipt
from interplay.collect.facts.api import Declarations, Names
from interplay.criteria.contracts import Occurrence
from interplay.engine.log.contracts import LogRow
from interplay.engine.log.reactions import Reaction, Step, move_cursor
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.interact.campaigns import store
from interplay.interact.campaigns.contracts import Running, State
from interplay.interact.campaigns.playing import act_of, at_of, part_of
from interplay.interact.campaigns.standing import Campaigns, state_at
from interplay.kernel.ids import Position
from interplay.unify.identity.api import customer_of

REACTION = "campaigns"
KIND = "campaigns.follow"
FACTS_AT_ONCE_MAX = 40  # a few milliseconds of the writer
STRETCH_MAX = 100_000
LAG_MAX = 10_000  # facts that are looked at again after a start, since nothing was written for them


class Follow(Struct, frozen=True):
    """Acts that follow from a stretch of the log."""

    acts: tuple[Act, ...]
    step: Step


def following(running: acts.Acts) -> Command[Follow, int]:
    """Return the command that does them; it answers how many were done now."""

    def follow(tx: Tx, ask: Follow) -> int:
        move_cursor(tx, ask.step)
        answers = running.run_all(tx, [Do(one) for one in ask.acts])
        return sum(isinstance(one, Receipt) and one.is_new for one in answers)

    return Command("campaigns.follow", Follow, int, follow)


def reaction(declarations: Declarations, state: Campaigns) -> Reaction:
    """Return the reaction. It waits while no campaign follows facts, and while all giving is paused."""
    found = Following(declarations, state)
    return Reaction(REACTION, found.ask, following(state.acts), is_wanted=found.is_wanted)


@dataclass(slots=True)
class Following:
    """What is remembered between two looks: how far nothing was found."""

    declarations: Declarations
    state: Campaigns
    _looked: int = 0
    _names: dict[str, list[tuple[Running, str]]] = field(default_factory=dict)

    def is_wanted(self, database: Database) -> bool:
        """Return whether anything follows facts. A campaign speaks of the facts that come while it is live."""
        self._names = self._wanted()
        return bool(store.revision(database)) and not acts.is_paused(database)

    def ask(self, reader: LogReader, _: Database, after: Position, until: Position) -> tuple[Follow | None, Position]:
        """Return what the next stretch of the log comes to, if anything, and where the stretch ends."""
        begin = Position(max(after, self._looked))
        if begin >= until:
            return None, until
        planned, until = self._find(reader, begin, until)
        if not planned and until - after < LAG_MAX:
            self._looked = until
            return None, until
        self._looked = 0
        return Follow(tuple(planned), Step(REACTION, after, until)), until

    def _find(self, reader: LogReader, after: Position, until: Position) -> tuple[list[Act], Position]:
        current = self.declarations.current()
        today = Names(current.declared).today
        names = [name for name in reader.fact_names() if name in self._names or today(name, "", None) in self._names]
        if not names:
            return [], until
        until = Position(min(until, after + STRETCH_MAX))
        rows = reader.live_named(after, until, names, FACTS_AT_ONCE_MAX)
        if len(rows) == FACTS_AT_ONCE_MAX:
            until = rows[-1].position
        planned: list[Act] = []
        taken = self._apart(rows)
        for row in rows[:taken]:
            payload = current.projector.payload(row)
            if payload is not None and row.subject is not None:  # else it is nobody's, or erased meanwhile
                planned += self._acts_of(row, current.projector.occurrence(row, payload))
        if taken < len(rows):
            until = rows[taken - 1].position
        return planned, until

    def _apart(self, rows: Sequence[LogRow]) -> int:
        """Return how many of the first facts are of different people."""
        seen: set[int] = set()
        for number, row in enumerate(rows):
            if row.subject is not None:
                customer = customer_of(self.state.database, row.subject)[0]
                if customer in seen:
                    return number
                seen.add(customer)
        return len(rows)

    def _acts_of(self, row: LogRow, fact: Occurrence) -> Iterator[Act]:
        assert row.subject is not None
        for running, name in self._names.get(fact.name, ()):
            if not running.snapshot.starts_at <= row.received_at < running.snapshot.ends_at:
                continue
            part, mechanic = part_of(running.snapshot, name)
            at = at_of(self.state, running, name, row.subject, {})
            plan = mechanic.follow(at, getattr(part, mechanic.name), fact)
            if plan is not None:
                key = f"follow:{at.name}:{row.position}"
                yield act_of(key, KIND, acts.body_of(key), (), plan, at, mechanic.name, f"campaign:{at.campaign}")

    def _wanted(self) -> dict[str, list[tuple[Running, str]]]:
        """Return which parts want which facts. One that ended a moment ago is still told of what came before."""
        found: dict[str, list[tuple[Running, str]]] = {}
        for running in self.state.board().running.values():
            if running.state not in (State.LIVE, State.ENDED) or state_at(running, self.state.now()) is State.SCHEDULED:
                continue
            for name in running.snapshot.content.parts:
                part, mechanic = part_of(running.snapshot, name)
                for fact in mechanic.follows(getattr(part, mechanic.name)):
                    found.setdefault(fact, []).append((running, name))
        return found
