import threading
from importlib.metadata import version

import pytest

from interplay.faces.http import pulse
from interplay.faces.http.metrics import Histogram, Sheet
from interplay.kernel.errors import AppError


def test_it_is_well(shop):
    answer = shop.client.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "version": version("interplay"),
        "database": "SQLite",
        "log_position": 5,
        "warehouse_position": 5,
        "away": [],
    }


def test_a_mind_that_is_gone_is_named(own_shop):
    def gone(*_):
        raise AppError("engine.away", status=503, path="mind.sock")

    own_shop.reach.ask = gone
    answer = own_shop.client.get("/health")
    assert answer.status_code == 503
    found = answer.json()
    assert (found["status"], found["away"], found["warehouse_position"]) == ("away", ["mind"], None)
    assert own_shop.get("/api/segments").json()["code"] == "engine.away"
    assert "interplay_warehouse_lag" not in own_shop.get("/metrics").text


def test_a_writer_that_hangs_is_named_and_asked_once(own_shop, monkeypatch):
    monkeypatch.setattr(pulse, "LOOK_SECONDS_MAX", 0.1)
    go_on = threading.Event()
    asked = []

    def hang(*_):
        asked.append(1)
        go_on.wait()

    own_shop.reach.write = hang
    try:
        for _ in range(3):
            answer = own_shop.client.get("/health")
            assert (answer.status_code, answer.json()["away"]) == (503, ["writer"])
        assert len(asked) == 1
    finally:
        go_on.set()


def test_health_needs_no_key_and_is_not_limited(shop):
    assert {shop.client.get("/health").status_code for _ in range(50)} == {200}


def numbers(text):
    return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))


def test_metrics_count_what_came(shop):
    answer = shop.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = numbers(answer.text)
    assert found['interplay_items_total{door="segment",result="stored"}'] == "5"
    assert found['interplay_items_total{door="segment",result="rejected"}'] == "1"
    assert found["interplay_log_position"] == found["interplay_warehouse_position"] == "5"
    assert found["interplay_warehouse_lag"] == found["interplay_write_queue_length"] == "0"
    assert found['interplay_database_info{kind="SQLite"}'] == "1"
    assert found["interplay_rejects_kept"] == "1"
    assert found['interplay_write_seconds_bucket{le="+Inf"}'] == found["interplay_write_seconds_count"] != "0"
    assert int(found["process_resident_memory_bytes"]) > 10_000_000
    assert float(found["process_cpu_seconds_total"]) > 0


def test_metrics_count_facts_without_a_rate(own_shop):
    def order(message_id, **properties):
        event = {"event": "Order Completed", "userId": "li", "messageId": message_id, "properties": properties}
        assert own_shop.post("/v1/track", event, key="write").status_code == 200

    order("a", total=128.5, currency="EUR")
    order("a", total=128.5, currency="EUR")
    order("b", total=128.5, currency="CNY")
    order("c", total=128.5)
    found = numbers(own_shop.get("/metrics").text)
    assert found['interplay_facts_without_rate_total{door="segment"}'] == "1"


@pytest.mark.parametrize(("value", "bucket"), [(0.0, 0), (1.0, 0), (1.5, 1), (2.0, 1), (3.0, 2)])
def test_a_bound_belongs_to_its_bucket(value, bucket):
    histogram = Histogram((1.0, 2.0))
    histogram.observe(value)
    assert histogram.counts.index(1) == bucket


def test_buckets_add_up():
    histogram = Histogram((1.0, 2.0))
    for value in (0.5, 1.5, 1.5, 9):
        histogram.observe(value)
    sheet = Sheet()
    sheet.add_histogram("seconds", "Some.", histogram)
    assert numbers(sheet.text()) == {
        'seconds_bucket{le="1.0"}': "1",
        'seconds_bucket{le="2.0"}': "3",
        'seconds_bucket{le="+Inf"}': "4",
        "seconds_sum": "12.500000",
        "seconds_count": "4",
    }
