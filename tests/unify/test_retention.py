"""Retention: what is too old goes from the log, the warehouse and every byte; who is who stays, and answers agree."""

import time
from contextlib import closing

import pytest

from interplay.bootstrap import purging
from interplay.bootstrap.backups import backup, restore
from interplay.bootstrap.registry import (
    PreviewPurge,
    PurgeNow,
    Rebuild,
    Rewrite,
    preview_purge,
    purge_now,
    rebuild_all,
    rewrite,
)
from interplay.collect.facts.contracts import TraitWrite
from interplay.criteria.contracts import TraitOp
from interplay.engine.log.read import LogReader
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import ShowCustomer, WhyCustomer
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import CountSegment, ExplainMember, ListMembers
from interplay.unify.identity import api as identity
from interplay.unify.retention import api as retention
from interplay.unify.retention import rules
from interplay.unify.retention.contracts import Begin, Periods, Slice
from tests.stores import NOW, Store, cookie, fact, phone, user

PERIODS = {"kind": "retention", "facts": {"page.viewed": "30d", "product.*": "60d"}, "anonymous": "10d"}
MAP = "SELECT subject, customer FROM members ORDER BY subject"
FACTS = 'SELECT "position", subject, name, occurred_at, path, value FROM facts ORDER BY "position"'
TRAITS = 'SELECT "position", subject, trait, op, "text" FROM traits ORDER BY "position", trait'


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "data") as opened:
        yield opened


def ago(days):
    return NOW - days * DAY


def fill(store):
    """Two people, one of them joined by a page view, and somebody unknown; a page view each 5 days."""
    for n in range(20):
        store.store(
            fact("page.viewed", user(1), cookie(1), key=f"a{n}", at=ago(5 * n), fields={"path": f"planted-{n}-path"}),
            fact("page.viewed", user(2), key=f"b{n}", at=ago(5 * n)),
            fact("order.completed", phone(2), user(2), key=f"o{n}", at=ago(5 * n), fields={"value": 100 + n}),
            fact("cart.viewed", cookie(3), key=f"c{n}", at=ago(5 * n)),
            fact("a.b", key=f"n{n}", at=ago(5 * n)),
        )
    store.store(
        fact("product.viewed", user(2), key="p", at=ago(61)), fact("product.added", user(2), key="q", at=ago(59))
    )
    return store


def purge(store):
    return store.ask(purge_now, PurgeNow("test"))


def test_what_is_too_old_goes_and_all_else_stays(store):
    fill(store).apply(PERIODS)
    told = store.ask(preview_purge, PreviewPurge())
    done = purge(store)
    # page.viewed: 2 × those of 35 … 95 days; 30 days exactly stay. Of nobody known: more than 10 days old.
    assert told.facts == {"a.b": 17, "cart.viewed": 17, "page.viewed": 26, "product.viewed": 1}
    assert told.anonymous_count == 34
    assert done.facts_count == 61
    assert done.ended_at is not None
    left = {name: count for name, count in store.query("SELECT name, count(*) FROM facts GROUP BY name")}
    assert left == {"a.b": 3, "cart.viewed": 3, "page.viewed": 14, "order.completed": 20, "product.added": 1}
    with closing(LogReader(store.database)) as reader:
        assert reader.counts() == left
        assert {row.name: None for row in reader.read(0, 1000)}.keys() == left.keys()
    assert store.ask(preview_purge, PreviewPurge()).facts == {}


def test_positions_are_not_given_again_and_a_retry_is_known(store):
    fill(store).apply({**PERIODS, "default": "1d"})
    purge(store)
    with closing(LogReader(store.database)) as reader:
        last = reader.last_position()
    (again,) = store.store(fact("page.viewed", user(1), cookie(1), key="a19", at=ago(95)))
    assert not again.is_new
    store.door.append.run.__self__._forget()  # as after a start: the next position is read from the log
    (new,) = store.store(fact("a.b", key="later"))
    assert new.position > last


