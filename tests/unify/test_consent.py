"""Consent as it stands for a customer: the latest statement, or the default of her region; and the document of it."""

import pytest

from interplay.bootstrap import staff
from interplay.bootstrap.staff import Who
from interplay.collect.facts.contracts import TraitWrite
from interplay.criteria.contracts import TraitOp
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import ShowConsents, ShowCustomer
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import CountSegment, ExplainMember
from tests.stores import NOW, Store, fact, phone, user

SMS = "marketing:sms"
LABEL = {"zh": "名", "en": "Name"}
DOCUMENT = {
    "kind": "consent",
    "purposes": {
        "marketing": {"label": LABEL, "default": "denied", "default_by_region": {"US": "granted", "CN": "denied"}},
        "service": {"label": LABEL, "default": "granted", "default_by_region": {"CN": "denied"}},
    },
    "channels": {"sms": LABEL, "email": LABEL},
}


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "data") as opened:
        yield opened


def said(who, word, *, at=0, channel="sms", key=None, **fields):
    """A statement `at` days from now about marketing."""
    fields = {"purpose": "marketing", "message_channel": channel} | fields
    fields = {name: value for name, value in fields.items() if value is not None}
    return fact(f"consent.{word}", who, at=NOW + at * DAY, fields=fields, key=key)


def country(who, value, at=0):
    return fact("customer.identified", who, at=NOW + at * DAY, traits=(TraitWrite("country", TraitOp.SET, value),))


def consents(store, who=None, at=None):
    return store.ask(profiles.show_consents, ShowConsents(*(who or user(1)), at))


def standing(store, term=SMS, who=None, at=None):
    """How a term stands for a customer, after all that can say it agree: the views, the closure, the warehouse."""
    who = who or user(1)
    found = {f"{one.purpose}:{one.channel}": one for one in consents(store, who, at).current}[term]
    shown = store.ask(profiles.show, ShowCustomer(*who, at)).consents
    explained = store.ask(segments.explain_member, ExplainMember(f'consent("{term}")', *who, at)).answer
    everybody = store.ask(segments.list_members, segments.ListMembers(f'consent("{term}")', at))
    customer = consents(store, who, at).customer
    assert found in shown
    assert found.is_granted == explained == (customer in {one.customer for one in everybody})
    return found


def is_granted(store, *args, **more):
    return standing(store, *args, **more).is_granted


@pytest.mark.parametrize(
    ("statements", "granted"),
    [
        ([], False),
        ([("granted", -2)], True),
        ([("granted", -2), ("withdrawn", -1)], False),
        ([("withdrawn", -2), ("granted", -1)], True),
        ([("withdrawn", -1), ("granted", -2)], False),  # late: it came after, and happened before
        ([("granted", -1), ("withdrawn", -2)], True),
        ([("granted", -1), ("withdrawn", -1)], False),  # at the same time the one that came last
        ([("withdrawn", -1), ("granted", -1)], True),
        ([("granted", -1), ("withdrawn", 1)], True),  # of tomorrow
    ],
)
def test_the_latest_statement_counts_in_whatever_order_they_came(store, statements, granted):
    store.store(fact("page.viewed", user(1)))
    for number, (word, at) in enumerate(statements):
        store.store(said(user(1), word, at=at, key=number))
    found = standing(store)
    assert found.is_granted is granted
    assert (found.statement is None) == (not statements)


@pytest.mark.parametrize(
    ("statements", "sms", "email"),
    [
        ([("granted", "*")], True, True),
        ([("withdrawn", "*"), ("granted", "sms")], True, False),
        ([("granted", "sms"), ("withdrawn", "*")], False, False),
        ([("granted", "*"), ("withdrawn", "sms")], False, True),
        ([("granted", "sms"), ("withdrawn", None)], False, False),  # who does not say where from means everywhere
        ([("granted", None)], False, False),  # who does not say what for has agreed to nothing
        ([("granted", "SMS")], False, False),
    ],
)
def test_a_statement_for_every_channel_holds_until_a_later_one_names_it(store, statements, sms, email):
    store.store(fact("page.viewed", user(1)))
    for number, (word, channel) in enumerate(statements):
        store.store(said(user(1), word, at=number - 5, channel=channel))
    assert (is_granted(store), is_granted(store, "marketing:email")) == (sms, email)
    assert len(consents(store).history) == len(statements)


