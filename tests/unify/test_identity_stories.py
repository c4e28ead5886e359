"""Stories of who is who, each also merged, unmerged and merged again by staff, and folded from the log again."""

import random
import time

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from interplay.engine.log.contracts import Origin
from interplay.kernel.errors import AppError
from interplay.unify.identity.contracts import DecisionKind, Outcome
from interplay.unify.identity.rules import STANDARD
from tests.stores import DoorOnly, Store, cookie, device, phone, user
from tests.unify.people import People

TABLET = cookie(77)
SIGN_IN = "customer.identified"
VISIT = "page.viewed"


@pytest.fixture
def people(tmp_path, database_url):
    with DoorOnly(tmp_path / "data", url=database_url) as store:
        yield People(store)


def card(number):
    return ("card_no", f"6688{number:04}")


def and_back(people, one, other):
    """Take two identifiers of one customer apart, put them together again, and fold everything anew in between."""
    before = people.customers()
    people.unmerge(one, other)
    assert not people.are_one(one, other)
    apart = people.customers()
    people.rebuild()
    assert people.customers() == apart
    people.merge(one, other)
    assert people.customers() == before
    people.rebuild()
    assert people.customers() == before


def test_three_devices_before_a_sign_in(people):
    for number in (1, 2, 3):
        people.tell(VISIT, cookie(number))
    assert not people.are_one(cookie(1), cookie(2))
    for number in (1, 2, 3):
        people.tell(SIGN_IN, user(1), cookie(number))
    assert people.of(*user(1)) == (1, [1, 2, 3, 4])
    and_back(people, user(1), cookie(2))


def test_a_family_tablet_gives_neither_the_history_of_the_other(people):
    people.tell(VISIT, TABLET)
    people.tell(SIGN_IN, user(1), TABLET)
    first = people.subject(TABLET)
    people.tell(SIGN_IN, user(2), TABLET)
    second = people.subject(TABLET)
    assert not people.are_one(user(1), user(2))
    assert second != first
    assert people.are_one(user(2), TABLET), "who signed in last has the tablet from then on"
    assert first in people.of(*user(1))[1], "what was seen on it before stays where it was"
    people.tell(VISIT, TABLET)
    people.tell(SIGN_IN, user(1), TABLET)
    assert people.are_one(user(1), TABLET)
    assert second in people.of(*user(2))[1]
    before = people.customers()
    people.rebuild()
    assert people.customers() == before
    and_back(people, user(1), TABLET)


@pytest.mark.parametrize("kind", ["phone", "email", "openid", "card_no"])
@pytest.mark.parametrize("device", ["device", "anonymous_id"])
def test_a_tablet_joins_nobody_by_whatever_they_are_known(people, kind, device):
    li, wang, tablet = (kind, "li-13812345678"), (kind, "wang-13887654321"), (device, "tablet")
    people.tell("page.viewed", tablet)
    people.tell("customer.signed_in", li, tablet)
    people.tell("page.viewed", tablet)
    people.tell("customer.signed_in", wang, tablet)
    people.tell("page.viewed", tablet)
    assert not people.are_one(li, wang)
    assert people.are_one(wang, tablet)
    before = people.customers()
    people.rebuild()
    assert people.customers() == before
    people.tell("customer.signed_in", li, wang)  # both numbers are hers: she says so herself
    assert people.are_one(li, wang)


def test_a_tablet_that_goes_round_and_round_is_nobodys(people):
    people.tell(SIGN_IN, user(1), TABLET)
    for turn in range(STANDARD.generic_after + 2):
        people.tell(SIGN_IN, user(turn % 2 + 2), TABLET)
    assert people.of(*TABLET)[1] == [people.subject(TABLET)]
    subject = people.subject(TABLET)
    people.tell(SIGN_IN, user(9), TABLET)
    assert people.subject(TABLET) == subject
    assert people.of(*TABLET)[1] == [subject]
    before = people.customers()
    people.rebuild()
    assert people.customers() == before


