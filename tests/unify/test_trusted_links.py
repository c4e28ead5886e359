"""Whose word joins whom: a key that stands in a web page may add devices to somebody, and touches nobody's wallet."""

from importlib import import_module
from zoneinfo import ZoneInfo

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from interplay.engine.log.contracts import Origin
from interplay.kernel.errors import AppError
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import Outcome
from interplay.unify.identity.rules import STANDARD
from tests.stores import DoorOnly, cookie, fact, phone, user
from tests.unify.people import People

SIGN_IN = "customer.identified"
VISIT = "page.viewed"
CARD = ("card_no", "66880001")


@pytest.fixture
def people(tmp_path, database_url):
    with DoorOnly(tmp_path / "data", url=database_url) as store:
        yield People(store)


def hear(people, name, *identifiers, **more):
    """Let a sender say something who is not trusted."""
    people.tell(name, *identifiers, is_trusted=False, **more)


def outcomes(people, identifier):
    return [one.outcome for one in people.why(identifier).links]


@pytest.mark.parametrize("name", [SIGN_IN, "identity.aliased", "identity.linked", VISIT])
@pytest.mark.parametrize("other", [phone(1), CARD, ("email", "li@example.com"), ("openid", "oLi"), ("ext:crm", "7")])
def test_hearsay_of_two_who_are_known_waits_for_a_review(people, name, other):
    people.tell(VISIT, other)
    hear(people, name, user(666), other)
    assert not people.are_one(user(666), other)
    assert outcomes(people, other) == [Outcome.REVIEW]
    people.merge(user(666), other)
    assert people.wallet(*user(666)) == people.wallet(*other)


def test_hearsay_takes_no_phone_number_over(people):
    people.tell(SIGN_IN, user(1), phone(1))
    subject = people.subject(phone(1))
    for number in range(STANDARD.generic_after + 3):
        hear(people, SIGN_IN, user(600 + number), phone(1))
    assert people.subject(phone(1)) == subject
    assert people.wallet(*user(1)) == people.wallet(*phone(1))
    assert people.why(phone(1)).decisions == (), "and it is not taken away from her by many who say it is theirs"


def test_a_trusted_sender_confirms_what_was_only_said(people):
    hear(people, SIGN_IN, user(1), phone(1), cookie(1))
    assert people.are_one(user(1), cookie(1))
    assert not people.are_one(user(1), phone(1))
    people.tell("order.completed", user(1), phone(1), cookie(1))
    assert people.wallet(*user(1)) == people.wallet(*phone(1)) == people.wallet(*cookie(1))
    assert {one.outcome for one in people.why(user(1)).links} <= {Outcome.JOINED, Outcome.KNOWN}
    people.rebuild()
    assert people.wallet(*user(1)) == people.wallet(*phone(1)) == people.wallet(*cookie(1))


def test_a_cookie_that_is_said_to_be_hers_is_hers_for_reports_and_holds_nothing_of_hers(people):
    hear(people, VISIT, user(1), cookie(1))
    assert people.are_one(user(1), cookie(1))
    assert people.wallet(*cookie(1)) == [people.subject(cookie(1))]
    assert people.wallet(*user(1)) == [people.subject(user(1))]


def test_a_cookie_is_no_bridge_between_two_who_are_known(people):
    hear(people, SIGN_IN, user(1), cookie(1))
    hear(people, SIGN_IN, phone(1), cookie(1))
    assert not people.are_one(user(1), phone(1))
    assert people.are_one(phone(1), cookie(1)), "what is seen on it is from now on of who signed in last"


def test_a_trusted_sender_takes_a_cookie_from_whose_it_was_said_to_be(people):
    """Otherwise who names her cookie first would be one with her when she signs in."""
    hear(people, SIGN_IN, user(666), cookie(1))
    people.tell(SIGN_IN, phone(1), cookie(1))
    assert not people.are_one(user(666), phone(1))
    assert people.wallet(*cookie(1)) == people.wallet(*phone(1))
    assert outcomes(people, user(666)) == [Outcome.LIMIT]
    before = people.customers()
    people.rebuild()
    assert people.customers() == before


def test_what_a_trusted_sender_has_tied_goes_over_by_no_hearsay(people):
    people.tell(SIGN_IN, user(1), cookie(1))
    subject = people.subject(cookie(1))
    for number in range(STANDARD.generic_after + 3):
        hear(people, SIGN_IN, user(600 + number), cookie(1))
    assert people.subject(cookie(1)) == subject
    assert people.wallet(*user(1)) == people.wallet(*cookie(1))


def test_many_cookies_that_are_said_to_be_hers_are_in_no_trusted_senders_way(people):
    """Two hundred and more than a customer may have, made up by somebody."""
    for first in (0, 200):
        people.store.store(*(_visit(user(first), cookie(first + n)) for n in range(200)))
    people.follow()
    people.tell(SIGN_IN, user(0), phone(1))
    hear(people, VISIT, phone(2), cookie(999))
    people.tell(SIGN_IN, user(200), phone(2))
    assert people.wallet(*user(0)) == people.wallet(*phone(1))
    assert people.wallet(*user(200)) == people.wallet(*phone(2))


