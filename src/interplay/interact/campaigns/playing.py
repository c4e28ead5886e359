"""What a play goes through: is the campaign on, is it for her and here, how often has she played, what does it come to.

Reading comes first and the writer decides: each limit is a step of the act, so two plays at one instant cannot both
have the last of anything. A refusal leaves the key free and is told as a fact.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec

from interplay.acts import api as acts
from interplay.acts.contracts import (
    Act,
    Asking,
    Count,
    Debit,
    Effect,
    Join,
    Receipt,
    Refuse,
    Refused,
    Step,
    Still,
    Within,
)
from interplay.decide.holdouts import api as holdouts
from interplay.engine.oltp.contracts import Submitting
from interplay.interact.abuse import api as abuse
from interplay.interact.campaigns import prizes, store
from interplay.interact.campaigns.contracts import (
    BY_CUSTOMER,
    HoldoutBy,
    Kept,
    Limits,
    Play,
    Played,
    Price,
    Prize,
    Refusal,
    Running,
    Snapshot,
    State,
    Won,
)
from interplay.interact.campaigns.guarding import giving, screening
from interplay.interact.campaigns.standing import Campaigns, is_held_out, state_at
from interplay.interact.campaigns.withholding import withholding
from interplay.interact.mechanics.api import MECHANICS
from interplay.interact.mechanics.contracts import MEANWHILE, At, Award, Mechanic, Plan, moved, no
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.time import day_of, start_of
from interplay.link.coupons import api as coupons
from interplay.link.quotes.contracts import Choice
from interplay.unify.identity import api as identity

KIND = "campaigns.play"
NOBODY = SubjectId(0)
TRIES_MAX = 3  # where somebody's other device took the last free play meanwhile
AGAIN = (
    "campaign.free_gone", "acts.joined_already", "acts.group_taken", "acts.used", "acts.undone_already",
    "code.scanned_meanwhile", "code.rewarded", "vote.again", MEANWHILE,
)  # fmt: skip


def play(state: Campaigns, writing: Submitting, ask: Play) -> Played | Refused:
    """Have done what `playing` asks for, and wait until it is on disk."""
    return acts.through(state.acts, writing, playing(state, ask))


def playing(state: Campaigns, ask: Play) -> Asking[Played | Refused]:
    """Play a part of a campaign once for each key.

    Raises AppError `campaigns.unknown`, `campaigns.part` (404), `campaigns.move`, `acts.key_reused` (409).
    """
    for _ in range(TRIES_MAX):
        try:
            act = yield from planning(state, ask)
        except AppError:
            if (before := (yield from _repeated(state, ask))) is not None:
                return before
            raise
        answer = yield act
        if not isinstance(answer, Refused) or answer.code not in AGAIN:
            break
    return abuse.for_player(answer) if isinstance(answer, Refused) else played(state, answer)


def _repeated(state: Campaigns, ask: Play) -> Asking[Played | None]:
    """Return what a play came to that was possible when it was played, though by a newer version it is not."""
    if not acts.is_known(state.acts, state.database, _key(ask)):
        return None
    answer = yield Act(_key(ask), KIND, _body(ask), ())
    return None if isinstance(answer, Refused) else played(state, answer)


def _key(ask: Play) -> str:
    return f"play:{ask.campaign}/{ask.part}:{ask.key}"


def _body(ask: Play) -> bytes:
    return acts.body_of([ask.campaign, ask.part, ask.subject, ask.move])


def planning(state: Campaigns, ask: Play) -> Asking[Act]:
    """Return the act that a play is, as the campaign stands now. Raises AppError as `playing`."""
    running = state.running(ask.campaign)
    part, mechanic = part_of(running.snapshot, ask.part)
    return (yield from _act(state, running, ask, part, mechanic, _move(mechanic, ask.move)))


def part_of(snapshot: Snapshot, name: str) -> tuple[Any, Mechanic[Any, Any]]:
    """Return a part of a campaign, and its mechanic. Raises AppError `campaigns.part` (404)."""
    if (part := snapshot.content.parts.get(name)) is None:
        allowed = ", ".join(snapshot.content.parts)
        raise AppError("campaigns.part", status=404, given=name, allowed=allowed)
    return part, next(one for kind, one in MECHANICS.items() if getattr(part, kind) is not None)


def at_of(state: Campaigns, running: Running, part: str, subject: SubjectId, says: Mapping[str, object]) -> At:
    """Return where and when somebody stands in a part of a campaign."""
    customer, _ = identity.customer_of(state.database, subject)
    wallet = identity.wallet_of(state.database, subject)
    mine = state.segments_of(customer) if running.snapshot.segments else ()  # where none is asked for
    return _at(state, running, part, subject, tuple(wallet), mine, says)


def at_of_nobody(state: Campaigns, running: Running, part: str) -> At:
    """Return where a campaign stands when it is settled: nobody plays."""
    at = _at(state, running, part, NOBODY, (NOBODY,), (), {})
    return replace(at, is_over=state_at(running, state.now()) is State.ENDED)


def _at(
    state: Campaigns, running: Running, part: str, subject: SubjectId, wallet: tuple[SubjectId, ...],
    segments: Collection[str], says: Mapping[str, object],
) -> At:  # fmt: skip
    snapshot = running.snapshot
    told = {
        "campaign_id": snapshot.name, "campaign_version": snapshot.version, "part": part,
        "mechanic": part_of(snapshot, part)[1].name, **says,
    }  # fmt: skip

    def roll(what: str, below: int) -> int:
        text = f"{snapshot.name}/{part}:{what}:{min(wallet)}"
        return int.from_bytes(state.keys.digest("roll", text)[:16], "big") % below

    def is_batch_held_out(batch: str) -> bool:
        by_batch = snapshot.holdout_by is HoldoutBy.BATCH
        return by_batch and is_held_out(state, snapshot.name, batch, snapshot.holdout_percent)

    return At(
        snapshot.name, part, snapshot.version, state.now(), state.zone, subject, wallet, segments, state.look(),
        giving(state, snapshot, subject, wallet, told), roll, told, starts_at=snapshot.starts_at,
        ends_at=snapshot.ends_at, is_held_out=is_batch_held_out,
    )  # fmt: skip


def played(state: Campaigns, receipt: Receipt) -> Played:
    """Return what a receipt says to who played: the same for every repetition."""
    kept = msgspec.msgpack.decode(receipt.result, type=Kept)
    snapshot, won = state.snapshot(kept.campaign, kept.version), []
    for award, effects in awards_of(receipt, kept):
        prize, waits = snapshot.content.prizes[award.prize], bool(award.waits)
        won.append(_won(state, award.prize, prize, effects, waits=waits))
    outcome, number = next(((one.name, one.used) for one in receipt.effects if one.name), ("", 0))
    return Played(
        kept.campaign, kept.part, kept.mechanic, outcome, number, tuple(won), kept.says, receipt.act, receipt.is_new
    )


def awards_of(receipt: Receipt, kept: Kept) -> Iterator[tuple[Award, tuple[Effect, ...]]]:
    """Yield the prizes that came of a play, each with what its steps did."""
    for award in kept.awards:
        effects = receipt.effects
        if award.outcome:
            if effects[award.draw].name != award.outcome:
                continue
            effects = effects[award.draw].inner
        elif award.is_tried:
            effects = effects[award.draw].inner
            if not effects:
                continue
        yield award, effects[award.place : award.place + award.steps]


def refusing(state: Campaigns, running: Running, at: At, channel: str, place: str) -> Asking[Refused | None]:
    """Return why somebody may not play here and now, or None. Whoever could have met it is assigned an arm."""
    content = running.snapshot.content
    match state_at(running, at.now):
        case State.SCHEDULED:
            return no(Refusal.NOT_YET.value, opens_at=running.snapshot.starts_at)
        case State.PAUSED:
            return no(Refusal.PAUSED.value)
        case State.ENDED | State.SETTLED | State.DRAFT:
            return no(Refusal.OVER.value)
    if content.channels and channel not in content.channels:
        return no(Refusal.NOT_HERE.value)
    if content.stores and place not in content.stores:
        return no(Refusal.NOT_HERE.value)
    if not _is_among(content.customers, at.segments):
        return no(Refusal.NOT_OFFERED.value)
    return (yield from _held_out(state, running.snapshot, at, place))


def _act(
    state: Campaigns, running: Running, ask: Play, part: Any, mechanic: Mechanic[Any, Any], move: Any
) -> Asking[Act]:
    says = {name: given for name, given in (("channel", ask.channel), ("store_id", ask.store)) if given}
    key, body = _key(ask), _body(ask)
    at = replace(
        at_of(state, running, ask.part, ask.subject, says), key=key, device=ask.device, address=ask.address,
        is_trusted=ask.by not in ("", BY_CUSTOMER),
    )  # fmt: skip
    plan, counts = yield from _plan(state, running, ask, at, part, mechanic, move)
    if isinstance(plan, Refused):
        steps: tuple[Step, ...] = (Refuse(plan.code, plan.arguments),)
        return Act(key, KIND, body, steps, subject=ask.subject, by=ask.by)
    before = (*_before(running, part, at, plan), *counts)
    return act_of(key, KIND, body, before, plan, at, mechanic.name, ask.by)


def _plan(
    state: Campaigns, running: Running, ask: Play, at: At, part: Any, mechanic: Mechanic[Any, Any], move: Any
) -> Asking[tuple[Plan | Refused, tuple[Step, ...]]]:
    """Return what a play comes to, and what it counts against abuse beside its limits."""
    if (why := (yield from refusing(state, running, at, ask.channel, ask.store))) is not None:
        return why, ()
    screened = yield from screening(state, running.snapshot, at, ask)
    if isinstance(screened, Refused):
        return screened, ()
    gift = giving(state, running.snapshot, at.subject, at.wallet, at.says, screened)
    return mechanic.play(replace(at, gift=gift), getattr(part, mechanic.name), move), screened.steps


def act_of(
    key: str, kind: str, body: bytes, before: tuple[Step, ...], plan: Plan, at: At, mechanic: str, by: str
) -> Act:
    """Return the act of a plan, whose steps come after others."""
    by_so_many = len(before)
    awards = tuple(
        msgspec.structs.replace(one, draw=one.draw + by_so_many)
        if one.outcome or one.is_tried
        else msgspec.structs.replace(one, place=one.place + by_so_many)
        for one in plan.awards
    )
    whose = plan.subject or at.subject or None
    kept = Kept(at.campaign, at.version, at.part, mechanic, awards, plan.says, begins=by_so_many)
    return Act(
        key, kind, body, (*before, *plan.steps), tuple(moved(tell, by_so_many) for tell in plan.tells),
        whose, msgspec.msgpack.encode(kept), gives=True, by=by,
    )  # fmt: skip


def _before(running: Running, part: Any, at: At, plan: Plan) -> Iterator[Step]:
    """Yield what every play does before the mechanic's own steps: that the campaign is still on, limits, the price."""
    snapshot = running.snapshot
    content, today = snapshot.content, start_of(day_of(at.now, at.zone), at.zone)
    yield Still(store.changes_scope(snapshot.name), running.changes, MEANWHILE)
    yield Within(snapshot.starts_at, snapshot.ends_at, Refusal.NOT_YET.value, Refusal.OVER.value)
    if plan.goes_on:
        return
    yield from _limits(f"play:{snapshot.name}", content.limits, at, today)
    yield from _limits(f"play:{at.name}", part.limits, at, today)
    if content.choose_one:
        kind = f"choice:{snapshot.name}"
        chosen = at.look.joined(kind, at.wallet)
        if not chosen:
            yield Join(kind, at.part, at.subject, is_only=True)
        elif chosen[0] != at.part:
            yield Refuse(Refusal.CHOSEN_OTHER.value, {"part": chosen[0]})
    if part.price is not None and not plan.is_free:
        yield from _price(part.price, snapshot, at, today)


