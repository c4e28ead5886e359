"""Every invariant over the whole store: what must hold after anything, and is never merely hoped for."""

from collections.abc import Iterator

from msgspec import Struct
from sqlalchemy import Connection, text

from interplay.engine.oltp.database import Database

FOUND_MAX = 20


class Broken(Struct, frozen=True):
    """An invariant that does not hold: which, of what, what is there and what should be."""

    invariant: str
    what: str
    found: int
    expected: int


_INVARIANTS = {
    "entries of an act sum to zero": (
        "SELECT concat_act || ' ' || unit, total, 0 FROM (SELECT CAST(act AS TEXT) AS concat_act, unit, sum(amount) AS"
        " total FROM ledger_entries GROUP BY act, unit) AS sums WHERE total <> 0"
    ),
    "a lot is the sum of its entries": (
        "SELECT CAST(lot AS TEXT), remaining, entered FROM (SELECT lots.lot, lots.remaining,"
        " coalesce((SELECT sum(amount) FROM ledger_entries AS one WHERE one.lot = lots.lot"
        " AND one.account = 'customers'), 0) AS entered"
        " FROM ledger_lots AS lots) AS sums WHERE remaining <> entered"
    ),
    "a lot never holds more than it was given": (
        "SELECT CAST(lot AS TEXT), remaining, amount FROM ledger_lots WHERE remaining > amount"
    ),
    "a counter is not below zero": "SELECT scope, used, 0 FROM counters WHERE used < 0",
    "a pool is not below zero": "SELECT name, available, 0 FROM pools WHERE available < 0 OR available > minted",
    "a lot is given zero or more": "SELECT CAST(lot AS TEXT), amount, 0 FROM ledger_lots WHERE amount < 0",
    "a lot and its entries are of one unit": (
        "SELECT CAST(one.lot AS TEXT), one.entry, 0 FROM ledger_entries AS one JOIN ledger_lots AS lots"
        " ON lots.lot = one.lot WHERE one.unit <> lots.unit"
    ),
    "what customers have is in lots": (
        "SELECT CAST(entry AS TEXT), amount, 0 FROM ledger_entries WHERE account = 'customers' AND lot IS NULL"
    ),
    "nobody who was erased has anything": (
        "SELECT CAST(lot AS TEXT), remaining, 0 FROM ledger_lots WHERE remaining <> 0"
        " AND subject IN (SELECT subject FROM erased_subjects)"
    ),
    "a held unit is of an act that is held": (
        "SELECT CAST(unit AS TEXT), units.state, 2 FROM units LEFT JOIN acts ON acts.act = units.act"
        " WHERE units.state = 2 AND (acts.state IS NULL OR acts.state <> 'held')"
    ),
    "a unit in hand has an owner": "SELECT CAST(unit AS TEXT), state, 3 FROM units WHERE state = 3 AND owner IS NULL",
    "units were minted": (
        "SELECT name, units, minted FROM (SELECT pools.name, pools.minted, pools.available,"
        " (SELECT count(*) FROM units WHERE units.pool = pools.pool) AS units FROM pools) AS sums"
        " WHERE units > 0 AND units <> minted"
    ),
    "what is held is held by an act": (
        "SELECT unit, held, expected FROM (SELECT unit, sum(amount) AS held, sum(CASE WHEN acts.state = 'held' THEN"
        " amount ELSE 0 END) AS expected FROM ledger_entries LEFT JOIN acts ON acts.act = ledger_entries.act"
        " WHERE account = 'held' GROUP BY unit) AS sums WHERE held <> expected"
    ),
    "blocks count who stands on a board": (
        "SELECT name || ' ' || CAST(opens_at AS TEXT), counted, there FROM (SELECT one.name, one.opens_at,"
        " (SELECT coalesce(sum(people), 0) FROM score_blocks AS blocks WHERE blocks.board = one.board) AS counted,"
        " (SELECT count(*) FROM scores WHERE scores.board = one.board AND down IS NOT NULL) AS there"
        " FROM score_boards AS one) AS sums WHERE counted <> there"
    ),
    "who has a score stands by a total": (
        "SELECT CAST(subject AS TEXT), score, down FROM scores WHERE score <= 0 OR -down < score"
    ),
    "a group counts its members": (
        "SELECT name, members, there FROM (SELECT one.kind || ' ' || one.name AS name, one.members,"
        " (SELECT count(*) FROM links WHERE links.kind = one.kind AND links.name = one.name) AS there"
        " FROM link_groups AS one) AS sums WHERE members <> there"
    ),
}


def check(database: Database) -> list[Broken]:
    """Return what does not hold, at most `FOUND_MAX` of each kind."""
    with database.read() as connection:
        return list(_broken(connection))


def _broken(connection: Connection) -> Iterator[Broken]:
    for invariant, query in _INVARIANTS.items():
        for what, found, expected in connection.execute(text(query)).fetchmany(FOUND_MAX):
            yield Broken(invariant, str(what), int(found), int(expected))
