"""The answer: who met the campaign, what they did, one arm beside the other, and what that lets conclude."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, NoReturn

import numpy as np
from msgspec.structs import replace

from interplay.decide.experiments import metrics, telling
from interplay.decide.experiments.contracts import (
    ARMS_MAX,
    METRICS_MAX,
    WITHIN_MAX,
    ArmMoney,
    ArmSeen,
    AskEffects,
    Effects,
    Estimate,
    GoalSeen,
    Inconclusive,
    Metric,
    MetricSeen,
    SampleRatio,
    Side,
    Term,
    Unit,
)
from interplay.decide.experiments.counting import Columns, counted, too_few
from interplay.decide.experiments.differences import Shape, compare, summed_up, theta
from interplay.decide.experiments.moments import Floats, moments
from interplay.decide.experiments.reading import (
    Done,
    Launched,
    Met,
    assigned,
    done,
    given,
    launched,
    met,
    opened,
    slots,
)
from interplay.decide.experiments.sample_ratio import sample_ratio
from interplay.decide.experiments.telling import Asked
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.money import EXPONENTS
from interplay.kernel.time import DAY
from interplay.measure.certainty.api import share
from interplay.measure.metrics import api as measures
from interplay.measure.metrics.contracts import Metric as CatalogueMetric
from interplay.measure.reading.api import Facts
from interplay.measure.reading.contracts import Words
from interplay.measure.visits.contracts import BROWSED, KEYS, VISIT, with_visits
from interplay.understand.profiles.contracts import Reading
from interplay.understand.segments.api import vocabulary


class Sides(NamedTuple):
    """Whose window is over, and how many of each arm are not so far."""

    found: Met
    immature: list[int]


def answer(reading: Reading, ask: AskEffects) -> Effects:
    """Return what a campaign brought. Raises AppError where it cannot be asked."""
    now = reading.world.now() if ask.at is None else ask.at
    _check(ask)
    current = reading.declarations.current()
    known = vocabulary(reading, current).fact_names()
    with reading.warehouse.session() as session:
        if ask.period:
            said, everybody = opened(session, ask.period, now), assigned(session, ask.period, now)
        else:
            said, everybody = launched(session, ask.campaign, now), met(session, ask.campaign, now)
        if said is None and not len(everybody.customer) and not everybody.mixed:
            _unknown(ask)
        words = Words("effects", set(known), with_visits(current.declared), reading.world.brand)
        asked = plan(ask, said, words, measures.metrics(current.documents), now)
        spine = reading.warehouse.spine.of(session, facts_of(asked))
        return walk(Facts(session, spine, words.declared, words.brand, now), asked, everybody)


def _unknown(ask: AskEffects) -> NoReturn:
    if ask.period:
        raise AppError("effects.unknown_period", status=404, given=ask.period)
    raise AppError("effects.unknown", status=404, given=ask.campaign)


def plan(
    ask: AskEffects, said: Launched | None, words: Words, catalogue: Mapping[str, CatalogueMetric], now: Micros
) -> Asked:
    """Return the metrics and the window that a question means. Raises AppError."""
    goal = metrics.goal(said.metric, said.field) if said is not None and said.metric else ()
    wanted, days = ask.metrics or goal, None if said is None else said.days
    within = Micros(days * DAY) if ask.within is None and days else ask.within
    if not wanted or within is None:
        raise AppError("effects.goal", given=ask.period or ask.campaign)
    if not 0 < within <= WITHIN_MAX:
        raise AppError("effects.within")
    wanted = tuple(metrics.checked(metric, catalogue, words) for metric in wanted)
    units = tuple(metrics.unit_of(metric, words.declared) for metric in wanted)
    if ask.margin is not None and not any(map(_is_amount, wanted, units)):
        raise AppError("effects.margin_metric")
    costs = tuple(name for name, kind in words.declared.facts.items() if _is_cost(kind.fields))
    return Asked(ask, wanted, units, within, now, said, words.brand, costs)


def facts_of(asked: Asked) -> set[str]:
    """Return the names of the facts that an answer reads."""
    found = {name for metric in asked.metrics for term in metrics.terms(metric) for name in term.step.facts}
    if asked.said is not None and asked.said.metric:
        found.add(asked.said.metric)
    return (found - {VISIT}) | set(asked.costs) | (BROWSED | KEYS if VISIT in found else set())


def walk(facts: Facts, asked: Asked, everybody: Met) -> Effects:
    """Return the answer of a moment, on whatever engine the facts are."""
    found = _compared(facts, asked, everybody)
    if (goal := _goal(facts, asked, everybody)) is None:
        return found
    return replace(found, goal=goal, conclusion=f"{found.conclusion}\n{telling.goal(asked, goal)}")


def _goal(facts: Facts, asked: Asked, everybody: Met) -> GoalSeen | None:
    """Return how much of the campaign's target is reached, also by those whose days are not over."""
    said = asked.said
    if said is None or not said.target or not said.metric or not said.days:
        return None
    metric = metrics.goal(said.metric, said.field)[1]
    within = Micros(said.days * DAY)
    sums = done(facts, everybody, slots(facts, everybody), within, metric.of.parts[0][1]).here
    is_offered = everybody.arm > 0
    is_money = metrics.unit_of(metric, facts.declared) is Unit.MONEY
    reached = float(sums[is_offered].sum()) / (10 ** EXPONENTS[asked.brand.currency] if is_money else 1)
    still = is_offered & (everybody.at > asked.now - within)
    counts = (int(np.count_nonzero(one)) for one in (is_offered, still))
    return GoalSeen(metric.text, said.target, reached, reached / said.target, *counts)


