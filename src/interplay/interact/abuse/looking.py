"""Looking at somebody's surroundings: who else was on her devices and lines, and who is tied to her."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

from interplay.acts import api as acts
from interplay.acts.contracts import Asking, Errand
from interplay.engine.log.contracts import Origin
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.engine.timers.api import Timer, schedule_once
from interplay.interact.abuse import rules, store
from interplay.interact.abuse.contracts import Guard, Sight, Signals, Source
from interplay.kernel.context import World
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.time import DAY, SECOND
from interplay.unify.identity.api import customer_of

KEPT_DAYS = 30
PLACES_MAX = 40
"""How many of somebody's places are looked at, the newest first."""
CIRCLE_MAX = 60
PURGE_TIMER = "abuse.purge"
PURGED_AT_ONCE_MAX = 500

Friends = Callable[[str, Sequence[SubjectId]], Sequence[SubjectId]]
"""Who is tied to somebody by referral in a campaign, on either side of it: registered by who knows referrals."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What looking needs."""

    database: Database
    keys: SubjectKeys
    world: World
    friends: Friends

    def digest(self, kind: str, value: str) -> bytes:
        return self.keys.digest(f"abuse.{kind}", value)


def _sight(tx: Tx, ask: Sight) -> None:
    store.add(tx, ask)
    schedule_once(tx, Timer(PURGE_TIMER, str(ask.day), Micros((ask.day + KEPT_DAYS + 1) * DAY)))


sight = Command("abuse.sight", Sight, None, _sight)
"""Note where somebody was seen."""


def scope_of_day(day: int) -> str:
    """Return how the scopes begin under which plays of a day are counted: those of an earlier day stand before."""
    return f"guard:{day:06}:"


def purge(tx: Tx, timer: Timer) -> None:
    """Forget the sightings of a day, and what was counted by device and address on it, a month later."""
    day = int(timer.key.rstrip("+"))
    left = store.purge(tx, day, PURGED_AT_ONCE_MAX)
    gone = acts.forget_counts(tx, scope_of_day(0), scope_of_day(day + 1), PURGED_AT_ONCE_MAX)
    if left or gone == PURGED_AT_ONCE_MAX:
        schedule_once(tx, Timer(PURGE_TIMER, f"{timer.key}+", Micros(tx.world.now() + SECOND)))


def noting(watch: Watch, wallet: Sequence[SubjectId], source: Source) -> Asking[None]:
    """Note where somebody is seen now, if that is new today."""
    line, now = rules.line_of(source.address), watch.world.now()
    device = watch.digest("device", source.device) if source.device else None
    digest = None if line is None else watch.digest("line", line)
    places = [(kind, one) for kind, one in ((store.DEVICE, device), (store.LINE, digest)) if one is not None]
    if places and not store.is_seen(watch.database, min(wallet), now // DAY, places):
        heard = first_heard(watch.database, wallet)
        yield Errand(sight, Sight(min(wallet), device, digest, now // DAY, heard))


def first_heard(database: Database, wallet: Sequence[SubjectId]) -> Micros | None:
    """Return when a customer was first heard of. What staff have imported is as old as it says."""
    with closing(LogReader(database)) as reader:
        rows = map(reader.read_one, filter(None, map(reader.heard, wallet)))
        ages = [row.received_at if row.origin is Origin.LIVE else row.occurred_at for row in rows if row is not None]
    return min(ages, default=None)


def seen_on(watch: Watch, device: str) -> set[SubjectId]:
    """Return who was seen on a device, by its identifier as it is sent."""
    with closing(watch.database.connect_reader()) as raw:
        seen = store.Sightings(raw, watch.world.now() // DAY - KEPT_DAYS)
        return seen.accounts(store.DEVICE, watch.digest("device", device))


def signals(watch: Watch, guard: Guard, campaign: str, wallet: Sequence[SubjectId]) -> Signals:
    """Return what is known of somebody's surroundings."""
    now = watch.world.now()
    since = first_heard(watch.database, wallet)
    with closing(watch.database.connect_reader()) as raw:
        seen = store.Sightings(raw, now // DAY - KEPT_DAYS)
        mine = seen.places(wallet)[:PLACES_MAX]
        devices = {one.digest for one in mine if one.kind == store.DEVICE}
        accounts, depth = _connected(seen, guard, wallet, devices)
        fresh = Micros(now - guard.new_account_days * DAY)
        lines = [
            one for one in mine if one.kind == store.LINE and one.day > now // DAY - max(1, guard.new_account_days)
        ]
        return Signals(
            None if since is None else now - since,
            max((len(seen.accounts(store.DEVICE, one)) for one in devices), default=0),
            accounts, depth,
            max((seen.new_accounts(one.digest, one.day, fresh) for one in lines), default=0),
            _near_friends(watch, seen, mine, _circle(watch, campaign, wallet)),
        )  # fmt: skip


def _connected(
    seen: store.Sightings, guard: Guard, wallet: Sequence[SubjectId], devices: set[bytes]
) -> tuple[int, int]:
    """Return how many accounts hang together by devices, and in how many steps, as far as it matters."""
    hers, known, visited, depth = set(wallet), set[SubjectId](), set[bytes](), 0
    while devices and len(known) < guard.connected_accounts_max and depth <= guard.connected_depth_max:
        found = {one for device in sorted(devices)[:PLACES_MAX] for one in seen.accounts(store.DEVICE, device)}
        visited |= devices
        new = found - known - hers
        if not new:
            break
        known |= new
        depth += 1
        some = sorted(new)[: guard.connected_accounts_max + 1]
        devices = {one.digest for one in seen.places(some) if one.kind == store.DEVICE} - visited
    return len(known) + 1, depth


def _circle(watch: Watch, campaign: str, wallet: Sequence[SubjectId]) -> set[SubjectId]:
    """Return her friends by referral, and theirs: in a ring a friend is tied to nobody but its inviter."""
    friends = watch.friends(campaign, wallet)
    others = watch.friends(campaign, friends) if friends else ()
    return {*friends, *others} - set(wallet)


def _near_friends(watch: Watch, seen: store.Sightings, mine: Sequence[store.Place], circle: set[SubjectId]) -> int:
    """Return how many of her circle were where she was, or where another of the circle was."""
    wallets = {tuple(customer_of(watch.database, one)[1]) for one in sorted(circle)[:CIRCLE_MAX]}
    places = [{(one.kind, one.digest) for one in seen.places(wallet)} for wallet in sorted(wallets)]
    hers = {(one.kind, one.digest) for one in mine}
    return sum(
        bool(one & hers) or any(one & other for place, other in enumerate(places) if place != number)
        for number, one in enumerate(places)
    )
