"""Stores as documents, and devices with keys."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from interplay.bootstrap import devices
from interplay.engine.documents.contracts import MistakesError
from interplay.kernel.errors import AppError
from interplay.kernel.time import HOUR
from interplay.link.stores import api as stores
from tests.stores import NOW, DoorOnly, Store

NANJING = {
    "kind": "store",
    "name": "nanjing-road",
    "label": {"zh": "南京路店", "en": "Nanjing Road"},
    "place": {"address": "南京东路 100 号", "city": "上海", "latitude": 31.24, "longitude": 121.49},
    "hours": {"mon-fri": ["09:00-21:00"]},
    "days": {"2026-02-17": []},
    "staff": ["王丽", "zhao"],
}


@pytest.fixture
def shop(tmp_path, database_url):
    with Store(tmp_path / "data", url=database_url) as opened:
        opened.apply(NANJING)
        yield opened


def brand(shop):
    return shop.home.settings.brand


def test_a_store_is_what_its_document_says(shop):
    found = stores.store_of(shop.database, brand(shop), "nanjing-road")
    assert (found.label.en, found.place.city, found.timezone) == ("Nanjing Road", "上海", "Asia/Shanghai")
    assert found.staff == ("王丽", "zhao")
    assert not stores.is_open(found, NOW)  # 08:00 in Shanghai
    assert stores.is_open(found, NOW + HOUR)
    assert [one.name for one in stores.all_stores(shop.database, brand(shop))] == ["nanjing-road"]
    with pytest.raises(AppError) as wrong:
        stores.store_of(shop.database, brand(shop), "elsewhere")
    assert (wrong.value.code, wrong.value.status) == ("stores.unknown", 404)


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        ({"name": "南京路"}, ("name",), "stores.name"),
        ({"timezone": "Asia/Nanjing"}, ("timezone",), "settings.timezone"),
        ({"place": {"latitude": 91.0, "longitude": 0.0}}, ("place", "latitude"), "stores.degrees"),
        ({"place": {"latitude": 31.0}}, ("place",), "stores.half_a_place"),
        ({"hours": {"monday": ["09:00-10:00"]}}, ("hours", "monday"), "stores.weekday"),
        ({"hours": {"mon": ["9-10"]}}, ("hours", "mon", 0), "stores.hours"),
        ({"hours": {"mon": ["09:00-10:00"] * 7}}, ("hours", "mon"), "stores.too_many_hours"),
        ({"hours": {"mon-fri": [], "wed": []}}, ("hours",), "stores.weekday_twice"),
        ({"hours": {"mon": ["09:00-12:00", "11:00-13:00"]}}, ("hours",), "stores.overlap"),
        ({"days": {"17.2.2026": []}}, ("days", "17.2.2026"), "stores.date"),
        ({"hours": None, "days": {"2026-02-17": []}}, ("days",), "stores.days_only"),
        ({"staff": ["li", "li"]}, ("staff", 0), "stores.staff"),
        ({"staff": [" "]}, ("staff", 0), "stores.staff"),
        ({"owner": "li"}, ("owner",), "documents.shape.key"),
    ],
)
def test_a_mistake_in_a_document_is_told_at_its_place(shop, change, place, code):
    with pytest.raises(AppError) as wrong:
        shop.apply({**NANJING, "name": "other", **change})
    found = wrong.value.mistakes if isinstance(wrong.value, MistakesError) else [wrong.value]
    assert (place, code) in {(one.place, one.mistake.code) for one in found}
    assert len(stores.all_stores(shop.database, brand(shop))) == 1


def test_a_device_is_added_once_and_its_key_is_not_kept(shop):
    key = devices.add_device(shop, "nanjing-road", "till-1")
    assert key.startswith("dk_")
    assert len(key) == 3 + 43  # 256 bits
    (digest,) = stores.devices(shop.database)
    assert digest == stores.digest_of(key)
    with pytest.raises(AppError) as wrong:
        devices.add_device(shop, "nanjing-road", "till-1")
    assert (wrong.value.code, wrong.value.status) == ("stores.device_taken", 409)
    assert [row.name for row in shop.rows()] == ["device.added"]


def test_a_revoked_device_stays_revoked_and_its_name_is_not_used_again(shop):
    devices.add_device(shop, "nanjing-road", "till-1")
    devices.revoke_device(shop, "till-1")
    (device,) = stores.devices(shop.database).values()
    assert device.revoked_at == NOW
    for again, code in (
        (lambda: devices.revoke_device(shop, "till-1"), "stores.device_unknown"),
        (lambda: devices.add_device(shop, "nanjing-road", "till-1"), "stores.device_taken"),
        (lambda: devices.add_device(shop, "elsewhere", "till-2"), "stores.unknown"),
        (lambda: devices.add_device(shop, "nanjing-road", "a/b"), "stores.device_name"),
    ):
        with pytest.raises(AppError) as wrong:
            again()
        assert wrong.value.code == code
    assert [row.name for row in shop.rows()] == ["device.added", "device.revoked"]


def test_of_eight_that_add_one_device_at_once_one_gets_a_key(shop):
    def add(_):
        try:
            return devices.add_device(shop, "nanjing-road", "till-1")
        except AppError as error:
            return error.code

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(add, range(8)))
    assert answers.count("stores.device_taken") == 7
    assert len(shop.rows()) == 1


def test_devices_need_no_warehouse(tmp_path):
    with DoorOnly(tmp_path / "data") as door:
        assert stores.devices(door.database) == {}
