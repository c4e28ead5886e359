"""The parts of the demo: what it did besides its story, whom it chooses, and how it looks for what must be gone."""

from datetime import UTC, datetime

import pytest

from interplay.faces.cli.demo import choosing, deeds, rights
from interplay.faces.cli.demo.deeds import Deeds, Placed
from interplay.rehearse.brand.api import guest_order, simulate


@pytest.fixture(scope="module")
def truth():
    return simulate(seed=3, people=200, until=datetime(2026, 7, 1, tzinfo=UTC), days=20).truth


def buyer(truth):
    return next(number for number, tally in truth.known.items() if number is not None and tally.value > 0)


def test_without_deeds_the_truth_is_that_of_the_story(truth):
    assert deeds.truth_after(truth, Deeds()) == truth


def test_an_order_counts_for_whoever_placed_it_and_the_story_stays_as_it_was(truth):
    number = buyer(truth)
    before = truth.known[number].orders, truth.known[number].value
    after = deeds.truth_after(truth, Deeds((Placed(number, 500, {}), Placed(-1, 700, {}))))
    assert (after.known[number].orders, after.known[number].value) == (before[0] + 1, before[1] + 500)
    assert (after.known[-1].orders, after.known[-1].value) == (1, 700)
    assert after.facts["order.completed"] == truth.facts["order.completed"] + 2
    assert (truth.known[number].orders, truth.known[number].value) == before


def test_what_came_back_of_an_order_is_a_refund(truth):
    number = buyer(truth)
    before = truth.known[number].refunds, truth.known[number].refunded
    after = deeds.truth_after(truth, Deeds((Placed(number, 500, {}, 200, {"messageId": "b"}),)))
    assert (after.known[number].refunds, after.known[number].refunded) == (before[0] + 1, before[1] + 200)
    assert after.facts["order.refunded"] == truth.facts.get("order.refunded", 0) + 1


def test_points_follow_the_story_and_the_deeds(truth):
    given, back = truth.online
    assert given > back >= 0
    assert deeds.points(truth, Deeds()) == (given, back)
    whole, part = Placed(1, 3_199, {}, 3_199, {}), Placed(1, 1_000, {}, 250, {})
    assert deeds.points(truth, Deeds((whole, part, Placed(1, 99, {})))) == (given + 31 + 10, back + 31 + 2)


def test_of_whoever_was_erased_the_number_of_facts_is_left(truth):
    number = buyer(truth)
    after = deeds.truth_after(truth, Deeds((Placed(number, 500, {}),), frozenset({number})))
    assert (after.known[number].orders, after.known[number].value) == (truth.known[number].orders + 1, 0)
    assert after.known[number].refunded == 0
    assert number not in after.seen
    assert number not in after.connected
    assert sum(after.facts.values()) == sum(truth.facts.values()) + 1


def test_deeds_are_kept_in_a_file(tmp_path):
    done = Deeds((Placed(1, 500, {"messageId": "a"}),), frozenset({2, 3}))
    assert deeds.read(tmp_path / "deeds.json") == Deeds()
    deeds.write(tmp_path / "deeds.json", done)
    assert deeds.read(tmp_path / "deeds.json") == done


def test_orders_of_one_visitor_are_told_apart():
    one, value = guest_order(1, "c0ffee", 0)
    other, _ = guest_order(2, "c0ffee", 0)
    assert one["messageId"] != other["messageId"]
    assert value == 8_800
    assert (one["event"], one["anonymousId"], one["properties"]["total"]) == ("Order Completed", "c0ffee", 88.0)
    assert "userId" not in one


def test_a_double_is_one_person_in_two_customers_with_nobody_else(truth):
    number = next(n for n, seen in truth.seen.items() if n is not None and len(_kinds(seen)) > 2 and _device(seen))
    seen = truth.seen[number]
    device = _device(seen)
    apart = {one: (1 if one == device else 2) for one in seen}
    others = {one: 3 for n, sent in truth.seen.items() if n != number for one in sent if one not in seen}
    (found,) = choosing.doubles(others | apart, truth)
    assert (found.person.number, found.device, found.identifiers) == (number, device, frozenset(seen))
    assert found.known_by[0] == "user_id"
    assert choosing.doubles(others | dict.fromkeys(seen, 1), truth) == []
    stranger = next(iter(others))
    assert choosing.doubles(others | apart | {stranger: 2}, truth) == []


def test_a_value_that_is_left_is_found_in_whichever_file(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "a.bin").write_bytes(bytes(5))
    (tmp_path / "run/b.bin").write_bytes(b"..+8619900000001..")
    assert rights.search(tmp_path, {b"19900000001", b"6688"}) == (2, 23, 1)
    assert rights.search(tmp_path, {b"19900000002"}) == (2, 23, 0)


def _kinds(seen):
    return {kind for kind, _ in seen} & {"user_id", "phone", "anonymous_id"}


def _device(seen):
    return next((one for one in sorted(seen) if one[0] == "anonymous_id"), None)
