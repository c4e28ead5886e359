"""The outbox: posted once, handed to one worker at a time, and never repeated where that is not safe."""

import pytest

from interplay.engine.oltp.contracts import Command
from interplay.engine.outbox.api import (
    ATTEMPTS_MAX,
    DELIVERED_KEPT_DAYS,
    PURGE_TIMER,
    PURGED_AT_ONCE_MAX,
    RETRY_AFTER_MAX,
    RETRY_FIRST,
    RETRY_MAX,
    Again,
    Claim,
    Delivery,
    Settle,
    State,
    again,
    claim,
    counts,
    kept,
    next_due,
    post,
    post_all,
    purge,
    settle,
)
from interplay.engine.timers.api import Timer
from interplay.kernel.time import DAY, SECOND
from tests.stores import DoorOnly

LEASE = 60 * SECOND
POST = Command("post", Delivery, bool, post)


class Outbox:
    def __init__(self, store):
        self.store, self.clock = store, store.clock

    def post(self, key, message=b"hello", kind="mail"):
        return self.store.write(POST, Delivery(kind, key, message))

    def claim(self, later=0, is_repeatable=True, **more):
        self.clock.at += later
        return self.store.write(claim, Claim("mail", is_repeatable, **more))

    def settle(self, key, failure=None, is_final=False):
        return self.store.write(settle, Settle("mail", key, failure, is_final))

    def counts(self):
        return counts(self.store.database)


@pytest.fixture
def outbox(tmp_path, database_url):
    with DoorOnly(tmp_path / "data", url=database_url) as store:
        yield Outbox(store)


def test_a_delivery_is_posted_once_per_kind_and_key(outbox):
    assert outbox.post("a", b"first")
    assert not outbox.post("a", b"second")
    assert outbox.post("a", kind="sms")
    assert outbox.claim() == [Delivery("mail", "a", b"first", 1)]


def test_what_one_worker_has_no_other_gets(outbox):
    for n in range(3):
        outbox.post(str(n))
    first, second = outbox.claim(deliveries_max=2), outbox.claim(deliveries_max=2)
    assert {one.key for one in first + second} == {"0", "1", "2"}
    assert (len(first), len(second)) == (2, 1)
    assert outbox.claim() == []


def test_a_delivered_one_is_done(outbox):
    outbox.post("a")
    outbox.claim()
    assert outbox.settle("a") is State.DELIVERED
    assert outbox.claim(100 * LEASE) == []
    assert outbox.counts() == {"delivered": 1}
    assert not outbox.post("a")


def test_a_failed_one_is_tried_again_later_and_in_the_end_no_more(outbox):
    outbox.post("a")
    waits = []
    for _ in range(ATTEMPTS_MAX - 1):
        assert len(outbox.claim()) == 1
        assert outbox.settle("a", "busy") is State.WAITING
        waits.append(_due_at(outbox) - outbox.clock.at)
        assert outbox.claim(waits[-1] - 1) == []
        outbox.clock.at += 1
    assert waits == [min(RETRY_FIRST << n, RETRY_MAX) for n in range(ATTEMPTS_MAX - 1)]
    outbox.claim()
    assert outbox.settle("a", "busy") is State.DEAD
    assert outbox.claim(10 * RETRY_MAX) == []


def _due_at(outbox):
    with outbox.store.database.read() as connection:
        return connection.exec_driver_sql("SELECT due_at FROM outbox WHERE key = 'a'").scalar()


def test_a_final_failure_is_not_tried_again(outbox):
    outbox.post("a")
    outbox.claim()
    assert outbox.settle("a", "no such address", is_final=True) is State.DEAD
    assert outbox.claim(100 * LEASE) == []


@pytest.mark.parametrize("is_repeatable", [True, False])
def test_a_lease_that_ends_is_claimed_again_only_where_that_is_safe(outbox, is_repeatable):
    outbox.post("a")
    assert len(outbox.claim(is_repeatable=is_repeatable)) == 1
    assert outbox.claim(LEASE - 1, is_repeatable=is_repeatable) == []
    again = outbox.claim(1, is_repeatable=is_repeatable)
    assert [one.attempts for one in again] == ([2] if is_repeatable else [])
    assert outbox.counts() == ({"handed": 1} if is_repeatable else {"uncertain": 1})


def test_an_uncertain_one_is_settled_when_the_answer_comes_after_all(outbox):
    outbox.post("a")
    outbox.claim(is_repeatable=False)
    outbox.claim(LEASE, is_repeatable=False)
    assert outbox.settle("a") is State.DELIVERED


def test_what_is_delivered_is_not_undone_by_a_late_failure(outbox):
    outbox.post("a")
    outbox.claim()
    outbox.claim(LEASE)  # another worker
    outbox.settle("a")
    assert outbox.settle("a", "timeout") is State.DELIVERED
    assert outbox.claim(10 * RETRY_MAX) == []
    assert outbox.counts() == {"delivered": 1}


def test_what_has_ended_can_wait_again_with_all_attempts_before_it(outbox):
    for key in "abc":
        outbox.post(key)
    outbox.claim()
    outbox.settle("a")
    outbox.settle("b", "refused", is_final=True)
    assert outbox.store.write(again, Again("mail", "c")) == 0  # it is under way
    assert outbox.store.write(again, Again("mail", since=outbox.clock.at + 1)) == 0
    assert outbox.store.write(again, Again("mail", until=outbox.clock.at)) == 0
    assert outbox.store.write(again, Again("mail")) == 1
    assert outbox.store.write(again, Again("mail", "a")) == 1
    assert {(one.key, one.attempts) for one in outbox.claim()} == {("a", 1), ("b", 1)}


def test_what_is_withheld_stays_so(outbox):
    outbox.post("a")
    outbox.claim()
    withheld = Settle("mail", "a", "erased", is_withheld=True)
    assert outbox.store.write(settle, withheld) is State.WITHHELD
    assert outbox.settle("a") is State.WITHHELD
    assert [(one.state, one.reason) for one in kept(outbox.store.database, "mail")] == [(State.WITHHELD, "erased")]


def test_the_other_side_may_ask_for_more_time_within_reason(outbox):
    outbox.post("a")
    outbox.claim()
    wanted = Settle("mail", "a", "busy", retry_at=outbox.clock.at + 10 * RETRY_AFTER_MAX)
    assert outbox.store.write(settle, wanted) is State.WAITING
    assert next_due(outbox.store.database, ["mail", "sms"]) == {"mail": outbox.clock.at + RETRY_AFTER_MAX}


def test_old_deliveries_are_forgotten_some_at_a_time(outbox):
    count = PURGED_AT_ONCE_MAX + 1
    posted = [Delivery("mail", str(number), b"") for number in range(count)]
    outbox.store.write(Command("post_all", list, None, post_all), posted)
    outbox.post("late", kind="sms")
    for one in outbox.claim(deliveries_max=count):
        outbox.settle(one.key)
    outbox.clock.at += DELIVERED_KEPT_DAYS * DAY + 1
    run = Command("purge", Timer, None, purge)
    outbox.store.write(run, Timer(PURGE_TIMER, "", outbox.clock.at))
    assert outbox.counts() == {State.DELIVERED: 1, State.WAITING: 1}
    outbox.store.write(run, Timer(PURGE_TIMER, "", outbox.clock.at))
    assert outbox.counts() == {State.WAITING: 1}
