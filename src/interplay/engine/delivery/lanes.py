"""How much an endpoint is given at once: less when it fails, nothing for a while when it fails again and again.

Pure: the instant is handed in. What is not taken from the outbox meanwhile uses up none of its attempts.
"""

from dataclasses import dataclass

from interplay.engine.delivery.contracts import Outcome
from interplay.kernel.time import MINUTE, SECOND

FAILURES_TO_PAUSE = 5  # in a row
PAUSE_FIRST = 15 * SECOND
PAUSE_MAX = 10 * MINUTE


@dataclass(slots=True)
class Lane:
    """One endpoint's way out."""

    running_count: int = 0
    failures_count: int = 0  # in a row
    pauses_count: int = 0  # in a row
    paused_until: int = 0  # microseconds UTC

    def free(self, at_once_max: int, now: int) -> int:
        """Return how many more deliveries may be under way now; after a pause one alone tries first.

        Places are given out by halves: taking one delivery at a time would cost a flush of the disk for each.
        """
        if now < self.paused_until:
            return 0
        most = 1 if self.failures_count >= FAILURES_TO_PAUSE else at_once_max
        free = max(most - self.running_count, 0)
        return free if free * 2 >= most else 0

    def note(self, outcome: Outcome, now: int) -> None:
        """Take in how a delivery ended."""
        if outcome.failure is None:
            self.failures_count = self.pauses_count = 0
            return
        self.failures_count += 1
        if outcome.retry_at is not None:
            self.paused_until = max(self.paused_until, min(outcome.retry_at, now + PAUSE_MAX))
        if self.failures_count >= FAILURES_TO_PAUSE and now >= self.paused_until:
            self.paused_until = now + min(PAUSE_FIRST << min(self.pauses_count, 20), PAUSE_MAX)
            self.pauses_count += 1
