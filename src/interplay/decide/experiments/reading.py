"""Who met a campaign, on which side and when, and what each of them did before and after. Ibis, on any engine."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import ibis
import numpy as np
import pyarrow as pa

from interplay.criteria.api import matching
from interplay.criteria.contracts import Criterion
from interplay.decide.experiments.contracts import Kind, Term
from interplay.decide.experiments.moments import Floats
from interplay.decide.holdouts.contracts import SHOWN, WITHHELD, Arm
from interplay.engine.olap.contracts import Moment
from interplay.engine.olap.trails import Ints
from interplay.kernel.ids import Micros

if TYPE_CHECKING:
    import ibis.expr.types as ir

LAUNCHED = "campaign.launched"
_CONTROL = "0"


class Launched(NamedTuple):
    """What a campaign said when it was started; None: nothing. `percents`: of all its versions."""

    metric: str | None
    field: str
    days: int | None
    percents: tuple[int, ...]
    held_by: str | None


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
    words = ("metric", "metric_field", "metric_days", "holdout_percent", "holdout_by")
    rows = facts.select(**{word: _column(facts, word) for word in words}).to_pyarrow().to_pylist()
    if not rows:
        return None
    last = rows[-1]
    percents = {row["holdout_percent"] for row in rows if row["holdout_percent"] is not None}
    return Launched(
        last["metric"], last["metric_field"] or "", last["metric_days"], tuple(sorted(percents)), last["holdout_by"]
    )


def met(moment: Moment, campaign: str, now: Micros) -> Met:
    """Return everybody who met a campaign or was held out of it. Who was merged and did both is counted as mixed."""
    facts = _of_campaign(moment, campaign, (SHOWN, WITHHELD), now).inner_join(moment.table("members"), "subject")
    is_held = facts["name"] == WITHHELD
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


def done(moment: Moment, found: Met, within: Micros, term: Term, where: Sequence[Criterion], now: Micros) -> Done:
    """Return by customer how often she did something, or the sum of a field of it."""
    facts = moment.table("facts")
    names = term.step.facts
    if where:
        some = [matching(one, facts.filter(facts["name"] == name), now) for name, one in zip(names, where, strict=True)]
    else:
        some = [facts.filter(facts["name"].isin(sorted(set(names))))]
    parts = [_amounts(one, term) for one in some]
    rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
    sums = _summed(moment, found, within, rows, now)
    return Done(*((one > 0).astype(np.float64) for one in sums)) if term.kind is Kind.SHARE else sums


def given(moment: Moment, found: Met, campaign: str, within: Micros, now: Micros, names: Sequence[str]) -> Done:
    """Return by customer what she was given of a campaign cost, and (as `before`) how many things that were."""
    facts = _of_campaign(moment, campaign, names, now)
    is_back = facts["name"].endswith(".reversed")
    cost = _column(facts, "cost").cast("float64").coalesce(0.0)
    rows = facts.select("subject", "occurred_at", value=ibis.ifelse(is_back, -cost, cost))
    got = facts.filter(~is_back).select("subject", "occurred_at", value=ibis.literal(1.0))
    return Done(_summed(moment, found, within, rows, now).here, _summed(moment, found, within, got, now).here)


def _summed(moment: Moment, found: Met, within: Micros, rows: "ir.Table", now: Micros) -> Done:
    empty = Done(np.zeros(len(found.customer)), np.zeros(len(found.customer)))
    if not len(found.customer):
        return empty
    first, last = int(found.at.min()) - within, min(int(found.at.max()) + within - 1, now)
    rows = rows.filter((rows["occurred_at"] >= first) & (rows["occurred_at"] <= last))
    people = ibis.memtable(pa.table({"customer": found.customer, "met_at": found.at}))
    hers = rows.inner_join(moment.table("members"), "subject").inner_join(people, "customer")
    since = hers["occurred_at"] - hers["met_at"]
    hers = hers.filter((since >= -within) & (since < within))
    is_here = hers["occurred_at"] >= hers["met_at"]
    sums = hers.group_by("customer").aggregate(
        here=hers["value"].sum(where=is_here), before=hers["value"].sum(where=~is_here)
    ).to_pyarrow()  # fmt: skip
    places = np.searchsorted(found.customer, sums["customer"].to_numpy())
    for name in ("here", "before"):
        getattr(empty, name)[places] = np.nan_to_num(sums[name].fill_null(0.0).to_numpy())
    return empty


def _amounts(facts: "ir.Table", term: Term) -> "ir.Table":
    amount = _column(facts, term.field) if term.kind is Kind.SUM else ibis.literal(1, "int64")
    return facts.select("subject", "occurred_at", value=amount.cast("float64").coalesce(0.0))


def _of_campaign(moment: Moment, campaign: str, names: Sequence[str], now: Micros) -> "ir.Table":
    facts = moment.table("facts")
    is_its = (_column(facts, "campaign_id") == campaign) & (facts["occurred_at"] <= now)
    return facts.filter(facts["name"].isin(sorted(names)) & is_its)


def _column(facts: "ir.Table", name: str) -> "ir.Value":
    """Return a field's column; one declared since the warehouse was loaded is missing in every fact."""
    return facts[name] if name in facts.columns else ibis.null("string" if name in ("arm", "campaign_id") else "int64")


def _arms(labels: Sequence[str]) -> tuple[list[str], dict[str, int]]:
    """Return the names of arms, the control's first, and the place of each label among them."""
    held = sorted(label[1:] for label in labels if label.startswith(_CONTROL))
    control = held[0] if len(held) == 1 else Arm.HELD_OUT.value
    offered = sorted(label for label in labels if not label.startswith(_CONTROL))
    places = {label: 1 + offered.index(label) if label in offered else 0 for label in labels}
    return [control, *(label[1:] for label in offered)], places
