"""Looking: what a wallet holds, what an act did, whose a unit is. Never decides anything: the writer looks again."""

from collections.abc import Sequence
from contextlib import closing
from typing import NamedTuple

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, case, func, or_, select

from interplay.acts import store
from interplay.acts.contracts import ADJUSTED, ISSUED
from interplay.acts.doing import marks
from interplay.acts.pooling import UnitState
from interplay.engine.oltp.database import Database
from interplay.kernel.ids import Micros, SubjectId

GIVING = (ISSUED, ADJUSTED)
UNITS_MAX = 10_000
SCOPES_AT_ONCE_MAX = 500
LOTS = "SELECT unit, remaining, active_from, expires_at FROM ledger_lots WHERE remaining <> 0 AND subject"
UNIT = (
    "SELECT units.unit, pools.name, state, owner, valid_from, valid_until, act FROM units"
    " JOIN pools ON pools.pool = units.pool WHERE units.unit = ?"
)
UNIT_BY_CODE = UNIT.replace("units.unit = ?", "units.digest = ?")
USED = "SELECT coalesce(sum(used), 0) FROM counters WHERE scope = ? AND opens_at = ? AND subject IN ({})"
JOINED = "SELECT act, name, kind FROM links WHERE subject"
FAR = 2**62  # after every instant


class Balance(Struct, frozen=True):
    """What a wallet holds of one unit. `available` is below zero when more is owed than is there."""

    unit: str
    available: int = 0
    pending: int = 0
    expires_at: Micros | None = None  # of what expires next
    expiring: int = 0  # at that instant


class PoolStock(Struct, frozen=True):
    """How many units of an enumerated pool are where. Σ of all but `minted` is `minted`."""

    pool: str
    minted: int
    waiting: int = 0
    held: int = 0
    owned: int = 0  # and valid, now or later
    expired: int = 0  # owned, or waiting, and out of time
    used: int = 0
    void: int = 0


class HeldUnit(Struct, frozen=True):
    """A unit of a pool as it stands."""

    unit: int
    pool: str
    state: UnitState
    owner: SubjectId | None
    valid_from: Micros
    valid_until: Micros | None
    act: int | None


class Expiring(Struct, frozen=True):
    """What one subject loses at one instant, unless it is spent before."""

    subject: SubjectId
    unit: str
    expires_at: Micros
    amount: int


class OpenLot(Struct, frozen=True):
    """What is left of what somebody was given at once, and when it can be spent."""

    remaining: int
    active_from: Micros
    expires_at: Micros | None


class Happened(Struct, frozen=True):
    """What one act came to for a wallet, and the accounts on the other side. `entry` is its place in the order."""

    at: Micros
    amount: int
    accounts: frozenset[str]
    entry: int


class Moved(Struct, frozen=True):
    """What came into an account and what went out of it, both positive."""

    came: int = 0
    went: int = 0


def balances(database: Database, subjects: Sequence[SubjectId], now: Micros, unit: str | None = None) -> list[Balance]:
    """Return what a wallet holds, of each unit it ever held some of or of one."""
    with closing(database.connect_reader()) as raw:  # by hand: it is asked for every order
        every = [_Lot(*row) for row in raw.select_in(LOTS, subjects)]
    rows = [row for row in every if unit is None or row.unit == unit]
    found = {name: Balance(name) for name in ([unit] if unit else [])}
    for name in sorted({row.unit for row in rows}):
        open_rows = [row for row in rows if row.unit == name and (row.expires_at is None or row.expires_at > now)]
        active = [row for row in open_rows if row.active_from <= now]
        ends = sorted({row.expires_at for row in active if row.expires_at is not None})
        found[name] = Balance(
            name,
            sum(row.remaining for row in active),
            sum(row.remaining for row in open_rows if row.active_from > now),
            Micros(ends[0]) if ends else None,
            sum(row.remaining for row in active if ends and row.expires_at == ends[0]),
        )
    return [found[name] for name in sorted(found)]


def open_lots(
    database: Database, unit: str, subjects: Sequence[SubjectId], now: Micros, rows_max: int
) -> list[OpenLot]:
    """Return lots of a wallet that have not expired, those that are spent first before others; debts are none."""
    lots = store.ledger_lots.c
    is_open = or_(lots.expires_at.is_(None), lots.expires_at > now)
    query = (
        select(lots.remaining, lots.active_from, lots.expires_at)
        .where(lots.unit == unit, lots.subject.in_(subjects), lots.remaining > 0, is_open)
        .order_by(func.coalesce(lots.expires_at, FAR), lots.active_from, lots.lot)
        .limit(rows_max)
    )
    with database.read() as connection:
        return [OpenLot(int(row[0]), Micros(row[1]), row[2]) for row in connection.execute(query)]


