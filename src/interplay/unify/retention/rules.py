"""How long a fact is kept. Pure: no clock, no database."""

from collections.abc import Iterable

from interplay.kernel.ids import Micros
from interplay.unify.retention.contracts import Limits, Periods

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
