"""How a prize is given: steps of an act, so that it is given whole or not at all, with what is told of it."""

from collections.abc import Iterator

from interplay.acts.contracts import Count, Credit, Issue, Step, Take, Tell
from interplay.interact.campaigns.contracts import PRIZE_GIVEN, Prize, Refusal, Snapshot
from interplay.interact.campaigns.standing import Campaigns
from interplay.interact.mechanics.contracts import Gift, moved
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.time import DAY, day_of, start_of
from interplay.link.coupons import api as coupons
from interplay.link.points import api as points


def stock_pool(campaign: str, prize: str) -> str:
    """Return the pool of a prize of which there is a limited number."""
    return f"campaign:{campaign}:prize:{prize}"


def goods_pool(campaign: str, prize: str) -> str:
    """Return the pool of things that winners collect: a unit each, owned until it is handed over."""
    return f"goods:{campaign}:{prize}"


def of_goods(pool: str) -> tuple[str, str] | None:
    """Return the campaign and the prize that a pool of goods is of."""
    word, _, rest = pool.partition(":")
    campaign, _, prize = rest.partition(":")
    return (campaign, prize) if word == "goods" else None


def chances_unit(campaign: str) -> str:
    """Return the unit in which chances to play are counted."""
    return f"chances:{campaign}"


def cost_scope(campaign: str) -> str:
    """Return under what the cost of a campaign's prizes is counted, whether or not there is a budget."""
    return f"cost:campaign:{campaign}"


def given_scope(campaign: str, prize: str) -> str:
    """Return under what it is counted how often a prize was given."""
    return f"prize:{campaign}:{prize}"


def gift(state: Campaigns, snapshot: Snapshot, name: str, subject: SubjectId, says: dict[str, object]) -> Gift:
    """Return how a prize of a campaign is given to somebody."""
    prize = snapshot.content.prizes[name]
    steps = [*_limits(state, snapshot, name, prize, subject)]
    fields: dict[str, object] = {"prize": name, "cost": prize.cost}
    fields |= {"funder": prize.funder} if prize.funder else {}
    tells: list[Tell] = []
    filled: dict[str, tuple[int, str]] = {}
    if prize.coupon:
        template = state.coupons.catalogue().versions[prize.coupon, snapshot.coupons[prize.coupon]]
        theirs, told = coupons.gift(state.coupons, template, subject)
        tells += (moved(_with_campaign(tell, snapshot), len(steps)) for tell in told)
        steps += theirs
        filled = {"unit_no": (len(steps) - 1, "unit")} if told else {}
    elif prize.points is not None:
        credit, cost = points.gift(
            state.board().units, prize.points.unit, subject, prize.points.amount, state.now(), state.zone
        )
        fields |= cost | {"unit": prize.points.unit, "amount": prize.points.amount}
        steps.append(credit)
    elif prize.chances:
        steps.append(Credit(chances_unit(snapshot.name), subject, prize.chances, expires_at=snapshot.ends_at))
    elif prize.goods:
        fields |= {"product_id": prize.goods}
        ends = Micros(snapshot.ends_at + snapshot.content.collect_days * DAY)
        filled = {"unit_no": (len(steps), "unit")}
        steps.append(Issue(goods_pool(snapshot.name, name), subject, valid_until=ends))
    steps += _costs(state, snapshot, int(str(fields["cost"])))
    tells.insert(0, Tell(PRIZE_GIVEN, subject, {**says, **fields}, filled))
    return Gift(name, tuple(steps), tuple(tells))


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
