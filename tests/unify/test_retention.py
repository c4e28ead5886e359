"""Retention: what is too old goes from the log, the warehouse and every byte; who is who stays, and answers agree."""

import random
import time
from contextlib import closing, suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interplay.bootstrap import purging
from interplay.bootstrap.backups import backup, restore
from interplay.bootstrap.mind import Mind
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
from interplay.understand.profiles.contracts import WhyCustomer
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import ExplainMember, ListCuts, ListMembers
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
    left = dict(store.query("SELECT name, count(*) FROM facts GROUP BY name"))
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
    aged = store.folder / "backups/before-0001-to-0003-20200101T000000Z.backup"
    aged.parent.mkdir()
    aged.touch()
    for day in (1, 2):
        store.clock.at = NOW + day * DAY
        wait_for(lambda day=day: (last := retention.newest(store.database)) and last.ended_at == store.clock.at)
        assert retention.newest(store.database).actor == purging.DAILY
        assert len(store_purges(store)) == day
    assert not aged.exists()


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


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_closure_warehouse_and_rebuild_agree_after_a_purge(tmp_path_factory, seed):
    rng = random.Random(seed)
    who = [user(1), user(2), cookie(1), cookie(2), phone(1), phone(2)]
    names = ["page.viewed", "product.viewed", "order.completed", "customer.identified"]
    with Store(tmp_path_factory.mktemp("random") / "data") as store:
        store.store(*(some_fact(rng, who, names, n) for n in range(120)))
        store.apply({**PERIODS, "default": rng.choice(["none", "80d"])})
        before = store.query(MAP)
        purge(store)
        assert store.query(MAP) == before
        agreed = answers(store)
        kept = store.query(FACTS), store.query(TRAITS)
        store.ask(rebuild_all, Rebuild())
        assert (store.query(MAP), store.query(FACTS), store.query(TRAITS)) == (before, *kept)
        assert answers(store) == agreed


def some_fact(rng, who, names, n):
    name = rng.choice(names)
    identifiers = rng.sample(who, rng.choice([0, 1, 1, 1, 2]))
    traits = (TraitWrite("city", TraitOp.SET, rng.choice("xyz")),) if name == "customer.identified" else ()
    at = ago(rng.choice([0, 5, 10, 29, 30, 31, 59, 60, 61, 80, 81, 200]))
    return fact(name, *identifiers, key=n, at=at, traits=traits, fields={"value": n} if name[0] == "o" else {})


def answers(store):
    """Return who matches, by the warehouse, once each customer's closure has said the same."""
    found = {}
    for criteria in (
        'count("page.viewed") >= 2',
        'count("order.completed", within="90d") >= 1 and not count("product.viewed") >= 1',
        'profile.city == "x" or sum("order.completed", "value") > 100',
    ):
        members = store.ask(segments.list_members, ListMembers(criteria, NOW))
        found[criteria] = {one.customer for one in members}
        for kind, value in (user(1), user(2), cookie(1), cookie(2), phone(1), phone(2)):
            with suppress(AppError):  # she never came in
                told = store.ask(segments.explain_member, ExplainMember(criteria, kind, value, NOW))
                assert (told.answer is True) == (told.customer in found[criteria])
    return found


def test_a_purge_that_was_interrupted_goes_on(tmp_path, monkeypatch):
    """The process ends after some slices, before the warehouse has heard of them."""
    monkeypatch.setattr(purging, "FACTS_AT_ONCE_MAX", 7)
    with Store(tmp_path / "data") as store:
        fill(store).apply(PERIODS)
        everyone = store.query(FACTS)
        told = store.ask(preview_purge, PreviewPurge())
        old = [row[0] for row in everyone if row[2] == "page.viewed" and row[3] < ago(30)]
        store.mind.close()
        limits = rules.limits(Periods({"page.viewed": 30 * DAY}, anonymous=10 * DAY), ["page.viewed"], NOW)
        number = store.write(retention.begin, Begin(limits, "test", NOW))
        assert store.write(retention.take, Slice(number, tuple(old[:5]))) == 5
        store.mind = Mind(store.home, store.writer)
        wait_for(lambda: retention.under_way(store.database) is None)
        assert retention.find(store.database, number).facts_count == sum(told.facts.values()) - 1
        left = {row[0] for row in store.query(FACTS)}
        with closing(LogReader(store.database)) as reader:
            assert {row.position for row in reader.read(0, 1000)} == left
        assert {row[0] for row in everyone} - left == {*old, *(row[0] for row in everyone if is_old_and_nobodys(row))}


