"""Who met a campaign, on which side and when, and what each of them did before and after, on any engine."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import ibis
import numpy as np

from interplay.criteria.contracts import DECIMAL_SCALE
from interplay.decide.experiments.contracts import Kind, Term
from interplay.decide.experiments.moments import Floats
from interplay.decide.experiments.summing import around
from interplay.decide.holdouts.contracts import ASSIGNED, OPENED, SHOWN, WITHHELD, Arm
from interplay.engine.olap.contracts import Moment
from interplay.engine.olap.trails import Ints
from interplay.kernel.ids import Micros
from interplay.measure.reading.api import Facts, Rows

if TYPE_CHECKING:
    import ibis.expr.types as ir

LAUNCHED = "campaign.launched"
_CONTROL = "0"
_BACK = ".reversed"
_NOBODY = -1
_TEXTS = ("arm", "campaign_id", "holdout", "metric", "metric_field", "holdout_by")


class Launched(NamedTuple):
    """What a campaign said when it was started; None: nothing. `percents`: of all its versions."""

    metric: str | None
    field: str
    days: int | None
    percents: tuple[int, ...]
    held_by: str | None
    target: float | None = None  # of the metric, all who were offered it together; money in major units


class Met(NamedTuple):
    """Customers in order of their numbers: when each first met the campaign, and in which of the arms. 0: control."""

    arms: list[str]
    customer: Ints
    at: Ints
    arm: Ints
    mixed: int = 0

    def of(self, rows: Ints) -> "Met":
        """Return some of them."""
        return self._replace(customer=self.customer[rows], at=self.at[rows], arm=self.arm[rows])


class Done(NamedTuple):
    """By customer what came from her exposure on, and in the same time before it."""

    here: Floats
    before: Floats


def launched(moment: Moment, campaign: str, now: Micros) -> Launched | None:
    """Return what is known of a campaign by its own word; None: it was never started here."""
    facts = _of_campaign(moment, campaign, (LAUNCHED,), now).order_by("position")
    words = ("metric", "metric_field", "metric_days", "holdout_percent", "holdout_by", "metric_target")
    rows = facts.select(**{word: _column(facts, word) for word in words}).to_pyarrow().to_pylist()
    if not rows:
        return None
    last = rows[-1]
    percents = {row["holdout_percent"] for row in rows if row["holdout_percent"] is not None}
    target = None if last["metric_target"] is None else last["metric_target"] / 10**DECIMAL_SCALE
    return Launched(
        last["metric"], last["metric_field"] or "", last["metric_days"], tuple(sorted(percents)), last["holdout_by"],
        target,
    )  # fmt: skip


def met(moment: Moment, campaign: str, now: Micros) -> Met:
    """Return everybody who met a campaign or was held out of it. Who was merged and did both is counted as mixed.

    Whom it was withheld from because she is held out of all campaigns has no arm of it, and is on neither side.
    """
    facts = _of_campaign(moment, campaign, (SHOWN, WITHHELD), now)
    facts = facts.filter(_column(facts, "holdout").isnull())
    return _sides(moment, facts, facts["name"] == WITHHELD)


def opened(moment: Moment, period: str, now: Micros) -> Launched | None:
    """Return by what a period of the holdout of all campaigns is measured, and how many percent it held out."""
    facts = _of_period(moment, period, (OPENED, ASSIGNED), now).order_by("position")
    words = ("metric", "metric_field", "metric_days", "holdout_percent")
    found = facts.select("name", **{word: _column(facts, word) for word in words}).distinct().to_pyarrow().to_pylist()
    if not found:
        return None
    first: dict[str, Any] = next((row for row in found if row["name"] == OPENED), {})
    percents = {row["holdout_percent"] for row in found if row["holdout_percent"] is not None}
    return Launched(
        first.get("metric"), first.get("metric_field") or "", first.get("metric_days"), tuple(sorted(percents)),
        "customer",
    )  # fmt: skip


def assigned(moment: Moment, period: str, now: Micros) -> Met:
    """Return everybody who could have met any campaign in a period, and who of them was held out of all."""
    facts = _of_period(moment, period, (ASSIGNED,), now)
    return _sides(moment, facts, _column(facts, "arm") == Arm.HELD_OUT.value)


def _sides(moment: Moment, exposures: "ir.Table", is_held: "ir.BooleanValue") -> Met:
    facts = exposures.mutate(is_held=is_held).inner_join(moment.table("members"), "subject")
    is_held = facts["is_held"]
    arm = _column(facts, "arm").coalesce(ibis.ifelse(is_held, Arm.HELD_OUT.value, Arm.OFFERED.value))
    label = ibis.ifelse(is_held, _CONTROL + arm, "1" + arm)
    side = ibis.ifelse(is_held, ibis.literal(_CONTROL), label)
    grouped = facts.mutate(label=label, side=side).group_by("customer")
    found = grouped.aggregate(at=lambda t: t.occurred_at.min(), label=lambda t: t.label.min(),
                              sides=lambda t: t.side.nunique()).to_pyarrow()  # fmt: skip
    customer, at, sides = (found[name].to_numpy() for name in ("customer", "at", "sides"))
    encoded = found["label"].combine_chunks().dictionary_encode()
    names, codes = encoded.dictionary.to_pylist(), encoded.indices.to_numpy()
    whole = np.flatnonzero(sides == 1)
    whole = whole[np.argsort(customer[whole])]
    arms, places = _arms(names)
    arm_of = np.array([places[name] for name in names], dtype=np.int64)
    taken = arm_of[codes[whole]] if len(whole) else np.arange(0)
    return Met(arms, customer[whole], at[whole], taken, int(np.count_nonzero(sides > 1)))


def done(facts: Facts, found: Met, slot: Ints, within: Micros, term: Term) -> Done:
    """Return by customer how often she did something, or the sum of a field of it."""
    names = term.step.facts
    rows = facts.rows(names, term.step.where)
    amounts = facts.amounts(names, rows, term.field) if term.field else None
    if amounts is not None and term.kind is Kind.COUNT:
        amounts = (~np.isnan(amounts)).astype(np.float64)
    sums = summed(found, slot, within, rows, amounts)
    if term.kind is Kind.SHARE:
        return Done(*((one >= term.at_least).astype(np.float64) for one in sums))
    return sums


def given(facts: Facts, found: Met, slot: Ints, campaign: str, within: Micros, names: Sequence[str]) -> Done:
    """Return by customer what she was given of a campaign cost, and (as `before`) how many things that were.

    Without a campaign it is what she was given of any.
    """
    gifts, returns = (tuple(sorted(n for n in names if n.endswith(_BACK) == is_back)) for is_back in (False, True))
    where = f"event.campaign_id == {json.dumps(campaign)}" if campaign else "not missing(event.campaign_id)"
    got, back = (facts.rows(one, where) for one in (gifts, returns))
    cost, less = (
        summed(found, slot, within, rows, facts.amounts(one, rows, "cost")).here
        for one, rows in ((gifts, got), (returns, back))
    )
    return Done(cost - less, summed(found, slot, within, got, None).here)


def slots(facts: Facts, found: Met) -> Ints:
    """Return by customer of the facts which of those who met it she is, -1: none of them."""
    place = np.searchsorted(found.customer, facts.customers)
    place[place == len(found.customer)] = 0
    is_same = found.customer[place] == facts.customers if len(found.customer) else np.zeros(len(place), dtype=np.bool_)
    return np.where(is_same, place, _NOBODY)


def summed(found: Met, slot: Ints, within: Micros, rows: Rows, amounts: Floats | None) -> Done:
    """Return the sums by customer of what happened from her exposure on, and in the same time before; None: counts."""
    return Done(*around(rows.owner, rows.at, amounts, slot, found.at, within))


def _of_campaign(moment: Moment, campaign: str, names: Sequence[str], now: Micros) -> "ir.Table":
    facts = moment.table("facts")
    is_its = (_column(facts, "campaign_id") == campaign) & (facts["occurred_at"] <= now)
    return facts.filter(facts["name"].isin(sorted(names)) & is_its)


def _of_period(moment: Moment, period: str, names: Sequence[str], now: Micros) -> "ir.Table":
    facts = moment.table("facts")
    is_its = (_column(facts, "holdout") == period) & (facts["occurred_at"] <= now)
    return facts.filter(facts["name"].isin(sorted(names)) & is_its)


def _column(facts: "ir.Table", name: str) -> "ir.Value":
    """Return a field's column; one declared since the warehouse was loaded is missing in every fact."""
    return facts[name] if name in facts.columns else ibis.null("string" if name in _TEXTS else "int64")


def _arms(labels: Sequence[str]) -> tuple[list[str], dict[str, int]]:
    """Return the names of arms, the control's first, and the place of each label among them."""
    held = sorted(label[1:] for label in labels if label.startswith(_CONTROL))
    control = held[0] if len(held) == 1 else Arm.HELD_OUT.value
    offered = sorted(label for label in labels if not label.startswith(_CONTROL))
    places = {label: 1 + offered.index(label) if label in offered else 0 for label in labels}
    return [control, *(label[1:] for label in offered)], places