def test_a_reassigned_phone_number_is_its_new_owners_from_then_on(people):
    people.tell(SIGN_IN, user(1), phone(5))
    people.tell("order.completed", phone(5))
    old = people.subject(phone(5))
    people.tell(SIGN_IN, user(2), phone(5))
    people.tell("order.completed", phone(5))
    assert people.are_one(user(2), phone(5))
    assert not people.are_one(user(1), user(2))
    assert old in people.of(*user(1))[1], "orders of its old owner stay hers"
    and_back(people, user(2), phone(5))


def test_only_its_owner_can_take_a_phone_number_over_not_a_till(people):
    people.tell(SIGN_IN, user(1), phone(5))
    people.tell(SIGN_IN, user(2), card(2))
    people.tell("order.completed", card(2), phone(5))
    assert people.are_one(user(1), phone(5))
    assert not people.are_one(user(1), user(2))


def test_history_that_is_imported_takes_nothing_from_anybody(people):
    people.tell(SIGN_IN, user(1), TABLET)
    people.tell(SIGN_IN, user(2), TABLET, origin=Origin.BACKFILL)
    assert people.are_one(user(1), TABLET)
    assert not people.are_one(user(1), user(2))


def test_a_till_that_types_13800000000_for_everyone_joins_nobody(people):
    everyones = ("phone", "+8613800000000")
    for number in range(12):
        people.tell("order.completed", card(number), everyones)
    assert all(people.of(*card(number))[1] == [people.subject(card(number))] for number in range(12))
    people.rebuild()
    assert people.of(*everyones)[1] == [people.subject(everyones)]


def test_a_number_that_everybody_gives_is_found_out_and_what_it_joined_is_taken_apart(people):
    for number in range(3):
        people.tell("order.completed", card(number), phone(99))
    assert people.are_one(card(0), card(2)), "three cards may be one person's"
    for number in range(3, 20):
        people.tell("order.completed", card(number), phone(99))
    assert all(people.of(*card(number))[1] == [people.subject(card(number))] for number in range(20))
    told = people.why(phone(99))
    assert [(one.kind, one.actor) for one in told.decisions] == [(DecisionKind.BLOCK, "generic")]
    assert {one.outcome for one in told.links} == {Outcome.BLOCKED, Outcome.LIMIT}
    before = people.customers()
    people.rebuild()
    assert people.customers() == before


def test_two_loyalty_cards_of_one_phone_are_one_customer(people):
    people.tell("order.completed", card(1), phone(1))
    people.tell("order.completed", card(2), phone(1))
    assert people.are_one(card(1), card(2), phone(1))
    and_back(people, card(1), card(2))


def test_ten_thousand_ids_on_one_device(people):
    for start in range(0, 10_000, 1000):
        facts = [(SIGN_IN, user(number), device(1)) for number in range(start, start + 1000)]
        people.tell_all(facts)
    began = time.perf_counter()
    people.tell(SIGN_IN, user(10_000), device(1))
    assert time.perf_counter() - began < 5
    customers = people.customers()
    assert len({customers[people.subject(user(number))] for number in (0, 1, 2, 5000, 9_999)}) == 5
    assert people.of(*device(1))[1] == [people.subject(device(1))]


def test_an_alias_that_arrives_before_the_facts(people):
    people.tell("identity.aliased", user(1), cookie(1))
    people.tell(VISIT, cookie(1))
    people.tell(VISIT, user(1))
    assert people.of(*cookie(1)) == (1, [1, 2])
    and_back(people, user(1), cookie(1))


def test_circular_aliases_end(people):
    ring = [cookie(number) for number in range(4)]
    for one, other in zip(ring, [*ring[1:], ring[0]], strict=True):
        people.tell("identity.aliased", one, other)
    assert people.of(*ring[0])[1] == [1, 2, 3, 4]
    and_back(people, ring[0], ring[2])


def test_a_wrong_merge_found_a_month_later(people):
    people.tell(SIGN_IN, user(1), cookie(1))
    people.tell(SIGN_IN, user(2), cookie(2))
    people.merge(user(1), user(2), "the same address")
    people.tell(SIGN_IN, user(1), phone(1))
    people.tell("order.completed", user(2), card(2))
    assert people.are_one(phone(1), card(2))
    people.unmerge(user(1), user(2), "brothers")
    assert people.are_one(user(1), cookie(1), phone(1))
    assert people.are_one(user(2), cookie(2), card(2))
    assert not people.are_one(phone(1), card(2))
    people.tell(SIGN_IN, user(1), cookie(2))
    assert not people.are_one(user(1), user(2))
    and_back_later = people.customers()
    people.rebuild()
    assert people.customers() == and_back_later


