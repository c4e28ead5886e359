"""How tiers change: told once each, by the reaction to what was given, and by looking at what has ended.

A tier that was reached is a unit of the pool `tier:LADDER/NAME` with an end. It only keeps somebody up: the tier is the
higher of what is held and of what the amount within the window makes, so an upgrade holds from the very moment.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from msgspec import Struct

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Do, Issue, Step, Tell, Void
from interplay.collect.facts.api import Declarations
from interplay.engine.log.contracts import LogRow
from interplay.engine.log.reactions import Reaction, move_cursor
from interplay.engine.log.reactions import Step as Stretch
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.kernel.context import World
from interplay.kernel.ids import CustomerId, Micros, Position, SubjectId
from interplay.link.tiers import rules
from interplay.link.tiers.contracts import CHANGED, ENDED, GRANTED, LadderDocument
from interplay.link.tiers.documents import ladders
from interplay.unify.identity import api as identity

REACTION = "tiers"
KIND = "tiers.change"
FACTS = ("points.earned", "points.refunded", "points.adjusted")
FACTS_AT_ONCE_MAX = 100
STRETCH_MAX = 100_000
LAG_MAX = 10_000
PREFIX = "tier:"


class Keep(Struct, frozen=True):
    """Changes that follow from a stretch of the log, or from time alone."""

    acts: tuple[Act, ...]
    step: Stretch | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody was told to have: the highest place, and until when she holds it at least."""

    place: int
    until: Micros | None
    units: tuple[acts.HeldUnit, ...]  # in hand, of tiers that the ladder has
    places: tuple[int, ...]  # of each of them
    newest: int


def keeping(running: acts.Acts) -> Command[Keep, None]:
    """Return the command that makes changes."""

    def keep(tx: Tx, ask: Keep) -> None:
        if ask.step is not None:
            move_cursor(tx, ask.step)
        running.run_all(tx, [Do(one) for one in ask.acts])

    return Command("tiers.keep", Keep, None, keep)


def pool_of(ladder: str, tier: str) -> str:
    return f"{PREFIX}{ladder}/{tier}"


def held(database: Database, name: str, ladder: LadderDocument, subjects: Sequence[SubjectId], now: int) -> Held:
    """Return what the subjects of a customer hold on a ladder."""
    places = {pool_of(name, one.name): place for place, one in enumerate(ladder.tiers)}
    ours = [one for one in acts.units_of(database, subjects) if one.pool.startswith(pool_of(name, ""))]
    units = tuple(one for one in ours if one.state is acts.UnitState.OWNED and one.pool in places)
    valid = [(places[one.pool], one.valid_until) for one in units if one.valid_until is None or one.valid_until > now]
    place = max((place for place, _ in valid), default=rules.NONE)
    ends = [until for one, until in valid if one == place]
    until = None if not ends or None in ends else max(end for end in ends if end is not None)
    mine = tuple(places[one.pool] for one in units)
    return Held(place, until, units, mine, max((one.unit for one in ours), default=0))


def measured(
    database: Database, ladder: LadderDocument, zone: ZoneInfo, subjects: Sequence[SubjectId], now: int
) -> int:
    """Return what a customer was given within the window, up to and with now."""
    since = rules.since(ladder.window, now, zone)
    return acts.given(database, ladder.unit, subjects, since, Micros(now + 1))


def change(
    database: Database, zone: ZoneInfo, name: str, ladder: LadderDocument, subject: SubjectId, now: Micros
) -> Act | None:
    """Return what makes somebody's tier what it is by now, if it was told to be another or its end is over."""
    customer, subjects = identity.customer_of(database, subject)
    has = held(database, name, ladder, subjects, now)
    place = max(has.place, rules.rank_of(ladder, measured(database, ladder, zone, subjects, now)))
    told = max(has.places, default=rules.NONE)
    ended = [one for one in has.units if one.valid_until is not None and one.valid_until <= now]
    if place == told and not ended:
        return None
    steps: list[Step] = [Void(one.unit) for one in ended]
    tells = [_end(name, one) for one in ended]
    until = None if place == rules.NONE else rules.held_until(ladder, now, zone)
    if place > has.place:
        steps.append(Issue(pool_of(name, ladder.tiers[place].name), subject, Micros(0), until))
        tells.append(_grant(name, ladder.tiers[place].name, subject, until))
    if place != told:
        tells.insert(0, _tell(name, ladder, subject, (told, place), until))
    key = f"tier:{name}:{customer}:{has.newest}:{place}:{len(ended)}"
    return Act(key, KIND, acts.body_of(key), tuple(steps), tuple(tells), subject, by="rule")


