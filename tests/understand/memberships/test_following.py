"""Live segments: facts, time and the map move customers in and out; each move is told once."""

from collections import Counter
from concurrent.futures import Future

import pytest

from interplay.bootstrap import mind
from interplay.bootstrap.mind import Mind
from interplay.bootstrap.people import decide, erase_customer
from interplay.bootstrap.registry import PurgeNow, purge_now
from interplay.collect.facts.contracts import TraitWrite
from interplay.collect.ingest import api as ingest
from interplay.criteria.contracts import TraitOp
from interplay.engine.log.contracts import Origin
from interplay.engine.oltp.contracts import Priority
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY, MINUTE
from interplay.understand.memberships import api as memberships
from interplay.understand.memberships import following, keeping
from interplay.understand.memberships import store as kept
from interplay.understand.memberships.contracts import (
    COMPUTED,
    ENTERED,
    LEFT,
    Compute,
    Keep,
    ListLive,
    Move,
    Overlap,
    SegmentsOf,
    ShowHistory,
    Stands,
)
from interplay.unify.identity.contracts import DecisionKind
from tests.stores import NOW, Store, cookie, fact, user
from tests.understand.memberships.words import segment

BUYERS = 'count("order.completed", within="30d") >= 2'
LOST = 'last("order.completed") < ago("60d")'
QUIET = 'count("order.completed") == 0'


@pytest.fixture
def store(tmp_path, database_url):
    with Store(tmp_path / "data", url=database_url) as store:
        yield store


def order(who, at=NOW, **more):
    return fact("order.completed", who, at=at, key=(who, at), **more)


def sizes(store):
    return {one.name: one.customers for one in store.ask(memberships.list_live, ListLive())}


def told(store, name=None):
    """Return (fact, segment, because, origin) of everything that segments have told, in order."""
    store.mind.settle()
    store.mind.wait()
    rows = store.query(
        "SELECT name, segment, because, origin, subject FROM facts WHERE source = 'segments' ORDER BY \"position\""
    )
    return [row for row in rows if name is None or row[0] == name]


def test_a_fact_lets_a_customer_enter_once(store):
    store.apply(segment("buyers", BUYERS))
    store.mind.settle()
    store.store(order(user(1)))
    assert sizes(store) == {"buyers": 0}
    store.store(order(user(1), NOW - DAY))
    assert sizes(store) == {"buyers": 1}
    store.store(order(user(1), NOW - 2 * DAY))
    assert sizes(store) == {"buyers": 1}
    assert told(store)[1:] == [(ENTERED, "buyers", "fact", Origin.LIVE, 1)]


def test_time_alone_lets_a_customer_leave_and_enter(store):
    store.apply(segment("buyers", BUYERS), segment("lost", LOST))
    store.mind.settle()
    store.store(order(user(1)), order(user(1), NOW - 10 * DAY))
    assert sizes(store) == {"buyers": 1, "lost": 0}
    store.clock.at = NOW + 20 * DAY - 1
    assert sizes(store) == {"buyers": 1, "lost": 0}
    store.clock.at = NOW + 20 * DAY + 1
    assert sizes(store) == {"buyers": 0, "lost": 0}
    store.clock.at = NOW + 60 * DAY + 2
    assert sizes(store) == {"buyers": 0, "lost": 1}
    assert [row[:3] for row in told(store) if row[0] != COMPUTED] == [
        (ENTERED, "buyers", "fact"),
        (LEFT, "buyers", "time"),
        (ENTERED, "lost", "time"),
    ]


def test_who_is_there_already_is_computed_and_not_told(store):
    store.store(order(user(1)), order(user(1), NOW - DAY), order(user(2)))
    store.mind.wait()
    store.apply(segment("buyers", BUYERS))
    assert sizes(store) == {"buyers": 1}
    assert [row[:2] for row in told(store)] == [(COMPUTED, "buyers")]


def test_a_backfill_is_told_as_one(store):
    store.apply(segment("buyers", BUYERS))
    store.mind.settle()
    store.store(order(user(1), origin=Origin.BACKFILL), order(user(1), NOW - DAY, origin=Origin.BACKFILL))
    assert sizes(store) == {"buyers": 1}
    assert told(store, ENTERED) == [(ENTERED, "buyers", "fact", Origin.BACKFILL, 1)]


def test_who_has_done_nothing_is_asked_when_she_is_new(store):
    store.apply(segment("quiet", QUIET))
    store.mind.settle()
    store.store(fact("page.viewed", cookie(1)))
    assert sizes(store) == {"quiet": 1}
    store.store(order(cookie(1)))
    assert sizes(store) == {"quiet": 0}