def test_the_last_fact_of_the_log_keeps_its_position(store):
    old = [fact("page.viewed", user(n), key=n, at=ago(50)) for n in range(3)]
    stored = store.store(*old)
    store.apply(PERIODS)
    assert purge(store).facts_count == 3
    assert store.rows() == []
    store.door.append.run.__self__._forget()
    (new,) = store.store(fact("a.b", user(1), key="later"))
    assert new.position > max(one.position for one in stored)
    assert not store.store(old[2])[0].is_new


def test_who_is_who_stays_also_after_a_rebuild_and_why_can_be_told(store):
    fill(store).apply(PERIODS)
    before = store.query(MAP)
    purge(store)
    assert store.query(MAP) == before
    why = store.ask(profiles.why, WhyCustomer(*user(1)))
    kept = store.query(FACTS), store.query(TRAITS)
    store.ask(rebuild_all, Rebuild())
    assert store.query(MAP) == before
    assert (store.query(FACTS), store.query(TRAITS)) == kept
    assert store.ask(profiles.why, WhyCustomer(*user(1))) == why
    assert [link.fact for link in why.links] == ["page.viewed"]


def test_a_late_old_fact_goes_with_the_next_purge(store):
    fill(store).apply(PERIODS)
    purge(store)
    assert store.store(fact("page.viewed", user(9), key="late", at=ago(90)))[0].is_new
    assert purge(store).facts_count == 1


def test_a_day_after_periods_were_applied_the_first_purge_comes_by_itself_then_each_day(store):
    fill(store).apply(PERIODS)
    store.mind.wait()
    assert retention.newest(store.database) is None
    for day in (1, 2):
        store.clock.at = NOW + day * DAY
        wait_for(lambda day=day: (last := retention.newest(store.database)) and last.ended_at == store.clock.at)
        assert retention.newest(store.database).actor == purging.DAILY
        assert len(store_purges(store)) == day


def store_purges(store):
    with store.database.read() as connection:
        return connection.exec_driver_sql("SELECT facts_count FROM purges").scalars().all()


def wait_for(is_so):
    until = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_no_byte_of_what_was_purged_is_left(tmp_path):
    """Bodies are sealed, so what is looked for in the database are the sealed bytes themselves."""
    folder = tmp_path / "data"
    with Store(folder) as store:
        fill(store).apply(PERIODS)
        store.query(FACTS)
        views = [row for row in store.rows() if row.name == "page.viewed"]
    gone = [row.body for row in views if row.occurred_at < ago(30)]
    kept = [row.body for row in views if row.occurred_at >= ago(30)]
    before = everything(folder)
    assert all(one in before for one in (*gone, *kept, b"planted-19-path", b"planted-2-path"))
    with Store(folder) as store:
        purge(store)
        assert store.mind.warehouse.holds_erased()
        store.ask(rewrite, Rewrite())
    after = everything(folder)
    assert not any(one in after for one in (*gone, b"planted-19-path"))
    assert all(one in after for one in (*kept, b"planted-2-path"))


def everything(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_restored_backup_is_purged_again(store, tmp_path):
    fill(store).apply(PERIODS)
    backup(store.home, tmp_path / "before.backup", tmp_path / "keys")
    done = purge(store)
    left = store.query(FACTS)
    restore(tmp_path / "again", tmp_path / "before.backup", tmp_path / "keys")
    with Store(tmp_path / "again", store.clock) as again:
        assert len(again.query(FACTS)) == len(left) + done.facts_count
        store.clock.at = NOW + DAY  # the day's purge
        wait_for(lambda: (last := retention.newest(again.database)) and last.ended_at is not None)
        limits = retention.newest(again.database).limits.before["page.viewed"]
        assert again.query(f"SELECT count(*) FROM facts WHERE name = 'page.viewed' AND occurred_at < {limits}") == [
            (0,)
        ]
        assert purge(again).facts_count == 0