def _compared(facts: Facts, asked: Asked, everybody: Met) -> Effects:
    sides = _mature(everybody, asked)
    arms = arms_seen(sides)
    if (why := impossible(asked, sides)) is not None:
        return telling.nothing(asked, everybody, arms, why)
    slot = slots(facts, sides.found)
    costs = given(facts, sides.found, slot, asked.ask.campaign, asked.within, asked.costs)
    held = sides.found.arm == 0
    contaminated = share(int(np.count_nonzero(costs.before[held])), int(np.count_nonzero(held)))
    ratio = planned_ratio(asked, arms)
    told = telling.Heard(asked, isinstance(ratio, SampleRatio) and ratio.is_mismatch, arms)
    every = {term for metric in asked.metrics for term in metrics.terms(metric)}
    by_term = {term: done(facts, sides.found, slot, asked.within, term) for term in every}
    seen, money = [], None
    for metric, unit in zip(asked.metrics, asked.units, strict=True):
        columns = _columns(by_term, metric)
        seen.append(metric_seen(told, sides.found, metric, unit, columns))
        if money is None and asked.ask.margin is not None and _is_amount(metric, unit):
            money = columns
    return telling.told(
        told, everybody, contaminated, ratio, tuple(seen), tuple(_money(told, sides.found, costs.here, money))
    )


def _check(ask: AskEffects) -> None:
    if bool(ask.period) == bool(ask.campaign):
        raise AppError("effects.which")
    if len(ask.metrics) > METRICS_MAX:
        raise AppError("effects.metrics", given=len(ask.metrics), most=METRICS_MAX)
    if ask.since is not None and ask.until is not None and ask.since >= ask.until:
        raise AppError("effects.period")
    if ask.winsorize is not None and not 0.5 <= ask.winsorize < 1:
        raise AppError("effects.winsorize", given=ask.winsorize)
    if ask.margin is not None and not 0 < ask.margin <= 1:
        raise AppError("effects.margin", given=ask.margin)
    if any(not weight > 0 for weight in ask.planned.values()):
        raise AppError("effects.planned_weight", given=", ".join(ask.planned))


def _mature(everybody: Met, asked: Asked) -> Sides:
    """Keep those whose exposure lies in the period and whose window is over."""
    since, until = asked.ask.since, asked.ask.until
    inside = np.ones(len(everybody.at), dtype=np.bool_)
    if since is not None:
        inside &= everybody.at >= since
    if until is not None:
        inside &= everybody.at < until
    is_over = everybody.at <= asked.now - asked.within
    late = np.bincount(everybody.arm[inside & ~is_over], minlength=len(everybody.arms))
    return Sides(everybody.of(np.flatnonzero(inside & is_over)), [int(one) for one in late])


def arms_seen(sides: Sides) -> tuple[ArmSeen, ...]:
    sizes = np.bincount(sides.found.arm, minlength=len(sides.found.arms))
    return tuple(
        ArmSeen(name, int(sizes[place]), sides.immature[place], place == 0)
        for place, name in enumerate(sides.found.arms)
    )


def impossible(asked: Asked, sides: Sides) -> str | None:
    """Return why nothing can be compared, or None."""
    said, sizes = asked.said, np.bincount(sides.found.arm, minlength=2)
    if said is not None and said.held_by not in (None, "customer"):
        return "held_by_place"
    if len(sides.found.arms) > ARMS_MAX:
        return "many_arms"
    everybody = sizes + np.array(
        [sides.immature[place] if place < len(sides.immature) else 0 for place in range(len(sizes))]
    )
    if not everybody.any():  # of a campaign for everybody no fact says who met it
        return "nobody" if said is None or any(said.percents) else "no_holdout"
    if everybody[0] == 0:
        return "no_holdout"
    if not everybody[1:].any():
        return "nobody_offered"
    if sizes[0] == 0 or not sizes[1:].any():
        return "immature"
    return None


