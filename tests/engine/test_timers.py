"""Timers: each fires once, a failing one is tried again later and does not hold up the others."""

import pytest
from sqlalchemy import select, text

from interplay.engine.oltp.contracts import Command
from interplay.engine.timers import api as timers
from interplay.engine.timers.api import RETRY_FIRST, RETRY_MAX, Fire, Timer, cancel, firing, next_due, schedule
from interplay.engine.timers.store import timers as table
from interplay.kernel.ids import Micros
from interplay.kernel.time import HOUR, SECOND
from tests.stores import DoorOnly


class Clockwork:
    def __init__(self, store):
        self.store, self.clock, self.fired = store, store.clock, []
        self.fire = firing({"ring": self.ring, "fail": self.fail, "again": self.again})
        self.schedule = Command("schedule", Timer, None, schedule)
        self.cancel = Command("cancel", str, bool, lambda tx, key: cancel(tx, "ring", key))

    def ring(self, tx, timer):
        self.fired.append((timer.key, timer.message))

    def fail(self, tx, timer):
        tx.connection.execute(text("DELETE FROM timers WHERE kind = 'ring'"))
        tx.committed.append(lambda: self.fired.append("committed"))
        raise ValueError("no bell")

    def again(self, tx, timer):
        self.fired.append((timer.key, timer.message))
        schedule(tx, Timer("again", timer.key, Micros(tx.world.now() + HOUR)))

    def set(self, key, after=0, kind="ring", message=b""):
        self.store.write(self.schedule, Timer(kind, key, Micros(self.clock.at + after), message))

    def go(self, later=0, due_max=100):
        self.clock.at += later
        return self.store.write(self.fire, Fire(due_max))

    def rows(self):
        with self.store.database.read() as connection:
            return connection.execute(select(table)).all()


@pytest.fixture
def clockwork(tmp_path, database_url):
    with DoorOnly(tmp_path / "data", url=database_url) as store:
        yield Clockwork(store)


def test_a_timer_fires_when_it_is_due_and_once(clockwork):
    clockwork.set("a", HOUR, message=b"hello")
    assert clockwork.go() == 0
    assert clockwork.go(HOUR - 1) == 0
    assert clockwork.go(1) == 1
    assert clockwork.go(HOUR) == 0
    assert clockwork.fired == [("a", b"hello")]
    assert clockwork.rows() == []


def test_timers_fire_the_earliest_first_and_as_many_as_asked(clockwork):
    for key, after in (("c", 3), ("a", 1), ("b", 2)):
        clockwork.set(key, after)
    assert clockwork.go(10, due_max=2) == 2
    assert clockwork.go(due_max=2) == 1
    assert [key for key, _ in clockwork.fired] == ["a", "b", "c"]


def test_setting_it_again_moves_it(clockwork):
    clockwork.set("a", HOUR, message=b"old")
    clockwork.set("a", 2 * HOUR, message=b"new")
    assert next_due(clockwork.store.database) == clockwork.clock.at + 2 * HOUR
    assert clockwork.go(HOUR) == 0
    clockwork.go(HOUR)
    assert clockwork.fired == [("a", b"new")]


def test_a_cancelled_timer_does_not_fire(clockwork):
    clockwork.set("a")
    assert clockwork.store.write(clockwork.cancel, "a")
    assert not clockwork.store.write(clockwork.cancel, "a")
    assert next_due(clockwork.store.database) is None
    assert clockwork.go() == 0


def test_a_handler_may_set_the_same_timer_again(clockwork):
    clockwork.set("a", kind="again")
    assert [clockwork.go(), clockwork.go(), clockwork.go(HOUR), clockwork.go()] == [1, 0, 1, 0]


def test_a_failing_timer_waits_longer_each_time_and_leaves_no_trace(clockwork):
    clockwork.set("bad", kind="fail")
    clockwork.set("good", 5 * RETRY_MAX)
    waits = []
    for _ in range(14):
        at = clockwork.clock.at
        clockwork.go()
        (row,) = [row for row in clockwork.rows() if row.kind == "fail"]
        waits.append(row.due_at - at)
        clockwork.clock.at = row.due_at
    assert waits[:4] == [RETRY_FIRST, 2 * RETRY_FIRST, 4 * RETRY_FIRST, 8 * RETRY_FIRST]
    assert waits[-1] == RETRY_MAX
    assert (row.attempts, row.reason) == (14, "no bell")
    assert len(clockwork.rows()) == 2
    assert clockwork.fired == []


def test_a_failing_timer_does_not_hold_up_the_others(clockwork):
    clockwork.set("bad", kind="fail")
    clockwork.set("good", 1)
    assert clockwork.go(1) == 2
    assert clockwork.fired == [("good", b"")]


def test_a_timer_that_nothing_handles_is_kept_with_the_reason(clockwork):
    clockwork.set("a", kind="from a newer version")
    clockwork.go()
    (row,) = clockwork.rows()
    assert "from a newer version" in row.reason
    assert row.due_at == clockwork.clock.at + RETRY_FIRST


def test_setting_a_failed_timer_again_forgets_its_failures(clockwork):
    clockwork.set("a", kind="fail")
    clockwork.go()
    clockwork.set("a", SECOND, kind="fail")
    (row,) = clockwork.rows()
    assert (row.attempts, row.reason) == (0, None)


def test_the_purge_of_rejects_sets_itself_again(tmp_path):
    from interplay.bootstrap.door import fire_timers
    from interplay.collect.ingest import api as ingest

    with DoorOnly(tmp_path / "data") as store:
        store.write(ingest.start_purging, None)
        due = next_due(store.database)
        assert due == store.clock.at + 24 * HOUR
        store.clock.at = due
        assert store.write(fire_timers(store.home), timers.Fire()) == 1
        assert next_due(store.database) == due + 24 * HOUR
