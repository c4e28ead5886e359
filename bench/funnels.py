"""Funnels of all customers, as they are asked of a running mind, beside ClickHouse and its own `windowFunnel`."""

import os
import tempfile
from pathlib import Path

import chdb.session

from bench import shop
from bench.figures import Figure, Limit, Settings, alternating, seconds_of
from bench.processes import MIB, pss_bytes
from bench.store import shop_store
from interplay.bootstrap.door import Door
from interplay.bootstrap.home import open_home
from interplay.bootstrap.mind import Mind
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY
from interplay.measure.funnels import api as funnels
from interplay.measure.funnels.contracts import AskFunnel

TIMES = 7
WITHIN = Micros(7 * DAY)
STEPS = ("page.viewed", "product.viewed", "cart.added", "order.completed")
OTHERS = ("app.opened", "product.viewed", "order.completed", "coupon.redeemed")
MANY = STEPS * 4
FIRST_SECONDS_MAX, AGAIN_SECONDS_MAX, MANY_SECONDS_MAX = 0.9, 0.3, 1.5
MIB_MAX = 2_048
TABLE = (
    "CREATE TABLE facts ENGINE = MergeTree ORDER BY (customer, occurred_at) AS SELECT * FROM file('{file}', Parquet)"
)
FUNNEL = """
SELECT level, count() FROM (
  SELECT customer, windowFunnel({within})(toUInt64(occurred_at), {steps}) AS level FROM facts
  WHERE name IN ({names}) GROUP BY customer
) GROUP BY level ORDER BY level
"""


def measure(settings: Settings) -> list[Figure]:
    """Ask for the first time, again with other steps, and with sixteen; levels have to be those of ClickHouse."""
    store = shop_store(settings)
    home = open_home(store.folder)
    door = Door(home)
    mind = Mind(home, door.writer)
    try:
        settings.say("funnels: …")
        _ask(mind, STEPS)  # kernels are compiled on a machine once
        mind.warehouse.rest()
        first = seconds_of(lambda: _ask(mind, STEPS))
        with tempfile.TemporaryDirectory(dir=settings.folder) as folder, chdb.session.Session(f"{folder}/chdb") as peer:
            _fill(mind, peer, Path(folder) / "facts.parquet")
            if (ours := _ask(mind, STEPS)) != (theirs := _by_clickhouse(peer, STEPS)):
                raise RuntimeError(f"{ours} by us, {theirs} by ClickHouse")
            again, peer_again = alternating([lambda: _ask(mind, OTHERS), lambda: _by_clickhouse(peer, OTHERS)], TIMES)
            many, peer_many = alternating([lambda: _ask(mind, MANY), lambda: _by_clickhouse(peer, MANY)], TIMES)
            peer_first = alternating([lambda: _by_clickhouse(peer, STEPS)], TIMES)[0]
        memory = pss_bytes([os.getpid()]) / MIB
    finally:
        mind.close()
        door.close()
    what = f"7 days, over {settings.facts:,} facts of {settings.customers:,} customers"
    rows = (
        ("four-step funnel", f"the first question, {what}", first, peer_first, FIRST_SECONDS_MAX),
        ("four-step funnel again", f"other steps, {what}", again, peer_again, AGAIN_SECONDS_MAX),
        ("sixteen-step funnel", what, many, peer_many, MANY_SECONDS_MAX),
    )
    return [
        Figure(
            row=row, what=told, value=value, unit="s", limit=Limit("windowFunnel of ClickHouse (chdb)", peer),
            target=f"< {most} s", is_met=value < most, details={"process MiB": memory},
        )
        for row, told, value, peer, most in rows
    ]  # fmt: skip


def _ask(mind: Mind, steps: tuple[str, ...]) -> list[int]:
    """Return how many came to each step."""
    text = funnels.read_steps(" > ".join(steps))
    ask = AskFunnel(text, WITHIN, since=shop.FROM, until=shop.UNTIL, at=Micros(shop.UNTIL + 200 * DAY))
    return [one.customers for one in mind.ask(funnels.ask, ask).steps]


def _fill(mind: Mind, peer: chdb.session.Session, file: Path) -> None:
    with mind.warehouse.session() as session:
        query = "SELECT customer, occurred_at, name FROM facts JOIN members USING (subject)"
        session.con.execute(f"COPY ({query}) TO '{file}' (FORMAT parquet)")
    peer.query("CREATE DATABASE measured ENGINE = Atomic; USE measured")
    peer.query(TABLE.format(file=file))


def _by_clickhouse(peer: chdb.session.Session, steps: tuple[str, ...]) -> list[int]:
    conditions = ", ".join(f"name = '{step}'" for step in steps)
    names = ", ".join(f"'{one}'" for one in sorted(set(steps)))
    query = FUNNEL.format(within=WITHIN, steps=conditions, names=names)
    levels = {int(level): int(count) for level, count in (line.split(",") for line in str(peer.query(query)).split())}
    return [sum(count for level, count in levels.items() if level > step) for step in range(len(steps))]