def planned_ratio(asked: Asked, arms: Sequence[ArmSeen]) -> SampleRatio | Inconclusive:
    """Compare the sizes with the plan: a given one, or the percent that the campaign held out."""
    counts = {one.arm: one.customers + one.immature for one in arms}
    if planned := asked.ask.planned:
        if planned.keys() != counts.keys():
            raise AppError("effects.planned", given=", ".join(sorted(planned)), arms=", ".join(sorted(counts)))
        return sample_ratio(counts, planned)
    percents = () if asked.said is None else asked.said.percents
    if len(percents) != 1 or not 0 < percents[0] < 100:
        return telling.why(asked, "plan_unknown" if len(percents) < 2 else "plan_changed")
    control = arms[0].arm
    offered = sum(counts.values()) - counts[control]
    rest = arms[1].arm if len(arms) == 2 else "*"
    return sample_ratio({control: counts[control], rest: offered}, {control: percents[0], rest: 100 - percents[0]})


def _columns(by_term: Mapping[Term, Done], metric: Metric) -> Columns:
    over = None if metric.over is None else _side(by_term, metric.over)
    return Columns(_side(by_term, metric.of), over)


def _side(by_term: Mapping[Term, Done], side: Side) -> Done:
    found = [(factor, by_term[term]) for factor, term in side.parts]
    if len(found) == 1 and found[0][0] == 1:
        return found[0][1]
    here, before = (sum(factor * one[place] for factor, one in found) for place in (0, 1))
    return Done(np.asarray(here), np.asarray(before))


def metric_seen(told: telling.Heard, found: Met, metric: Metric, unit: Unit, columns: Columns) -> MetricSeen:
    ask = told.asked.ask
    cut = counted(columns, ask.winsorize if metric.over is None and unit is not Unit.SHARE else None)
    shape = Shape(metric.over is not None, ask.cuped)
    each = [moments([one[found.arm == arm] for one in cut.listed(ask.cuped)]) for arm in range(len(found.arms))]
    values = telling.values(found.arms, each, shape)
    filled = [place for place, one in enumerate(each) if one.n > 0]
    arms = summed_up([each[place] for place in filled], shape)
    slope = 0.0 if isinstance(arms, Inconclusive) else theta(arms)
    compared = []
    for arm in range(1, len(found.arms)):
        why = too_few(cut, found.arm, arm, unit) or (arms.reason if isinstance(arms, Inconclusive) else None)
        if why is not None or isinstance(arms, Inconclusive):
            compared.append(telling.unknown(told, found.arms[arm], why or "no_base"))
        else:
            differs = compare(arms[filled.index(arm)], arms[filled.index(0)], slope, ask.looks)
            n = each[arm].n + each[0].n
            compared.append(telling.compared(told, found.arms[arm], unit, differs, n))
    return MetricSeen(metric.text, unit, values, tuple(compared), cut.cap)


def _money(told: telling.Heard, found: Met, cost: Floats, revenue: Columns | None) -> list[ArmMoney]:
    """Return by arm what gifts cost per customer, and what is left beyond the control, each customer by herself."""
    asked, margin, out = told.asked, told.asked.ask.margin, []
    for arm in range(1, len(found.arms)):
        rows = found.arm == arm
        paid = float(cost[rows].mean()) if rows.any() else 0.0
        profit: Estimate | Inconclusive = telling.why(asked, "no_margin")
        if margin is not None and revenue is not None:
            left = Columns(Done(margin * revenue.of.here - cost, revenue.of.before), None)
            profit = _profit(told, found, arm, left, revenue)
        out.append(ArmMoney(found.arms[arm], paid, profit))
    return out


def _profit(told: telling.Heard, found: Met, arm: int, left: Columns, revenue: Columns) -> Estimate | Inconclusive:
    asked = told.asked
    if (few := too_few(counted(revenue, None), found.arm, arm, Unit.MONEY)) is not None:
        return telling.why(asked, few)
    shape = Shape(is_ratio=False, is_adjusted=asked.ask.cuped)
    columns = counted(left, None).listed(asked.ask.cuped)
    each = [moments([one[found.arm == place] for one in columns]) for place in (0, arm)]
    arms = summed_up(each, shape)
    if isinstance(arms, Inconclusive):
        return telling.why(asked, arms.reason)
    found_difference = compare(arms[1], arms[0], theta(arms), asked.ask.looks)
    if isinstance(found_difference, Inconclusive):
        return telling.why(asked, found_difference.reason)
    return found_difference.difference


def _is_cost(fields: Mapping[str, object]) -> bool:
    return "cost" in fields and "funder" in fields


def _is_amount(metric: Metric, unit: Unit) -> bool:
    """Return whether a metric is an amount of money per customer, of which a margin can be taken."""
    return unit is Unit.MONEY and metric.over is None