def history(database: Database, unit: str, subjects: Sequence[SubjectId], before: int, rows_max: int) -> list[Happened]:
    """Return what happened to a wallet, the newest first, some that stand before entry `before`."""
    entries, lots = store.ledger_entries.c, store.ledger_lots.c
    place = func.max(entries.entry)
    query = (
        select(entries.act, func.max(entries.at), func.sum(entries.amount), place)
        .join(store.ledger_lots, lots.lot == entries.lot)
        .where(lots.unit == unit, lots.subject.in_(subjects))
        .group_by(entries.act)
        .having(func.sum(entries.amount) != 0, place < before)
        .order_by(place.desc())
        .limit(rows_max)
    )
    with database.read() as connection:
        rows = connection.execute(query).all()
        others = select(entries.act, entries.account).distinct()
        acts = [row[0] for row in rows]
        found = connection.execute(others.where(entries.act.in_(acts), entries.unit == unit, entries.lot.is_(None)))
        accounts: dict[int, set[str]] = {}
        for act, account in found:
            accounts.setdefault(act, set()).add(account)
    return [Happened(Micros(at), int(amount), frozenset(accounts.get(act, ())), int(n)) for act, at, amount, n in rows]


def joined(database: Database, kind: str, subjects: Sequence[SubjectId]) -> list[str]:
    """Return the groups of a kind that somebody is in, the earliest first."""
    with closing(database.connect_reader()) as raw:  # by hand: it is asked for every play
        rows = raw.select_in(JOINED, subjects)
    return [str(name) for _, name, of in sorted(rows) if of == kind]


def unit_of(database: Database, number: int) -> HeldUnit | None:
    """Return a unit by its number."""
    return _unit(database, UNIT, number)


def unit_by_code(database: Database, digest: bytes) -> HeldUnit | None:
    """Return the unit of an imported code by the code's digest."""
    return _unit(database, UNIT_BY_CODE, digest)


def units_of(database: Database, subjects: Sequence[SubjectId]) -> list[HeldUnit]:
    """Return the units of a wallet, the newest first."""
    return _units(database, store.units.c.owner.in_(subjects), UNITS_MAX)


def owned(database: Database, pool: str, subjects: Sequence[SubjectId]) -> list[HeldUnit]:
    """Return the units of a pool that somebody has and has not used, the oldest first."""
    units = store.units.c
    is_hers = and_(units.owner.in_(subjects), units.state == UnitState.OWNED, store.pools.c.name == pool)
    return _units(database, is_hers, UNITS_MAX, is_oldest_first=True)


def stock(database: Database, pool: str) -> dict[str, int]:
    """Return how many units of a pool are in each state, and what was ever minted."""
    with database.read() as connection:
        found = connection.execute(select(store.pools).where(store.pools.c.name == pool)).first()
        if found is None:
            return {}
        query = select(store.units.c.state, func.count()).where(store.units.c.pool == found.pool)
        states = connection.execute(query.group_by(store.units.c.state)).all()
    counted = {UnitState(state).name.lower(): count for state, count in states}
    return {"minted": found.minted, "available": found.available, **counted}


def stocks(database: Database, prefix: str, now: Micros) -> list[PoolStock]:
    """Return the pools of units whose names begin so, by name."""
    units, pools = store.units.c, store.pools.c
    is_late = and_(units.state.in_([UnitState.WAITING, UnitState.OWNED]), units.valid_until <= now)
    kind = case((is_late, 0), else_=units.state)
    query = (
        select(pools.name, pools.minted, kind.label("kind"), func.count().label("count"))
        .join(store.units, units.pool == pools.pool)
        .where(pools.name.startswith(prefix, autoescape=True))
        .group_by(pools.name, pools.minted, "kind")
    )
    found: dict[str, dict[str, int]] = {}
    with database.read() as connection:
        for row in connection.execute(query):
            states = found.setdefault(row.name, {"minted": row.minted})
            states["expired" if row.kind == 0 else UnitState(row.kind).name.lower()] = row._mapping["count"]
    return [PoolStock(name, **states) for name, states in sorted(found.items())]


