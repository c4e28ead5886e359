import pytest

from interplay.collect.ingest import api as ingest
from interplay.faces.http.doorkeeping import STRANGERS_BYTES_KEPT_MAX, STRANGERS_KEPT_PER_MINUTE_MAX
from interplay.faces.http.visits import FAILURES_BURST_MAX
from interplay.kernel.settings import Serve
from tests.faces.http.conftest import open_shop
from tests.faces.http.shop import FACTS


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def strict_shop(tmp_path, clock):
    yield from open_shop(tmp_path / "data", Serve(requests_per_second_max=2, requests_burst_max=4), seconds=clock)


def test_a_key_may_ask_so_often(strict_shop, clock):
    left = [strict_shop.get("/api/facts").headers["ratelimit-remaining"] for _ in range(4)]
    assert left == ["3", "2", "1", "0"]
    refused = strict_shop.get("/api/facts", lang="zh")
    assert (refused.status_code, refused.json()["code"]) == (429, "http.too_often")
    assert refused.json()["detail"] == "每秒最多 2 次请求；请在 1 秒后继续"
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["ratelimit-limit"] == "4"
    assert refused.headers["ratelimit-reset"] == "2"
    assert strict_shop.get("/api/keys", key="admin").status_code == 200
    clock.now += 1
    assert strict_shop.get("/api/facts").status_code == 200


def test_calls_without_the_scope_count_too(strict_shop):
    assert [strict_shop.get("/api/keys").status_code for _ in range(5)] == [403, 403, 403, 403, 429]


def test_strangers_are_counted_by_their_address(strict_shop, clock):
    answers = [strict_shop.client.get("/api/facts") for _ in range(FAILURES_BURST_MAX + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {401}
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "http.too_many_failures")
    assert answers[-1].headers["retry-after"] == "2"
    assert strict_shop.get("/api/facts").status_code == 200  # who has a key is not held up
    clock.now += 2
    assert strict_shop.client.get("/api/facts").status_code == 401


def test_the_doors_are_not_limited(strict_shop):
    answers = [strict_shop.post("/v1/batch", {"batch": FACTS}, key="write") for _ in range(20)]
    assert {answer.status_code for answer in answers} == {200}


def test_of_strangers_at_the_doors_a_few_are_kept_and_only_their_start(strict_shop):
    body = "x" * 400_000
    for _ in range(20):
        assert strict_shop.client.post("/v1/track", content=body).status_code == 401
    home = strict_shop.reach.home
    kept = ingest.rejects(home.database, home.keys, 100)
    assert 0 < len(kept) <= 2 * STRANGERS_KEPT_PER_MINUTE_MAX  # twice: a new minute may begin meanwhile
    assert {len(one.raw) for one in kept} == {STRANGERS_BYTES_KEPT_MAX}
    strict_shop.post("/v1/track", {"event": "Order Completed", "properties": {"x": body[:9_000]}}, key="write")
    assert len(ingest.rejects(home.database, home.keys, 1)[0].raw) > 9_000
