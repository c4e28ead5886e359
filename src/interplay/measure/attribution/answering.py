"""Attribution's answer: touches and conversions in order from memory, paths by one pass, models over the paths."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from interplay.collect.facts.contracts import Declared
from interplay.criteria.contracts import ValueType
from interplay.engine.olap.trails import Flags, Ints
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import say
from interplay.kernel.ids import Micros
from interplay.kernel.money import EXPONENTS
from interplay.kernel.settings import Brand
from interplay.kernel.time import DAY, from_micros
from interplay.measure.attribution import models
from interplay.measure.attribution.contracts import (
    CHANNELS_MAX,
    LOOKBACK_MAX,
    ON_PATHS_MAX,
    TOUCHES_MAX,
    AskAttribution,
    Attribution,
    ChannelSeen,
    Credit,
    Model,
)
from interplay.measure.attribution.files import read_paths
from interplay.measure.attribution.models import Floats, Paths
from interplay.measure.attribution.paths import Spans, before
from interplay.measure.attribution.periods import period
from interplay.measure.funnels.api import written
from interplay.measure.funnels.contracts import FunnelStep
from interplay.measure.reading.api import NOTHING, Facts, Rows, among, check_field, fits
from interplay.measure.reading.contracts import Words
from interplay.measure.visits.contracts import BROWSED, KEYS, VISIT, with_visits
from interplay.understand.profiles.contracts import Reading
from interplay.understand.segments.api import vocabulary


class Asked(NamedTuple):
    """A question with what it left open."""

    ask: AskAttribution
    brand: Brand
    declared: Declared
    since: Micros
    until: Micros
    now: Micros


class _Touches(NamedTuple):
    """Touches in order, with the channel of each by number."""

    rows: Rows
    channel: Ints


def answer(reading: Reading, ask: AskAttribution) -> Attribution:
    """Return which channels are credited. Raises AppError where it cannot be asked."""
    now = reading.world.now() if ask.at is None else ask.at
    brand, current = reading.world.brand, reading.declarations.current()
    declared = with_visits(current.declared)
    known = {*vocabulary(reading, current).fact_names(), VISIT}
    check(ask, Words("attribution", known, declared, brand))
    asked = Asked(ask, brand, declared, *period(ask, now), now)
    with reading.warehouse.session() as session:
        hers = among(reading, session, ask.customers, now) if ask.customers else None
        spine = reading.warehouse.spine.of(session, _names(ask))
        return walk(Facts(session, spine, declared, brand, now, hers), asked)


def check(ask: AskAttribution, words: Words) -> None:
    """Refuse what no fact has. Raises AppError."""
    if not 1 <= len(ask.touches) <= TOUCHES_MAX:
        raise AppError("attribution.touches", given=len(ask.touches), most=TOUCHES_MAX)
    if not 0 < ask.lookback <= LOOKBACK_MAX or ask.half_life <= 0:
        raise AppError("attribution.spans")
    for place, step in (("--conversion", ask.conversion), *(("--touch", one) for one in ask.touches)):
        fits(words, place, step.facts, step.where)
        if VISIT in step.facts and (len(step.facts) > 1 or step is ask.conversion):
            raise AppError("attribution.visit")
    touched = [fact for step in ask.touches for fact in step.facts]
    check_field(words, "--by", ask.by, touched, may_be_basic=True)
    if ask.linked:
        check_field(words, "--linked", ask.linked, [*touched, *ask.conversion.facts], may_be_basic=False)
    if ask.value:
        check_field(words, "--value", ask.value, ask.conversion.facts, may_be_basic=False)
        if _type(words.declared, ask) not in (ValueType.MONEY, ValueType.INTEGER):
            raise AppError("attribution.value", given=ask.value)


def walk(facts: Facts, asked: Asked) -> Attribution:
    """Return the answer of a moment, on whatever engine the facts are."""
    ask = asked.ask
    names: dict[str, int] = {}
    touches = _touches(facts, ask, names)
    conversions = _conversions(facts, asked)
    amounts = _amounts(facts, ask, conversions)
    spans = before(conversions, touches.rows, ask.lookback, is_since_last=ask.is_since_last)
    if (count := int((spans.high - spans.low).sum())) > ON_PATHS_MAX:
        raise AppError("attribution.on_paths", given=f"{count:,}", most=f"{ON_PATHS_MAX:,}")
    paths, is_credited = _paths(facts, asked, conversions, amounts, touches, spans)
    nulls, immature = _nulls(facts, asked, touches)
    paths, names = _on_paths(_with_nulls(paths, touches, nulls), names)
    if len(names) > CHANNELS_MAX:
        raise AppError("attribution.channels", given=len(names), most=CHANNELS_MAX, field=ask.by)
    return _told(asked, names, paths, amounts, is_credited, len(nulls.low), immature)


def _names(ask: AskAttribution) -> set[str]:
    found = {fact for step in (ask.conversion, *ask.touches) for fact in step.facts}
    return found - {VISIT} | (BROWSED | KEYS if VISIT in found else set())


def _type(declared: Declared, ask: AskAttribution) -> ValueType | None:
    kind = declared.facts.get(ask.conversion.facts[0])
    return None if kind is None or ask.value not in kind.fields else kind.fields[ask.value].type


def _conversions(facts: Facts, asked: Asked) -> Rows:
    rows = facts.rows(asked.ask.conversion.facts, asked.ask.conversion.where)
    if asked.ask.is_first:
        rows = rows.firsts()
    return rows.kept((rows.at >= asked.since) & (rows.at < asked.until))


def _amounts(facts: Facts, ask: AskAttribution, conversions: Rows) -> Floats:
    """Return the value of each conversion, money in minor units."""
    if not ask.value:
        return np.zeros(len(conversions.row))
    return np.nan_to_num(facts.amounts(ask.conversion.facts, conversions, ask.value))


def _touches(facts: Facts, ask: AskAttribution, names: dict[str, int]) -> _Touches:
    parts = [_touches_of(facts, ask, step, names) for step in ask.touches]
    joined = _Touches(
        Rows(*(np.concatenate(columns) for columns in zip(*(one.rows for one in parts), strict=True))),
        np.concatenate([one.channel for one in parts]),
    )  # fmt: skip
    _, order = np.unique(joined.rows.row, return_index=True)  # one fact may fit several
    order = order[joined.rows.owner[order] >= 0]
    rows = Rows(*(column[order] for column in joined.rows))
    return _Touches(rows, joined.channel[order])


def _touches_of(facts: Facts, ask: AskAttribution, step: FunnelStep, names: dict[str, int]) -> _Touches:
    rows = facts.rows(step.facts, step.where)
    channel = facts.codes(step.facts, rows, ask.by, names)
    if (channel < 0).any():
        channel = np.where(channel < 0, names.setdefault(ask.direct, len(names)), channel)
    return _Touches(rows, channel)


def _paths(
    facts: Facts, asked: Asked, conversions: Rows, amounts: Floats, touches: _Touches, spans: Spans
) -> tuple[Paths, Flags]:
    """Return the paths of conversions with a touch, and which conversions those are."""
    ask = asked.ask
    path = np.repeat(np.arange(len(spans.low)), spans.high - spans.low)
    begins = np.cumsum(spans.high - spans.low) - (spans.high - spans.low)
    touch = spans.low[path] + np.arange(len(path)) - begins[path]
    if ask.linked:
        is_linked = _linked(facts, ask, conversions, touches, path, touch)
        path, touch = path[is_linked], touch[is_linked]
    sizes = np.bincount(path, minlength=len(spans.low))
    is_credited = sizes > 0
    age = (conversions.at[path] - touches.rows.at[touch]) / ask.half_life
    starts = np.concatenate(([0], np.cumsum(sizes[is_credited])))
    count = int(is_credited.sum())
    paths = Paths(
        starts, touches.channel[touch], age, np.ones(count), amounts[is_credited], np.zeros(count),
    )  # fmt: skip
    return paths, is_credited


def _linked(facts: Facts, ask: AskAttribution, conversions: Rows, touches: _Touches, path: Ints, touch: Ints) -> Flags:
    """Return where touch and conversion have the same value of a field."""
    known: dict[str, int] = {}
    hers = facts.codes(ask.conversion.facts, conversions, ask.linked, known)
    each = np.full(len(touches.rows.row), NOTHING, dtype=np.int64)
    for step in ask.touches:
        rows = facts.rows(step.facts, step.where)
        codes = facts.codes(step.facts, rows, ask.linked, known)
        place = np.searchsorted(touches.rows.row, rows.row[rows.owner >= 0])
        each[place] = np.maximum(each[place], codes[rows.owner >= 0])
    found: Flags = (hers[path] >= 0) & (hers[path] == each[touch])
    return found


def _nulls(facts: Facts, asked: Asked, touches: _Touches) -> tuple[Spans, int]:
    """Return the touches of the period of customers without a conversion, where nothing can follow any more.

    The number is of those whose last touch is so late that a conversion may still follow. Who converted after the
    period led to something, and who did before, where only first conversions count, can do so no more: neither is one.
    """
    ask = asked.ask
    every = facts.rows(ask.conversion.facts, ask.conversion.where)
    did = every.owner if ask.is_first else every.owner[every.at >= asked.since]
    inside = np.flatnonzero((touches.rows.at >= asked.since) & (touches.rows.at < asked.until))
    inside = inside[~np.isin(touches.rows.owner[inside], did)]
    owner = touches.rows.owner[inside]
    _, first, counts = np.unique(owner, return_index=True, return_counts=True)
    low = inside[first] if len(inside) else np.zeros(0, dtype=np.int64)
    last = inside[first + counts - 1] if len(inside) else low
    is_over = touches.rows.at[last] <= asked.now - asked.ask.lookback
    return Spans(low[is_over], last[is_over] + 1), int(np.count_nonzero(~is_over))


def _with_nulls(paths: Paths, touches: _Touches, nulls: Spans) -> Paths:
    sizes = nulls.high - nulls.low
    if not len(sizes):
        return paths
    path = np.repeat(np.arange(len(sizes)), sizes)
    touch = nulls.low[path] + np.arange(len(path)) - (np.cumsum(sizes) - sizes)[path]
    assert paths.age is not None
    nothing, one = np.zeros(len(sizes)), np.ones(len(sizes))
    return Paths(
        np.concatenate((paths.starts, paths.starts[-1] + np.cumsum(sizes))),
        np.concatenate((paths.channel, touches.channel[touch])), np.concatenate((paths.age, np.zeros(len(touch)))),
        np.concatenate((paths.conversions, nothing)), np.concatenate((paths.value, nothing)),
        np.concatenate((paths.nulls, one)),
    )  # fmt: skip


def _on_paths(paths: Paths, names: dict[str, int]) -> tuple[Paths, dict[str, int]]:
    """Return the paths with only those channels numbered that are on any."""
    used, channel = np.unique(paths.channel, return_inverse=True)
    words = list(names)
    return paths._replace(channel=channel), {words[code]: number for number, code in enumerate(used.tolist())}


def _told(
    asked: Asked, names: dict[str, int], paths: Paths, amounts: Floats, is_credited: Flags, nulls: int, immature: int
) -> Attribution:
    ask, is_money = asked.ask, _type(asked.declared, asked.ask) is ValueType.MONEY
    scale = 10 ** EXPONENTS[asked.brand.currency] if is_money else 1
    rest = Credit(float(np.count_nonzero(~is_credited)), float(amounts[~is_credited].sum()) / scale)
    zone = asked.brand.zone()
    local = {
        word: from_micros(at).astimezone(zone).isoformat(timespec="minutes")
        for word, at in (("since", asked.since), ("until", asked.until), ("at", asked.now))
    }
    return Attribution(
        local["since"], local["until"], len(is_credited), float(amounts.sum()) / scale,
        asked.brand.currency if is_money else "", rest, nulls, immature,
        seen(paths, names, ask.direct, tuple(Model), scale=scale), _definition(ask, local),
    )  # fmt: skip


def of_file(file: Path, wanted: Sequence[Model], direct: str) -> tuple[ChannelSeen, ...]:
    """Return what models give to the channels of a file of paths. Raises AppError."""
    read = read_paths(file)
    return seen(read.paths, read.names, direct, wanted, scale=None)


def seen(
    paths: Paths, names: dict[str, int], direct: str, wanted: Sequence[Model], *, scale: int | None
) -> tuple[ChannelSeen, ...]:
    """Return the channels with their credits, those with the most paths to a conversion first.

    `scale`: values are in so small units that they are spread without a rest; None: they are not.
    """
    count = len(names)
    number = names.get(direct, NOTHING)
    width = max(count, 1)
    path = np.repeat(np.arange(len(paths.sizes)), paths.sizes)
    pairs = np.unique(path * width + paths.channel)
    on = np.bincount(pairs % width, paths.conversions[pairs // width], minlength=count)
    given = {
        model: (models.credit(model, paths, count, number, paths.conversions),
                _values(models.credit(model, paths, count, number, paths.value), paths, scale))
        for model in wanted
    }  # fmt: skip
    found = [
        ChannelSeen(name, round(on[place]), {
            model: Credit(float(times[place]), float(values[place])) for model, (times, values) in given.items()
        })
        for name, place in names.items() if len(on)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-one.paths, one.channel)))


def _values(parts: Floats, paths: Paths, scale: int | None) -> Floats:
    """Return values in major units that sum to the last minor unit: the largest remainders are rounded up."""
    if scale is None:
        return parts
    whole = np.floor(parts + 1e-9)
    missing = round(float(paths.value.sum()) - float(whole.sum()))
    largest = np.argsort(whole - parts, kind="stable")[: max(missing, 0)]
    whole[largest] += 1
    return whole / scale


def _definition(ask: AskAttribution, local: dict[str, str]) -> str:
    lang = ask.lang
    sentences = [
        say(
            "attribution.definition", lang, conversion=written(ask.conversion), by=ask.by, direct=ask.direct,
            touches=", ".join(written(one) for one in ask.touches), days=round(ask.lookback / DAY, 2),
            half_life=round(ask.half_life / DAY, 2), **local,
        )
    ]  # fmt: skip
    sentences.append(say(f"attribution.again.{'once' if ask.is_since_last else 'each'}", lang))
    if ask.is_first:
        sentences.append(say("attribution.first", lang))
    if ask.linked:
        sentences.append(say("attribution.linked", lang, field=ask.linked))
    if ask.customers:
        sentences.append(say("attribution.customers", lang, criteria=ask.customers))
    sentences.append(say("attribution.causality", lang))
    return (" " if lang == "en" else "").join(sentences)
