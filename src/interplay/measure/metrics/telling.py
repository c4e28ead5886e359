"""How metrics are told: rounded to what they count, compared, and with what all of it means."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from interplay.kernel.i18n import say
from interplay.kernel.ids import Micros
from interplay.kernel.settings import Brand
from interplay.kernel.time import from_micros
from interplay.measure.metrics.contracts import (
    BUCKETS_MAX,
    AskMetrics,
    Compared,
    Figure,
    Metric,
    MetricGroup,
    MetricSeen,
    Point,
    Unit,
)
from interplay.measure.metrics.grouping import Values


class Asked(NamedTuple):
    """A question with what it left open."""

    ask: AskMetrics
    brand: Brand
    zone: ZoneInfo
    since: Micros
    until: Micros
    now: Micros
    stretches: list[int]  # where they begin, and the end of the last; of no series: nothing
    base: tuple[Micros, Micros] | None  # the period that it is compared with


class Part(NamedTuple):
    """The numbers of everything, or of one group; `values` None are all smaller groups together."""

    values: Values | None
    figure: Figure
    points: list[Figure]
    compared: Figure | None


class Worked(NamedTuple):
    """How it came out. `is_anything`: any of its facts ever happened, or none has to be brought in from outside."""

    whole: Part
    groups: list[Part]
    is_anything: bool


def told(asked: Asked, metric: Metric, dialect: str, worked: Worked) -> MetricSeen:
    """Return the answer."""
    document, lang = metric.document, asked.ask.lang
    lacks = not worked.is_anything
    figure = Figure(None) if lacks else worked.whole.figure
    target = asked.ask.targets.get(metric.name)
    return MetricSeen(
        metric.name, document.label.of(lang), document.group, document.unit,
        asked.brand.currency if document.unit is Unit.MONEY else "", document.direction, _local(asked, asked.since),
        _local(asked, asked.until), figure, _definition(asked, metric, dialect),
        () if lacks else tuple(_points(asked, worked.whole.points)),
        () if lacks else tuple(_groups(asked, worked)),
        None if lacks else _compared(asked, worked.whole),
        target, figure.value / target if target and figure.value is not None else None, dialect,
        _why_not(asked, metric, figure, lacks),
    )  # fmt: skip


def _why_not(asked: Asked, metric: Metric, figure: Figure, lacks: bool) -> str:
    if lacks:
        return say("metrics.why.needs", asked.ask.lang, templates=", ".join(metric.document.needs))
    return say("metrics.why.nothing", asked.ask.lang) if figure.value is None else ""


def _points(asked: Asked, figures: list[Figure]) -> Iterator[Point]:
    for figure, (since, until) in zip(figures, pairwise(asked.stretches), strict=False):
        yield Point(_local(asked, since), _local(asked, until), figure, until >= asked.now)


def _groups(asked: Asked, worked: Worked) -> Iterator[MetricGroup]:
    for part in sorted(worked.groups, key=_rank):
        points = tuple(_points(asked, part.points))
        values = part.values or (None,) * len(asked.ask.dimensions)
        compared = _compared(asked, part)
        yield MetricGroup(values, part.figure, points, compared, is_rest=part.values is None)


def _rank(part: Part) -> tuple[bool, bool, float]:
    """Return where a group stands: the greatest first, then those without a number, at last all smaller ones."""
    value = part.figure.value
    return part.values is None, value is None, 0.0 if value is None else -value


def _compared(asked: Asked, part: Part) -> Compared | None:
    if asked.base is None or part.compared is None:
        return None
    now, then = part.figure.value, part.compared.value
    change = None if now is None or not then else now / then - 1
    return Compared(_local(asked, asked.base[0]), _local(asked, asked.base[1]), part.compared, change)


def _definition(asked: Asked, metric: Metric, dialect: str) -> str:
    ask, lang, document = asked.ask, asked.ask.lang, metric.document
    sentences = [(document.dialects[dialect].definition if dialect else document.definition).of(lang)]
    span = {"since": _local(asked, asked.since), "until": _local(asked, asked.until), "at": _local(asked, asked.now)}
    sentences.append(say("metrics.definition.period", lang, **span))
    if ask.customers:
        sentences.append(say("metrics.definition.customers", lang, criteria=ask.customers))
    if ask.only:
        only = ", ".join(f"{field} = {value}" for field, value in ask.only.items())
        sentences.append(say("metrics.definition.only", lang, only=only))
    if ask.dimensions:
        sentences.append(say("metrics.definition.dimensions", lang, names=", ".join(ask.dimensions)))
    return (" " if lang == "en" else "").join(sentences)


def _local(asked: Asked, at: int) -> str:
    return _written(at, asked.zone)


@lru_cache(BUCKETS_MAX * 2)  # every metric of an answer tells the same times
def _written(at: int, zone: ZoneInfo) -> str:
    return from_micros(at).astimezone(zone).isoformat(timespec="minutes")
