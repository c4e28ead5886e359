"""When simulated players play, which of it is written at once, and the days between."""

import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import accumulate, groupby
from zoneinfo import ZoneInfo

from interplay.interact.campaigns.contracts import Snapshot
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, HOUR, day_of, from_micros, start_of
from interplay.rehearse.campaigns.contracts import Pattern, PreviewAsk

TOGETHER = 64
"""How many plays are written at once, as they are when many play at a time."""
HOURS = (2, 1, 1, 1, 1, 2, 4, 6, 6, 5, 5, 7, 9, 7, 5, 5, 6, 8, 11, 14, 15, 13, 9, 5)
"""How many play in each hour of the day, against each other, where most do in the evening."""


def moments_of(ask: PreviewAsk, snapshot: Snapshot, rng: random.Random, zone: ZoneInfo) -> Iterator[Micros]:
    """Yield when somebody plays."""
    length = snapshot.ends_at - snapshot.starts_at
    hours = list(accumulate(HOURS))
    days = max(length // DAY, 1)
    for _ in range(ask.plays):
        if ask.pattern is Pattern.EVEN or length < DAY:
            yield Micros(snapshot.starts_at + int(rng.random() * length))
        else:
            hour = bisect(hours, rng.random() * hours[-1])
            on = start_of(day_of(snapshot.starts_at, zone), zone) + rng.randrange(days) * DAY
            at = on + hour * HOUR + int(rng.random() * HOUR)
            yield Micros(min(max(at, snapshot.starts_at), snapshot.ends_at - 1))


def together(moments: Sequence[Micros], zone: ZoneInfo) -> Iterator[Sequence[Micros]]:
    """Yield plays that are written at once: those of an hour, so that a day's limits are those of its plays."""

    def hour_of(at: Micros) -> str:
        return from_micros(at).astimezone(zone).isoformat()[: len("2026-01-01T00")]

    for _, hour in groupby(moments, hour_of):
        some = list(hour)
        for start in range(0, len(some), TOGETHER):
            yield some[start : start + TOGETHER]


def midnights(after: Micros, until: Micros, zone: ZoneInfo) -> Iterator[Micros]:
    """Yield the beginnings of the days after that of an instant, up to that of another."""
    day, last = day_of(after, zone), day_of(until, zone)
    while day < last:
        day += timedelta(1)
        yield start_of(day, zone)