def test_every_mistake_of_staff_has_an_answer(people):
    people.tell(SIGN_IN, user(1), cookie(1))
    people.tell(SIGN_IN, user(2))
    people.tell("order.completed", card(1), ("phone", "+8613800000000"))
    for call, one, other, code in (
        (people.merge, user(1), user(1), "identity.same"),
        (people.merge, user(1), cookie(1), "identity.already_one"),
        (people.unmerge, user(1), user(2), "identity.not_one"),
        (people.merge, user(1), ("phone", "+8613800000000"), "identity.blocked"),
    ):
        before = people.customers()
        with pytest.raises(AppError) as refused:
            call(one, other)
        assert refused.value.code == code
        assert refused.value.text("zh") != refused.value.text("en")
        assert people.customers() == before
    people.unmerge(user(1), cookie(1))
    people.merge(user(2), cookie(1))
    with pytest.raises(AppError, match="two people"):
        people.merge(user(1), user(2))


WORDS = st.sampled_from([*map(user, range(3)), *map(cookie, range(3)), *map(card, range(2)), phone(1), phone(2)])
FACTS = st.tuples(
    st.just("fact"),
    st.sampled_from([SIGN_IN, VISIT]),
    st.lists(WORDS, min_size=1, max_size=3, unique=True),
    st.sampled_from([Origin.LIVE, Origin.LIVE, Origin.BACKFILL]),
    st.booleans(),
)
DECISIONS = st.tuples(st.sampled_from(["merge", "unmerge"]), WORDS, WORDS)
RANK = ("user_id", "card_no", "phone", "anonymous_id")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(FACTS, FACTS, DECISIONS), max_size=25))
def test_whatever_happens_a_rebuild_gives_the_same_customers(tmp_path_factory, steps):
    with DoorOnly(tmp_path_factory.mktemp("people") / "data") as store:
        people = People(store)
        for what, *more in steps:
            if what == "fact":
                name, identifiers, origin, is_trusted = more
                ranked = sorted(identifiers, key=lambda one: RANK.index(one[0]))
                people.tell(name, *ranked, origin=origin, is_trusted=is_trusted)
            elif None not in (people.subject(more[0]), people.subject(more[1])):
                try:
                    (people.merge if what == "merge" else people.unmerge)(*more)
                    event(what)
                    assert people.are_one(*more) == (what == "merge")
                except AppError as refused:
                    event(refused.code)
        customers, wallets = people.customers(), people.wallets()
        assert all(customers[customer] == customer <= subject for subject, customer in customers.items())
        assert all(customers[wallet] == customers[subject] for subject, wallet in wallets.items())
        people.rebuild()
        assert people.customers() == customers
        assert people.wallets() == wallets


def test_merge_and_unmerge_move_the_warehouse_too(tmp_path):
    with Store(tmp_path / "data") as store:
        people = People(store)
        people.tell(SIGN_IN, user(1), cookie(1))
        people.tell(SIGN_IN, user(2), cookie(2))
        people.merge(user(1), user(2))
        assert {row[1] for row in store.query("SELECT * FROM members")} == {1}
        people.unmerge(user(1), user(2))
        assert dict(store.query("SELECT subject, customer FROM members")) == people.customers()
        assert len(set(people.customers().values())) == 2


def test_subjects_that_changed_hands_keep_being_found_while_facts_come_in(people):
    """The writer remembers subjects: it has to forget what changed hands."""
    rng = random.Random(5)
    for _ in range(60):
        owner = user(rng.randrange(40))
        people.tell(SIGN_IN, owner, cookie(rng.randrange(4)))
        people.tell(VISIT, cookie(rng.randrange(4)))
    before = people.customers()
    people.rebuild()
    assert people.customers() == before