def is_old_and_nobodys(row):
    return row[2] in ("a.b", "cart.viewed") and row[3] < ago(10)


def test_whoever_is_known_by_now_keeps_what_she_did_before(store):
    store.store(fact("cart.viewed", cookie(1), key=1, at=ago(20)), fact("cart.viewed", cookie(2), key=2, at=ago(20)))
    store.store(fact("customer.identified", user(1), cookie(1), key=3, at=NOW))
    store.apply(PERIODS)
    assert purge(store).facts_count == 1
    assert [row[0] for row in store.query(FACTS)] == [1, 3]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"facts": {"consent.*": "400d"}}, "retention.kept"),
        ({"facts": {"consent.granted": "400d"}}, "retention.kept"),
        ({"facts": {"p*": "400d"}}, "retention.pattern"),
        ({"facts": {"*": "400d"}}, "retention.pattern"),
        ({"facts": {"page.veiwed": "400d"}}, "retention.fact"),
        ({"facts": {"page.viewed": "5h"}}, "retention.too_short"),
        ({"facts": {"page.viewed": "a year"}}, "time.duration"),
        ({"default": "1y"}, "time.duration"),
        ({"name": "other"}, "retention.document_name"),
    ],
)
def test_a_document_that_must_not_be_is_refused(store, content, code):
    with pytest.raises(AppError) as refused:
        store.apply({"kind": "retention", **content})
    assert refused.value.mistake.code == code


def test_a_teams_own_fact_may_be_declared_kept(store):
    label = {"zh": "付了款", "en": "Paid"}
    store.apply({"kind": "facts", "facts": {"fee.paid": {"label": label, "kept": True}}}, {**PERIODS, "default": "1d"})
    store.store(fact("fee.paid", user(1), key=1, at=ago(500)), fact("consent.granted", user(1), key=2, at=ago(500)))
    store.store(fact("a.b", user(1), key=3, at=ago(500)))
    assert purge(store).facts_count == 1
    assert [row[2] for row in store.query(FACTS)] == ["fee.paid", "consent.granted"]


def test_without_periods_nothing_is_purged(store):
    fill(store)
    with pytest.raises(AppError) as refused:
        purge(store)
    assert refused.value.code == "retention.none"


@pytest.mark.parametrize(
    ("criteria", "cut"),
    [
        ('count("page.viewed", within="30d") >= 1', []),
        ('count("page.viewed", within="31d") >= 1', [("page.viewed", 30)]),
        ('count("page.viewed") >= 1 and count("order.completed") >= 1', [("page.viewed", 30)]),
        ('count("page.viewed", between=("2025-01-01", "2025-02-01")) >= 1', [("page.viewed", 30)]),
        ('sequence("page.viewed", "product.viewed", within="90d")', [("page.viewed", 30), ("product.viewed", 60)]),
        ('segment("lookers")', [("page.viewed", 30)]),
        ('consent("marketing:sms")', []),
    ],
)
def test_criteria_that_look_further_back_than_facts_are_kept_say_so(store, criteria, cut):
    label = {"zh": "浏览者", "en": "Lookers"}
    store.apply(
        PERIODS, {"kind": "segment", "name": "lookers", "label": label, "criteria": 'count("page.viewed") >= 1'}
    )
    store.store(fact("page.viewed", user(1), key=1))
    assert [(one.fact, one.days) for one in store.ask(segments.list_cuts, ListCuts(criteria))] == cut
    told = store.ask(segments.explain_member, ExplainMember(criteria, *user(1), lang="zh")).sentences
    assert [one for one in told if "会被清除" in one] == [
        f"最多统计最近 {days} 天的 {name}：更早的事实会被清除" for name, days in cut
    ]
