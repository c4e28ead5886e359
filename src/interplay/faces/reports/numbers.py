"""Numbers as a report writes them."""

from interplay.decide.experiments.contracts import Estimate, Inconclusive
from interplay.decide.experiments.contracts import Unit as EffectUnit
from interplay.kernel.money import EXPONENTS, to_text
from interplay.measure.metrics.contracts import Figure, MetricSeen, Unit


def figure(seen: MetricSeen, one: Figure) -> str:
    """Return a metric's number, with its bounds where it has some."""
    if one.value is None:
        return "—"
    said = number(seen, one.value)
    return said if one.low is None or one.high is None else f"{said} ({number(seen, one.low)}–{number(seen, one.high)})"


def number(seen: MetricSeen, value: float) -> str:
    """Return a number in the unit of its metric."""
    match seen.unit:
        case Unit.SHARE:
            return f"{value:.1%}"
        case Unit.MONEY:
            return f"{value:,.{EXPONENTS[seen.currency]}f} {seen.currency}"
        case Unit.PEOPLE | Unit.TIMES | Unit.ITEMS | Unit.POINTS:
            return f"{value:,.0f}"
        case Unit.SECONDS:
            return f"{value:,.1f} s"
    return f"{value:,.2f}"


def estimate(found: Estimate | Inconclusive, unit: EffectUnit, currency: str) -> str:
    """Return an effect with its interval, or the reason why there is none."""
    if isinstance(found, Inconclusive):
        return found.text or "—"
    value, low, high = (plain(one, unit, currency) for one in (found.value, found.low, found.high))
    return f"{value} ({low} – {high})"


def lift(found: Estimate | Inconclusive) -> str:
    """Return a relative effect with its interval."""
    if isinstance(found, Inconclusive):
        return found.text or "—"
    return f"{found.value:+.1%} ({found.low:+.1%} – {found.high:+.1%})"


def plain(value: float | None, unit: EffectUnit, currency: str) -> str:
    """Return a value of one side."""
    if value is None:
        return "—"
    if unit is EffectUnit.SHARE:
        return f"{value:.2%}"
    return to_text(round(value), currency) if unit is EffectUnit.MONEY else f"{value:.4g}"