def _grant(name: str, tier: str, subject: SubjectId, until: Micros | None) -> Tell:
    fields: dict[str, object] = {"ladder": name, "tier": tier}
    return Tell(GRANTED, subject, fields if until is None else fields | {"expires_at": until})


def _end(name: str, unit: acts.HeldUnit) -> Tell:
    """Tell it of whose unit it was: by other cards of hers, tiers end or do not by themselves."""
    return Tell(ENDED, unit.owner, {"ladder": name, "tier": unit.pool.removeprefix(pool_of(name, ""))})


def _tell(name: str, ladder: LadderDocument, subject: SubjectId, places: tuple[int, int], until: Micros | None) -> Tell:
    before, after = (None if place == rules.NONE else ladder.tiers[place].name for place in places)
    reason = "upgrade" if places[1] > places[0] else "downgrade"
    fields = {"ladder": name, "tier": after, "tier_from": before, "expires_at": until, "reason": reason}
    return Tell(CHANGED, subject, {field: value for field, value in fields.items() if value is not None})


def review(
    database: Database, zone: ZoneInfo, documents: dict[str, LadderDocument], now: Micros, rows_max: int
) -> Keep:
    """Return the changes of those whose tier has ended by now, some at once."""
    found: list[Act] = []
    seen: set[tuple[str, CustomerId]] = set()
    for name, ladder in documents.items():
        for unit in acts.ended(database, pool_of(name, ""), now, 0, rows_max):
            if unit.owner is None:
                continue
            whose = (name, identity.customer_of(database, unit.owner)[0])
            if whose not in seen and (act := change(database, zone, name, ladder, unit.owner, now)) is not None:
                found.append(act)
            seen.add(whose)
    return Keep(tuple(found))


def reaction(declarations: Declarations, world: World, running: acts.Acts) -> Reaction:
    """Return the reaction that looks at the tiers of whom something was given or taken."""
    following = Following(declarations, world)
    return Reaction(REACTION, following.ask, keeping(running), is_wanted=following.is_wanted)


@dataclass(slots=True)
class Following:
    """What is remembered between two looks: how far nothing was found."""

    declarations: Declarations
    world: World
    _looked: int = 0

    def is_wanted(self, _: Database) -> bool:
        return bool(ladders(self.declarations.current().documents))

    def ask(
        self, reader: LogReader, database: Database, after: Position, until: Position
    ) -> tuple[Keep | None, Position]:
        """Return the changes of the next stretch of the log, if any, and where it ends."""
        begin = Position(max(after, self._looked))
        if begin >= until:
            return None, until
        until = Position(min(until, begin + STRETCH_MAX))
        rows = reader.live_named(begin, until, FACTS, FACTS_AT_ONCE_MAX)
        if len(rows) == FACTS_AT_ONCE_MAX:
            until = rows[-1].position
        found = list(self._changes(database, rows))
        if not found and until - after < LAG_MAX:
            self._looked = until
            return None, until
        self._looked = 0
        return Keep(tuple(found), Stretch(REACTION, after, until)), until

    def _changes(self, database: Database, rows: Sequence[LogRow]) -> Iterator[Act]:
        """Yield the change of each customer once: it is of now, whatever came of her."""
        documents = ladders(self.declarations.current().documents)
        seen: set[CustomerId] = set()
        for row in rows:
            if row.subject is None:
                continue
            customer = identity.customer_of(database, row.subject)[0]
            if customer in seen:
                continue
            seen.add(customer)
            for name, ladder in documents.items():
                found = change(database, self.world.zone, name, ladder, row.subject, self.world.now())
                if found is not None:
                    yield found
