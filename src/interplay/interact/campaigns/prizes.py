"""How a prize is given: steps of an act, so that it is given whole or not at all, with what is told of it."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from interplay.acts.contracts import Count, Credit, Issue, Refuse, Refused, Step, Take, Tell
from interplay.interact.abuse.contracts import WAITING
from interplay.interact.campaigns.contracts import PRIZE_GIVEN, Prize, Refusal, Snapshot
from interplay.interact.campaigns.standing import Campaigns
from interplay.interact.mechanics import contracts
from interplay.interact.mechanics.contracts import Gift, moved
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.time import DAY, day_of, start_of
from interplay.link.coupons import api as coupons
from interplay.link.points import api as points

PAYOUT = "payout:"


def stock_pool(campaign: str, prize: str) -> str:
    """Return the pool of a prize of which there is a limited number."""
    return f"campaign:{campaign}:prize:{prize}"


def goods_pool(campaign: str, prize: str) -> str:
    """Return the pool of things that winners collect: a unit each, owned until it is handed over."""
    return f"goods:{campaign}:{prize}"


def payout_pool(campaign: str) -> str:
    """Return the pool of prizes that wait for a review: a unit each, used when it is given."""
    return f"{PAYOUT}{campaign}"


def of_goods(pool: str) -> tuple[str, str] | None:
    """Return the campaign and the prize that a pool of goods is of."""
    word, _, rest = pool.partition(":")
    campaign, _, prize = rest.partition(":")
    return (campaign, prize) if word == "goods" else None


def chances_unit(campaign: str) -> str:
    """Return the unit in which chances to play are counted."""
    return contracts.chances_unit(campaign)


def cost_scope(campaign: str) -> str:
    """Return under what the cost of a campaign's prizes is counted, whether or not there is a budget."""
    return f"cost:campaign:{campaign}"


def given_scope(campaign: str, prize: str) -> str:
    """Return under what it is counted how often a prize was given."""
    return f"prize:{campaign}:{prize}"


def gift(
    state: Campaigns, snapshot: Snapshot, name: str, subject: SubjectId, says: dict[str, object],
    now: Micros | None = None, waits: tuple[Refused, ...] = (),
) -> Gift:  # fmt: skip
    """Return how a prize of a campaign is given to somebody; with a `now`, as it will be given then.

    Where it `waits`, all that is scarce is taken now, and a unit stands for what a review will give or take back.
    Chances and words are worth nothing by themselves and never wait.
    """
    prize = snapshot.content.prizes[name]
    made = _made(state, snapshot, name, subject, state.now() if now is None else now)
    steps = [*_limits(state, snapshot, name, prize, subject), *made.limits]
    costs = [*_costs(state, snapshot, int(str(made.fields["cost"])))]
    has_worth = prize.coupon or prize.points is not None or prize.goods
    if waits and has_worth and not isinstance(made.step, Refuse):
        fields = {**says, "prize": name, "reasons": ", ".join(one.code for one in waits)}
        told = Tell(WAITING, subject, fields, {"unit_no": (len(steps), "unit")})
        steps.append(Issue(payout_pool(snapshot.name), subject))
        return Gift(name, (*steps, *costs), (told,), waits)
    gift = _given(name, subject, says, made, len(steps))
    return msgspec.structs.replace(gift, steps=(*steps, *gift.steps, *costs))


def payout(state: Campaigns, snapshot: Snapshot, name: str, subject: SubjectId, says: dict[str, object]) -> Gift:
    """Return how a prize is given for which everything scarce was taken when it was won."""
    return _given(name, subject, says, _made(state, snapshot, name, subject, state.now()), 0)


@dataclass(frozen=True, slots=True)
class _Made:
    """What a prize consists of: limits of its own, the step that gives it, what that and the giving tell."""

    fields: dict[str, object]
    limits: tuple[Step, ...] = ()
    step: Step | None = None
    tells: tuple[Tell, ...] = ()  # filled as if all stood together
    has_unit: bool = False


def _made(state: Campaigns, snapshot: Snapshot, name: str, subject: SubjectId, now: Micros) -> _Made:
    prize = snapshot.content.prizes[name]
    fields: dict[str, object] = {"prize": name, "cost": prize.cost}
    fields |= {"funder": prize.funder} if prize.funder else {}
    if prize.coupon:
        template = state.coupons.catalogue().versions[prize.coupon, snapshot.coupons[prize.coupon]]
        theirs, told = coupons.gift(state.coupons, template, subject, now)
        tells = tuple(_with_campaign(tell, snapshot) for tell in told)
        return _Made(fields, theirs[:-1], theirs[-1], tells, bool(told))
    if prize.points is not None:
        credit, cost = points.gift(
            state.board().units, prize.points.unit, subject, prize.points.amount, now, state.zone
        )
        return _Made(fields | cost | {"unit": prize.points.unit, "amount": prize.points.amount}, (), credit)
    if prize.chances:
        credit = Credit(chances_unit(snapshot.name), subject, prize.chances, expires_at=snapshot.ends_at)
        return _Made(fields, (), credit)
    if prize.goods:
        ends = Micros(max(snapshot.ends_at, now) + snapshot.content.collect_days * DAY)
        issue = Issue(goods_pool(snapshot.name, name), subject, valid_until=ends)
        return _Made(fields | {"product_id": prize.goods}, (), issue, (), has_unit=True)
    return _Made(fields)


def _given(name: str, subject: SubjectId, says: dict[str, object], made: _Made, place: int) -> Gift:
    """Return the step that gives a prize, which stands at `place`, and what is told of it."""
    filled = {"unit_no": (place, "unit")} if made.has_unit else {}
    theirs = (moved(tell, place - len(made.limits)) for tell in made.tells)
    steps = () if made.step is None else (made.step,)
    return Gift(name, steps, (Tell(PRIZE_GIVEN, subject, {**says, **made.fields}, filled), *theirs))


def _limits(state: Campaigns, snapshot: Snapshot, name: str, prize: Prize, subject: SubjectId) -> Iterator[Step]:
    scope = given_scope(snapshot.name, name)
    yield Count(scope)
    if prize.stock is not None:
        yield Take(stock_pool(snapshot.name, name))
    if prize.per_day_max is not None:
        day = _today(state)
        yield Count(f"{scope}:day", cap=prize.per_day_max, window=day, refusal=Refusal.PRIZE_DAY.value)
    if prize.per_customer_max is not None:
        cap = prize.per_customer_max
        yield Count(f"{scope}:customer", cap=cap, subject=subject, refusal=Refusal.PRIZE_CUSTOMER.value)


def _costs(state: Campaigns, snapshot: Snapshot, cost: int) -> Iterator[Step]:
    if cost:
        content, scope = snapshot.content, cost_scope(snapshot.name)
        yield Count(scope, cost, content.budget, refusal=Refusal.BUDGET.value)
        if content.pacing is not None:
            day = _today(state)
            yield Count(f"{scope}:day", cost, content.pacing.per_day, day, refusal=Refusal.BUDGET.value)


def _today(state: Campaigns) -> Micros:
    return start_of(day_of(state.now(), state.zone), state.zone)


def _with_campaign(tell: Tell, snapshot: Snapshot) -> Tell:
    return Tell(tell.name, tell.subject, {**tell.fields, "campaign_id": snapshot.name}, tell.filled, tell.scaled)
