"""How cohorts are told: shares with their intervals, what is not over yet apart, and what all of it means."""

from collections.abc import Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from interplay.collect.facts.contracts import Declared
from interplay.engine.olap.trails import Ints
from interplay.kernel.i18n import Lang, say
from interplay.kernel.ids import Micros
from interplay.kernel.time import from_micros, iso
from interplay.measure.certainty.api import share
from interplay.measure.cohorts.contracts import (
    AskCohorts,
    AskLifecycle,
    AskStickiness,
    Cell,
    CohortGroup,
    Cohorts,
    CohortSeen,
    Lifecycle,
    LifecycleSeen,
    Per,
    Stickiness,
    StickinessSeen,
)
from interplay.measure.cohorts.kernel import DORMANT, NEW, RESURRECTING, RETURNING, Counts
from interplay.measure.cohorts.periods import Calendar
from interplay.measure.funnels.api import written


class Asked(NamedTuple):
    """What a question left open."""

    declared: Declared
    zone: ZoneInfo
    now: Micros
    calendar: Calendar


class Grouped(NamedTuple):
    """All cohorts together, by group: `names` None for no value; where there are more than are shown, last the rest."""

    names: list[str | None]
    has_rest: bool
    sizes: Ints
    counts: Counts


class Walked(NamedTuple):
    """How it went: by cohort how many began and who came back."""

    sizes: Ints
    customers: int
    counts: Counts
    groups: Grouped | None = None


def cohorts(asked: Asked, ask: AskCohorts, walked: Walked) -> Cohorts:
    """Return the answer about who comes back."""
    calendar, groups = asked.calendar, walked.groups
    together = Counts(*(one.sum(axis=0, keepdims=True) for one in walked.counts))
    return Cohorts(
        *_period(asked), int(walked.sizes.sum()), walked.customers,
        tuple(
            CohortSeen(
                calendar.days[number].isoformat(), int(walked.sizes[number]), _is_open(asked, number),
                _cells(walked.counts, number),
            )
            for number in range(calendar.size)
        ),
        _cells(together, 0), _of_cohorts(asked, ask), () if groups is None else tuple(_groups(groups)),
    )  # fmt: skip


def stickiness(asked: Asked, ask: AskStickiness, found: Ints, parts: Ints) -> Stickiness:
    """Return the answer about how regularly they come. `parts`: how many days, or weeks, each period has."""
    texts = {"fact": written(ask.fact), "per": _per(ask.per, ask.lang)}
    texts["parts"] = say(f"cohorts.parts.{ask.of.value}", ask.lang)
    return Stickiness(
        *_period(asked), tuple(_stickiness_of(asked, found, parts, number) for number in range(asked.calendar.size)),
        _definition(asked, ask, "stickiness", (), **texts),
    )  # fmt: skip


def lifecycle(asked: Asked, ask: AskLifecycle, found: Ints) -> Lifecycle:
    """Return the answer about who is new, returning, back again or gone."""
    return Lifecycle(
        *_period(asked), tuple(_lifecycle_of(asked, found, number) for number in range(asked.calendar.size)),
        _definition(asked, ask, "lifecycle", (), fact=written(ask.fact), per=_per(ask.per, ask.lang)),
    )  # fmt: skip


def _period(asked: Asked) -> tuple[str, str]:
    bounds = asked.calendar.bounds
    return iso(bounds[0]), iso(bounds[asked.calendar.size])


def _is_open(asked: Asked, number: int) -> bool:
    return asked.calendar.bounds[number + 1] > asked.now


def _cells(counts: Counts, row: int) -> tuple[Cell, ...]:
    begun = np.flatnonzero(counts.over[row] + counts.open[row])
    cells = zip(*(one[row, : begun.max(initial=-1) + 1].tolist() for one in counts), strict=True)
    return tuple(Cell(share(returned, over), *rest) for over, returned, *rest in cells)


def _groups(groups: Grouped) -> Iterator[CohortGroup]:
    for number, name in enumerate(groups.names):
        is_rest = groups.has_rest and number == len(groups.names) - 1
        yield CohortGroup(name, int(groups.sizes[number]), _cells(groups.counts, number), is_rest)


def _stickiness_of(asked: Asked, found: Ints, parts: Ints, number: int) -> StickinessSeen:
    is_open, count = _is_open(asked, number), int(parts[number])
    active_in = found[number, 1 : count + 1]
    customers, days = int(active_in.sum()), int((active_in * np.arange(1, count + 1)).sum())
    mean = days / customers if customers and not is_open else None
    return StickinessSeen(
        asked.calendar.days[number].isoformat(), is_open, customers, tuple(active_in.tolist()), mean,
        None if mean is None else mean / count,
    )  # fmt: skip


def _lifecycle_of(asked: Asked, found: Ints, number: int) -> LifecycleSeen:
    is_open, states = _is_open(asked, number), found[:, number].tolist()
    return LifecycleSeen(
        asked.calendar.days[number].isoformat(), is_open, states[NEW], states[RETURNING], states[RESURRECTING],
        None if is_open else -states[DORMANT],
    )  # fmt: skip


def _of_cohorts(asked: Asked, ask: AskCohorts) -> str:
    lang = ask.lang
    per = _per(ask.per, lang)
    parts = [
        say(f"cohorts.entry.{ask.entry.value}", lang, start=written(ask.start), per=per),
        say(f"cohorts.cut.{ask.cut.value}", lang, per=per, span=say(f"cohorts.span.{ask.per.value}", lang)),
        say(
            f"cohorts.back.{ask.back.value}",
            lang,
            returned=written(ask.returned or ask.start),
            at=_local(asked, asked.now),
        ),
        say(f"cohorts.open.{ask.cut.value}", lang),
    ]
    if ask.by:
        parts.append(say("cohorts.grouped", lang, field=ask.by))
    return _definition(asked, ask, "whole", tuple(parts))


def _definition(
    asked: Asked, ask: AskCohorts | AskStickiness | AskLifecycle, key: str, more: tuple[str, ...], **texts: str
) -> str:
    lang, bounds = ask.lang, asked.calendar.bounds
    times = {"since": bounds[0], "until": bounds[asked.calendar.size], "at": asked.now}
    sentences = [*more, say(f"cohorts.{key}", lang, **texts, **{word: _local(asked, at) for word, at in times.items()})]
    if ask.customers:
        sentences.append(say("cohorts.customers", lang, criteria=ask.customers))
    return (" " if lang == "en" else "").join(sentences)


def _per(per: Per, lang: Lang) -> str:
    return say(f"cohorts.per.{per.value}", lang)


def _local(asked: Asked, at: Micros) -> str:
    return from_micros(at).astimezone(asked.zone).isoformat(" ", "minutes")
