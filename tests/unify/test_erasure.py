"""Erasing one customer: she leaves every table, every file and every copy, and nobody else notices."""

import os
import threading

import pytest

from interplay.bootstrap import people as customers
from interplay.bootstrap.backups import backup, restore
from interplay.bootstrap.registry import CUSTOMER_DATA, Rebuild, Rewrite, rebuild_all, rewrite
from interplay.collect.facts.contracts import TraitWrite
from interplay.collect.ingest import api as ingest
from interplay.criteria.contracts import TraitOp
from interplay.engine.log.reactions import position_of
from interplay.engine.olap import warehouse
from interplay.engine.secrets.subject_keys import FILE_NAME as KEYS
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.errors import AppError
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import Identify, ListFacts, ShowCustomer, WhyCustomer
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import CountSegment
from interplay.unify.erasure import api as erasure
from interplay.unify.erasure.store import erasures
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import Rebuild as RebuildMap
from tests.bootstrap.test_mind import content
from tests.stores import DoorOnly, Store, cookie, device, fact, phone, user
from tests.unify.people import People

PHONE, EMAIL, NAME = ("phone", "+8613912345678"), ("email", "planted@secret.example"), "欧阳娜娜"
NATIONAL, ORDER, CITY = "13912345678", "planted-order-17", "planted-city"
LI, WANG = ("user_id", "planted-li"), ("user_id", "wang")
PLANTED = (PHONE[1], NATIONAL, EMAIL[1], NAME, ORDER, CITY, LI[1], "Planted Lane")
BOUGHT = 'count("order.completed") >= 1'


@pytest.fixture
def store(tmp_path, database_url):
    with Store(tmp_path / "data", url=database_url) as opened:
        yield opened


def plant(store):
    """Store what is known of Li, and of Wang, who once had her tablet."""
    traits = (TraitWrite("name", TraitOp.SET, NAME), TraitWrite("city", TraitOp.SET, CITY))
    store.store(
        fact("customer.identified", LI, PHONE, EMAIL, key=1, traits=traits),
        fact("order.completed", LI, key=2, fields={"order_id": ORDER, "value": 100}),
        fact("page.viewed", EMAIL, key=3, fields={"url": f"https://shop.example/?m={EMAIL[1]}"}),
        fact("own.thing", PHONE, key=4, extra={"note": f"call {NAME} at {NATIONAL}", "to": "Planted Lane 17"}),
        fact("customer.identified", WANG, key=5, traits=(TraitWrite("city", TraitOp.SET, "杭州"),)),
        fact("order.completed", WANG, key=6, fields={"order_id": "order-18", "value": 200}),
        fact("nobody.here", key=7),
    )
    for raw in (
        f'{{"phone": "{NATIONAL}"}}',
        '{"phone": "139-1234-5678"}',
        f"mail={EMAIL[1].upper().replace('@', '%40')}",
        '{"user": "planted-li", "name": "\\u6b27"}',
        '{"phone": "13900000000", "user": "wang"}',
    ):
        reject(store, raw)
    store.mind.wait()


def reject(store, raw, **params):
    sealed = ingest.seal_reject(
        store.keys, door="segment", source="web", received_at=1, code="fact.name", place=0, params=params,
        raw=raw.encode(),
    )  # fmt: skip
    store.write(ingest.keep_rejects, ingest.KeepRejects((sealed,)))


def erase(store, kind, value, reason=""):
    return customers.erase_customer(store, kind, value, actor="staff", reason=reason)


def rejects(store):
    return [one.raw.decode() for one in ingest.rejects(store.database, store.keys, 100)]


