"""What campaigns are credited with, beside what their holdouts say that they brought. 归因与增量对照。

Both are of the same conversions: those of the period, within the look-back after a customer met the campaign.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from msgspec.structs import replace

from interplay.decide.experiments.answering import Sides, arms_seen, impossible, metric_seen, plan, planned_ratio
from interplay.decide.experiments.contracts import (
    CAMPAIGN,
    Agreement,
    AskBeside,
    AskEffects,
    Beside,
    Besides,
    Estimate,
    Inconclusive,
    Kind,
    Metric,
    SampleRatio,
    Side,
    Term,
    Unit,
)
from interplay.decide.experiments.counting import Columns
from interplay.decide.experiments.intervals import TUNED_AT
from interplay.decide.experiments.reading import Done, Launched, Met, launched, met, slots, summed
from interplay.decide.experiments.telling import Asked, Heard, why
from interplay.engine.olap.trails import Ints
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import say
from interplay.kernel.ids import Micros
from interplay.kernel.money import EXPONENTS
from interplay.measure.attribution import api as attributions
from interplay.measure.attribution.contracts import AskAttribution, ChannelSeen, Model
from interplay.measure.reading.api import Facts, among
from interplay.measure.reading.contracts import Words
from interplay.measure.visits.contracts import with_visits
from interplay.understand.profiles.contracts import Reading
from interplay.understand.segments.api import vocabulary

if TYPE_CHECKING:
    from interplay.engine.olap.contracts import Moment

OFFERED = "offered"
_SIDES = (Agreement.MORE, Agreement.LESS, Agreement.AGREES)


class _Time(NamedTuple):
    """Conversions of [since, until) count, of customers who met it up to the look-back before."""

    since: Micros
    until: Micros
    now: Micros
    hers: Ints | None  # customers of whom it is asked alone


def answer(reading: Reading, ask: AskBeside) -> Besides:
    """Return attribution with campaigns' effects beside it. Raises AppError where it cannot be asked."""
    wanted = ask.attribution
    if wanted.by != CAMPAIGN or wanted.linked:
        raise AppError("effects.beside", given=wanted.linked or wanted.by, allowed=CAMPAIGN)
    now = reading.world.now() if wanted.at is None else wanted.at
    since, until = attributions.period(wanted, now)
    wanted = replace(wanted, since=since, until=until, at=now)
    credited = attributions.ask.run(reading, wanted)
    current = reading.declarations.current()
    known = set(vocabulary(reading, current).fact_names())
    words = Words("effects", known, with_visits(current.declared), reading.world.brand)
    with reading.warehouse.session() as session:
        hers = among(reading, session, wanted.customers, now) if wanted.customers else None
        spine = reading.warehouse.spine.of(session, set(wanted.conversion.facts))
        facts = Facts(session, spine, words.declared, words.brand, now, hers)
        time = _Time(since, until, now, hers)
        found = [
            _beside(facts, session, replace(ask, attribution=wanted), one, words, time) for one in credited.channels
        ]
    looks = say(f"effects.looks.{ask.looks.value}", wanted.lang, tuned=f"{TUNED_AT:,}")
    definition = say("effects.beside.definition", wanted.lang, looks=looks)
    return Besides(credited, tuple(one for one in found if one is not None), definition)


def _beside(
    facts: Facts, moment: "Moment", ask: AskBeside, channel: ChannelSeen, words: Words, time: _Time
) -> Beside | None:
    """Return a campaign's effect beside its credits; None: nobody met it, so it is no campaign of ours."""
    everybody = met(moment, channel.channel, time.now)
    if not len(everybody.customer):
        return None
    wanted, found = ask.attribution, _of_time(everybody, time, ask.attribution.lookback)
    asked = _plan(ask, channel.channel, launched(moment, channel.channel, time.now), words, time.now)
    brought = [_brought(facts, asked, found, place, time, wanted) for place in range(len(asked.metrics))]
    models = {model: _agreement(credit.conversions, brought[0]) for model, credit in channel.credits.items()}
    offered = int(np.count_nonzero(found.arm))
    return Beside(
        channel.channel, offered, len(found.arm) - offered, brought[0], brought[1] if wanted.value else None, models,
        _sentence(asked, channel.channel, brought[0], models),
    )  # fmt: skip