def test_of_two_people_who_become_one_the_latest_statement_counts(store):
    store.store(said(user(1), "granted", at=-3), said(phone(1), "withdrawn", at=-2))
    assert is_granted(store)
    assert not is_granted(store, who=phone(1))
    store.store(fact("page.viewed", user(1), phone(1), at=NOW - DAY))
    assert not is_granted(store)
    assert standing(store) == standing(store, who=phone(1))
    store.store(said(user(1), "granted", at=-1))
    assert is_granted(store, who=phone(1))
    assert [one.is_granted for one in consents(store).history] == [True, False, True]


def test_as_of_then(store):
    store.store(said(user(1), "granted", at=-5), said(user(1), "withdrawn", at=-2))
    assert is_granted(store, at=NOW - 3 * DAY)
    assert not is_granted(store, at=NOW)
    assert len(consents(store, at=NOW - 3 * DAY).history) == 1


@pytest.mark.parametrize(
    ("value", "marketing", "service"),
    [(None, False, False), ("US", True, True), ("us", True, True), ("CN", False, False), ("FR", False, True),
     ("United States", False, True)],
)  # fmt: skip
def test_without_a_statement_the_default_of_the_region_holds(store, value, marketing, service):
    """A customer without a country lives where the brand does: in China."""
    store.apply(DOCUMENT)
    store.store(fact("page.viewed", user(1)), *([country(user(1), value)] if value else []))
    assert (is_granted(store), is_granted(store, "service:email")) == (marketing, service)
    assert standing(store).region == (value or "CN")


def test_who_moves_has_the_default_of_the_new_region_and_keeps_what_was_said(store):
    store.apply(DOCUMENT)
    store.store(country(user(1), "US", -5), said(user(1), "granted", at=-4, channel="email"), country(user(1), "CN"))
    assert is_granted(store, at=NOW - DAY)
    assert not is_granted(store)
    assert is_granted(store, "marketing:email")


def test_nothing_is_granted_before_a_brand_says_so(store):
    store.store(fact("page.viewed", user(1)))
    assert {one.is_granted for one in consents(store).current} == {False}
    assert not is_granted(store, "personalization:wechat")


def test_staff_states_consent_and_what_for_is_kept(store):
    store.store(fact("page.viewed", user(1)))
    asked = {"is_granted": True, "text_version": "2026-01", "evidence": "paper form"}
    staff.state_consent(store, Who(*user(1)), "marketing", "sms", **asked)
    said_so = standing(store).statement
    assert (said_so.source, said_so.text_version, said_so.evidence) == ("staff", "2026-01", "paper form")
    assert (said_so.at, said_so.channel) == (NOW, "sms")
    store.clock.at += 1
    staff.state_consent(store, Who(*user(1)), "marketing", "*", is_granted=False)
    assert not is_granted(store)


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (("marketin", "sms"), "consent.purpose", "marketing, personalization"),
        (("marketing", "fax"), "consent.channel", "sms"),
        (("marketing", "sms", "v" * 65), "consent.long", "64"),
    ],
)
def test_staff_is_told_what_is_allowed(store, args, code, told):
    store.store(fact("page.viewed", user(1)))
    purpose, channel, *version = args
    with pytest.raises(AppError) as refused:
        staff.state_consent(
            store, Who(*user(1)), purpose, channel, is_granted=True, text_version=(version or [None])[0]
        )
    assert refused.value.code == code
    assert told in refused.value.text("en")
    assert told in refused.value.text("zh")
    assert len(store.rows()) == 1


