from interplay.faces.http import limits
from interplay.faces.http.limits import Buckets


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def test_a_bucket_empties_and_fills_again_steadily():
    clock = Clock()
    buckets = Buckets(2, 3, clock)
    assert [buckets.take("a").remaining for _ in range(3)] == [2, 1, 0]
    refused = buckets.take("a")
    assert (refused.wait_seconds, refused.remaining, refused.reset_seconds) == (1, 0, 2)
    clock.now += 0.5
    assert buckets.take("a").wait_seconds == 0
    assert buckets.take("a").wait_seconds == 1
    clock.now += 100
    assert buckets.take("a").remaining == 2


def test_names_have_buckets_of_their_own():
    buckets = Buckets(1, 1, Clock())
    assert buckets.take("a").wait_seconds == 0
    assert buckets.take("b").wait_seconds == 0
    assert buckets.take("a").wait_seconds == 1


def test_only_so_many_buckets_are_kept():
    buckets = Buckets(1, 1, Clock())
    for n in range(limits.BUCKETS_MAX + 5):
        buckets.take(str(n))
    assert len(buckets._buckets) == limits.BUCKETS_MAX


def test_only_a_refusal_says_when_to_try_again():
    buckets = Buckets(1, 1, Clock())
    assert "Retry-After" not in buckets.take("a").headers()
    assert buckets.take("a").headers() == {
        "RateLimit-Limit": "1",
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": "1",
        "Retry-After": "1",
    }
