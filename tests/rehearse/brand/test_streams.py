"""What the senders send: in the dialects' form, adding up to the truth, with the identifiers as designed."""

import csv
import json
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import phonenumbers
import pytest

from interplay.kernel.time import to_micros
from interplay.rehearse.brand.api import simulate
from interplay.rehearse.brand.contracts import Habit, Session, StepKind
from interplay.rehearse.brand.setting import brand

UNTIL = datetime(2026, 6, 30, 12, tzinfo=UTC)
EVENT_BYTES_MAX = 32 * 1024


@pytest.fixture(scope="module")
def told():
    return simulate(seed=11, people=900, until=UNTIL, days=60)


@pytest.fixture(scope="module")
def web(told):
    return list(told.segment_events())


@pytest.fixture(scope="module")
def mini(told):
    return list(told.sensors_events())


@pytest.fixture(scope="module")
def rows(told, tmp_path_factory):
    path = tmp_path_factory.mktemp("tills") / "orders.csv"
    count = told.write_order_file(path)
    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert len(found) == count
    return found


@pytest.fixture(scope="module")
def till_orders(rows):
    """order no. → its rows"""
    found = defaultdict(list)
    for row in rows:
        found[row["订单号"]].append(row)
    return found


def test_the_streams_hold_as_many_facts_as_the_truth_says(told, web, mini, till_orders):
    assert len(web) + len(mini) + len(till_orders) == sum(told.truth.facts.values())
    bought = sum(1 for rows in till_orders.values() if not rows[0]["退货"])
    bought += sum(m.get("event") == "Order Completed" for m in web) + sum(m.get("event") == "PayOrder" for m in mini)
    assert bought == told.truth.facts["order.completed"]


def test_the_values_in_the_streams_add_up_to_the_truth(told, web, mini, till_orders):
    paid, refunded = 0, 0
    for rows in till_orders.values():
        value = sum(int(Decimal(row["实收"]) * 100) for row in rows)
        paid, refunded = (paid, refunded + value) if rows[0]["退货"] else (paid + value, refunded)
    for m in [*web, *mini]:
        value = round(Decimal(str(m.get("properties", {}).get("total", 0))) * 100)
        paid += value if m.get("event") in {"Order Completed", "PayOrder"} else 0
        refunded += value if m.get("event") == "Order Refunded" else 0
    tallies = [*told.truth.known.values(), told.truth.anonymous]
    assert paid == sum(tally.value for tally in tallies)
    assert refunded == sum(tally.refunded for tally in tallies)


def test_a_row_of_the_tills_is_exact(rows):
    for row in rows:
        quantity, price = int(row["数量"]), Decimal(row["单价"])
        assert Decimal(row["实收"]) == quantity * price - Decimal(row["优惠"]) >= 0
        assert all(re.fullmatch(r"\d+\.\d\d", row[name]) for name in ("单价", "优惠", "实收"))
        assert re.fullmatch(r"2026-\d\d-\d\d \d\d:\d\d:\d\d", row["时间"])
        assert row["门店"] in {store.id for store in brand().stores}


def test_some_rows_come_late_and_no_row_twice(rows, till_orders):
    assert len({(row["订单号"], row["行号"]) for row in rows}) == len(rows)
    first_and_last = {}
    for place, row in enumerate(rows):
        first_and_last.setdefault(row["订单号"], [place, place])[1] = place
    scattered = [no for no, (first, last) in first_and_last.items() if last - first >= len(till_orders[no])]
    assert scattered


def test_a_message_id_of_the_web_shop_is_used_once(web):
    assert len({m["messageId"] for m in web}) == len(web)


def test_a_message_of_the_mini_program_is_sent_once(mini):
    keys = [(m.get("distinct_id"), m["time"], m["type"], m.get("event"), m.get("_track_id")) for m in mini]
    items = sum(m["type"] == "item_set" for m in mini)
    assert items == len(brand().products) + len(brand().stores)
    assert len(set(keys)) == len(mini) - items + 1  # items carry neither person nor number: all look alike here


def test_messages_are_small_and_inside_the_window(told, web, mini):
    for m in [*web, *mini]:
        assert len(json.dumps(m).encode()) < EVENT_BYTES_MAX / 10
    stamps = [to_micros(datetime.fromisoformat(m["timestamp"])) for m in web] + [m["time"] * 1000 for m in mini]
    assert min(stamps) >= told.window.from_at - 1000
    assert max(stamps) < told.window.until_at


def test_an_anonymous_browser_becomes_known_by_signing_in(web):
    known = defaultdict(set)
    for m in web:
        if m["type"] == "identify":
            known[m["anonymousId"]].add(m["userId"])
        elif "userId" in m and "anonymousId" in m:
            assert m["userId"] in known[m["anonymousId"]]
    assert known
    before = {m["anonymousId"] for m in web if "userId" not in m}
    assert sum(one in before for one in known) > 0.8 * len(known)