def test_a_merge_keeps_who_was_in_and_an_unmerge_gives_back(store):
    store.apply(segment("buyers", BUYERS), segment("quiet", QUIET))
    store.mind.settle()
    store.store(order(user(1)), order(user(1), NOW - DAY), fact("page.viewed", cookie(9)))
    assert sizes(store) == {"buyers": 1, "quiet": 1}
    store.store(fact("session.started", user(1), cookie(9)))
    assert sizes(store) == {"buyers": 1, "quiet": 0}
    moves = Counter((row[0], row[1], row[2]) for row in told(store) if row[0] != COMPUTED)
    assert moves == {(ENTERED, "buyers", "fact"): 1, (ENTERED, "quiet", "fact"): 1, (LEFT, "quiet", "identity"): 1}


def test_overlap_and_the_segments_of_one(store):
    store.apply(segment("buyers", BUYERS), segment("any", 'count("order.completed") >= 1'))
    store.mind.settle()
    store.store(order(user(1)), order(user(1), NOW - DAY), order(user(2)))
    view = store.ask(memberships.overlap, Overlap(("any", "buyers")))
    assert view.common == ((2, 1), (1, 1))
    of = store.ask(memberships.segments_of, SegmentsOf("user_id", "u1"))
    assert [one.segment for one in of] == ["any", "buyers"]
    history = store.ask(memberships.show_history, ShowHistory("buyers"))
    assert [(one.what, one.value) for one in history] == [(ENTERED, "u1"), (COMPUTED, None)]


def test_new_criteria_are_asked_of_everybody_and_nobody_is_told(store):
    store.apply(segment("buyers", BUYERS))
    store.mind.settle()
    store.store(order(user(1)), order(user(1), NOW - DAY), order(user(2)))
    assert sizes(store) == {"buyers": 1}
    store.apply(segment("buyers", 'count("order.completed") == 1'))
    assert sizes(store) == {"buyers": 1}
    assert [row[0] for row in told(store)] == [COMPUTED, ENTERED, COMPUTED]
    assert [one.segment for one in store.ask(memberships.segments_of, SegmentsOf("user_id", "u2"))] == ["buyers"]


def test_another_label_or_the_same_words_elsewhere_compute_nothing_anew(store):
    store.apply(segment("buyers", BUYERS), segment("others", 'not segment("buyers")'))
    store.mind.settle()
    store.apply(segment("buyers", BUYERS, note="who bought twice"))
    store.mind.settle()
    assert Counter(row[1] for row in told(store, COMPUTED)) == {"buyers": 1, "others": 1}
    store.apply(segment("buyers", 'count("order.completed") >= 5'))
    store.mind.settle()
    assert Counter(row[1] for row in told(store, COMPUTED)) == {"buyers": 2, "others": 2}


def test_a_segment_that_is_not_live_is_kept_no_longer(store):
    store.apply(segment("buyers", BUYERS), segment("others", QUIET, live=False))
    assert sizes(store) == {"buyers": 0}
    store.apply(segment("buyers", BUYERS, live=False))
    assert sizes(store) == {}
    with pytest.raises(AppError) as wrong:
        store.ask(memberships.overlap, Overlap(("buyers",)))
    assert wrong.value.code == "segments.not_live"


def test_whoever_is_erased_is_in_no_segment_and_nothing_is_told_of_her(store):
    store.apply(segment("buyers", BUYERS))
    store.mind.settle()
    store.store(order(user(1)), order(user(1), NOW - DAY))
    assert sizes(store) == {"buyers": 1}
    erase_customer(store, "user_id", "u1", actor="test", reason="asked")
    assert sizes(store) == {"buyers": 0}
    assert kept.members(store.database, "buyers").count() == 0
    assert [row[0] for row in told(store)] == [COMPUTED, ENTERED]


def test_what_is_purged_is_counted_no_more(store):
    store.store(order(user(1), NOW - 500 * DAY), fact("page.viewed", user(2)))
    store.mind.wait()
    store.apply(segment("customers", 'count("order.completed") >= 1'))
    store.apply({"kind": "retention", "name": "retention", "facts": {"order.completed": "400d"}})
    assert sizes(store) == {"customers": 1}
    store.ask(purge_now, PurgeNow("test"))
    store.mind.settle()
    assert sizes(store) == {"customers": 0}
    assert [row[:3] for row in told(store, LEFT)] == [(LEFT, "customers", "retention")]


class Stumbling:
    """A writer that goes away at every other command, before it is run or after."""

    def __init__(self, writer):
        self._writer = writer
        self._calls = 0

    def submit(self, command, ask, priority=Priority.LIVE):
        self._calls += 1
        if self._calls % 3 == 1:
            raise AppError("engine.away", status=503, path="door")
        done = self._writer.submit(command, ask, priority)
        if self._calls % 3 == 2:
            done.result()
            raise AppError("engine.away", status=503, path="door")
        return done

    def submit_in_order(self, command, asks, priority):
        answers = Future()
        try:
            answers.set_result([self.submit(command, ask, priority).result() for ask in asks])
        except AppError as error:
            answers.set_exception(error)
        return answers