def used_of(database: Database, scopes: Sequence[str]) -> dict[str, int]:
    """Return how much of each of many counters without a window is used by everybody together."""
    counters = store.counters.c
    found: dict[str, int] = {}
    with database.read() as connection:
        for start in range(0, len(scopes), SCOPES_AT_ONCE_MAX):
            some = scopes[start : start + SCOPES_AT_ONCE_MAX]
            query = select(counters.scope, counters.used).where(
                counters.scope.in_(some), counters.opens_at == 0, counters.subject == 0
            )
            found.update((row.scope, row.used) for row in connection.execute(query))
    return found


def used(database: Database, scope: str, window: Micros | None = None, subjects: Sequence[SubjectId] = ()) -> int:
    """Return how much of a counter is used, by everybody together or by the subjects of one customer."""
    whose = [*subjects] if subjects else [0]
    with closing(database.connect_reader()) as raw:  # by hand: it is asked for every play
        found = raw.execute(USED.format(marks(len(whose))), (scope, window or 0, *whose)).fetchone()
    return int(found[0])


def used_each(database: Database, scope: str, windows: Sequence[Micros], subjects: Sequence[SubjectId]) -> list[int]:
    """Return how much of a counter the subjects of one customer have used in each of some windows."""
    keys = [(scope, window, subject) for window in windows for subject in subjects]
    with closing(database.connect_reader()) as raw:  # by hand: a streak is many days
        found = [used or 0 for used in raw.find_each(store.counters, "used", keys)] if keys else []
    size = len(subjects)
    return [sum(found[start : start + size]) for start in range(0, len(found), size)]


def totals(database: Database, unit: str, since: Micros | None = None, until: Micros | None = None) -> dict[str, int]:
    """Return the sum of every account of a unit over entries in [since, until)."""
    entries = store.ledger_entries.c
    query = select(entries.account, func.sum(entries.amount)).where(entries.unit == unit).group_by(entries.account)
    if since is not None:
        query = query.where(entries.at >= since)
    if until is not None:
        query = query.where(entries.at < until)
    with database.read() as connection:
        return {account: int(total) for account, total in connection.execute(query.order_by(entries.account))}


def moved(database: Database, unit: str, since: Micros, until: Micros) -> dict[str, Moved]:
    """Return what moved on every account of a unit by entries in [since, until)."""
    entries = store.ledger_entries.c
    came = func.sum(case((entries.amount > 0, entries.amount), else_=0))
    went = func.sum(case((entries.amount < 0, -entries.amount), else_=0))
    query = select(entries.account, came, went).where(entries.unit == unit, entries.at >= since, entries.at < until)
    with database.read() as connection:
        rows = connection.execute(query.group_by(entries.account).order_by(entries.account))
        return {account: Moved(int(one), int(other)) for account, one, other in rows}


def expiring(
    database: Database, unit: str, since: Micros, until: Micros, after: tuple[Micros, SubjectId], rows_max: int
) -> list[Expiring]:
    """Return what expires in [since, until) by instant and subject, some rows that follow `after` in that order."""
    lots = store.ledger_lots.c
    follows = or_(lots.expires_at > after[0], and_(lots.expires_at == after[0], lots.subject > after[1]))
    query = (
        select(lots.subject, lots.expires_at, func.sum(lots.remaining))
        .where(lots.unit == unit, lots.remaining > 0, lots.expires_at >= since, lots.expires_at < until, follows)
        .group_by(lots.expires_at, lots.subject)
        .order_by(lots.expires_at, lots.subject)
        .limit(rows_max)
    )
    with database.read() as connection:
        return [Expiring(SubjectId(row[0]), unit, Micros(row[1]), int(row[2])) for row in connection.execute(query)]


def given(database: Database, unit: str, subjects: Sequence[SubjectId], since: Micros, until: Micros) -> int:
    """Return what a wallet was given of a unit by entries in [since, until), less what was taken back of it.

    What was spent or has expired counts as well: it had been given. What a refund took does not, also after its expiry.
    """
    entries, lots, others = store.ledger_entries.c, store.ledger_lots.c, store.ledger_entries.alias()
    is_giving = select(others.c.entry).where(
        others.c.act == entries.act, others.c.unit == unit, others.c.account.in_(GIVING)
    )
    query = (
        select(func.coalesce(func.sum(entries.amount), 0))
        .join(store.ledger_lots, lots.lot == entries.lot)
        .where(
            lots.unit == unit, lots.subject.in_(subjects), entries.at >= since,
            entries.at < until, is_giving.exists(),
        )
    )  # fmt: skip
    with database.read() as connection:
        return int(connection.execute(query).scalar_one())


