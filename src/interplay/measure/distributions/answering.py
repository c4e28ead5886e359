"""A distribution's answer: one number for each customer, and how many have which."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay.criteria.contracts import ValueType
from interplay.engine.olap.trails import Ints
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import say
from interplay.kernel.ids import Micros
from interplay.kernel.settings import Brand
from interplay.kernel.time import day_of, from_micros, start_of
from interplay.measure.certainty.api import share
from interplay.measure.distributions.contracts import (
    BINS_MAX,
    COUNTS,
    PERIOD,
    AskDistribution,
    Distribution,
    DistributionBin,
    Of,
)
from interplay.measure.funnels.api import written
from interplay.measure.reading.api import Facts, Numbers, among, check_field, fits
from interplay.measure.reading.contracts import Words
from interplay.understand.profiles.contracts import Reading
from interplay.understand.segments.api import vocabulary

NUMBERS = (ValueType.INTEGER, ValueType.DECIMAL, ValueType.MONEY)
_STEPS = (1, 2, 5)


class Asked(NamedTuple):
    """A question with what it left open. `everybody`: how many customers there are to be asked about."""

    ask: AskDistribution
    brand: Brand
    since: Micros
    until: Micros
    now: Micros
    everybody: int


def answer(reading: Reading, ask: AskDistribution) -> Distribution:
    """Return how many have which number. Raises AppError where it cannot be asked."""
    now = reading.world.now() if ask.at is None else ask.at
    brand, current = reading.world.brand, reading.declarations.current()
    words = Words("distribution", set(vocabulary(reading, current).fact_names()), current.declared, brand)
    check(ask, words)
    until = now if ask.until is None else ask.until
    since = Micros(max(until - PERIOD, 0)) if ask.since is None else ask.since
    if since >= until:
        raise AppError("distribution.period")
    with reading.warehouse.session() as session:
        hers = among(reading, session, ask.customers, now) if ask.customers else None
        spine = reading.warehouse.spine.of(session, set(ask.fact.facts))
        everybody = len(hers) if hers is not None else int(session.table("customers").count().to_pyarrow().as_py())
        facts = Facts(session, spine, current.declared, brand, now, hers)
        return walk(facts, Asked(ask, brand, since, until, now, everybody))


def check(ask: AskDistribution, words: Words) -> None:
    """Refuse what no fact has, and bins that are in no order. Raises AppError."""
    fits(words, "1", ask.fact.facts, ask.fact.where)
    needs = ask.of in (Of.SUM, Of.MEAN)
    if needs != bool(ask.field):
        raise AppError("distribution.amount", of=ask.of.value)
    if ask.field:
        check_field(words, "--field", ask.field, ask.fact.facts, may_be_basic=False)
        kind = words.declared.facts[ask.fact.facts[0]]
        if kind.fields[ask.field].type not in NUMBERS:
            raise AppError("distribution.number", given=ask.field)
    if len(ask.bins) > BINS_MAX or any(one >= other for one, other in zip(ask.bins, ask.bins[1:], strict=False)):
        raise AppError("distribution.bins", most=BINS_MAX)


def walk(facts: Facts, asked: Asked) -> Distribution:
    """Return the answer of a moment, on whatever engine the facts are."""
    ask = asked.ask
    numbers, without = _numbers(facts, asked)
    if ask.is_of_all:
        numbers = np.concatenate((np.zeros(max(asked.everybody - len(numbers) - without, 0)), numbers))
    bins = ask.bins or _bins(numbers, ask)
    some = len(numbers) > 0
    median, p90 = (float(one) for one in np.quantile(numbers, (0.5, 0.9))) if some else (None, None)
    type_ = facts.declared.facts[ask.fact.facts[0]].fields[ask.field].type if ask.field else None
    local = {
        word: from_micros(at).astimezone(asked.brand.zone()).isoformat(timespec="minutes")
        for word, at in (("since", asked.since), ("until", asked.until), ("at", asked.now))
    }
    return Distribution(
        local["since"], local["until"], len(numbers), float(numbers.mean()) if some else None, median, p90,
        tuple(_counted(numbers, bins)), without, asked.brand.currency if type_ is ValueType.MONEY else "",
        _definition(ask, local),
    )  # fmt: skip


def _numbers(facts: Facts, asked: Asked) -> tuple[Numbers, int]:
    """Return the number of each customer who did it, and how many who did have none."""
    ask = asked.ask
    rows = facts.rows(ask.fact.facts, ask.fact.where)
    rows = rows.kept((rows.owner >= 0) & (rows.at >= asked.since) & (rows.at < asked.until))
    whose, place = np.unique(rows.owner, return_inverse=True)
    if ask.of is Of.DAYS:
        return _days(rows.at, place, len(whose), asked), 0
    times = np.bincount(place, minlength=len(whose)).astype(np.float64)
    if not ask.field:
        return times, 0
    values = facts.numbers(ask.fact.facts, rows, ask.field)
    has = ~np.isnan(values)
    count = np.bincount(place[has], minlength=len(whose))
    sums = np.bincount(place[has], values[has], minlength=len(whose)).astype(np.float64)
    did = count > 0
    found = sums[did] / count[did] if ask.of is Of.MEAN else sums[did]
    return found, int(np.count_nonzero(~did))


def _days(at: Ints, place: Ints, count: int, asked: Asked) -> Numbers:
    """Return on how many days of the brand's calendar each customer has a fact."""
    zone = asked.brand.zone()
    day, last = day_of(asked.since, zone), day_of(asked.until, zone)
    starts = [start_of(day + timedelta(days=number), zone) for number in range((last - day).days + 1)]
    number = np.searchsorted(np.array(starts), at, side="right") - 1
    pairs = np.unique(place * (len(starts) + 1) + number)
    return np.bincount(pairs // (len(starts) + 1), minlength=count).astype(np.float64)


def _bins(numbers: Numbers, ask: AskDistribution) -> tuple[float, ...]:
    """Return where bins begin: counts one by one and then wider, amounts at 1, 2 and 5 times powers of ten."""
    zero = (0.0,) if ask.is_of_all or (len(numbers) and numbers.min() < 1) else ()
    if ask.of in (Of.TIMES, Of.DAYS):
        return (*zero, *COUNTS)
    most = float(np.abs(numbers).max(initial=1.0))
    edges = [step * 10.0**power for power in range(7) for step in _STEPS]
    return (0.0, *(one for one in edges if one <= most))


def _counted(numbers: NDArray[np.float64], bins: tuple[float, ...]) -> Iterator[DistributionBin]:
    place = np.searchsorted(np.array(bins), numbers, side="right") - 1
    counts = np.bincount(place + 1, minlength=len(bins) + 1)
    if counts[0]:
        yield DistributionBin(None, bins[0], share(int(counts[0]), len(numbers)))
    for number, since in enumerate(bins):
        until = bins[number + 1] if number + 1 < len(bins) else None
        yield DistributionBin(since, until, share(int(counts[number + 1]), len(numbers)))


def _definition(ask: AskDistribution, local: dict[str, str]) -> str:
    lang = ask.lang
    base = say(f"distribution.base.{'all' if ask.is_of_all else 'doers'}", lang)
    what = say(f"distribution.of.{ask.of.value}", lang, field=ask.field)
    sentences = [say("distribution.definition", lang, fact=written(ask.fact), what=what, base=base, **local)]
    if ask.customers:
        sentences.append(say("distribution.customers", lang, value=ask.customers))
    return (" " if lang == "en" else "").join(sentences)
