"""What the use cases of campaigns work with: acts, coupons, the moment, and the campaigns as they stand."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import msgspec

from interplay.acts import api as acts
from interplay.acts.contracts import Receipt, Refused, Standing
from interplay.decide.holdouts import api as holdouts
from interplay.decide.holdouts.contracts import HoldoutDocument
from interplay.engine.documents import api as documents
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.interact.abuse import api as abuse
from interplay.interact.campaigns import referrals, store
from interplay.interact.campaigns.contracts import Kept, Running, Snapshot, State
from interplay.interact.codes.api import Codes
from interplay.interact.codes.contracts import Reading
from interplay.interact.contests import api as contests
from interplay.interact.contests.contracts import Entered
from interplay.interact.mechanics.contracts import ALWAYS, Said, Sheet
from interplay.kernel.context import World
from interplay.kernel.errors import AppError
from interplay.kernel.ids import CustomerId, Micros, SubjectId
from interplay.link.coupons.api import Coupons
from interplay.link.points import api as points
from interplay.link.points.contracts import PointsDocument
from interplay.understand.memberships.api import segments_in
from interplay.unify.identity import api as identity

FRIENDS_MAX = 60
"""How many of somebody's friends are looked at."""


@dataclass(frozen=True, slots=True)
class Board:
    """Every campaign that was started, as it stood at a revision, and the units of points."""

    revision: tuple[int, int]
    running: dict[str, Running]
    units: dict[str, PointsDocument]
    gone: tuple[tuple[Running, str], ...] = ()
    """Parts that the version in force has no more, each as the last version that had it: what they promised is kept."""
    everywhere: HoldoutDocument | None = None  # who is held out of all campaigns


class Campaigns:
    """One for each data directory: it remembers the campaigns of a revision."""

    def __init__(
        self, running: acts.Acts, coupons: Coupons, database: Database, keys: SubjectKeys, world: World, codes: Codes
    ) -> None:
        self.acts = running
        self.coupons = coupons
        self.codes = codes
        self.database = database
        self.keys = keys
        self.world = world
        self.watch = abuse.Watch(database, keys, world, self._friends)
        self._known: Board | None = None
        self._rehearsed: dict[CustomerId, Collection[str]] | None = None
        self._snapshots: dict[tuple[str, int], Snapshot] = {}

    @property
    def zone(self) -> ZoneInfo:
        return self.world.zone

    def now(self) -> Micros:
        return self.world.now()

    def board(self) -> Board:
        """Return the campaigns as they stand."""
        revision, known = self._revision(), self._known
        while known is None or known.revision != revision:
            known = self._known = self._read(revision)
            revision = self._revision()  # what was read while something changed is read again
        return known

    def _revision(self) -> tuple[int, int]:
        return store.revision(self.database), documents.revision(self.database)

    def _read(self, revision: tuple[int, int]) -> Board:
        found = store.all_running(self.database)
        scopes = {one.snapshot.name: store.changes_scope(one.snapshot.name) for one in found}
        changes = acts.used_of(self.database, list(scopes.values()))
        running = {
            name: msgspec.structs.replace(one, changes=changes.get(scopes[name], 0))
            for name, one in ((one.snapshot.name, one) for one in found)
        }
        gone = tuple(one for campaign in running.values() for one in self._gone(campaign))
        standing = documents.current(self.database)
        return Board(revision, running, points.units(standing), gone, holdouts.of_all(standing))

    def _gone(self, running: Running) -> Iterator[tuple[Running, str]]:
        found: dict[str, Running] = {}
        for snapshot in store.versions(self.database, running.snapshot.name):
            found |= dict.fromkeys(snapshot.content.parts, msgspec.structs.replace(running, snapshot=snapshot))
        yield from ((one, part) for part, one in found.items() if part not in running.snapshot.content.parts)

    def running(self, name: str) -> Running:
        """Return a campaign that was started. Raises AppError `campaigns.unknown` (404)."""
        if (found := self.board().running.get(name)) is None:
            raise AppError("campaigns.unknown", status=404, given=name)
        return found

    def versions(self, name: str) -> Sequence[Snapshot]:
        """Return what each version of a campaign promised that was started, the first first."""
        return store.versions(self.database, name)

    def snapshot(self, name: str, version: int) -> Snapshot:
        """Return what a version promised; it never changes."""
        if (name, version) not in self._snapshots:
            self._snapshots |= {(name, one.version): one for one in store.versions(self.database, name)}
        return self._snapshots[name, version]

    def _friends(self, campaign: str, whose: Sequence[SubjectId]) -> Sequence[SubjectId]:
        """Return who is tied to somebody by referral, on either side of it: some, where they are very many."""
        running = self.board().running.get(campaign)
        parts = {} if running is None else running.snapshot.content.parts
        kinds = [f"referral:{campaign}/{name}" for name, part in parts.items() if part.referral is not None]
        return [one for kind in kinds for one in referrals.tied(self.database, kind, whose)][:FRIENDS_MAX]

    def segments_of(self, customer: CustomerId) -> Collection[str]:
        """Return the live segments that a customer is in."""
        return segments_in(self.database, customer) if self._rehearsed is None else self._rehearsed.get(customer, ())

    def rehearse_segments(self, of: Mapping[SubjectId, Collection[str]]) -> None:
        """Say who is in which segment, where nobody follows the log: in a rehearsal, whose customers are subjects."""
        self._rehearsed = {CustomerId(subject): names for subject, names in of.items()}

    def look(self) -> "Looking":
        return Looking(self)


