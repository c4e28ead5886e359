"""What is amiss: goods where they were not sent, one code in two places, or with too many people."""

from contextlib import closing

import pytest

from interplay.bootstrap.mind import Mind
from interplay.bootstrap.registry import PurgeNow, purge_now
from interplay.interact.codes import api, rules
from interplay.interact.codes.contracts import Alarm, Destination, Mark, Seen
from interplay.interact.codes.provinces import province_of
from interplay.kernel.time import DAY


@pytest.mark.parametrize("said", [
    "广东", "广东省", "中国广东省", "廣東省", "Guangdong", "guangdong province", "Guangdong Sheng", "CN-GD", " cn-gd ",
    "440000", "CN-44",
])  # fmt: skip
def test_a_province_has_one_name_however_it_is_written(said):
    assert province_of(said) == "CN-GD"


@pytest.mark.parametrize(
    ("province", "city", "found"),
    [("", "上海市", "CN-SH"), ("", "广州", ""), ("内蒙古自治区", "", "CN-NM"), ("广西壮族自治区", "", "CN-GX"),
     ("Shaanxi", "", "CN-SN"), ("shanxi", "", "CN-SX"), ("Bavaria", "", "BAVARIA"), ("", "", ""), ("-", "", ""),
     ("浙江省", "上海", "CN-ZJ"), ("香港特别行政区", "", "CN-HK"), ("Beijing Shi", "", "CN-BJ"),
     ("Guangxi Zhuang Autonomous Region", "", "CN-GX"), ("Xinjiang Uygur Zizhiqu", "", "CN-XJ"),
     ("Ningxia Hui Autonomous Region", "", "CN-NX"), ("新疆維吾爾自治區", "", "CN-XJ"), ("Beijing City", "", "CN-BJ"),
     ("Hong Kong Special Administrative Region", "", "CN-HK"), ("中国", "", "中国")],
)  # fmt: skip
def test_provinces(province, city, found):
    assert province_of(province, city) == found


def test_goods_that_are_scanned_where_they_were_not_sent_raise_an_alarm_once(plant):
    plant.make()
    plant.send("广东", "广西", first=1, last=480)
    plant.send("浙江", first=481)
    plant.scan(1, province="Guangdong")
    plant.scan(2, province="广西壮族自治区")
    plant.scan(500, province="上海")
    plant.scan(500, province="上海市")
    plant.scan(3)
    assert plant.alarms() == [(500, "diverted")]
    (told,) = plant.named("item.alarm_raised")
    assert (told["province"], told["former_province"], told["batch_id"]) == ("CN-SH", "CN-ZJ", "caps")
    assert plant.alarms() == [(500, "diverted")], "a reaction that looks again raises none twice"


def test_goods_that_are_sent_on_are_right_where_they_went_last(plant):
    plant.make()
    plant.send("广东")
    plant.send("浙江", first=100, last=200)
    for item, province in ((99, "广东"), (100, "浙江"), (200, "浙江"), (201, "广东")):
        plant.scan(item, province=province)
    assert plant.alarms() == []
    plant.scan(150, province="广东")
    assert plant.alarms() == [(150, "diverted")]
    assert api.views(plant.codes)[0].sent == 1_000


def test_one_code_in_two_provinces_is_a_copy(plant):
    plant.make()
    plant.scan(9, by=1, province="四川")
    plant.scan(9, by=2)
    assert plant.alarms() == []
    plant.scan(9, by=3, province="湖南")
    plant.scan(9, by=4, province="湖南")
    assert plant.alarms() == [(9, "provinces")]
    (told,) = plant.named("item.alarm_raised")
    assert (told["province"], told["former_province"]) == ("CN-HN", "CN-SC")


def test_more_people_than_one_thing_has_are_an_alarm(plant):
    plant.make(people_max=3)
    for _ in range(6):
        plant.scan(4, by=1)
    for by in (2, 3):
        plant.scan(4, by=by)
    assert plant.alarms() == []
    plant.scan(4, by=4)
    plant.scan(4, by=5)
    assert plant.alarms() == [(4, "people")]
    assert plant.named("item.alarm_raised")[0]["people_count"] == 4