def taken(database: Database, unit: str, subjects: Sequence[SubjectId], since: Micros, until: Micros) -> int:
    """Return how much of what a wallet was given of a unit was taken back by entries in [since, until)."""
    entries, lots, others = store.ledger_entries.c, store.ledger_lots.c, store.ledger_entries.alias()
    is_taking = select(others.c.entry).where(
        others.c.act == entries.act, others.c.unit == unit, others.c.account.in_(GIVING), others.c.amount > 0
    )
    query = (
        select(func.coalesce(func.sum(entries.amount), 0))
        .join(store.ledger_lots, lots.lot == entries.lot)
        .where(
            lots.unit == unit, lots.subject.in_(subjects), entries.at >= since,
            entries.at < until, is_taking.exists(),
        )
    )  # fmt: skip
    with database.read() as connection:
        return -int(connection.execute(query).scalar_one())


def ended(database: Database, prefix: str, now: Micros, after: int, rows_max: int) -> list[HeldUnit]:
    """Return units in hand whose time is over, of pools whose names begin so, some that follow unit `after`."""
    units = store.units.c
    is_over = and_(
        store.pools.c.name.startswith(prefix, autoescape=True), units.state == int(UnitState.OWNED),
        units.valid_until <= now, units.unit > after,
    )  # fmt: skip
    return _units(database, is_over, rows_max, is_oldest_first=True)


def in_hand(database: Database, prefix: str, after: int, rows_max: int) -> list[HeldUnit]:
    """Return units in hand of pools whose names begin so, some that follow unit `after`."""
    units = store.units.c
    is_it = and_(
        store.pools.c.name.startswith(prefix, autoescape=True), units.state == int(UnitState.OWNED), units.unit > after
    )
    return _units(database, is_it, rows_max, is_oldest_first=True)


def founders(database: Database, kind: str, groups: Sequence[str]) -> dict[str, int]:
    """Return the number of the act that opened each of these groups, of those that there are."""
    opened = store.groups.c
    query = select(opened.name, opened.act).where(opened.kind == kind, opened.name.in_(groups))
    with database.read() as connection:
        return {row.name: row.act for row in connection.execute(query.order_by(opened.name))}


def liability(database: Database, unit: str, now: Micros) -> dict[str, int]:
    """Return what customers hold: to be spent now, pending, expired but not yet written off, and owed by them."""
    lots = store.ledger_lots.c
    is_expired = and_(lots.expires_at.is_not(None), lots.expires_at <= now)
    kind = case(
        (lots.remaining < 0, "owed"), (is_expired, "expired"), (lots.active_from > now, "pending"), else_="available"
    )
    query = select(kind.label("kind"), func.sum(lots.remaining)).where(lots.unit == unit, lots.remaining != 0)
    with database.read() as connection:
        found = {row[0]: int(row[1]) for row in connection.execute(query.group_by("kind"))}
    return {name: found.get(name, 0) for name in ("available", "pending", "expired", "owed")}


class _Lot(NamedTuple):
    unit: str
    remaining: int
    active_from: int
    expires_at: int | None


def _unit(database: Database, query: str, key: int | bytes) -> HeldUnit | None:
    with closing(database.connect_reader()) as raw:  # by hand: it is asked for every coupon that is presented
        row = raw.execute(query, (key,)).fetchone()
    return None if row is None else HeldUnit(row[0], row[1], UnitState(row[2]), *row[3:])


def _units(
    database: Database, which: ColumnElement[bool], rows_max: int, *, is_oldest_first: bool = False
) -> list[HeldUnit]:
    units = store.units.c
    order = units.unit.asc() if is_oldest_first else units.unit.desc()
    query = select(
        units.unit, store.pools.c.name, units.state, units.owner, units.valid_from, units.valid_until, units.act
    ).join(store.pools, store.pools.c.pool == units.pool)
    with database.read() as connection:
        rows = connection.execute(query.where(which).order_by(order).limit(rows_max)).all()
    return [HeldUnit(row[0], row[1], UnitState(row[2]), *row[3:]) for row in rows]
