"""How tiers change: told once each, by the reaction to what was given, and by looking at what has ended.

A tier that was reached is a unit of the pool `tier:LADDER/NAME` with an end. It only keeps somebody up: the tier is the
higher of what is held and of what the amount within the window makes, so an upgrade holds from the very moment. What
was reached only with what was then taken back is held no longer: nobody buys, is gold, and gives the goods back.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
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
from interplay.kernel.ids import Micros, Position, SubjectId
from interplay.link.tiers import rules
from interplay.link.tiers.contracts import CHANGED, ENDED, GRANTED, LadderDocument
from interplay.link.tiers.documents import ladders
from interplay.unify.identity import api as identity

REACTION = "tiers"
KIND = "tiers.change"
FACTS = ("points.earned", "points.refunded", "points.adjusted")
TAKING = ("points.refunded", "points.adjusted")
FACTS_AT_ONCE_MAX = 100
STRETCH_MAX = 100_000
LAG_MAX = 10_000
PREFIX = "tier:"


class Keep(Struct, frozen=True):
    """Changes that follow from a stretch of the log, or from time alone."""

    acts: tuple[Act, ...]
    step: Stretch | None = None


class InHand(NamedTuple):
    """A unit of a tier that somebody has."""

    unit: int
    owner: SubjectId | None
    tier: str
    place: int  # `NONE` for a tier that the ladder has no more
    until: Micros | None
    reached_at: Micros


@dataclass(frozen=True, slots=True)
class Held:
    """What somebody was told to have: the highest place, and until when she holds it at least."""

    place: int
    until: Micros | None
    units: tuple[InHand, ...]
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
    units = tuple(
        InHand(
            one.unit,
            one.owner,
            one.pool.removeprefix(pool_of(name, "")),
            places.get(one.pool, rules.NONE),
            one.valid_until,
            one.valid_from,
        )
        for one in ours
        if one.state is acts.UnitState.OWNED
    )
    place = _highest(units, now)
    return Held(place, _until(units, place, now), units, max((one.unit for one in ours), default=0))


def measured(
    database: Database, ladder: LadderDocument, zone: ZoneInfo, subjects: Sequence[SubjectId], now: int
) -> int:
    """Return what a customer was given within the window, up to and with now."""
    since = rules.since(ladder.window, now, zone)
    return acts.given(database, ladder.unit, subjects, since, Micros(now + 1))


def change(
    database: Database, zone: ZoneInfo, name: str, ladder: LadderDocument, subject: SubjectId, now: Micros,
    *, was_taken: bool = False,
) -> Act | None:  # fmt: skip
    """Return what makes somebody's tier what it is by now, if it was told to be another or its end is over.

    `was_taken`: something that she was given was just taken back, and a tier perhaps with it.
    """
    subjects = identity.wallet_of(database, subject)
    has = held(database, name, ladder, subjects, now)
    lost = _lost(database, zone, ladder, subjects, has, now) if was_taken else []
    kept = [one for one in has.units if one not in lost]
    left = _highest(kept, now)
    place = max(left, rules.rank_of(ladder, measured(database, ladder, zone, subjects, now)))
    told = max((one.place for one in has.units), default=rules.NONE)
    gone = [one for one in has.units if one in lost or (one.until is not None and one.until <= now)]
    if place == told and not gone:
        return None
    steps: list[Step] = [Void(one.unit) for one in gone]
    tells = [_end(name, one) for one in gone]
    until = _until(kept, place, now)
    if place > left:
        until = rules.held_until(ladder, now, zone)
        steps.append(Issue(pool_of(name, ladder.tiers[place].name), subject, now, until))
        tells.append(_grant(name, ladder.tiers[place].name, subject, until))
    if place != told:
        tells.insert(0, _tell(name, ladder, subject, (told, place), until))
    key = f"tier:{name}:{min(subjects)}:{has.newest}:{place}:{len(gone)}.{max((one.unit for one in gone), default=0)}"
    return Act(key, KIND, acts.body_of(key), tuple(steps), tuple(tells), subject, by="rule")


def _lost(
    database: Database, zone: ZoneInfo, ladder: LadderDocument, subjects: Sequence[SubjectId], has: Held, now: int
) -> list[InHand]:
    """Return the tiers that would not have been reached without what was taken back since, whatever came later."""
    found, until = [], Micros(now + 1)
    for one in has.units:
        if not _is_valid(one, now):
            continue
        since = rules.since(ladder.window, one.reached_at, zone)
        amount = acts.given(database, ladder.unit, subjects, since, until)
        back = acts.taken(database, ladder.unit, subjects, one.reached_at, until)
        if amount < ladder.tiers[one.place].at <= amount + back:
            found.append(one)
    return found


def _highest(units: Sequence[InHand], now: int) -> int:
    return max((one.place for one in units if _is_valid(one, now)), default=rules.NONE)


def _until(units: Sequence[InHand], place: int, now: int) -> Micros | None:
    ends = [one.until for one in units if _is_valid(one, now) and one.place == place]
    return None if not ends or None in ends else max(end for end in ends if end is not None)


def _is_valid(one: InHand, now: int) -> bool:
    return one.place != rules.NONE and (one.until is None or one.until > now)


def _grant(name: str, tier: str, subject: SubjectId, until: Micros | None) -> Tell:
    fields: dict[str, object] = {"ladder": name, "tier": tier}
    return Tell(GRANTED, subject, fields if until is None else fields | {"expires_at": until})


def _end(name: str, one: InHand) -> Tell:
    """Tell it of whose unit it was: by other cards of hers, tiers end or do not by themselves."""
    return Tell(ENDED, one.owner, {"ladder": name, "tier": one.tier})


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
    seen: set[tuple[str, SubjectId]] = set()
    for name, ladder in documents.items():
        for unit in acts.ended(database, pool_of(name, ""), now, 0, rows_max):
            if unit.owner is None:
                continue
            whose = (name, min(identity.wallet_of(database, unit.owner)))
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
        """Yield the change of each wallet once: it is of now, whatever came of it."""
        documents = ladders(self.declarations.current().documents)
        whose: dict[SubjectId, SubjectId] = {}
        taken: set[SubjectId] = set()
        for row in rows:
            if row.subject is not None:
                wallet = min(identity.wallet_of(database, row.subject))
                whose.setdefault(wallet, row.subject)
                if row.name in TAKING:
                    taken.add(wallet)
        for wallet, subject in whose.items():
            for name, ladder in documents.items():
                now, was_taken = self.world.now(), wallet in taken
                found = change(database, self.world.zone, name, ladder, subject, now, was_taken=was_taken)
                if found is not None:
                    yield found