def test_a_step_that_is_cut_off_anywhere_is_told_once(tmp_path, monkeypatch, database_url):
    monkeypatch.setattr(following, "MOVES_AT_ONCE_MAX", 2)
    monkeypatch.setattr(mind, "PAUSE_SECONDS", 0.01)
    with Store(tmp_path / "data", url=database_url) as store:
        store.mind.close()
        store.mind = Mind(store.home, Stumbling(store.writer))
        store.apply(*(segment(f"s{n}", f'count("order.completed") >= {n}') for n in range(1, 4)))
        store.mind.settle()
        store.store(*(order(user(n), NOW - i) for n in range(5) for i in range(3)))
        store.store(fact("session.started", user(0), cookie(7)))
        assert sizes(store) == {"s1": 5, "s2": 5, "s3": 5}
        assert len(told(store, ENTERED)) == 15
        assert max(Counter(told(store, ENTERED)).values()) == 1
        assert Counter(row[1] for row in told(store, COMPUTED)) == {"s1": 1, "s2": 1, "s3": 1}
        store.store(order(cookie(7), NOW - 9))
        decide(store, DecisionKind.APART, user(0), cookie(7), actor="test", reason="two people")
        store.store(*(order(user(n), NOW - 20) for n in range(5, 9)))
        assert sizes(store)["s1"] == 10
        assert max(Counter(told(store, LEFT)).values(), default=0) <= 1
        assert {row[1:3] for row in told(store, LEFT)} == {("s2", "identity"), ("s3", "identity")}


def test_the_doors_refuse_what_segments_tell(store):
    assert ENTERED in ingest.PLATFORM_ONLY
    assert {ENTERED, LEFT, COMPUTED} <= ingest.PLATFORM_ONLY


def test_a_moment_of_the_calendar_comes_though_nothing_happens(store):
    store.apply(segment("later", 'count("order.completed") >= 1 and now() >= "2026-01-01T08:02:00+08:00"'))
    store.mind.settle()
    store.store(order(user(1)))
    assert sizes(store) == {"later": 0}
    store.clock.at = NOW + 2 * MINUTE + 1
    assert sizes(store) == {"later": 1}


def test_a_trait_of_a_backfill_is_told_as_one(store):
    store.apply(segment("shanghai", 'profile.city == "上海"'))
    store.mind.settle()
    said = (TraitWrite("city", TraitOp.SET, "上海"),)
    store.store(fact("profile.updated", user(1), traits=said, origin=Origin.BACKFILL))
    store.store(fact("profile.updated", user(2), traits=said))
    assert sizes(store) == {"shanghai": 2}
    assert [row[3] for row in told(store, ENTERED)] == [Origin.BACKFILL, Origin.LIVE]


def test_whoever_is_erased_while_everybody_is_asked_is_no_member(store):
    store.store(order(user(1)), order(user(2)))
    store.mind.wait()
    store.mind.close()
    erase_customer(Awake(store), "user_id", "u1", actor="test", reason="asked")
    part = Compute(0, "buyers", 1, "d", NOW, 2, [(0, bytes([0b110]) + bytes(255))], True, True, Stands())
    store.write(keeping.compute(store.home.appender), part)  # as asked before she was erased
    store.write(keeping.keep(store.home.appender), Keep(1, NOW, {"buyers": 1}, [Move("buyers", 1, False)]))
    assert kept.members(store.database, "buyers").count() == kept.live(store.database)["buyers"].customers == 1
    store.mind = Mind(store.home, store.writer)


def test_what_cannot_be_told_of_everybody_is_computed_again(store, monkeypatch):
    store.apply(segment("buyers", 'count("order.completed") >= 1'))
    store.mind.settle()
    monkeypatch.setattr(following, "ASKED_MAX", 0)
    monkeypatch.setattr(following, "everybody", Failing(following.everybody))
    store.store(order(user(1)))
    store.mind.settle()
    assert sizes(store) == {}
    store.clock.at = NOW + 2 * MINUTE
    store.store(order(user(2)))
    assert sizes(store) == {"buyers": 2}


class Failing:
    """Fails the first time it is called."""

    def __init__(self, call):
        self._call, self._has_failed = call, False

    def __call__(self, *words):
        if not self._has_failed:
            self._has_failed = True
            raise MemoryError("no room")
        return self._call(*words)


class Awake:
    """A store whose mind sleeps: questions are asked of the log alone."""

    def __init__(self, store):
        self.home, self.append, self.write, self._reading = store.home, store.append, store.write, store.reading

    def ask(self, question, ask):
        return question.run(self._reading, ask)