def _of_time(everybody: Met, time: _Time, lookback: Micros) -> Met:
    """Return who met it while conversions of the period could be credited, all offers as one side."""
    inside = (everybody.at >= time.since - lookback) & (everybody.at < time.until)
    if time.hers is not None:
        inside &= np.isin(everybody.customer, time.hers)
    found = everybody.of(np.flatnonzero(inside))
    return found._replace(arms=[everybody.arms[0], OFFERED], arm=np.minimum(found.arm, 1))


def _plan(ask: AskBeside, campaign: str, said: Launched | None, words: Words, now: Micros) -> Asked:
    wanted = ask.attribution
    terms = [Term(Kind.COUNT, wanted.conversion)]
    if wanted.value:
        terms.append(Term(Kind.SUM, wanted.conversion, wanted.value))
    metrics = tuple(Metric(term.kind.value, Side(((1.0, term),))) for term in terms)
    effects = AskEffects(campaign, metrics, wanted.lookback, looks=ask.looks, cuped=ask.cuped, at=now, lang=wanted.lang)
    return plan(effects, said, words, {}, now)


def _brought(
    facts: Facts, asked: Asked, found: Met, place: int, time: _Time, wanted: AskAttribution
) -> Estimate | Inconclusive:
    """Return what all who were offered it did beyond the held out: the difference times their number."""
    sides = Sides(found, [0] * len(found.arms))
    if (reason := impossible(asked, sides)) is not None:
        return why(asked, reason)
    arms = arms_seen(sides)
    ratio = planned_ratio(asked, arms)
    if isinstance(ratio, SampleRatio) and ratio.is_mismatch:
        return why(asked, "mismatch")
    columns = Columns(_done(facts, found, place, time, wanted), None)
    heard = Heard(asked, is_mismatch=False, arms=arms)
    seen = metric_seen(heard, found, asked.metrics[place], asked.units[place], columns)
    one = seen.compared[0].difference
    if isinstance(one, Inconclusive):
        return one
    times = int(np.count_nonzero(found.arm)) / _minor(asked, place)
    return Estimate(*(getattr(one, name) * times for name in ("value", "low", "high", "error")))


def _done(facts: Facts, found: Met, place: int, time: _Time, wanted: AskAttribution) -> Done:
    """Return by customer her conversions that can be credited, or their values; before she met it, all of them."""
    names = wanted.conversion.facts
    every = facts.rows(names, wanted.conversion.where)
    counted = every.firsts() if wanted.is_first else every
    counted = counted.kept((counted.at >= time.since) & (counted.at < time.until))
    slot = slots(facts, found)
    here, before = (
        summed(found, slot, wanted.lookback, rows, facts.amounts(names, rows, wanted.value) if place else None)
        for rows in (counted, every)
    )
    return Done(here.here, before.before)


def _minor(asked: Asked, place: int) -> int:
    """Return how many of an amount's smallest units a unit is that people read."""
    return int(10 ** EXPONENTS[asked.brand.currency]) if asked.units[place] is Unit.MONEY else 1


def _agreement(credit: float, brought: Estimate | Inconclusive) -> Agreement:
    if isinstance(brought, Inconclusive):
        return Agreement.UNKNOWN
    if credit > brought.high:
        return Agreement.MORE
    return Agreement.LESS if credit < brought.low else Agreement.AGREES


def _sentence(asked: Asked, campaign: str, brought: Estimate | Inconclusive, models: dict[Model, Agreement]) -> str:
    lang = asked.ask.lang
    if isinstance(brought, Inconclusive):
        return say("effects.beside.unknown", lang, campaign=campaign, reason=brought.text)
    numbers = {name: f"{getattr(brought, name):,.0f}" for name in ("value", "low", "high")}
    by_side = {kind: [one.value for one, said in models.items() if said is kind] for kind in _SIDES}
    sides = [
        say(f"effects.beside.{kind.value}", lang, models=", ".join(found)) for kind, found in by_side.items() if found
    ]
    return say("effects.beside.known", lang, campaign=campaign, sides="; ".join(sides), **numbers)
