"""Devices and tills over HTTP."""

import time

import pytest

from tests.link.stores.test_stores import NANJING

MOMENT_SECONDS = 0.7  # until keys are read again


@pytest.fixture
def till_shop(own_shop):
    assert own_shop.post("/api/documents/apply", {"documents": [NANJING]}, key="admin").status_code == 200
    made = own_shop.post("/api/devices", {"store": "nanjing-road", "name": "till-1"}, key="admin")
    assert made.status_code == 201
    own_shop.keys["till"] = made.json()["key"]
    time.sleep(MOMENT_SECONDS)
    return own_shop


def test_a_till_learns_where_it_is(till_shop):
    found = till_shop.get("/api/till", key="till").json()
    assert found["device"] == "till-1"
    assert found["store"]["label"] == {"zh": "南京路店", "en": "Nanjing Road"}
    assert found["store"]["staff"] == ["王丽", "zhao"]


def test_a_revoked_device_is_refused_with_its_own_code(till_shop):
    assert till_shop.call("DELETE", "/api/devices/till-1", key="admin").status_code == 204
    time.sleep(MOMENT_SECONDS)
    refused = till_shop.get("/api/till", key="till", lang="zh")
    assert (refused.status_code, refused.json()["code"]) == (401, "stores.device_revoked")
    assert refused.json()["detail"] == "设备 'till-1' 的密钥已吊销；请用新名称重新添加设备"
    listed = till_shop.get("/api/devices", key="admin").json()["items"]
    assert [(one["name"], one["revoked_at"] is None) for one in listed] == [("till-1", False)]


def test_a_device_may_do_nothing_that_an_api_key_may(till_shop):
    refused = till_shop.get("/api/devices", key="till")
    assert (refused.status_code, refused.json()["code"]) == (401, "keys.unknown_secret")
    assert till_shop.post("/v1/track", {"event": "X", "userId": "u"}, key="till").status_code == 401


def test_an_api_key_is_no_device(till_shop):
    refused = till_shop.get("/api/till", key="all")
    assert (refused.status_code, refused.json()["code"]) == (401, "stores.device_key")


def test_stores_are_listed_and_devices_added_once(till_shop):
    assert [one["name"] for one in till_shop.get("/api/stores").json()["items"]] == ["nanjing-road"]
    again = till_shop.post("/api/devices", {"store": "nanjing-road", "name": "till-1"}, key="admin")
    assert (again.status_code, again.json()["code"]) == (409, "stores.device_taken")
    nowhere = till_shop.post("/api/devices", {"store": "x", "name": "till-2"}, key="admin")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "stores.unknown")
