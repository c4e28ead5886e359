"""SQLite and PostgreSQL, asked the same: the same receipts, the same facts, the same rows, to the last byte."""

import random
import shutil

import pytest
from sqlalchemy import select

from interplay.acts import api as acts
from interplay.acts.store import pools
from interplay.engine.oltp.schema import metadata
from tests.link.history import History
from tests.link.points.shop import Shop
from tests.postgresql import new_url
from tests.stores import new_folder

SEALED = {("log", "body"), ("acts", "done"), ("subjects", "identifier"), ("draw_campaigns", "secret")}
"""Opened before they are compared: a nonce is drawn for each seal, and how often is the writer's affair."""
TIMED = {("member_changes", "position")}
"""How far the log was read when it was written down: how much the mind deals with in a step is a matter of time."""

STEPS, STEPS_OF_SOAK = 120, 2_000


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_both_databases_answer_a_history_alike(tmp_path, seed):
    compare(tmp_path, seed, STEPS)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(3, 13))
def test_both_databases_answer_long_histories_alike(tmp_path, seed):
    compare(tmp_path, seed, STEPS_OF_SOAK)


def compare(tmp_path, seed, steps):
    folder = new_folder(tmp_path / "sqlite")
    shutil.copytree(folder, tmp_path / "postgresql")  # the same pepper: codes and digests are alike
    found = [played(folder, "", seed, steps), played(tmp_path / "postgresql", new_url(), seed, steps)]
    for sqlite, postgresql in zip(*(one.items() for one in found), strict=True):
        assert sqlite == postgresql


def played(folder, url, seed, steps):
    """Play a history and return everything that was answered, and everything that is stored."""
    with Shop(folder, url=url, random_bytes=random.Random(seed).randbytes) as shop:
        history = History(shop, seed)
        history.play(steps)
        wallets = history.wallets()
        history.erase(0)
        assert acts.check(shop.database) == []
        assert is_rich(history.told)
        return {"told": history.told, "wallets": wallets} | stored(shop)


def is_rich(told):
    """Return whether a history is worth its time: most of what there is was asked, and it was refused now and then."""
    refused = sum('"type":"refused"' in answer for _, answer in told)
    return len({name for name, _ in told}) > 20 and len(told) * 0.1 < refused < len(told) * 0.6


def stored(shop):
    """Return the rows of every table, in the order of their keys."""
    with shop.database.read() as connection:
        names = dict(connection.execute(select(pools.c.pool, pools.c.name)).all())
        return {
            table.name: sorted(repr(_row(shop, names, table, row)) for row in connection.execute(select(table)))
            for table in metadata.sorted_tables
        }


def _row(shop, names, table, row):
    """Return a row, what is sealed opened. Pools are known by name: PostgreSQL skips numbers where one was there."""
    found = dict(row._mapping)
    for name in found:
        if (table.name, name) in TIMED:
            found[name] = None
        elif (table.name, name) in SEALED:
            found[name] = shop.keys.open(found.get("subject") or 0, bytes(found[name]))
        elif isinstance(found[name], bytes | memoryview):
            found[name] = bytes(found[name])
    if table.name in ("pools", "units"):
        found["pool"] = names[found["pool"]]
    return found
