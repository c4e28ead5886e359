"""How an alert is told: what it is, what it should be, since when, and what explains it."""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from interplay.kernel.i18n import Lang, say
from interplay.kernel.ids import Micros
from interplay.kernel.settings import Brand
from interplay.kernel.time import from_micros
from interplay.measure.alerts.contracts import AlertDocument, AlertSeen, Cause, State
from interplay.measure.alerts.expecting import USUAL, Expected, Part
from interplay.measure.metrics.contracts import Metric, Sides, Unit


class Found(NamedTuple):
    """What is told of."""

    name: str
    alert: AlertDocument
    metric: Metric
    edges: tuple[int, ...]
    brand: Brand
    zone: ZoneInfo
    lang: Lang


class Judged(NamedTuple):
    """How the last stretch stands. `began`: the first stretch in which it fired without a break."""

    state: State
    value: float | None
    usual: Expected | None
    reason: str = ""
    began: int = 0


class Explained(NamedTuple):
    """Since which stretch everything together has changed, and the part that explains it, if one stands out."""

    since: int
    best: tuple[tuple[str, ...], Sides, Part] | None


def unknown(found: Found, judged: Judged) -> AlertSeen:
    """Return that nothing can be said, and why."""
    reason = say(f"alerts.why.{judged.reason}", found.lang, least=f"{found.alert.least:g}")
    return _seen(found, judged, reason=reason, text=reason)


def told(found: Found, judged: Judged, explained: Explained | None = None) -> AlertSeen:
    """Return how it stands; of one that fires, with its cause."""
    if judged.state is State.QUIET:
        return _seen(found, judged, text=_sentence(found, judged, "quiet"))
    why = None if explained is None else _cause(found, *explained)
    began = _local(found, found.edges[judged.began])
    text = _sentence(found, judged, "bound" if judged.usual is None else "firing")
    return _seen(found, judged, began=began, cause=why, text=_joined(found, text, _why(found, why)))


def _cause(found: Found, since: int, best: tuple[tuple[str, ...], Sides, Part] | None) -> Cause:
    if best is None:
        return Cause((), (), _local(found, found.edges[since]), None, None, is_everywhere=True)
    dimensions, sides, part = best
    values = sides.groups[part.group]
    assert values is not None
    rest = without(sides, part.group, len(found.edges) - 2)
    return Cause(dimensions, values, _local(found, found.edges[part.first]), part.share, rest)


def without(sides: Sides, group: int, at: int) -> float | None:
    """Return what a metric were in a stretch without one group."""
    assert sides.above is not None
    above = float(sides.above[at].sum() - sides.above[at, group])
    if sides.below is None:
        return above
    below = float(sides.below[at].sum() - sides.below[at, group])
    return sides.offset + sides.scale * above / below if below else None


def _seen(
    found: Found, judged: Judged, *, began: str | None = None, cause: Cause | None = None, reason: str = "",
    text: str = "",
) -> AlertSeen:  # fmt: skip
    alert, document = found.alert, found.metric.document
    expected, low, high = (None, None, None) if judged.usual is None else judged.usual
    label = alert.label or document.label
    return AlertSeen(
        found.name, label.of(found.lang), alert.metric, document.unit, judged.state, _local(found, found.edges[-2]),
        _local(found, found.edges[-1]), judged.value, expected, low, high, began, cause,
        reason=reason, text=text, definition=_definition(found),
    )  # fmt: skip


def _sentence(found: Found, judged: Judged, kind: str) -> str:
    label = (found.alert.label or found.metric.document.label).of(found.lang)
    numbers = {"value": _written(found, judged.value), "since": _local(found, found.edges[-2])}
    if judged.usual is None:
        return say(f"alerts.{kind}.bound" if kind == "quiet" else "alerts.bound", found.lang, label=label, **numbers)
    usual = {name: _written(found, one) for name, one in judged.usual._asdict().items() if name != "value"}
    return say(f"alerts.{kind}", found.lang, label=label, **numbers, **usual)


def _why(found: Found, why: Cause | None) -> str:
    if why is None:
        return ""
    if why.is_everywhere:
        return say("alerts.everywhere", found.lang, since=why.since)
    named = ", ".join(f"{name} = {value or '—'}" for name, value in zip(why.dimensions, why.values, strict=True))
    return say(
        "alerts.cause", found.lang, named=named, since=why.since, share=f"{100 * (why.share or 0):.0f}",
        rest=_written(found, why.without),
    )  # fmt: skip


def _written(found: Found, value: float | None) -> str:
    if value is None:
        return "—"
    match found.metric.document.unit:
        case Unit.SHARE:
            return f"{100 * value:.2f} %"
        case Unit.MONEY:
            return f"{value:,.2f} {found.brand.currency}"
        case Unit.PEOPLE | Unit.TIMES | Unit.ITEMS:
            return f"{value:,.0f}"
    return f"{value:,.4g}"


def _definition(found: Found) -> str:
    document, alert = found.metric.document, found.alert
    counted = (document.dialects[alert.dialect].definition if alert.dialect else document.definition).of(found.lang)
    kind = "change" if alert.change is not None else "limit"
    rule = say(
        f"alerts.definition.{kind}.{alert.by.value}" if kind == "change" else "alerts.definition.limit", found.lang,
        change=f"{100 * (alert.change or 0):g}", times=f"{USUAL:g}",
    )  # fmt: skip
    return _joined(found, counted, rule)


def _joined(found: Found, *sentences: str) -> str:
    return (" " if found.lang == "en" else "").join(one for one in sentences if one)


def _local(found: Found, at: int) -> str:
    return from_micros(Micros(at)).astimezone(found.zone).isoformat(timespec="minutes")
