"""How long a fact is kept. Pure: no clock, no database."""

import math
from collections.abc import Iterable

from interplay.criteria.contracts import Between, Window, Within
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY
from interplay.unify.retention.contracts import Cut, Limits, Periods

ANY = ".*"


def period(periods: Periods, name: str) -> int | None:
    """Return how long facts of a name are kept; None is for ever.

    A name goes before a beginning of names, and a longer beginning before a shorter one.
    """
    if name in periods.kept:
        return None
    matching = [pattern for pattern in periods.facts if matches(pattern, name)]
    return periods.facts[max(matching, key=lambda one: (one == name, len(one)))] if matching else periods.default


def matches(pattern: str, name: str) -> bool:
    """Return whether a pattern means a name: the name itself, or `page.*` for `page.viewed`."""
    return pattern == name or (pattern.endswith(ANY) and name.startswith(pattern[: -len("*")]))


def cuts(periods: Periods, reaches: Iterable[tuple[str, Window]], now: int) -> list[Cut]:
    """Return for which facts a criterion looks further back than they are kept; without a window it always does."""
    found = set()
    for fact, window in reaches:
        kept = period(periods, fact)
        if kept is not None and _reach(window, now) > kept:
            found.add(Cut(fact, kept // DAY))
    return sorted(found)


def _reach(window: Window, now: int) -> float:
    match window:
        case Within():
            return window.micros
        case Between():
            return now - window.from_at
    return math.inf


def limits(periods: Periods, names: Iterable[str], now: int) -> Limits:
    """Return what a purge takes at `now`, of the facts there are."""
    known = {name: period(periods, name) for name in names}
    before = {name: Micros(now - kept) for name, kept in sorted(known.items()) if kept is not None}
    anonymous = None if periods.anonymous is None else Micros(now - periods.anonymous)
    return Limits(before, anonymous, tuple(sorted(periods.kept)))


def has_periods(periods: Periods) -> bool:
    return any(one is not None for one in (*periods.facts.values(), periods.default, periods.anonymous))


def takes_something(what: Limits) -> bool:
    return bool(what.before) or what.anonymous_before is not None