def files_with(folder, *texts):
    """Return (file, text) of what lies in the clear in any file, also in what DuckDB or SQLite have deleted."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [(path.name, text) for path in files for text in texts if text.encode() in path.read_bytes()]


def code_of(call, *args):
    with pytest.raises(AppError) as refused:
        call(*args)
    return refused.value.code


def how_it_ended(call, *args):
    try:
        call(*args)
    except AppError as error:
        return error.code
    return "done"


def told(store):
    """Return everything that the product can still say."""
    seen = [str(view) for view in store.ask(profiles.list_facts, ListFacts(1000))]
    return "\n".join([*seen, *rejects(store), str(store.query("SELECT * FROM facts")), str(content(store))])


def test_nothing_of_her_can_be_found_or_read(store):
    plant(store)
    assert all(one in told(store) for one in PLANTED)
    erased = erase(store, *PHONE, "asked by letter")
    assert erased.identifiers_count == 3
    assert [one for one in PLANTED if one in told(store)] == []
    for one in (LI, PHONE, EMAIL):
        assert code_of(store.ask, profiles.show, ShowCustomer(*one)) == "customers.unknown"
        assert code_of(store.ask, profiles.why, WhyCustomer(*one)) == "customers.unknown"
    assert rejects(store) == ['{"phone": "13900000000", "user": "wang"}']
    assert store.query("SELECT count(*) FROM facts") == [(7,)]


def test_counts_and_segments_are_right_at_once(store):
    plant(store)
    before = store.ask(segments.count, CountSegment(BOUGHT))
    assert (before.count, before.population) == (2, 2)
    erase(store, *EMAIL)
    after = store.ask(segments.count, CountSegment(BOUGHT))
    assert (after.count, after.population) == (1, 1)
    assert store.ask(segments.count, CountSegment(f'profile.city == "{CITY}"')).count == 0
    assert store.ask(profiles.show, ShowCustomer(*WANG)).facts_count == 2


def test_a_rebuild_gives_what_the_erasure_left(store):
    plant(store)
    store.mind.warehouse.compact()
    store.store(fact("order.completed", LI, key=8, fields={"order_id": ORDER}))
    erase(store, *LI)
    after = content(store)
    store.ask(rebuild_all, Rebuild())
    assert content(store) == after


def test_no_byte_of_her_is_in_any_file_after_the_rewrite(store):
    plant(store)
    store.mind.warehouse.compact()
    assert files_with(store.folder, ORDER, CITY)
    before = content(store)
    erase(store, *LI)
    after = content(store)
    assert after != before
    store.ask(rewrite, Rewrite())
    assert not store.mind.warehouse.holds_erased()
    assert content(store) == after
    assert files_with(store.folder, *PLANTED) == []
    store.store(fact("order.completed", WANG, key=9, fields={"order_id": "order-19"}))
    assert store.query("SELECT count(*) FROM facts WHERE order_id = 'order-19'") == [(1,)]


def test_the_new_file_holds_what_came_in_while_it_was_written(store):
    plant(store)
    erase(store, *LI)
    stop = threading.Event()

    def go_on():
        n = 100
        while not stop.is_set():
            store.store(*[fact("order.completed", user(k % 9), phone(k % 5), key=k) for k in range(n, n + 20)])
            n += 20
            store.ask(segments.count, CountSegment(BOUGHT))

    busy = threading.Thread(target=go_on)
    busy.start()
    for _ in range(3):
        store.mind.rewrite()
        assert not store.mind.warehouse.holds_erased()
        store.mind.warehouse.rewrite()
    stop.set()
    busy.join()
    followed = content(store)
    store.ask(rebuild_all, Rebuild())
    assert content(store) == followed


def test_a_session_that_is_lent_keeps_the_old_file_for_now(store, monkeypatch):
    monkeypatch.setattr(warehouse, "SWAP_SECONDS_MAX", 0.05)
    plant(store)
    erase(store, *LI)
    store.mind.wait()
    lent, done = threading.Event(), threading.Event()

    def ask_long():
        with store.mind.warehouse.session() as session:
            lent.set()
            done.wait()
            assert session.con.execute("SELECT count(*) FROM facts").fetchone() == (7,)

    asking = threading.Thread(target=ask_long)
    asking.start()
    lent.wait()
    assert not store.mind.warehouse.rewrite()
    assert store.mind.warehouse.holds_erased()
    done.set()
    asking.join()
    assert store.mind.warehouse.rewrite()
    assert not list(store.folder.glob("*.new*"))


def test_a_half_written_new_file_is_dropped_when_the_warehouse_opens(tmp_path):
    with Store(tmp_path / "data") as store:
        plant(store)
        erase(store, *LI)
        after = content(store)
    (tmp_path / "data/warehouse.duckdb.new").write_bytes(b"half a file")
    with Store(tmp_path / "data") as store:
        assert content(store) == after
        assert store.mind.warehouse.holds_erased()
        store.mind.rewrite()
        assert content(store) == after
    assert files_with(tmp_path / "data", *PLANTED) == []


def test_a_crash_before_the_keys_were_overwritten_is_made_good_at_the_next_start(tmp_path):
    """The key file as it was between the commit and the overwriting is put back."""
    folder = tmp_path / "data"
    with Store(folder) as store:
        plant(store)
        whole = (folder / KEYS).read_bytes()
        subjects = erasure.whom_of(store.database, store.keys, store.ask(profiles.identify, Identify(*LI)).subject)
        erase(store, *LI)
    (folder / KEYS).write_bytes(whole)
    (folder / "warehouse.duckdb").unlink()
    with Store(folder) as store:
        assert store.keys.erased() == list(subjects.subjects)
        assert [one for one in PLANTED if one in told(store)] == []
        assert store.ask(profiles.show, ShowCustomer(*WANG)).facts_count == 2
    kept = (folder / KEYS).read_bytes()
    assert len(kept) == len(whole)
    assert [kept[64 + 32 * n : 96 + 32 * n] for n in subjects.subjects] == [bytes(32)] * len(subjects.subjects)


def test_a_backup_from_before_does_not_bring_her_back(tmp_path):
    folder = tmp_path / "data"
    with Store(folder) as store:
        plant(store)
        store.mind.rewrite()
        backup(store.home, tmp_path / "before.backup")
        erase(store, *LI)
        store.store(*(fact("page.viewed", cookie(n), key=n) for n in range(9)))
    restore(folder, tmp_path / "before.backup", None, is_replacing=True)
    with Store(folder) as store:
        assert [one for one in PLANTED if one in told(store)] == []
        assert code_of(store.ask, profiles.show, ShowCustomer(*PHONE)) == "customers.unknown"
        assert store.ask(profiles.show, ShowCustomer(*WANG)).facts_count == 2
        assert store.ask(segments.count, CountSegment(BOUGHT)).population == 1
        assert rejects(store) == []
        after = content(store)
        store.ask(rebuild_all, Rebuild())
        assert content(store) == after
        store.store(fact("order.completed", LI, PHONE, key=99))
        assert store.ask(profiles.show, ShowCustomer(*LI)).facts_count == 1
    assert files_with(folder, *PLANTED) == []


def test_a_backup_from_before_nothing_was_erased_keeps_its_rejects(tmp_path):
    folder = tmp_path / "data"
    with Store(folder) as store:
        plant(store)
        kept = rejects(store)
        backup(store.home, tmp_path / "a.backup")
    restore(folder, tmp_path / "a.backup", None, is_replacing=True)
    with Store(folder) as store:
        assert rejects(store) == kept


def test_what_comes_in_afterwards_is_somebody_new(store):
    plant(store)
    former = store.ask(profiles.identify, Identify(*LI)).subject
    erase(store, *LI)
    store.store(fact("order.completed", LI, PHONE, key=20))
    view = store.ask(profiles.show, ShowCustomer(*PHONE))
    assert (view.facts_count, len(view.identifiers), view.traits) == (1, 2, {})
    assert store.ask(profiles.identify, Identify(*LI)).subject > former + 3
    assert erase(store, *LI).identifiers_count == 2
    assert code_of(store.ask, profiles.show, ShowCustomer(*PHONE)) == "customers.unknown"


def test_a_number_is_never_used_again_even_when_the_newest_was_erased(store):
    store.store(fact("page.viewed", user(1), key=1), fact("page.viewed", user(2), key=2))
    assert store.ask(profiles.identify, Identify(*user(2))).subject == 2
    erase(store, *user(2))
    store.store(fact("page.viewed", user(3), key=3))
    assert store.ask(profiles.identify, Identify(*user(3))).subject == 3
    assert store.ask(profiles.show, ShowCustomer(*user(3))).facts_count == 1


def test_facts_that_arrive_meanwhile_are_hers_or_somebody_news_and_none_is_lost(store):
    plant(store)
    stop, sent = threading.Event(), []

    def send():
        while not stop.is_set():
            sent.append(store.store(fact("order.completed", LI, PHONE, cookie(len(sent)), key=(1, len(sent)))))

    sending = threading.Thread(target=send)
    sending.start()
    ended = {how_it_ended(erase, store, *LI) for _ in range(8)}
    stop.set()
    sending.join()
    assert "done" in ended
    assert ended <= {"done", "customers.changed", "customers.unknown"}
    store.store(fact("order.completed", LI, key=(2, 0)))
    after = content(store)
    assert store.query("SELECT count(*) FROM facts") == [(7 + len(sent) + 1,)]
    assert store.ask(profiles.show, ShowCustomer(*LI)).facts_count >= 1
    store.ask(rebuild_all, Rebuild())
    assert content(store) == after


def test_erased_twice_is_unknown(store):
    plant(store)
    erase(store, *LI)
    for one in (LI, PHONE, ("user_id", "never heard of")):
        assert code_of(erase, store, *one) == "customers.unknown"
    assert code_of(erase, store, "phone", "abc") == "customers.identifier"


def test_two_who_erase_at_once_do_it_once(store):
    plant(store)
    subject = store.ask(profiles.identify, Identify(*LI)).subject
    shared = {"database": store.database, "keys": store.keys, "data": CUSTOMER_DATA}
    asks = [erasure.to_erase(subject, actor=actor, reason="", **shared) for actor in ("a", "b")]
    command = erasure.erase(store.keys, CUSTOMER_DATA)
    store.write(command, asks[0])
    assert code_of(store.write, command, asks[1]) == "customers.gone"


def test_whoever_joins_her_during_the_search_is_not_overlooked(store):
    plant(store)
    subject = store.ask(profiles.identify, Identify(*LI)).subject
    ask = erasure.to_erase(subject, actor="a", reason="", database=store.database, keys=store.keys, data=CUSTOMER_DATA)
    store.store(fact("page.viewed", LI, cookie(1), key=30))
    reject(store, '{"given": "PLANTED-LI"}')
    store.mind.wait()
    command = erasure.erase(store.keys, CUSTOMER_DATA)
    assert code_of(store.write, command, ask) == "customers.changed"
    assert store.ask(profiles.show, ShowCustomer(*LI)).facts_count == 5
    erase(store, *LI)
    assert code_of(store.ask, profiles.show, ShowCustomer(*cookie(1))) == "customers.unknown"


def test_a_reject_that_comes_in_during_the_search_is_found(store):
    plant(store)
    subject = store.ask(profiles.identify, Identify(*LI)).subject
    ask = erasure.to_erase(subject, actor="a", reason="", database=store.database, keys=store.keys, data=CUSTOMER_DATA)
    reject(store, "{}", given=f"0086{NATIONAL}")
    reject(store, f'{{"order": "99{NATIONAL}99"}}')
    store.write(erasure.erase(store.keys, CUSTOMER_DATA), ask)
    assert rejects(store) == [f'{{"order": "99{NATIONAL}99"}}', '{"phone": "13900000000", "user": "wang"}']


def test_a_key_file_that_cannot_be_written_says_so_and_nothing_is_done(store):
    plant(store)
    before, seen = (store.folder / KEYS).read_bytes(), told(store)
    file = store.keys._file
    read_only = os.open(store.folder / KEYS, os.O_RDONLY)
    kept = os.dup(file)
    os.dup2(read_only, file)
    try:
        assert code_of(erase, store, *LI) == "engine.storage"
    finally:
        os.dup2(kept, file)
    assert (store.folder / KEYS).read_bytes() == before
    assert told(store) == seen
    erase(store, *LI)


def test_a_long_reason_is_refused_and_an_erasure_is_noted_without_her(store):
    plant(store)
    assert code_of(erase, store, *LI, "x" * 101) == "customers.erase_reason"
    erase(store, *LI, "request 7")
    with store.database.read() as connection:
        (row,) = connection.execute(erasures.select()).all()
    assert tuple(row) == (1, 3, 7, store.clock.at, "staff", "request 7")


def test_what_changed_hands_stays_with_its_new_owner_also_in_a_rebuild(store):
    """Li's tablet became Wang's, then Zhao's: whoever of them is erased, the others keep what is theirs."""
    people = People(store)
    tablet, zhao = device(1), ("user_id", "zhao")
    people.tell("customer.signed_in", LI, tablet)
    people.tell("customer.signed_in", WANG, tablet)
    people.tell("page.viewed", tablet)
    people.tell("customer.signed_in", zhao, tablet)
    people.tell("page.viewed", tablet)
    assert people.are_one(zhao, tablet)
    wangs, zhaos = people.of(*WANG), people.of(*zhao)
    assert (len(wangs[1]), len(zhaos[1])) == (2, 2)
    erase(store, *LI)
    for _ in range(2):
        assert (people.of(*WANG), people.of(*zhao)) == (wangs, zhaos)
        people.rebuild()
    erase(store, *WANG)
    after = content(store)
    for _ in range(2):
        assert people.of(*zhao) == zhaos
        people.rebuild()
    store.ask(rebuild_all, Rebuild())
    assert content(store) == after