def test_the_mini_program_signs_up_with_the_openid_that_it_browsed_with(mini, told):
    signups = [m for m in mini if m["type"] == "track_signup"]
    assert signups
    by_user = {p.user_id: p for p in told.people}
    for m in signups:
        assert m["original_id"] == by_user[m["distinct_id"]].openid
        assert m["identities"] == {"$identity_mp_openid": m["original_id"], "$identity_login_id": m["distinct_id"]}


def test_visitors_without_an_account_stay_an_openid(mini, told):
    without = {p.openid for p in told.people if p.openid and not p.user_id}
    seen = {m["distinct_id"] for m in mini if "distinct_id" in m}
    assert without & seen
    assert not [m for m in mini if m.get("identities", {}).get("$identity_mp_openid") in without and "login_id" in m]


def sent_identifiers(web, mini, rows):
    """Every set of identifiers that travels in one message or order row."""
    names = {"$identity_mp_openid": "openid", "$identity_login_id": "user_id", "$identity_mobile": "phone",
             "card_no": "card_no"}  # fmt: skip
    for m in web:
        traits = m.get("traits", {})
        pairs = [("anonymous_id", m.get("anonymousId")), ("user_id", m.get("userId"))]
        yield {(k, v) for k, v in [*pairs, ("phone", traits.get("phone")), ("email", traits.get("email"))] if v}
    for m in mini:
        pairs = {(names[k], v) for k, v in m.get("identities", {}).items()}
        signup = (m["distinct_id"], m["original_id"]) if m["type"] == "track_signup" else ()
        yield pairs | {("anonymous_id", value) for value in signup}
    for row in rows:
        phone = f"+86{row['手机号']}" if row["手机号"] else ""
        yield {(k, v) for k, v in (("card_no", row["会员卡号"]), ("phone", phone)) if v}


def test_the_truth_has_seen_exactly_the_identifiers_that_were_sent(told, web, mini, rows):
    sent = set().union(*sent_identifiers(web, mini, rows))
    assert sent == set().union(*told.truth.seen.values())
    for number, identifiers in told.truth.seen.items():
        if number is not None:
            assert identifiers <= told.truth.people[number].identifiers()


def test_no_message_mixes_two_people_and_only_households_share_a_cookie(told, web, mini, rows):
    owners = defaultdict(set)
    for person in told.people:
        for identifier in person.identifiers():
            owners[identifier].add(person.number)
    shared = {frozenset(numbers) for numbers in owners.values() if len(numbers) > 1}
    assert shared == set(told.truth.households)
    assert shared
    for together in sent_identifiers(web, mini, rows):
        of_someone = [owners[identifier] for identifier in together if identifier in owners]
        assert not of_someone or set.intersection(*of_someone)


def test_several_devices_and_channels_belong_to_one_person(told):
    kinds = [Counter(kind for kind, _ in seen) for number, seen in told.truth.seen.items() if number is not None]
    assert any(count["anonymous_id"] >= 2 for count in kinds)
    assert any({"card_no", "phone", "openid", "user_id"} <= count.keys() for count in kinds)
    assert any(count.keys() == {"anonymous_id"} for count in kinds)


def test_phones_are_valid_and_lie_in_the_reserved_block(told):
    for person in told.people:
        assert re.fullmatch(r"\+861990000\d{4}", person.phone)
        assert phonenumbers.is_valid_number(phonenumbers.parse(person.phone))
        assert person.email == "" or person.email.endswith("@example.com")


def test_a_mistyped_phone_is_a_valid_phone_of_nobody():
    told = simulate(seed=2, people=2_500, until=UNTIL, days=60)
    assert told.truth.mistyped
    assert not told.truth.mistyped & {person.phone for person in told.people}
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(phone)) for phone in told.truth.mistyped)


def test_part_of_the_orders_at_the_till_is_anonymous(told, till_orders):
    anonymous = [rows for rows in till_orders.values() if not rows[0]["会员卡号"] + rows[0]["手机号"]]
    bought = [rows for rows in anonymous if not rows[0]["退货"]]
    assert len(bought) == told.truth.anonymous.orders
    assert 0.15 < len(anonymous) / len(till_orders) < 0.75


def test_only_staff_is_marked_as_staff(mini, told):
    staff = {p.user_id for p in told.people if p.habit is Habit.STAFF}
    for m in mini:
        if m["type"] == "profile_set":
            assert m["properties"]["is_staff"] is (m["distinct_id"] in staff)


def test_the_lengths_are_those_of_the_streams(told, tmp_path):
    lengths = told.lengths()
    assert lengths.segment == sum(1 for _ in told.segment_events())
    assert lengths.sensors == sum(1 for _ in told.sensors_events())
    assert lengths.order_rows == told.write_order_file(tmp_path / "orders.csv")


def test_online_orders_are_known_in_whole_yuan(told):
    steps = [step for one in told.happenings() if isinstance(one, Session) for step in one.steps]
    given, back = told.truth.online
    assert given == sum(step.value // 100 for step in steps if step.kind is StepKind.ORDER) > 0
    assert back == sum(step.value // 100 for step in steps if step.kind is StepKind.REFUND) > 0