def _limits(scope: str, limits: Limits, at: At, today: Micros) -> Iterator[Step]:
    """Yield what is counted. All plays and hers are counted limited or not: reports and later limits need them."""
    yield Count(scope, cap=limits.total_max, refusal=Refusal.FULL.value)
    if limits.per_day_max is not None:
        yield Count(f"{scope}:day", 1, limits.per_day_max, today, refusal=Refusal.DAY_FULL.value)
    mine = partial(Count, subject=at.subject)
    yield mine(f"{scope}:customer", cap=limits.per_customer_max, refusal=Refusal.PLAYED_OUT.value)
    if (daily := limits.per_customer_day_max) is not None:
        yield mine(f"{scope}:customer:day", cap=daily, window=today, refusal=Refusal.PLAYED_TODAY.value)


def _price(price: Price, snapshot: Snapshot, at: At, today: Micros) -> Iterator[Step]:
    """Yield how a play is paid for: as one of the free ones while there are any, else by chances or points."""
    free, scope = partial(Count, subject=at.subject, refusal="campaign.free_gone"), at.scope("free")
    if price.free_per_day and at.look.used(f"{scope}:day", today, at.wallet) < price.free_per_day:
        yield free(f"{scope}:day", cap=price.free_per_day, window=today)
    elif price.free and at.look.used(scope, Micros(0), at.wallet) < price.free:
        yield free(scope, cap=price.free)
    elif price.chances:
        unit = prizes.chances_unit(snapshot.name)
        yield Debit(unit, at.subject, price.chances, refusal=Refusal.NO_CHANCES.value)
    elif price.points is not None:
        yield Debit(price.points.unit, at.subject, price.points.amount, refusal="points.balance")
    else:
        yield Refuse(Refusal.NO_CHANCES.value)


