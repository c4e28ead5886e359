"""How often somebody may ask: token buckets, a bounded number of them."""

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

BUCKETS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left after a request. `wait_seconds` above 0 says no."""

    limit: int
    remaining: int
    reset_seconds: int  # until everything is there again
    wait_seconds: int = 0

    def headers(self) -> dict[str, str]:
        """Return the `RateLimit-*` headers, and `Retry-After` for a no."""
        found = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_seconds),
        }
        return found | {"Retry-After": str(self.wait_seconds)} if self.wait_seconds else found


class Buckets:
    """One bucket per name, refilled steadily. Beyond `BUCKETS_MAX` names the longest unused is forgotten."""

    def __init__(self, per_second: float, burst: int, seconds: Callable[[], float]) -> None:
        self._per_second = per_second
        self._burst = burst
        self._seconds = seconds
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # name → tokens, as of when

    def take(self, name: str) -> Allowance:
        """Take one token if there is one."""
        now = self._seconds()
        tokens, since = self._buckets.pop(name, (float(self._burst), now))
        tokens = min(self._burst, tokens + (now - since) * self._per_second)
        is_given = tokens >= 1
        tokens -= is_given
        self._buckets[name] = tokens, now
        if len(self._buckets) > BUCKETS_MAX:
            self._buckets.popitem(last=False)
        return Allowance(
            limit=self._burst,
            remaining=int(tokens),
            reset_seconds=math.ceil((self._burst - tokens) / self._per_second),
            wait_seconds=0 if is_given else max(math.ceil((1 - tokens) / self._per_second), 1),
        )

    def give_back(self, name: str) -> None:
        """Take what was taken as not asked for."""
        if name in self._buckets:
            tokens, since = self._buckets[name]
            self._buckets[name] = min(self._burst, tokens + 1), since
