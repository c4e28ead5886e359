"""Weekly retention of all customers, as asked of a running mind, beside the same in SQL by DuckDB and ClickHouse."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import chdb.session
import duckdb

from bench import shop
from bench.figures import Figure, Limit, Settings, alternating
from bench.processes import MIB, pss_bytes
from bench.store import shop_store
from interplay.bootstrap.door import Door
from interplay.bootstrap.home import open_home
from interplay.bootstrap.mind import Mind
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY
from interplay.measure.cohorts import api as cohorts
from interplay.measure.cohorts.contracts import AskCohorts, Entry

TIMES = 5
FACT = "page.viewed"
PERIODS = 12
SECONDS_MAX = 1.5
OFFSET_SECONDS = 8 * 3600  # the brand's clocks, which never move
SPAN_SECONDS = 7 * 86_400
MONDAY_SECONDS = 3 * 86_400  # 1970-01-01 was a Thursday
COPY = "COPY (SELECT customer, occurred_at, name FROM facts JOIN members USING (subject)) TO '{file}' (FORMAT parquet)"
TABLE = (
    "CREATE TABLE facts ENGINE = MergeTree ORDER BY (customer, occurred_at) AS SELECT * FROM file('{file}', Parquet)"
)
WEEKS = "SELECT DISTINCT customer, {divide}(occurred_at + {offset}, {span}) AS week FROM facts \
WHERE name = '{fact}' AND occurred_at < {now}"
TRIANGLE = "WITH weeks AS ({weeks}), entries AS ({entries}) SELECT entries.week AS cohort, \
weeks.week - entries.week AS period, count(*) AS back FROM entries JOIN weeks ON weeks.customer = entries.customer \
WHERE weeks.week > entries.week AND \
weeks.week <= entries.week + {periods} AND entries.week >= {first} AND entries.week < {last} GROUP BY cohort, period"
ENTRIES = {
    Entry.FIRST: "SELECT customer, min(week) AS week FROM weeks GROUP BY customer",
    Entry.EACH: "SELECT customer, week FROM weeks",
}
Triangle = dict[tuple[int, int], int]


def measure(settings: Settings) -> list[Figure]:
    """Ask for the first time ever and for each week; triangles have to be those of both engines."""
    home = open_home(shop_store(settings).folder)
    door = Door(home)
    mind = Mind(home, door.writer)
    try:
        settings.say("cohorts: …")
        with tempfile.TemporaryDirectory(dir=settings.folder) as folder, chdb.session.Session(f"{folder}/chdb") as peer:
            file = Path(folder) / "facts.parquet"
            table = _fill(mind, peer, file)
            figures = [_measure(mind, table, peer, entry, settings) for entry in Entry]
            table.close()
    finally:
        mind.close()
        door.close()
    return figures


def _measure(
    mind: Mind, table: duckdb.DuckDBPyConnection, peer: chdb.session.Session, entry: Entry, settings: Settings
) -> Figure:
    works: list[Callable[[], Triangle]] = [
        lambda: _ask(mind, entry), lambda: _by_duckdb(table, entry), lambda: _by_clickhouse(peer, entry),
    ]  # fmt: skip
    ours, *theirs = (work() for work in works)
    if any(one != ours for one in theirs):
        raise RuntimeError(f"{len(ours)} cells by us, {[len(one) for one in theirs]} by DuckDB and ClickHouse differ")
    seconds, by_duckdb, by_clickhouse = alternating(works, TIMES)
    what = "first time ever" if entry is Entry.FIRST else "each week"
    return Figure(
        row=f"weekly retention, {what}",
        what=f"12 weeks on, over {settings.facts:,} facts of {settings.customers:,} customers, in memory",
        value=seconds, unit="s", limit=Limit("SQL by ClickHouse (chdb)", by_clickhouse), target=f"< {SECONDS_MAX} s",
        is_met=seconds < SECONDS_MAX,
        details={"SQL by DuckDB s": by_duckdb, "process MiB": pss_bytes([os.getpid()]) / MIB},
    )  # fmt: skip


def _fill(mind: Mind, peer: chdb.session.Session, file: Path) -> duckdb.DuckDBPyConnection:
    with mind.warehouse.session() as session:
        session.con.execute(COPY.format(file=file))
    peer.query("CREATE DATABASE measured ENGINE = Atomic; USE measured")
    peer.query(TABLE.format(file=file))
    table = duckdb.connect()
    table.execute(f"CREATE TABLE facts AS SELECT * FROM read_parquet('{file}') ORDER BY customer, occurred_at")
    return table


def _ask(mind: Mind, entry: Entry) -> Triangle:
    """Return how many came back, by week of their start and weeks after it."""
    ask = AskCohorts(
        cohorts.read_fact(FACT), entry=entry, periods=PERIODS, since=shop.FROM, until=shop.UNTIL,
        at=Micros(shop.UNTIL + 200 * DAY),
    )  # fmt: skip
    first, found = _week(shop.FROM), mind.ask(cohorts.ask, ask).cohorts
    return {
        (first + number, period): cell.returned.count
        for number, one in enumerate(found) for period, cell in enumerate(one.cells) if period and cell.returned.count
    }  # fmt: skip


def _week(at: int) -> int:
    return (at // 1_000_000 + OFFSET_SECONDS + MONDAY_SECONDS) // SPAN_SECONDS


def _query(entry: Entry, divide: str) -> str:
    weeks = WEEKS.format(
        divide=divide, offset=(OFFSET_SECONDS + MONDAY_SECONDS) * 1_000_000, span=SPAN_SECONDS * 1_000_000, fact=FACT,
        now=shop.UNTIL + 200 * DAY,
    )  # fmt: skip
    first, last = _week(shop.FROM), _week(shop.UNTIL - 1) + 1
    return TRIANGLE.format(weeks=weeks, entries=ENTRIES[entry], periods=PERIODS, first=first, last=last)


def _by_duckdb(table: duckdb.DuckDBPyConnection, entry: Entry) -> Triangle:
    rows = table.execute(_query(entry, "divide")).fetchall()
    return {(week, period): count for week, period, count in rows}


def _by_clickhouse(peer: chdb.session.Session, entry: Entry) -> Triangle:
    rows = (line.split(",") for line in str(peer.query(_query(entry, "intDiv"))).split())
    return {(int(week), int(period)): int(count) for week, period, count in rows}