def _held_out(state: Campaigns, snapshot: Snapshot, at: At, place: str) -> Asking[Refused | None]:
    name, held, percent = snapshot.name, snapshot.holdout_by, snapshot.holdout_percent
    if (yield from _held_out_of_all(state, snapshot, at)):
        return no(Refusal.NOT_OFFERED.value)
    if held is None:
        return None
    if held is HoldoutBy.CUSTOMER:
        arm = yield from holdouts.exposing(
            state.database, state.keys.digest, name, percent, at.subject, at.wallet, _about(snapshot)
        )
        return None if arm is holdouts.Arm.OFFERED else no(Refusal.NOT_OFFERED.value)
    return no(Refusal.NOT_HERE.value) if _is_held_here(state, snapshot, place) else None


def _held_out_of_all(state: Campaigns, snapshot: Snapshot, at: At) -> Asking[bool]:
    """Return whether nothing of any campaign is offered to her now. Another device of hers may have been first."""
    is_withheld, written = withholding(state, snapshot, at, _about(snapshot))
    for act in written:
        if isinstance((yield act), Refused):
            return withholding(state, snapshot, at, _about(snapshot))[0]
    return is_withheld


def _about(snapshot: Snapshot) -> dict[str, object]:
    """Return what is told with an arm: what was offered, or would have been."""
    name, parts = snapshot.name, ", ".join(snapshot.content.parts)
    return {"campaign_id": name, "campaign_version": snapshot.version, "offered": parts}


