"""How a funnel is told: counts, rates with their intervals, times, groups, and what all of it means."""

from collections.abc import Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from interplay.collect.facts.contracts import Declared
from interplay.engine.olap.trails import Ints
from interplay.kernel.i18n import say
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, HOUR, MINUTE, SECOND, from_micros, iso
from interplay.measure.certainty.api import share
from interplay.measure.funnels.contracts import (
    GROUPS_MAX,
    AskFunnel,
    Funnel,
    FunnelStep,
    GroupSeen,
    Immature,
    Items,
    StepSeen,
)
from interplay.measure.funnels.steps import written
from interplay.measure.reading.api import Values

UNITS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s"))


class Asked(NamedTuple):
    """A question with what it left open."""

    ask: AskFunnel
    declared: Declared
    zone: ZoneInfo
    since: Micros
    until: Micros
    now: Micros


class Came(NamedTuple):
    """By customer: how far she came, when she did each step, and whether she did."""

    level: Ints
    at: Ints  # (customers, steps)
    did: NDArray[np.bool_]  # (customers, steps)


class Walked(NamedTuple):
    """How it went: `void` are the customers all of whose attempts were ended, `values` the group of each."""

    came: Came
    late: Immature
    void: int
    items: Items | None
    values: Values | None


def told(asked: Asked, walked: Walked) -> Funnel:
    """Return the answer."""
    came, steps = walked.came, len(asked.ask.steps)
    converted = int(np.count_nonzero(came.level == steps))
    whole = came.at[came.level == steps]
    median, p90 = _seconds(whole.max(axis=1) - whole[:, 0])
    entered = len(came.level)
    return Funnel(
        iso(asked.since), iso(asked.until), entered, share(converted, entered), tuple(_steps(asked, came)),
        walked.late, walked.void, median, p90, _definition(asked), walked.items,
        () if walked.values is None else tuple(_groups(came, walked.values, asked.ask)),
    )  # fmt: skip


def _steps(asked: Asked, came: Came) -> Iterator[StepSeen]:
    before, last = len(came.level), came.at[:, 0]
    for number, (step, count) in enumerate(zip(asked.ask.steps, _counts(came, asked.ask), strict=True)):
        did = came.did[:, number]
        gap = came.at[did, number] - last[did]
        median, p90 = _seconds(gap) if number else (None, None)
        yield StepSeen(
            written(step), _label(asked, step), count, share(count, len(came.level)), share(count, before), median, p90,
            step.optional,
        )  # fmt: skip
        last = np.where(did, came.at[:, number], last)
        before = before if step.optional else count


def _counts(came: Came, ask: AskFunnel) -> list[int]:
    """Return how many came to each step: past it, or where it may be left out, those who did it."""
    return [
        int(np.count_nonzero(came.did[:, number] if step.optional else came.level > number))
        for number, step in enumerate(ask.steps)
    ]


def _seconds(spans: Ints) -> tuple[float | None, float | None]:
    if not len(spans):
        return None, None
    median, p90 = np.quantile(spans, (0.5, 0.9)) / SECOND
    return float(median), float(p90)


def _groups(came: Came, values: Values, ask: AskFunnel) -> Iterator[GroupSeen]:
    """Yield the groups, the largest first; those beyond the most that are shown as one."""
    codes, sizes = np.unique(values.codes, return_counts=True)
    ranked = codes[np.lexsort((codes, -sizes))]
    for code in ranked[:GROUPS_MAX]:
        yield _group(came, ask, values.codes == code, None if code < 0 else str(values.names[code]))
    if len(ranked) > GROUPS_MAX:
        rest = np.isin(values.codes, ranked[GROUPS_MAX:])
        yield _group(came, ask, rest, None, is_rest=True)


def _group(
    came: Came, ask: AskFunnel, inside: NDArray[np.bool_], value: str | None, *, is_rest: bool = False
) -> GroupSeen:
    hers = Came(came.level[inside], came.at[inside], came.did[inside])
    counts = _counts(hers, ask)
    return GroupSeen(value, tuple(counts), share(counts[-1], counts[0]), is_rest)


def _label(asked: Asked, step: FunnelStep) -> str:
    kinds = [(name, asked.declared.facts.get(name)) for name in step.facts]
    named = [name if kind is None else kind.zh if asked.ask.lang == "zh" else kind.en for name, kind in kinds]
    return " / ".join(named)


def _definition(asked: Asked) -> str:
    ask, lang = asked.ask, asked.ask.lang
    mode, window = say(f"funnels.mode.{ask.mode.value}", lang), say(f"funnels.window.{ask.window.value}", lang)
    sentences = [say(
        "funnels.definition", lang, steps=" > ".join(written(step) for step in ask.steps), mode=mode, window=window,
        span=_span(ask.within), **{word: _local(asked, getattr(asked, word)) for word in ("since", "until")},
        at=_local(asked, asked.now),
    )]  # fmt: skip
    if ask.linked:
        sentences.append(say("funnels.linked", lang, field=ask.linked))
    for one in ask.excluded:
        facts = written(FunnelStep(one.facts, one.where))
        sentences.append(
            say("funnels.excluded", lang, after=one.after, before=one.before or len(ask.steps), facts=facts)
        )
    if ask.by:
        sentences.append(say(f"funnels.grouped.{ask.grouped_by.value}", lang, field=ask.by))
    if ask.customers:
        sentences.append(say("funnels.customers", lang, criteria=ask.customers))
    return (" " if lang == "en" else "").join(sentences)


def _local(asked: Asked, at: Micros) -> str:
    return from_micros(at).astimezone(asked.zone).isoformat(" ", "minutes")


def _span(micros: int) -> str:
    return next(f"{micros // unit}{letter}" for unit, letter in UNITS if micros % unit == 0)
