"""Finding a customer by any identifier; tags and notes by staff."""

import pytest

from interplay.bootstrap import staff
from interplay.bootstrap.staff import Who
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import NOTES_MAX, FindCustomers, ShowCustomer
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import CountSegment, ExplainMember, ListMembers
from tests.stores import FACT_FILES, NOW, Store, fact, phone, user

MAIL = ("email", "li@example.com")
CRM = ("ext:crm", "A-12")


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "data") as opened:
        opened.store(
            fact("page.viewed", user(1), phone(1)),
            fact("page.viewed", user(1), MAIL),
            fact("page.viewed", CRM),
            fact("page.viewed", ("card_no", "u1")),
        )
        yield opened


def find(store, text):
    return store.ask(profiles.find_customers, FindCustomers(text))


@pytest.mark.parametrize(
    ("text", "customer", "matched"),
    [
        ("13800130001", 1, phone(1)),
        ("138 0013 0001", 1, phone(1)),
        ("+86 138-0013-0001", 1, phone(1)),
        ("0086 13800130001", 1, phone(1)),
        (" 138.0013.0001 ", 1, phone(1)),
        ("phone:13800130001", 1, phone(1)),
        ("li@example.com", 1, MAIL),
        (" LI@Example.COM", 1, MAIL),
        ("A-12", 4, CRM),
        ("ext:crm:A-12", 4, CRM),
        ("ext:CRM:A-12", 4, CRM),
        ("user_id:u1", 1, user(1)),
    ],
)
def test_somebody_is_found_by_any_identifier_as_people_write_it(store, text, customer, matched):
    (found,) = find(store, text)
    assert (found.customer, found.matched) == (customer, (matched,))
    assert matched in found.identifiers
    assert len(found.identifiers) == (3 if customer == 1 else 1)


def test_who_shares_a_value_is_listed_too(store):
    found = find(store, "u1")
    assert [(one.customer, one.matched) for one in found] == [(1, (user(1),)), (5, (("card_no", "u1"),))]
    store.store(fact("page.viewed", user(1), ("card_no", "u1"), key="joined"))
    (one,) = find(store, "u1")
    assert set(one.matched) == {user(1), ("card_no", "u1")}
    assert len(one.identifiers) == 4


@pytest.mark.parametrize("text", ["13800130009", "a-12", "", " ", ":", "phone:", "x:y", "u" * 300, "%", "ext:"])
def test_nobody_is_found_by_what_is_nobodys(store, text):
    assert find(store, text) == []


def has_tag(store, tag, who=None, at=None):
    who = who or user(1)
    asked = f'tag("{tag}")'
    view = store.ask(profiles.show, ShowCustomer(*who, at))
    answer = store.ask(segments.explain_member, ExplainMember(asked, *who, at)).answer
    listed = {one.customer for one in store.ask(segments.list_members, ListMembers(asked, at))}
    assert answer == (tag in [one.tag for one in view.tags]) == (view.customer in listed)
    return answer


def tagging(word, tag, who=None, at=0):
    return fact(f"tag.{word}", who or user(1), at=NOW + at * DAY, fields={"tag": tag}, key=(word, tag, who, at))


def test_a_tag_is_given_and_taken(store):
    staff.tag(store, Who(*user(1)), " vip ")
    assert has_tag(store, "vip", phone(1))
    assert not has_tag(store, "VIP")
    store.clock.at += DAY
    staff.tag(store, Who(*phone(1)), "vip", is_removed=True)
    assert not has_tag(store, "vip")
    assert has_tag(store, "vip", at=NOW)
    answer = store.ask(segments.count, CountSegment('tag("vip") or not tag("vip")'))
    assert (answer.count, answer.unknown, answer.population) == (3, 0, 3)


@pytest.mark.parametrize(
    ("first", "second", "has"),
    [
        (("added", 0), ("removed", 0), False),
        (("removed", 0), ("added", 0), True),
        (("removed", -1), ("added", -2), False),
        (("added", -1), ("removed", -2), True),
        (("removed", -1), ("removed", 0), False),
        (("added", 1), ("removed", -1), False),
    ],
)
def test_the_latest_word_on_a_tag_counts(store, first, second, has):
    store.store(*(tagging(word, "vip", at=at) for word, at in (first, second)))
    assert has_tag(store, "vip") is has


def test_tags_of_two_people_who_become_one(store):
    store.store(tagging("added", "vip", at=-2), tagging("removed", "vip", CRM, -1), tagging("added", "b2b", CRM, -1))
    assert has_tag(store, "vip")
    store.store(fact("page.viewed", user(1), CRM, key="joined"))
    assert not has_tag(store, "vip")
    assert has_tag(store, "b2b")


@pytest.mark.parametrize("tag", ["", "  ", "a\nb", "x" * 65, "\x1b[2J"])
def test_a_tag_is_a_line_of_text(store, tag):
    with pytest.raises(AppError) as refused:
        staff.tag(store, Who(*user(1)), tag)
    assert refused.value.code in ("customers.text", "customers.line")
    assert "tag" in refused.value.text("zh")


def test_notes_are_shown_the_newest_first_and_never_reach_the_warehouse(store, tmp_path):
    staff.note(store, Who(*user(1)), "怕辣, allergic to nuts-4711\nsecond line", author="Ms. Zhao")
    for number in range(NOTES_MAX):
        store.clock.at += 1
        staff.note(store, Who(*phone(1)), f"note {number}")
    view = store.ask(profiles.show, ShowCustomer(*user(1)))
    assert [one.text for one in view.notes] == [f"note {n}" for n in reversed(range(NOTES_MAX))]
    first = store.ask(profiles.show, ShowCustomer(*user(1), NOW)).notes
    assert [(one.text[:2], one.author, one.source) for one in first] == [("怕辣", "Ms. Zhao", "staff")]
    assert store.query("SELECT count(*) FROM facts WHERE name = 'note.written'") == [(NOTES_MAX + 1,)]
    assert "note_text" not in {name for name, *_ in store.query("DESCRIBE facts")}
    for name in FACT_FILES:
        path = tmp_path / "data" / name
        assert not path.exists() or b"nuts-4711" not in path.read_bytes(), name


@pytest.mark.parametrize("text", ["", " \n ", "x" * 4001])
def test_a_note_has_a_text_of_bounded_length(store, text):
    with pytest.raises(AppError) as refused:
        staff.note(store, Who(*user(1)), text)
    assert (refused.value.code, refused.value.params["allowed"]) == ("customers.text", 4000)


@pytest.mark.parametrize(("who", "status"), [(user(9), 404), (("phone", "12"), 400)])
def test_nobody_is_made_up_for_a_tag(store, who, status):
    with pytest.raises(AppError) as refused:
        staff.tag(store, Who(*who), "vip")
    assert refused.value.status == status
    assert len(store.rows()) == 4