def offering(state: Campaigns, snapshot: Snapshot, at: At, place: str) -> tuple[bool, tuple[Act, ...]]:
    """Return whether a campaign is for somebody, there where a fact happened; and what writes her arms down.

    Nothing: she has one, nobody is held out by customer, or she could not have met the campaign.
    """
    content, held, name = snapshot.content, snapshot.holdout_by, snapshot.name
    if (content.stores and place not in content.stores) or not _is_among(content.customers, at.segments):
        return False, ()
    is_withheld, written = withholding(state, snapshot, at, _about(snapshot))
    if is_withheld:
        return False, written
    if held is not HoldoutBy.CUSTOMER:
        return not _is_held_here(state, snapshot, place), written
    if (arm := holdouts.known(state.database, name, at.wallet)) is not None:
        return arm is holdouts.Arm.OFFERED, written
    arm = holdouts.hashed(state.keys.digest, name, str(min(at.wallet)), snapshot.holdout_percent)
    return arm is holdouts.Arm.OFFERED, (*written, holdouts.exposure(name, arm, at.subject, _about(snapshot)))


def _is_held_here(state: Campaigns, snapshot: Snapshot, place: str) -> bool:
    """Return whether nobody is offered a campaign in this place."""
    held = snapshot.holdout_by
    if held not in (HoldoutBy.STORE, HoldoutBy.CITY):
        return False
    unit = place if held is HoldoutBy.STORE else snapshot.cities.get(place, "")
    return bool(unit) and is_held_out(state, snapshot.name, unit, snapshot.holdout_percent)


def _is_among(choice: Choice, mine: Collection[str]) -> bool:
    if any(name in mine for name in choice.but_not):
        return False
    return not choice.only or any(name in mine for name in choice.only)


def _move(mechanic: Mechanic[Any, Any], given: dict[str, Any]) -> Any:
    try:
        return msgspec.convert(given, mechanic.move)
    except msgspec.ValidationError as wrong:
        raise AppError("campaigns.move", status=400, mechanic=mechanic.name, reason=str(wrong)) from None


def _won(state: Campaigns, name: str, prize: Prize, effects: tuple[Effect, ...], *, waits: bool) -> Won:
    unit = next((one.unit for one in effects if one.unit), 0) if not waits else 0
    code = coupons.code_of(state.coupons, unit) if unit else ""
    return Won(name, prize.label, prize.coupon, code, prize.points, prize.chances, prize.goods, unit, waits)
