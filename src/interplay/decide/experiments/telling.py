"""How an effect is told: what can be concluded, what cannot, and what was counted."""

from collections.abc import Sequence
from typing import NamedTuple

from interplay.decide.experiments.contracts import (
    CUSTOMERS_MIN,
    DOERS_MIN,
    ArmMoney,
    ArmSeen,
    ArmValue,
    AskEffects,
    Compared,
    Effects,
    Estimate,
    GoalSeen,
    Inconclusive,
    Metric,
    MetricSeen,
    SampleRatio,
    Unit,
    Verdict,
)
from interplay.decide.experiments.differences import Difference, Shape, summed_up
from interplay.decide.experiments.intervals import POWER, TUNED_AT, smallest
from interplay.decide.experiments.moments import Moments
from interplay.decide.experiments.reading import Launched, Met
from interplay.kernel.i18n import say
from interplay.kernel.ids import Micros
from interplay.kernel.money import to_text
from interplay.kernel.settings import Brand
from interplay.kernel.time import DAY, HOUR, MINUTE, SECOND
from interplay.measure.certainty.contracts import Share

UNITS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s"))


class Asked(NamedTuple):
    """A question with what it left open."""

    ask: AskEffects
    metrics: tuple[Metric, ...]
    units: tuple[Unit, ...]
    within: Micros
    now: Micros
    said: Launched | None
    brand: Brand
    costs: tuple[str, ...]  # facts that say what a gift cost


class Heard(NamedTuple):
    """What every sentence depends on."""

    asked: Asked
    is_mismatch: bool
    arms: tuple[ArmSeen, ...]


def why(asked: Asked, reason: str) -> Inconclusive:
    """Return a reason with its sentence."""
    text = say(f"effects.why.{reason}", asked.ask.lang, customers=CUSTOMERS_MIN, did=DOERS_MIN)
    return Inconclusive(reason, text)


def values(names: Sequence[str], each: Sequence[Moments], shape: Shape) -> tuple[ArmValue, ...]:
    """Return what was observed in each arm, without CUPED."""
    out = []
    for name, one in zip(names, each, strict=True):
        arm = summed_up([one], Shape(shape.is_ratio, is_adjusted=False)) if one.n else Inconclusive("no_base")
        out.append(ArmValue(name, None if isinstance(arm, Inconclusive) else arm[0].value))
    return tuple(out)


def unknown(told: Heard, arm: str, reason: str) -> Compared:
    """Return that an arm's metric tells nothing."""
    found = why(told.asked, reason)
    return Compared(arm, found, found, Verdict.UNREADABLE, _named(told, arm, found.text))


def compared(
    told: Heard, arm: str, unit: Unit, found: Difference | Inconclusive, n: int
) -> Compared:  # fmt: skip
    """Return what a comparison of n customers comes to, in numbers and in a sentence."""
    if isinstance(found, Inconclusive):
        return unknown(told, arm, found.reason)
    asked, difference = told.asked, found.difference
    lift = why(asked, found.lift.reason) if isinstance(found.lift, Inconclusive) else found.lift
    least = smallest(difference.error, asked.ask.looks, n)
    verdict = _verdict(told, difference)
    params = {
        "smallest": amount(asked, least, unit).lstrip("+"), "lift": _lift(asked, lift), "power": round(10 * POWER),
    }  # fmt: skip
    numbers = {name: amount(asked, getattr(difference, name), unit) for name in ("value", "low", "high")}
    key = _key(asked, verdict.value) if verdict is not Verdict.UNREADABLE else "effects.unreadable"
    text = _named(told, arm, say(key, asked.ask.lang, **params, **numbers))
    return Compared(arm, difference, lift, verdict, text, least, found.variance_saved)


def nothing(asked: Asked, everybody: Met, arms: tuple[ArmSeen, ...], reason: str) -> Effects:
    """Return that nothing can be compared, and why."""
    found = why(asked, reason)
    return Effects(
        asked.ask.campaign, everybody.arms[0], arms, everybody.mixed, Share(0, 0, None, 0.0, 1.0), found, (), (),
        found.text, _definition(asked), found, asked.ask.period,
    )  # fmt: skip


def told(
    heard: Heard, everybody: Met, contaminated: Share, ratio: SampleRatio | Inconclusive,
    seen: tuple[MetricSeen, ...], money: tuple[ArmMoney, ...],
) -> Effects:  # fmt: skip
    """Return the answer."""
    asked = heard.asked
    return Effects(
        asked.ask.campaign, everybody.arms[0], heard.arms, everybody.mixed, contaminated, ratio, seen, money,
        _conclusion(heard, contaminated, ratio, seen, money), _definition(asked), period=asked.ask.period,
    )  # fmt: skip


