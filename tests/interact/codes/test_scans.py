"""A scan: counted once for each key, first once for each code; ranges decide whether it is one at all."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from interplay.acts.contracts import Refused
from interplay.interact.codes import api
from interplay.interact.codes.contracts import Level, Mark, Packing, Span
from interplay.kernel.errors import AppError
from interplay.kernel.time import MINUTE
from tests.interact.campaigns.square import why


def test_the_first_scan_is_first_and_a_later_one_says_when_that_was(plant):
    plant.make()
    at = plant.clock()
    first = plant.scan(7)
    assert (first.batch, first.product, first.item, first.scan_no, first.is_first) == ("caps", "P-tea", 7, 1, True)
    plant.clock.at += MINUTE
    plant.look()
    again = plant.scan(7, by=2)
    assert (again.scan_no, again.is_first, again.first_at) == (2, False, at)
    told = plant.named("item.scanned")
    assert [(one["item_code"], one["scan_no"], one["is_first"]) for one in told] == [
        ("caps/7", 1, True), ("caps/7", 2, False),
    ]  # fmt: skip
    assert not any(plant.code(7) in str(one) for one in told), "who reads facts cannot scan"


def test_a_repetition_is_no_scan(plant):
    plant.make()
    first, again = plant.scan(key="k"), plant.scan(key="k")
    assert (first.scan_no, again.scan_no, again.is_first, again.is_new) == (1, 1, True, False)
    with pytest.raises(AppError, match="stands for something else"):
        plant.scan(2, key="k")
    assert plant.scan().scan_no == 2


def test_of_many_who_scan_at_one_moment_one_is_first(plant):
    plant.make()
    for number in range(1, 9):
        plant.player(number)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda by: plant.scan(3, by, key=f"r{by}"), range(1, 9)))
    assert sorted(one.scan_no for one in found) == list(range(1, 9))
    assert [one.scan_no for one in found if one.is_first] == [1]
    assert sum(one["is_first"] for one in plant.named("item.scanned")) == 1


def test_a_code_works_from_the_moment_its_range_is_active(plant):
    plant.make(active=False)
    assert why(plant.scan(13)) == "code.not_active"
    assert plant.put(Mark.ACTIVE, 13, 24) == 12
    assert [why(plant.scan(item)) for item in (12, 25)] == ["code.not_active"] * 2
    assert [plant.scan(item).is_first for item in (13, 24)] == [True, True]
    assert plant.put(Mark.ACTIVE, 1, 36) == 24, "what is active already is no news"
    assert plant.put(Mark.ACTIVE, 1, 36) == 0
    (told,) = [one for one in plant.named("items.activated") if one["first_item"] == 13]
    assert (told["last_item"], told["item_count"], told["batch_id"]) == (24, 12, "caps")


def test_the_code_of_a_box_or_a_case_activates_all_that_is_in_it(plant):
    batch = plant.make(active=False)
    box, case = plant.code(3, Level.BOX), plant.code(2, Level.CASE)
    found = api.covered(plant.codes, [box, case])
    assert found == (batch, [Span(24, 36), Span(48, 96)])
    assert api.put(plant.codes, plant, batch, Mark.ACTIVE, found[1]) == 60
    assert [plant.scan(item).is_first for item in (25, 36, 49, 96)] == [True] * 4
    assert [why(plant.scan(item)) for item in (24, 37, 48, 97)] == ["code.not_active"] * 4
    assert why(plant.scan(code=box)) == "code.not_item"


def test_what_is_void_is_void_also_before_it_is_active(plant):
    plant.make(active=False)
    plant.put(Mark.VOID, 5, 6, reason="broken seal")
    plant.put(Mark.ACTIVE)
    assert [why(plant.scan(item)) for item in (5, 6)] == ["code.void"] * 2
    assert plant.scan(4).is_first
    plant.scan(8, key="k")
    plant.put(Mark.VOID, 8, 8)
    assert plant.scan(8, key="k").is_first, "what was answered is answered again"
    assert why(plant.scan(8)) == "code.void"


def test_what_is_no_code_of_ours_is_told_apart(plant):
    plant.make()
    code = plant.code()
    forged = ("0" if code[0] != "0" else "1") + code[1:]
    nobodys = plant.codes.codec.code(999_999)
    found = [why(plant.scan(code=one)) for one in ("HELLO", forged, nobodys)]
    assert found == ["code.form", "code.forged", "code.unknown"]
    assert {one["reason"] for one in plant.named("act.refused")} == set(found)
    assert plant.named("item.scanned") == []


def test_batches_follow_each_other_and_are_made_once(plant):
    one = plant.make(packing=Packing(), count=10)
    again = plant.make(packing=Packing(), count=10)
    other = plant.make("lids", 5)
    assert (again.number, again.first) == (one.number, one.first)
    assert other.first == one.first + 10
    assert plant.codes.unit(plant.code(5, name="lids")).index == 4
    with pytest.raises(AppError, match="already, of other items"):
        plant.make(packing=Packing(), count=11)
    assert len(plant.named("items.generated")) == 2


@pytest.mark.parametrize(
    ("more", "code"),
    [({"name": "Caps"}, "codes.name"), ({"count": 0}, "codes.bounds"), ({"packing": Packing(0, 4)}, "codes.packing"),
     ({"url": "i.example.cn"}, "codes.url"), ({"url": "https://i.example.cn"}, "codes.url"),
     ({"product": " "}, "codes.word"), ({"people_max": 0}, "codes.bounds")],
)  # fmt: skip
def test_a_batch_that_makes_no_sense_is_refused(plant, more, code):
    with pytest.raises(AppError) as refused:
        plant.make(**more)
    assert refused.value.code == code


@pytest.mark.parametrize("span", [(0, 5), (5, 4), (990, 1_001)])
def test_a_range_beyond_the_batch_is_refused(plant, span):
    plant.make()
    with pytest.raises(AppError) as refused:
        plant.put(Mark.ACTIVE, *span)
    assert refused.value.code == "codes.items"


def test_codes_of_two_batches_are_not_changed_at_once(plant):
    plant.make(active=False)
    plant.make("lids", active=False)
    with pytest.raises(AppError, match="more than one batch"):
        api.covered(plant.codes, [plant.code(), plant.code(name="lids")])
    assert api.covered(plant.codes, [plant.code(), "HELLO"]) == Refused("code.form")


def test_a_pallet_that_was_activated_item_by_item_is_active(plant):
    plant.make(count=2_400, packing=Packing(1_200), active=False)
    batch = plant.codes.batch("caps")
    for first in range(0, 2_400, 800):
        odd = [Span(item, item + 1) for item in range(first, first + 800)]
        api.put(plant.codes, plant, batch, Mark.ACTIVE, odd)
    plant.put(Mark.VOID, first=2_400)
    found = [api.verify(plant.codes, plant.code(box, Level.BOX)) for box in (1, 2)]
    assert [(one.is_active, one.is_void) for one in found] == [(True, False), (True, True)]


@pytest.mark.parametrize("grown", ["?clickid=0af7651916cd43dd", "/?from=wechat&scene=spring-2026-capsx"])
def test_an_address_that_has_grown_on_its_way_is_still_the_code_in_it(plant, grown):
    plant.make()
    code = plant.code(5).replace("-", "")
    assert plant.scan(code=f"https://i.example.cn/c/{code}{grown}").item == 5
