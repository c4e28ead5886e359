"""The counters of a group of acts: read once, counted in mind, written together.

Whoever writes acts is alone until its group is on disk (`Lock.ALL`), so nobody else can change them meanwhile. A coupon
that everybody redeems at once is one row of a group, not one statement of each act.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from interplay.acts.store import counters
from interplay.engine.oltp.database import Raw

Counter = tuple[str, int, int]
"""Scope, window and subject; 0: not counted by customer."""


class Tally:
    """The counters of one group as they stand, with what the group has counted so far."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        self._used: dict[Counter, int] = {}
        self._stored: dict[Counter, int] = {}
        self._changes: list[tuple[Counter, int]] = []  # each with what it was before

    def learn(self, wanted: Iterable[Counter]) -> None:
        """Read what is not known yet, all at once."""
        new = [one for one in dict.fromkeys(wanted) if one not in self._used]
        for one, used in zip(new, self._raw.find_each(counters, "used", new) if new else (), strict=True):
            self._used[one] = self._stored[one] = used or 0

    def used(self, wanted: Iterable[Counter]) -> int:
        """Return how much of some counters is used together."""
        wanted = list(wanted)
        self.learn(wanted)
        return sum(self._used[one] for one in wanted)

    def change(self, counter: Counter, amount: int) -> None:
        before = self.used([counter])
        self._changes.append((counter, before))
        self._used[counter] = before + amount

    def mark(self) -> int:
        """Return where `back_to` leads."""
        return len(self._changes)

    def back_to(self, mark: int) -> None:
        """Forget what was counted since, as the transaction forgets what was written."""
        while len(self._changes) > mark:
            counter, before = self._changes.pop()
            self._used[counter] = before

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep what is counted inside, unless it raises."""
        mark = self.mark()
        try:
            yield
        except BaseException:
            self.back_to(mark)
            raise

    def flush(self) -> None:
        """Write what has changed."""
        changed = sorted({one for one, _ in self._changes if self._used[one] != self._stored[one]})
        self._changes.clear()
        if changed:
            self._raw.put_many(counters, [(*one, self._used[one]) for one in changed])
            self._stored |= {one: self._used[one] for one in changed}
