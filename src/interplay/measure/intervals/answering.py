"""Intervals' answer: facts in order from memory, paired, with their quantiles."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay.engine.olap.trails import Flags, Ints
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import say
from interplay.kernel.ids import Micros
from interplay.kernel.settings import Brand
from interplay.kernel.time import SECOND, from_micros
from interplay.measure.funnels.api import written
from interplay.measure.intervals.contracts import (
    BINS,
    GROUPS_MAX,
    PERIOD,
    AskIntervals,
    Bin,
    IntervalGroup,
    Intervals,
    Spread,
)
from interplay.measure.intervals.pairing import pairs
from interplay.measure.reading.api import NOTHING, Facts, Rows, among, check_field, fits
from interplay.measure.reading.contracts import Words
from interplay.measure.survival.api import time_until
from interplay.understand.profiles.contracts import Reading
from interplay.understand.segments.api import vocabulary

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


class Asked(NamedTuple):
    """A question with what it left open."""

    ask: AskIntervals
    brand: Brand
    since: Micros
    until: Micros
    now: Micros


class _Waits(NamedTuple):
    """By first fact that counts: how long it took, or takes so far, in µs; whether it is over; its group."""

    span: Ints
    is_over: Flags
    code: Ints

    def of(self, which: Flags) -> "_Waits":
        return _Waits(self.span[which], self.is_over[which], self.code[which])


def answer(reading: Reading, ask: AskIntervals) -> Intervals:
    """Return how long it takes. Raises AppError where it cannot be asked."""
    now = reading.world.now() if ask.at is None else ask.at
    brand, current = reading.world.brand, reading.declarations.current()
    known = set(vocabulary(reading, current).fact_names())
    check(ask, Words("intervals", known, current.declared, brand))
    until = now if ask.until is None else ask.until
    since = Micros(max(until - PERIOD, 0)) if ask.since is None else ask.since
    if since >= until:
        raise AppError("intervals.period")
    with reading.warehouse.session() as session:
        hers = among(reading, session, ask.customers, now) if ask.customers else None
        spine = reading.warehouse.spine.of(session, {*ask.first.facts, *ask.then.facts})
        return walk(Facts(session, spine, current.declared, brand, now, hers), Asked(ask, brand, since, until, now))


def check(ask: AskIntervals, words: Words) -> None:
    """Refuse what no fact has. Raises AppError."""
    for place, step in (("1", ask.first), ("2", ask.then)):
        fits(words, place, step.facts, step.where)
    if ask.linked:
        check_field(words, "--linked", ask.linked, [*ask.first.facts, *ask.then.facts], may_be_basic=False)
    if ask.by:
        check_field(words, "--by", ask.by, ask.first.facts, may_be_basic=True)


def walk(facts: Facts, asked: Asked) -> Intervals:
    """Return the answer of a moment, on whatever engine the facts are."""
    ask = asked.ask
    first, then = (_owned(facts.rows(step.facts, step.where)) for step in (ask.first, ask.then))
    trail, then_trail = first.owner, then.owner
    if ask.linked:
        first, trail, then, then_trail = _linked(facts, ask, first, then)
    found = pairs(trail, first.row, then_trail, then.row)
    inside = found.counts & (first.at >= asked.since) & (first.at < asked.until)
    is_over = found.then >= 0
    ends = np.append(then.at, asked.now)[found.then]  # -1 is the last: now
    names: dict[str, int] = {}
    code = facts.codes(ask.first.facts, first, ask.by, names) if ask.by else np.zeros(len(first.row), dtype=np.int64)
    waits = _Waits(ends - first.at, is_over, code).of(inside)
    spread, opened = _spread(waits), int(np.count_nonzero(~waits.is_over))
    of_all = (time_until(waits.span, waits.is_over, share) for share in (0.5, 0.9))
    median, p90 = (None if one is None else one / SECOND for one in of_all)
    groups = tuple(_groups(waits, list(names))) if ask.by else ()
    local = {word: _local(asked, at) for word, at in (("since", asked.since), ("until", asked.until))}
    return Intervals(
        local["since"], local["until"], spread, opened, median, p90, tuple(_bins(waits)), groups,
        _definition(asked, local),
    )  # fmt: skip


def _owned(rows: Rows) -> Rows:
    return rows.kept(rows.owner >= 0)


def _linked(facts: Facts, ask: AskIntervals, first: Rows, then: Rows) -> tuple[Rows, Ints, Rows, Ints]:
    """Return both kinds of facts in order of customer and value, with the number of that pair."""
    known: dict[str, int] = {}
    sides = []
    for step, rows in ((ask.first, first), (ask.then, then)):
        codes = facts.codes(step.facts, rows, ask.linked, known)
        sides.append((rows.kept(codes >= 0), codes[codes >= 0]))
    width = len(known) + 1
    every = np.unique(np.concatenate([rows.owner * width + codes for rows, codes in sides]))
    out: list[tuple[Rows, Ints]] = []
    for rows, codes in sides:
        trail = np.searchsorted(every, rows.owner * width + codes)
        order = np.lexsort((rows.row, trail))
        out.append((Rows(*(column[order] for column in rows)), trail[order]))
    return *out[0], *out[1]


def _spread(waits: _Waits) -> Spread:
    spans = waits.span[waits.is_over] / SECOND
    if not len(spans):
        return Spread(0, *(None,) * 8)
    p10, p25, median, p75, p90 = (float(one) for one in np.quantile(spans, QUANTILES))
    return Spread(
        len(spans), float(spans.mean()), float(spans.min()), p10, p25, median, p75, p90, float(spans.max())
    )  # fmt: skip


def _bins(waits: _Waits) -> Iterator[Bin]:
    spans: NDArray[np.int64] = waits.span[waits.is_over] // SECOND
    counts = np.bincount(np.searchsorted(BINS, spans, side="right") - 1, minlength=len(BINS))
    for place, count in enumerate(counts):
        yield Bin(BINS[place], BINS[place + 1] if place + 1 < len(BINS) else None, int(count))


def _groups(waits: _Waits, names: list[str]) -> Iterator[IntervalGroup]:
    codes, sizes = np.unique(waits.code, return_counts=True)
    ranked = codes[np.lexsort((codes, -sizes))]
    for code in ranked[:GROUPS_MAX]:
        some = waits.of(waits.code == code)
        value = None if code == NOTHING else names[code]
        yield IntervalGroup(value, _spread(some), int(np.count_nonzero(~some.is_over)))
    if len(ranked) > GROUPS_MAX:
        some = waits.of(np.isin(waits.code, ranked[GROUPS_MAX:]))
        yield IntervalGroup(None, _spread(some), int(np.count_nonzero(~some.is_over)), is_rest=True)


def _definition(asked: Asked, local: dict[str, str]) -> str:
    ask, lang = asked.ask, asked.ask.lang
    sentences = [
        say("intervals.definition", lang, first=written(ask.first), then=written(ask.then), at=_local(asked, asked.now),
            **local)
    ]  # fmt: skip
    for key, value in (("linked", ask.linked), ("by", ask.by), ("customers", ask.customers)):
        if value:
            sentences.append(say(f"intervals.{key}", lang, value=value))
    return (" " if lang == "en" else "").join(sentences)


def _local(asked: Asked, at: Micros) -> str:
    return from_micros(at).astimezone(asked.brand.zone()).isoformat(timespec="minutes")
