"""One person, one card: online, in store, at once, merged, apart and erased."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from interplay.bootstrap import members as membership
from interplay.bootstrap.people import erase_customer, export_customer
from interplay.kernel.errors import AppError
from interplay.link.members import rules
from interplay.link.members.contracts import JoinChannel
from tests.link.stores.test_stores import NANJING
from tests.stores import NOW, Store
from tests.unify.people import People

LI = ("phone", "+8613800130001")
LI_USER = ("user_id", "li")
WANG = ("phone", "+8613800130002")


@pytest.fixture
def shop(tmp_path, database_url):
    with Store(tmp_path / "data", url=database_url) as opened:
        opened.apply(NANJING)
        yield opened


@pytest.fixture
def people(shop):
    return People(shop)


def join(shop, *who, channel=JoinChannel.WEB, **more):
    return membership.join(shop, who, channel, **more)


def cards(shop, who):
    return [one.card_no for one in membership.show(shop, *who).cards]


def test_who_joins_gets_a_card_that_is_one_of_her_identifiers(shop, people):
    joined = join(shop, LI, channel=JoinChannel.STORE, store="nanjing-road", device="till-1")
    assert joined.is_new
    assert rules.read_number(joined.card_no) == joined.card_no
    people.follow()
    assert people.are_one(LI, ("card_no", joined.card_no))
    view = membership.show(shop, "card_no", joined.card_no)
    assert view.identifiers == ("card_no", "phone")
    (card,) = view.cards
    assert (card.joined_at, card.channel, card.store, card.device) == (NOW, "store", "nanjing-road", "till-1")


def test_joining_again_gives_the_same_card_and_is_no_fact(shop, people):
    first = join(shop, LI, store="nanjing-road")
    shop.clock.at += 1
    again = join(shop, LI, channel=JoinChannel.APP)
    assert (again.card_no, again.joined_at, again.is_new) == (first.card_no, NOW, False)
    people.tell("customer.identified", LI_USER, LI)
    assert join(shop, LI_USER).card_no == first.card_no
    assert join(shop, ("card_no", first.card_no)).card_no == first.card_no
    assert [row.name for row in shop.rows()].count("member.joined") == 1


def test_a_phone_is_one_phone_however_it_is_written(shop):
    assert join(shop, ("phone", "138 0013 0001")).card_no == join(shop, LI).card_no


def test_of_eight_who_join_her_at_once_one_makes_a_card(shop):
    with ThreadPoolExecutor(8) as threads:
        joined = list(threads.map(lambda n: join(shop, LI, ("openid", f"o{n}")), range(8)))
    assert len({one.card_no for one in joined}) == 1
    assert [one.is_new for one in joined].count(True) == 1


def test_the_fact_says_where_and_never_names_the_card_to_the_warehouse(shop):
    joined = join(shop, LI, channel=JoinChannel.STORE, store="nanjing-road", device="till-1")
    rows = shop.query("SELECT name, channel, store_id, till_device FROM facts WHERE name = 'member.joined'")
    assert rows == [("member.joined", "store", "nanjing-road", "till-1")]
    assert joined.card_no not in str(shop.query("SELECT * FROM facts"))


def test_people_who_are_found_to_be_one_keep_both_cards_and_apart_again_each_has_her_own(shop, people):
    li, wang = join(shop, LI), join(shop, WANG)
    people.follow()
    people.merge(LI, WANG)
    assert cards(shop, LI) == cards(shop, WANG) == [li.card_no, wang.card_no]
    assert join(shop, WANG).card_no == li.card_no  # the older card is the one to print
    people.unmerge(LI, WANG)
    assert (cards(shop, LI), cards(shop, WANG)) == ([li.card_no], [wang.card_no])


def test_whoever_has_the_phone_next_does_not_get_the_card(shop, people):
    joined = join(shop, LI_USER, LI)
    people.follow()
    people.tell("customer.identified", ("user_id", "wang"), LI)  # signs in with the phone that was hers
    assert join(shop, LI).card_no != joined.card_no
    assert cards(shop, LI_USER) == [joined.card_no]


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ([("anonymous_id", "c1")], "members.nobody"),
        ([("device", "d1"), ("anonymous_id", "c1")], "members.nobody"),
        ([("phone", "13800000000")], "members.nobody"),  # a number that stands for nobody
        ([("phone", "123")], "customers.identifier"),
        ([("card", "9")], "facts.identifier.kind_meant"),
        ([], "members.nobody"),
    ],
)
def test_who_is_nobody_cannot_join(shop, who, code):
    with pytest.raises(AppError) as wrong:
        join(shop, *who)
    assert wrong.value.code == code
    assert shop.rows() == []


def test_a_store_that_is_not_there_has_no_members(shop):
    with pytest.raises(AppError) as wrong:
        join(shop, LI, store="elsewhere")
    assert wrong.value.code == "stores.unknown"


def test_who_has_not_joined_is_no_member(shop, people):
    people.tell("page.viewed", LI_USER)
    with pytest.raises(AppError) as wrong:
        membership.show(shop, *LI_USER)
    assert (wrong.value.code, wrong.value.status) == ("members.not_a_member", 404)


def test_who_is_erased_is_no_member_and_joins_with_a_new_card(shop, people):
    joined = join(shop, LI, store="nanjing-road")
    people.follow()
    assert export_customer(shop, *LI)["cards"] == [
        {"joined_at": "2026-01-01T00:00:00Z", "channel": "web", "store": "nanjing-road", "device": None}
    ]
    erase_customer(shop, *LI, actor="li", reason="asked")
    with pytest.raises(AppError) as wrong:
        membership.show(shop, "card_no", joined.card_no)
    assert wrong.value.code == "customers.unknown"
    with shop.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM cards").scalar() == 0
    again = join(shop, LI)
    assert again.is_new
    assert again.card_no != joined.card_no