@dataclass(frozen=True, slots=True)
class Looking:
    """Reads what mechanics ask of the state of things."""

    of: Campaigns

    def used(self, scope: str, window: Micros = ALWAYS, whose: Sequence[SubjectId] = ()) -> int:
        return acts.used(self.of.database, scope, window, list(whose))

    def used_each(self, scope: str, windows: Sequence[Micros], whose: Sequence[SubjectId]) -> list[int]:
        return acts.used_each(self.of.database, scope, windows, whose)

    def used_of(self, scopes: Sequence[str]) -> dict[str, int]:
        return acts.used_of(self.of.database, scopes)

    def balance(self, unit: str, whose: Sequence[SubjectId]) -> int:
        return acts.balances(self.of.database, whose, self.of.now(), unit)[0].available

    def receipt(self, key: str) -> Receipt | None:
        return acts.find(self.of.acts, self.of.database, key)

    def founder(self, kind: str, group: str) -> tuple[str, Said] | None:
        number = acts.founders(self.of.database, kind, [group]).get(group)
        try:
            receipt = None if number is None else acts.receipt(self.of.acts, self.of.database, number)
        except AppError:  # erased
            return None
        return None if receipt is None else (receipt.key, _said(receipt))

    def leaders(self, board: str, window: Micros, most: int) -> Sequence[Standing]:
        return acts.top(self.of.database, board, window, most)

    def standing(self, board: str, window: Micros, whose: Sequence[SubjectId]) -> Standing | None:
        return acts.standing(self.of.database, board, window, whose)

    def people_on(self, board: str, window: Micros) -> int:
        return acts.people_on(self.of.database, board, window)

    def windows_of(self, board: str) -> Sequence[Micros]:
        return acts.windows_of(self.of.database, board)

    def said(self, key: str) -> Said | None:
        return None if (receipt := self.receipt(key)) is None else _said(receipt)

    def entries(
        self, name: str, only: Sequence[int] | None = None, whose: Sequence[SubjectId] | None = None
    ) -> list[Entered]:
        return contests.entered(self.of.database, name, only, whose)

    def free_photos(self, name: str, digests: Sequence[str], whose: Sequence[SubjectId]) -> int:
        return contests.free_photos(self.of.database, name, digests, whose)

    def joined(self, kind: str, whose: Sequence[SubjectId]) -> list[str]:
        return acts.joined(self.of.database, kind, whose)

    def links(self, kind: str, whose: Sequence[SubjectId]) -> list[acts.Joined]:
        return acts.links_of(self.of.database, kind, whose)

    def opened(self, kind: str, groups: Sequence[str]) -> list[str]:
        found = acts.founders(self.of.database, kind, groups)
        return sorted(found, key=lambda group: found[group])

    def above(self, kind: str, whose: Sequence[SubjectId]) -> list[SubjectId]:
        return referrals.above(self.of.database, kind, whose)

    def brought(self, kind: str, whose: Sequence[SubjectId], most: int) -> int:
        return referrals.brought(self.of.database, kind, whose, most)

    def wallet(self, subject: SubjectId) -> tuple[SubjectId, ...]:
        return tuple(identity.wallet_of(self.of.database, subject))

    def since(self, whose: Sequence[SubjectId]) -> Micros | None:
        with closing(LogReader(self.of.database)) as reader:
            heard = [position for one in whose if (position := reader.heard(one)) is not None]
            return reader.received(min(heard)) if heard else None

    def are_near(self, one: Sequence[SubjectId], other: Sequence[SubjectId]) -> bool:
        return identity.are_near(self.of.database, one, other)

    def digest(self, what: str, text: str) -> bytes:
        return self.of.keys.digest(what, text)

    def sheets(self, pool: str, whose: Sequence[SubjectId]) -> list[Sheet]:
        found = []
        for unit in acts.owned(self.of.database, pool, whose):
            receipt = None if unit.act is None else acts.receipt(self.of.acts, self.of.database, unit.act)
            if receipt is not None:
                says = msgspec.msgpack.decode(receipt.result, type=Kept).says
                found.append(Sheet(unit.unit, receipt.at, unit.valid_until, says))
        return found

    def item(self, code: str) -> Reading | Refused:
        return self.of.codes.reading(code)


def _said(receipt: Receipt) -> Said:
    kept = msgspec.msgpack.decode(receipt.result, type=Kept)
    return Said(kept.says, kept.begins, receipt.effects)


def state_at(running: Running, now: Micros) -> State:
    """Return how a campaign stands at a moment: its period is a matter of time, and nothing has to happen for it."""
    if running.state is not State.LIVE:
        return running.state
    if now < running.snapshot.starts_at:
        return State.SCHEDULED
    return State.LIVE if now < running.snapshot.ends_at else State.ENDED


def is_held_out(state: Campaigns, name: str, unit: str, percent: int) -> bool:
    """Return whether a store, a city or a batch is among those that are held out."""
    return holdouts.hashed(state.keys.digest, name, unit, percent) is holdouts.Arm.HELD_OUT