def test_nobody_is_made_up_for_a_consent(store):
    with pytest.raises(AppError) as refused:
        staff.state_consent(store, Who(*user(7)), "marketing", "sms", is_granted=True)
    assert (refused.value.code, refused.value.status) == ("customers.unknown", 404)
    assert store.rows() == []


def test_the_same_key_states_once_however_often_it_is_sent(store):
    store.store(fact("page.viewed", user(1)))
    first = staff.state_consent(store, Who(*user(1), "k"), "marketing", "sms", is_granted=True)
    store.clock.at += DAY
    again = staff.state_consent(store, Who(*user(1), "k"), "marketing", "sms", is_granted=True)
    other = staff.state_consent(store, Who(*user(1), "k"), "marketing", "sms", is_granted=False)
    assert (first.is_new, again.is_new, again.position, other.is_new) == (True, False, first.position, True)


def changed(*path_and_value):
    *path, last, value = path_and_value
    content = {**DOCUMENT, "purposes": {name: dict(one) for name, one in DOCUMENT["purposes"].items()}}
    part = content
    for name in path:
        part = part[name]
    part[last] = value
    return content


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (changed("name", "other"), "'other'"),
        (changed("purposes", {}), "purposes"),
        (changed("channels", {}), "channels"),
        (changed("chanels", {}), "chanels"),
        (changed("purposes", "marketing", "default", "maybe"), "maybe"),
        (changed("purposes", "marketing", "default_by_region", {"China": "granted"}), "'China'"),
        (changed("purposes", "marketing", "default_by_region", {"cn": "granted"}), "'cn'"),
        (changed("purposes", "marketing", "default_by_region", {False: "granted"}), "False"),  # NO, in YAML
        (changed("purposes", "marketing", "label", {"en": "only"}), "zh"),
        (changed("purposes", "Mar keting", {"label": LABEL}), "'Mar keting'"),
        (changed("channels", {"a:b": LABEL}), "'a:b'"),
        (changed("channels", {"*": LABEL}), "'*'"),
        (changed("channels", {f"c{n}": LABEL for n in range(300)}), "500"),
    ],
)
def test_a_document_that_is_wrong_is_refused_with_its_place(store, content, told):
    with pytest.raises(AppError) as refused:
        store.apply(content)
    assert refused.value.code == "documents.field"
    assert "test.yaml, line 1" in refused.value.text("en")
    assert told in refused.value.text("en")
    assert told in refused.value.text("zh")
    assert {one.channel for one in consents_of_somebody(store)} == {"email", "sms", "phone", "push", "wechat", "mail"}


def consents_of_somebody(store):
    store.store(fact("page.viewed", user(1)))
    return consents(store).current


def test_a_purpose_that_a_segment_asks_for_cannot_be_dropped(store):
    segment = {"kind": "segment", "name": "s", "criteria": 'consent("service:sms")', "label": LABEL}
    with pytest.raises(AppError, match="marketing:email"):
        store.apply(segment)
    store.apply(DOCUMENT, segment)
    without = {**DOCUMENT, "purposes": {"marketing": DOCUMENT["purposes"]["marketing"]}}
    with pytest.raises(AppError, match="service:sms"):
        store.apply(without)
    assert store.ask(segments.count, CountSegment("s")).population == 0


def test_what_was_stated_before_a_purpose_was_declared_counts_once_it_is(store):
    store.store(said(user(1), "granted", at=-1, purpose="service"))
    store.apply(DOCUMENT)
    assert is_granted(store, "service:sms")


def test_evidence_stays_out_of_the_warehouse(store):
    store.store(said(user(1), "granted", evidence="called from 13800138000", text_version="v7"))
    columns = {name for name, *_ in store.query("DESCRIBE facts")}
    assert {"purpose", "message_channel", "text_version"} <= columns
    assert "evidence" not in columns
    assert consents(store).history[0].evidence == "called from 13800138000"
