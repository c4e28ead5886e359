"""The time of which conversions are asked."""

from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY
from interplay.measure.attribution.contracts import PERIOD_DAYS, AskAttribution


def period(ask: AskAttribution, now: Micros) -> tuple[Micros, Micros]:
    """Return since when, inclusive, and until when. Raises AppError `attribution.period`."""
    until = now if ask.until is None else ask.until
    since = Micros(max(until - PERIOD_DAYS * DAY, 0)) if ask.since is None else ask.since
    if since >= until:
        raise AppError("attribution.period")
    return since, until
