"""Handing over what was won: whoever shows the code of a prize gets it, once."""

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Refuse, Refused, Step, Tell, Use
from interplay.engine.oltp.contracts import Submitting
from interplay.interact.campaigns import prizes, store
from interplay.interact.campaigns.contracts import PRIZE_COLLECTED, Collect, Collected, Refusal, Snapshot
from interplay.interact.campaigns.standing import Campaigns
from interplay.link.coupons import api as coupons

KIND = "campaigns.collect"


def collect(state: Campaigns, writing: Submitting, ask: Collect) -> Collected | Refused:
    """Hand over goods, once for each code. Raises AppError `acts.key_reused` (409)."""
    number = coupons.unit_by(state.coupons, ask.code)
    unit = None if number is None else acts.unit_of(state.database, number)
    found = None if unit is None else prizes.of_goods(unit.pool)
    body = acts.body_of([ask.code, ask.store])
    if unit is None or found is None:
        step: Step = Refuse(Refusal.NO_PRIZE.value)
        answer = acts.do(state.acts, writing, Act(ask.key, KIND, body, (step,), by=ask.by))
        return answer if isinstance(answer, Refused) else Refused(Refusal.NO_PRIZE.value)
    campaign, name = found
    snapshot = _promised(state, campaign, name)
    prize = snapshot.content.prizes[name]
    fields: dict[str, object] = {
        "campaign_id": campaign, "campaign_version": snapshot.version, "prize": name, "unit_no": unit.unit,
        "product_id": prize.goods, "store_id": ask.store, "till_device": ask.device,
    }  # fmt: skip
    told = Tell(PRIZE_COLLECTED, unit.owner, {word: value for word, value in fields.items() if value != ""})
    act = Act(ask.key, KIND, body, (Use(unit.unit, unit.owner),), (told,), unit.owner, by=ask.by)
    answer = acts.do(state.acts, writing, act)
    if isinstance(answer, Refused):
        return answer
    return Collected(campaign, name, prize.label, prize.goods, answer.is_new)


def _promised(state: Campaigns, campaign: str, prize: str) -> Snapshot:
    """Return the version in force, or the last that had these goods: what was won stays won when a newer has not."""
    now = state.running(campaign).snapshot
    if _has(now, prize):
        return now
    return next(one for one in reversed(store.versions(state.database, campaign)) if _has(one, prize))


def _has(snapshot: Snapshot, prize: str) -> bool:
    return prize in snapshot.content.prizes and bool(snapshot.content.prizes[prize].goods)