def test_who_scans_learns_of_no_alarm(plant):
    plant.make()
    plant.send("广东")
    first, second = plant.scan(1, province="北京"), plant.scan(2, province="广东")
    assert plant.alarms() == [(1, "diverted")]
    assert {name: getattr(first, name) for name in ("scan_no", "is_first", "first_at")} == {
        name: getattr(second, name) for name in ("scan_no", "is_first", "first_at")
    }
    alarms = [row for row in plant.rows() if row.name == "item.alarm_raised"]
    assert [row.subject for row in alarms] == [None], "it is not in what she may export"


def test_everything_of_a_code_is_traced(plant):
    plant.make()
    plant.send("广东", dealer="D-1")
    plant.scan(30, province="广东", city="广州")
    plant.clock.at += 1_000_000
    plant.scan(30, by=2, province="湖南")
    plant.look()
    found = api.trace(plant.codes, plant.code(30))
    assert (found.batch.name, found.number, found.scan_count, found.is_rewarded) == ("caps", 30, 2, False)
    assert set(found.within) == {"box", "case", "pallet"}
    box = api.trace(plant.codes, found.within["box"])
    assert (box.number, box.items.first, box.items.until, box.scans) == (3, 24, 36, ())
    assert [(one.scan_no, one.province, one.city) for one in found.scans] == [(1, "CN-GD", "广州"), (2, "CN-HN", "")]
    assert {one.alarm for one in found.alarms} == {Alarm.DIVERTED, Alarm.PROVINCES}
    assert found.sent[0].destination == Destination(("CN-GD",), dealer="D-1")
    assert (len(found.active), found.void) == (1, ())
    assert api.trace_item(plant.codes, "caps", 30) == found


def test_a_till_verifies_without_scanning(plant):
    plant.make()
    plant.put(Mark.VOID, 2, 2)
    found = [api.verify(plant.codes, plant.code(item)) for item in (1, 2)]
    assert [(one.is_active, one.is_void, one.scan_count) for one in found] == [(True, False, 0), (True, True, 0)]
    assert plant.named("item.scanned") == []


def test_who_is_erased_is_forgotten_and_a_copy_is_still_a_copy(plant):
    plant.make()
    plant.scan(1, by=1, province="广东")
    plant.look()
    plant.follow()
    plant.erase(plant.player(1))
    found = api.trace_item(plant.codes, "caps", 1)
    assert [(one.subject, one.province) for one in found.scans] == [(None, "CN-GD")]
    plant.scan(1, by=2, province="湖南")
    assert plant.alarms() == [(1, "provinces")]


def test_rules_say_nothing_of_what_nobody_said():
    scan = Seen(1, 2, 0, None)
    before = Seen(0, 1, 0, None, "CN-GD")
    assert list(rules.alarms(scan, [before, scan], Destination(("CN-ZJ",)), {1}, 5)) == []
    assert list(rules.alarms(Seen(1, 1, 0, 1, "CN-GD"), [], Destination(region="south"), {1}, 5)) == []


def test_scans_are_kept_as_long_as_their_facts(plant):
    plant.make()
    plant.apply({"kind": "retention", "facts": {"item.scanned": "30d"}})
    for _ in range(2):
        plant.scan(7, province="广东")
        plant.look()
        plant.clock.at += 20 * DAY
    with closing(Mind(plant.home, plant.writer)) as mind:
        assert mind.ask(purge_now, PurgeNow("li")).facts_count == 1
    found = api.trace_item(plant.codes, "caps", 7)
    assert (found.scan_count, [one.scan_no for one in found.scans]) == (2, [2])
    again = plant.scan(7)
    assert (again.scan_no, again.is_first, again.first_at) == (3, False, None)
    assert api.verify(plant.codes, plant.code(7)).first_at is None