def _key(asked: Asked, what: str) -> str:
    """Return which sentence says something of a campaign, or of all of them together."""
    return f"effects.all.{what}" if asked.ask.period else f"effects.{what}"


def goal(asked: Asked, found: GoalSeen) -> str:
    """Return how much of the target is reached, in a sentence."""
    return say(
        "effects.target", asked.ask.lang, metric=found.metric, target=f"{found.target:,.10g}",
        reached=f"{found.reached:,.10g}", percent=f"{100 * found.share:.1f}", customers=f"{found.customers:,}",
        open=f"{found.open:,}",
    )  # fmt: skip


def amount(asked: Asked, value: float, unit: Unit) -> str:
    """Return a difference as people read it: percentage points, money in major units, or a number."""
    if unit is Unit.SHARE:
        return f"{100 * value:+.2f}"
    if unit is Unit.MONEY:
        text = to_text(round(value), asked.brand.currency)
        return f"{'' if text.startswith('-') else '+'}{text}"
    return f"{value:+.4g}"


def _verdict(told: Heard, difference: Estimate) -> Verdict:
    if told.is_mismatch:
        return Verdict.UNREADABLE
    if difference.low > 0:
        return Verdict.MORE
    return Verdict.LESS if difference.high < 0 else Verdict.OPEN


def _lift(asked: Asked, lift: Estimate | Inconclusive) -> str:
    if isinstance(lift, Inconclusive):
        return say("effects.no_lift", asked.ask.lang)
    numbers = {name: f"{100 * getattr(lift, name):+.1f}" for name in ("value", "low", "high")}
    return say("effects.lift", asked.ask.lang, **numbers)


def _named(told: Heard, arm: str, text: str) -> str:
    """Return a sentence with the arm's name before it, where there are several."""
    return text if len(told.arms) == 2 else say("effects.arm", told.asked.ask.lang, arm=arm, text=text)


def _conclusion(
    heard: Heard, contaminated: Share, ratio: SampleRatio | Inconclusive, seen: tuple[MetricSeen, ...],
    money: tuple[ArmMoney, ...],
) -> str:  # fmt: skip
    asked, lang = heard.asked, heard.asked.ask.lang
    sentences = []
    if isinstance(ratio, SampleRatio) and ratio.is_mismatch:
        sizes = ", ".join(f"{one.arm} {one.customers + one.immature:,}" for one in heard.arms)
        sentences.append(say("effects.mismatch", lang, sizes=sizes, p=f"{ratio.p_value:.1g}"))
    else:
        for unit, metric in zip(asked.units, seen, strict=True):
            unit_text = _unit(asked, unit)
            told_of = " ".join(one.text for one in metric.compared)
            sentences.append(say("effects.metric", lang, metric=metric.metric, unit=unit_text, text=told_of))
        sentences += [_profit(heard, one) for one in money if isinstance(one.profit, Estimate)]
    if contaminated.count:
        percent = f"{100 * (contaminated.share or 0):.1f}"
        sentences.append(say(_key(asked, "contaminated"), lang, count=f"{contaminated.count:,}", percent=percent))
    if isinstance(ratio, Inconclusive):
        sentences.append(ratio.text)
    return "\n".join(sentences)


def _profit(heard: Heard, money: ArmMoney) -> str:
    assert isinstance(money.profit, Estimate)
    asked = heard.asked
    numbers = {name: amount(asked, getattr(money.profit, name), Unit.MONEY) for name in ("value", "low", "high")}
    text = say(
        "effects.profit", asked.ask.lang, **numbers, cost=amount(asked, money.cost, Unit.MONEY).lstrip("+"),
        margin=f"{100 * (asked.ask.margin or 0):g}", currency=asked.brand.currency,
    )  # fmt: skip
    return _named(heard, money.arm, text)


def _unit(asked: Asked, unit: Unit) -> str:
    return say(f"effects.unit.{unit.value}", asked.ask.lang, currency=asked.brand.currency)


def _definition(asked: Asked) -> str:
    ask, lang = asked.ask, asked.ask.lang
    sentences = [
        say(_key(asked, "definition"), lang, campaign=ask.campaign, period=ask.period, span=_span(asked.within)),
        say(f"effects.looks.{ask.looks.value}", lang, tuned=f"{TUNED_AT:,}"),
    ]
    if ask.cuped:
        sentences.append(say("effects.cuped", lang))
    if ask.winsorize is not None:
        sentences.append(say("effects.winsorized", lang, percent=f"{100 * ask.winsorize:g}"))
    return (" " if lang == "en" else "").join(sentences)


def _span(micros: int) -> str:
    return next(f"{micros // unit}{letter}" for unit, letter in UNITS if micros % unit == 0)


__all__ = ["Asked", "Heard", "amount", "compared", "goal", "nothing", "told", "unknown", "values", "why"]