def test_decisions_about_others_stay_and_hers_go(tmp_path):
    with Store(tmp_path / "data") as store:
        people = People(store)
        for n in range(4):
            people.tell("page.viewed", user(n), phone(n))
        people.unmerge(user(2), phone(2), "two people")
        people.unmerge(user(3), phone(3), "a secret about three")
        erase(store, *user(3))
        assert [one.reason for one in people.why(user(2)).decisions] == ["two people"]
        assert people.why(phone(3)).decisions == ()
    assert {name for name, _ in files_with(tmp_path / "data", "two people")} == {"interplay.sqlite"}
    assert files_with(tmp_path / "data", "a secret about three") == []


def test_a_shared_copy_of_the_keys_loses_them_too(store):
    """The mind has the key file open by itself."""
    plant(store)
    other = SubjectKeys(store.folder / KEYS, os.urandom)
    rows = [row for row in store.rows() if row.subject == 1]
    assert all(other.open(1, row.body) for row in rows)
    erase(store, *LI)
    assert [other.open(1, row.body) for row in rows] == [None] * len(rows)
    other.close()


def test_nobody_is_erased_while_the_map_is_folded_anew(tmp_path):
    with DoorOnly(tmp_path / "data") as store:
        people = People(store)
        people.tell("customer.signed_in", LI, PHONE)
        ask = erasure.to_erase(
            people.subject(LI), actor="a", reason="", database=store.database, keys=store.keys, data=CUSTOMER_DATA
        )
        store.write(identity.rebuild, RebuildMap(position_of(store.database, identity.REACTION)))
        assert code_of(store.write, erasure.erase(store.keys, CUSTOMER_DATA), ask) == "identity.rebuilding"
        people.follow()
        assert store.write(erasure.erase(store.keys, CUSTOMER_DATA), ask).identifiers_count == 2
        assert people.of(*LI) is None


def test_links_of_somebody_erased_take_nothing_from_others_in_a_rebuild(store):
    """The tablet was Li's until staff took it from her; that decision is gone with Li."""
    people = People(store)
    tablet = device(1)
    people.tell("page.viewed", LI, tablet)
    people.unmerge(LI, tablet)
    people.tell("page.viewed", WANG, tablet)
    assert people.are_one(WANG, tablet)
    wangs = people.of(*WANG)
    erase(store, *LI)
    after = content(store)
    for _ in range(2):
        assert people.of(*WANG) == wangs
        people.rebuild()
    store.ask(rebuild_all, Rebuild())
    assert content(store) == after
