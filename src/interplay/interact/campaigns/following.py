"""What facts of others come to in campaigns: an order that completes a task, a friend's order that earns a reward.

Each fact comes to one act for each part, under a key of both, so it counts once. Two facts of one person are never in
the same stretch: what the second comes to depends on what the first did.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from msgspec import Struct

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Do, Receipt, Refused, Still
from interplay.collect.facts.api import Declarations, Names, Projector
from interplay.collect.facts.contracts import Payload
from interplay.criteria.contracts import Occurrence
from interplay.engine.log.contracts import LogRow
from interplay.engine.log.reactions import Reaction, Step, move_cursor
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.interact.campaigns import promising, store
from interplay.interact.campaigns.conditions import Conditions
from interplay.interact.campaigns.contracts import Running, State
from interplay.interact.campaigns.playing import act_of, at_of, at_of_nobody, offering, part_of
from interplay.interact.campaigns.promising import Promised
from interplay.interact.campaigns.standing import Campaigns, state_at
from interplay.interact.mechanics.api import BACK
from interplay.interact.mechanics.contracts import MEANWHILE, At, Plan, Withdrawal
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros, Position
from interplay.unify.identity.api import customer_of

REACTION = "campaigns"
KIND = "campaigns.follow"
FACTS_AT_ONCE_MAX = 40  # a few milliseconds of the writer
STRETCH_MAX = 100_000
LOOKED_AT_AGAIN = (MEANWHILE, "acts.paused")
LAG_MAX = 10_000  # facts that are looked at again after a start, since nothing was written for them


class Followed(Struct, frozen=True):
    """What a fact comes to in one part: an act, and if it is possible, promises; others are withdrawn anyway."""

    act: Act
    promises: tuple[Promised, ...] = ()
    withdraws: tuple[Withdrawal, ...] = ()


class Follow(Struct, frozen=True):
    """What follows from a stretch of the log."""

    found: tuple[Followed, ...]
    step: Step


def following(running: acts.Acts) -> Command[Follow, int]:
    """Return the command that does them; it answers how many acts were done now.

    Where somebody did something between reading and writing, a campaign was changed or all giving was paused, nothing
    of it is done: the stretch is looked at again.
    Raises AppError `campaigns.followed_meanwhile` (409) then.
    """

    def follow(tx: Tx, ask: Follow) -> int:
        move_cursor(tx, ask.step)
        answers = running.run_all(tx, [Do(one.act) for one in ask.found])
        if any(isinstance(one, Refused) and one.code in LOOKED_AT_AGAIN for one in answers):
            raise AppError("campaigns.followed_meanwhile", status=409)
        for one, answer in zip(ask.found, answers, strict=True):
            if isinstance(answer, Receipt):
                promising.make(running, tx, one.promises)
            promising.withdraw(running, tx, one.withdraws)
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
    _heard: frozenset[str] = frozenset()
    _since: int = 0  # what came before is nothing to any campaign
    _conditions: Conditions | None = None

    def is_wanted(self, database: Database) -> bool:
        """Return whether anything follows facts. A campaign speaks of the facts that come while it is live."""
        self._names = self._wanted()
        return bool(store.revision(database)) and not acts.is_paused(database)

    def ask(self, reader: LogReader, _: Database, after: Position, until: Position) -> tuple[Follow | None, Position]:
        """Return what the next stretch of the log comes to, if anything, and where the stretch ends."""
        begin = Position(max(after, self._looked))
        if begin >= until:
            return None, until
        planned, until, is_heard = self._find(reader, begin, until)
        if not planned and not is_heard and until - after < LAG_MAX:
            self._looked = until
            return None, until
        self._looked = 0
        return Follow(tuple(planned), Step(REACTION, after, until)), until

    def _find(self, reader: LogReader, after: Position, until: Position) -> tuple[list[Followed], Position, bool]:
        """Return what a stretch comes to, where it ends, and whether anything of it takes back: then that is noted."""
        current = self.declarations.current()
        today = Names(current.declared).today
        called = {name: today(name, "", None) for name in reader.fact_names()}
        names = [name for name, now in called.items() if name in self._names or now in self._names]
        if not names:
            return [], until, False
        if self._conditions is None or self._conditions.revision != current.revision:
            self._conditions = Conditions(current, self.declarations.brand)
        until = Position(min(until, after + STRETCH_MAX))
        rows = reader.live_named(after, until, names, FACTS_AT_ONCE_MAX)
        if len(rows) == FACTS_AT_ONCE_MAX:
            until = rows[-1].position
        heard = {name for name in names if not self._heard.isdisjoint((name, called[name]))}
        alone = heard.union(name for name in names if called[name] in BACK)
        is_heard = any(row.name in heard for row in rows)
        rows = [row for row in rows if row.received_at >= self._since]
        planned: list[Followed] = []
        orders: set[object] = set()
        taken = self._apart(rows, alone)
        for number, row in enumerate(rows[:taken]):
            payload = current.projector.payload(row)
            if payload is None:  # whose it was is erased meanwhile
                continue
            if (order := payload.fields.get("order_id")) in orders:  # what it comes to depends on its first telling
                taken = number
                break
            if order is not None:
                orders.add(order)
            planned += self._acts_of(row, current.projector, payload)
        if taken < len(rows):
            until = rows[taken - 1].position
        return planned, until, is_heard

    def _apart(self, rows: Sequence[LogRow], alone: Collection[str]) -> int:
        """Return how many of the first facts are of different people; what takes back stands by itself."""
        seen: set[int] = set()
        for number, row in enumerate(rows):
            if row.name in alone:
                return number or 1
            if row.subject is not None:
                customer = customer_of(self.state.database, row.subject)[0]
                if customer in seen:
                    return number
                seen.add(customer)
        return len(rows)

    def _acts_of(self, row: LogRow, projector: Projector, payload: Payload) -> Iterator[Followed]:
        fact, details = projector.occurrence(row, payload), partial(projector.shown, row, payload)
        for running, name in self._names.get(fact.name, ()):
            part, mechanic = part_of(running.snapshot, name)
            settings = getattr(part, mechanic.name)
            if fact.name not in mechanic.hears(settings) and not _is_within(running, row, fact, self.state.now()):
                continue
            exposures: list[Act] = []
            at = replace(self._at(running, name, row, exposures), details=details)
            plan = mechanic.follow(at, settings, fact)
            yield from map(Followed, exposures)
            if plan is not None:
                still = Still(store.changes_scope(at.campaign), running.changes, MEANWHILE)
                yield _followed(f"follow:{at.name}:{row.position}", still, plan, at, mechanic.name)

    def _at(self, running: Running, part: str, row: LogRow, exposures: list[Act]) -> At:
        """Return where somebody stands. What writes her arm down, once she could have met it, goes to `exposures`."""
        assert self._conditions is not None
        if row.subject is None:
            at = at_of_nobody(self.state, running, part)
        else:
            at = at_of(self.state, running, part, row.subject, {})

        def is_for_her(fact: Occurrence) -> bool:
            place = str(fact.fields.get("store_id", ""))
            is_offered, written = offering(self.state, running.snapshot, at, place)
            exposures.extend(written)
            return is_offered

        return replace(at, source=row.source, holds=self._conditions.holds, is_offered=is_for_her)

    def _wanted(self) -> dict[str, list[tuple[Running, str]]]:
        """Return which parts want which facts. One that ended a moment ago is still told of what came before."""
        found: dict[str, list[tuple[Running, str]]] = {}
        heard: set[str] = set()
        starts: list[int] = []
        for running in self.state.board().running.values():
            if state_at(running, self.state.now()) is State.SCHEDULED:
                continue
            starts.append(running.snapshot.starts_at)
            for name in running.snapshot.content.parts:
                part, mechanic = part_of(running.snapshot, name)
                settings = getattr(part, mechanic.name)
                always = mechanic.hears(settings)
                heard |= always
                follows = mechanic.follows(settings)
                for fact in sorted(always.union(one for one in follows if running.state in _followed_in(one))):
                    found.setdefault(fact, []).append((running, name))
        for running, name in self.state.board().gone:
            part, mechanic = part_of(running.snapshot, name)
            always = mechanic.hears(getattr(part, mechanic.name))
            heard |= always
            for fact in sorted(always):
                found.setdefault(fact, []).append((running, name))
        self._heard, self._since = frozenset(heard), min(starts, default=0)
        return found


def _followed_in(fact: str) -> Collection[State]:
    """Return in which states of a campaign a fact is followed: a pause gives nothing, and what takes back goes on."""
    return (State.LIVE, State.PAUSED, State.ENDED) if fact in BACK else (State.LIVE, State.ENDED)


def _is_within(running: Running, row: LogRow, fact: Occurrence, now: Micros) -> bool:
    """Return whether a fact happened and came while the campaign was on, as far as is known, and is somebody's.

    What takes an order back is known by the order's number, whoever tells it, and whenever it was. A campaign that was
    stopped is on until then.
    """
    snapshot, takes_back = running.snapshot, fact.name in BACK
    is_stopped = running.state is State.ENDED and not takes_back
    until = min(snapshot.ends_at, running.changed_at) if is_stopped else snapshot.ends_at
    is_on = running.state in _followed_in(fact.name) and state_at(running, now) is not State.SCHEDULED
    is_ours = takes_back or (row.subject is not None and fact.at >= snapshot.starts_at)
    return is_ours and is_on and snapshot.starts_at <= row.received_at < until


def _followed(key: str, still: Still, plan: Plan, at: At, mechanic: str) -> Followed:
    by = f"campaign:{at.campaign}"
    return Followed(
        act_of(key, KIND, acts.body_of(key), (still,), plan, at, mechanic, by),
        tuple(promising.promised(one, at, mechanic, by) for one in plan.promises),
        tuple(Withdrawal(promising.key_of(at, one.key), one.says) for one in plan.withdraws),
    )