def _visit(*identifiers):
    return fact(VISIT, *identifiers, is_trusted=False)


def test_staff_who_name_a_cookie_mean_whose_it_is(people):
    hear(people, SIGN_IN, user(1), cookie(1))
    people.tell(VISIT, phone(1))
    people.merge(cookie(1), phone(1))
    assert people.wallet(*user(1)) == people.wallet(*phone(1))
    people.unmerge(user(1), phone(1))
    assert not people.are_one(user(1), phone(1))


def test_what_was_said_before_senders_were_told_apart_stays(people):
    """Facts of former versions are all trusted: a rebuild takes nobody apart."""
    people.tell(SIGN_IN, user(1), phone(1), source="web")
    hear(people, SIGN_IN, user(2), phone(2), source="web")
    people.rebuild()
    assert people.are_one(user(1), phone(1))
    assert not people.are_one(user(2), phone(2))
    assert [row.source for row in people.store.rows()] == ["web", "web"]


def test_a_store_from_before_keeps_its_wallets(tmp_path):
    """What the migration finds was joined by anybody's word, and stays."""
    with DoorOnly(tmp_path / "data") as store:
        people = People(store)
        people.tell(SIGN_IN, user(1), phone(1), cookie(1))
        people.tell(SIGN_IN, user(2), phone(2))
        before = people.wallets()
        with store.database.engine_for_writer().begin() as connection:
            for table, column in ADDED.items():
                connection.exec_driver_sql(f"ALTER TABLE {table} DROP COLUMN {column}")
            with Operations.context(MigrationContext.configure(connection)):
                import_module("interplay.engine.oltp.migrations.versions.0015_trusted_links").upgrade()
        assert people.wallets() == before
        hear(people, SIGN_IN, user(3), phone(1), cookie(2))
        assert {one: people.wallets()[one] for one in before} == before
        people.unmerge(user(1), phone(1))
        assert people.wallet(*user(1)) == people.wallet(*cookie(1)) != people.wallet(*phone(1))


ADDED = {"members": "wallet", "identity_edges": "is_trusted", "customer_sessions": "is_claimed"}


def test_the_sentence_says_that_it_was_only_said(people):
    hear(people, SIGN_IN, user(1), phone(1))
    view = people.why(user(1))
    assert "write key" in identity.sentences(view, "en", ZoneInfo("UTC"))[0]
    assert "写入密钥" in identity.sentences(view, "zh", ZoneInfo("UTC"))[0]


STRONG = [*map(user, range(3)), CARD, ("card_no", "66880002"), phone(1), phone(2)]
COOKIES = [*map(cookie, range(3)), ("device", "d-1")]
RANK = ("user_id", "card_no", "phone", "device", "anonymous_id")
SAID = st.tuples(
    st.sampled_from(["trusted", "hearsay", "hearsay"]),
    st.sampled_from([SIGN_IN, VISIT]),
    st.lists(st.sampled_from([*STRONG, *COOKIES]), min_size=2, max_size=4, unique=True),
    st.sampled_from([Origin.LIVE, Origin.LIVE, Origin.BACKFILL]),
)
DECIDED = st.tuples(st.sampled_from(["merge", "unmerge"]), st.sampled_from(STRONG), st.sampled_from(STRONG))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(SAID, SAID, SAID, DECIDED), max_size=30))
def test_whatever_is_said_with_web_keys_every_wallet_is_whose_it_would_be_without(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("people")
    with DoorOnly(folder / "heard") as one, DoorOnly(folder / "unheard") as other:
        heard, unheard = People(one), People(other)
        for people in (heard, unheard):  # the same subjects from the start
            people.tell_all((VISIT, who) for who in [*STRONG, *COOKIES])
        for what, *more in steps:
            if what == "hearsay":
                before = heard.wallets()
                _tell(heard, *more, is_trusted=False)
                after = heard.wallets()
                assert {subject: after[subject] for subject in before} == before
            elif what == "trusted":
                _tell(heard, *more)
                _tell(unheard, *more)
            elif what == "merge" or heard.are_one(*more):  # a "no" to what was only said is an answer to it
                assert _decide(heard, what, *more) == _decide(unheard, what, *more)
        assert _people(heard) == _people(unheard)
        assert _of(heard.customers(), heard) == _people(heard), "nor are any two one customer who are known"
        wallets = heard.wallets()
        heard.rebuild()
        assert heard.wallets() == wallets


def _tell(people, name, identifiers, origin, **more):
    people.tell(name, *sorted(identifiers, key=lambda one: RANK.index(one[0])), origin=origin, **more)


def _decide(people, what, one, other):
    try:
        (people.merge if what == "merge" else people.unmerge)(one, other)
    except AppError as refused:
        return refused.code
    event(what)
    return what


def _people(people):
    """Return which identifiers that are no device's share a wallet."""
    return _of(people.wallets(), people)


def _of(whose, people):
    found = {}
    for who in STRONG:
        found.setdefault(whose[people.subject(who)], set()).add(who)
    return sorted(map(sorted, found.values()))
