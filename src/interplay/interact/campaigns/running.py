"""The life of a campaign: draft → scheduled → live → paused → ended → settled. What is started is frozen.

A change is one transaction: the snapshot, the state, the stock that is put in, the draws that are committed to, and the
fact that tells of it. Starting again puts a newer version in force; it takes nothing back that was promised.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import chain
from typing import Any

import msgspec
from msgspec import Struct

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Count, Do, Mint, Open, Receipt, Refused, Step, Tell
from interplay.criteria.contracts import DECIMAL_SCALE
from interplay.decide.holdouts import api as holdouts
from interplay.engine.documents import api as documents
from interplay.engine.documents.contracts import Document
from interplay.engine.oltp.contracts import Command, Submitting, Tx, write
from interplay.interact.campaigns import prizes, store
from interplay.interact.campaigns.contracts import (
    CAMPAIGN,
    ENDED,
    LAUNCHED,
    PAUSED,
    RESUMED,
    SETTLED,
    CampaignDocument,
    Change,
    HoldoutBy,
    Snapshot,
    State,
)
from interplay.interact.campaigns.documents import city_of, do_overlap, holdout_of, read, taken_by
from interplay.interact.campaigns.playing import act_of, at_of_nobody, part_of
from interplay.interact.campaigns.standing import Campaigns, state_at
from interplay.interact.mechanics.contracts import settle_key
from interplay.kernel.errors import AppError
from interplay.kernel.time import iso, parse_instant
from interplay.link.coupons.contracts import COUPON
from interplay.link.stores.contracts import STORE
from interplay.understand.segments.contracts import SEGMENT

SETTLE_KIND = "campaigns.settle"
CHANGE_KIND = "campaigns.change"

FROM: dict[Change, frozenset[State]] = {
    Change.PAUSE: frozenset({State.LIVE, State.SCHEDULED}),
    Change.RESUME: frozenset({State.PAUSED}),
    Change.STOP: frozenset({State.LIVE, State.SCHEDULED, State.PAUSED}),
    Change.SETTLE: frozenset({State.ENDED}),
}
"""In which states what can be done."""
TO = {Change.PAUSE: State.PAUSED, Change.RESUME: State.LIVE, Change.STOP: State.ENDED, Change.SETTLE: State.SETTLED}
TOLD = {Change.PAUSE: PAUSED, Change.RESUME: RESUMED, Change.STOP: ENDED, Change.SETTLE: SETTLED}


class Changing(Struct, frozen=True):
    """What the writer is asked: from how it stands (None: never started) to another state, with what goes with it."""

    name: str
    version: int
    stands: tuple[int, State] | None
    to: State
    act: Act
    snapshot: Snapshot | None = None
    draws: tuple[str, ...] = ()
    reveals: tuple[str, ...] = ()


def changing(state: Campaigns) -> Command[Changing, None]:
    """Return the command that changes a campaign's state. Raises AppError `campaigns.changed_meanwhile` (409)."""
    opening = acts.open_draw(state.keys)

    def change(tx: Tx, ask: Changing) -> None:
        if store.standing_in(tx, ask.name) != ask.stands:
            raise AppError("campaigns.changed_meanwhile", status=409, name=ask.name)
        if ask.snapshot is not None:
            store.keep(tx, ask.snapshot)
        store.put(tx, ask.name, ask.version, ask.to)
        for draw in ask.draws:
            opening.run(tx, draw)
        for draw in ask.reveals:
            acts.reveal.run(tx, draw)
        (answer,) = state.acts.run_all(tx, [Do(ask.act)])
        if isinstance(answer, Refused):
            raise AppError(answer.code, status=409, **answer.arguments)

    return Command("campaigns.change", Changing, None, change)


def start(state: Campaigns, writing: Submitting, name: str, by: str) -> Snapshot:
    """Put the newest version of a campaign in force. Started twice, it stays as it is.

    Raises AppError `campaigns.unknown` (404), `campaigns.past`, `campaigns.disabled`, `campaigns.over`,
    `campaigns.stock_taken`, `campaigns.taken` (409).
    """
    document = documents.find(state.database, CAMPAIGN, name)
    if document is None:
        raise AppError("campaigns.unknown", status=404, given=name)
    snapshot = snapshot_of(state, document)
    former = state.board().running.get(name)
    if former is not None:
        if former.snapshot.version == snapshot.version:
            return former.snapshot
        if state_at(former, state.now()) in (State.ENDED, State.SETTLED):
            raise AppError("campaigns.over", status=409, name=name)
    if not snapshot.content.enabled:
        raise AppError("campaigns.disabled", status=409, name=name)
    if snapshot.ends_at <= state.now():
        raise AppError("campaigns.past", status=409, name=name, ends=iso(snapshot.ends_at))
    _check_taken(state, snapshot)
    steps = [
        Count(store.changes_scope(name)), *_stocked(state, snapshot),
        *_groups(snapshot, None if former is None else former.snapshot),
    ]  # fmt: skip
    goal = snapshot.content.goal
    fields: dict[str, object] = {
        "campaign_id": name, "campaign_version": snapshot.version, "goal": goal.text.en,
        "metric": goal.metric.fact, "metric_field": goal.metric.field or None, "metric_days": goal.metric.within_days,
        "metric_target": None if goal.metric.target is None else round(goal.metric.target * 10**DECIMAL_SCALE),
        "holdout_percent": snapshot.holdout_percent,
        "holdout_by": None if snapshot.holdout_by is None else snapshot.holdout_by.value,
        "starts_at": snapshot.starts_at, "ends_at": snapshot.ends_at, "digest": snapshot.digest,
    }  # fmt: skip
    fields = {word: value for word, value in fields.items() if value is not None}
    key = f"campaign:{name}@{snapshot.version}:start"
    act = Act(key, CHANGE_KIND, acts.body_of(key), tuple(steps), (Tell(LAUNCHED, None, fields),), by=by)
    stands = None if former is None else (former.snapshot.version, former.state)
    to = State.LIVE if former is None else former.state
    ask = Changing(name, snapshot.version, stands, to, act, snapshot, tuple(draws_of(snapshot)))
    write(writing, changing(state), ask)
    return snapshot


def change(state: Campaigns, writing: Submitting, name: str, what: Change, by: str) -> State:
    """Pause, resume or stop a campaign. Done again, it stays as it is.

    Raises AppError `campaigns.unknown` (404), `campaigns.state` (409).
    """
    running = state.running(name)
    snapshot, now = running.snapshot, state.now()
    stands = state_at(running, now)
    if running.state is TO[what] and (what is not Change.RESUME or stands is not State.ENDED):
        return running.state
    if stands not in FROM[what]:
        raise AppError("campaigns.state", status=409, name=name, state=stands.value, change=what.value)
    key = f"campaign:{name}:{what.value}:{running.changed_at}"
    tell = Tell(TOLD[what], None, {"campaign_id": name, "campaign_version": snapshot.version})
    act = Act(key, CHANGE_KIND, acts.body_of(key), (Count(store.changes_scope(name)),), (tell,), by=by)
    reveals = _every_draw(state, name) if what is Change.SETTLE else ()
    ask = Changing(name, snapshot.version, (snapshot.version, running.state), TO[what], act, reveals=reveals)
    write(writing, changing(state), ask)
    return TO[what]


def settle(state: Campaigns, writing: Submitting, name: str, by: str) -> int:
    """Decide what is left to decide when a campaign has ended, and publish the secrets of its draws.

    A part that a newer version dropped is decided as the last version that had it promised.
    Returns how many were decided now. Interrupted, it is done again: each decision is an act with a key of its own.
    Raises AppError `campaigns.unknown` (404), `campaigns.state` (409).
    """
    running = state.running(name)
    if running.state is State.SETTLED:
        return 0
    stands = state_at(running, state.now())
    if stands not in FROM[Change.SETTLE]:
        raise AppError("campaigns.state", status=409, name=name, state=stands.value, change=Change.SETTLE.value)
    decisions = [settling(state, running.snapshot, by, writing=writing)]
    for former, part in state.board().gone:
        if former.snapshot.name == name:
            snapshot = msgspec.structs.replace(former.snapshot, ends_at=running.snapshot.ends_at)
            decisions.append(settling(state, snapshot, by, part, writing))
    answers = acts.do_all(state.acts, writing, chain.from_iterable(decisions))
    done = sum(isinstance(one, Receipt) and one.is_new for one in answers)
    change(state, writing, name, Change.SETTLE, by)
    return done


def snapshot_of(state: Campaigns, document: Document) -> Snapshot:
    """Return what a version would promise if it were started now."""
    content = read(document)
    standing = {(one.kind, one.name): one for one in documents.current(state.database)}
    by, percent = holdout_of(content)
    trusted = () if content.guard is None else content.guard.trusted
    segments = {*content.customers.only, *content.customers.but_not, *trusted, *_segments_of(content)}
    found = Snapshot(
        document.name, document.version, content,
        {one.coupon: standing[COUPON, one.coupon].version for one in content.prizes.values() if one.coupon},
        {one: str(standing[SEGMENT, one].content["criteria"]) for one in sorted(segments)},
        parse_instant(content.starts, state.zone), parse_instant(content.ends, state.zone),
        {one: city_of(standing[STORE, one]) for one in content.stores}, by, percent,
    )  # fmt: skip
    digest = sha256(msgspec.json.encode(found, order="deterministic")).hexdigest()
    return msgspec.structs.replace(found, digest=digest)


def settling(
    state: Campaigns, snapshot: Snapshot, by: str, only: str = "", writing: Submitting | None = None
) -> Iterator[Act]:
    """Yield what is decided by now in a campaign, or in one part of it: an act for each decision, each by its key.

    What the next depends on is done before it is asked for, where somebody who writes is there.
    """
    running = msgspec.structs.replace(state.running(snapshot.name), snapshot=snapshot)
    for name in [only] if only else snapshot.content.parts:
        part, mechanic = part_of(snapshot, name)
        at = at_of_nobody(state, running, name)
        for number, plan in enumerate(mechanic.settle(at, getattr(part, mechanic.name))):
            key = settle_key(at.name, plan.key or number)
            act = act_of(key, SETTLE_KIND, acts.body_of(key), (), plan, at, mechanic.name, by)
            if plan.is_awaited and writing is not None:
                acts.do(state.acts, writing, act)
            yield act  # one that is done already answers as it did


def draws_of(snapshot: Snapshot) -> Iterator[str]:
    """Yield the names of the draws of a campaign."""
    for name in snapshot.content.parts:
        part, mechanic = part_of(snapshot, name)
        if mechanic.has_draw(getattr(part, mechanic.name)):
            yield f"{snapshot.name}/{name}"


def _every_draw(state: Campaigns, name: str) -> tuple[str, ...]:
    """Return the draws of every version: also of a part that the last has no more, plays are to be verified."""
    return tuple(sorted({draw for one in store.versions(state.database, name) for draw in draws_of(one)}))


def _stocked(state: Campaigns, snapshot: Snapshot) -> Iterator[Step]:
    """Yield what is put into each prize's pool, beside what was put in before; or taken out, if it is still there."""
    for name, prize in snapshot.content.prizes.items():
        pool = prizes.stock_pool(snapshot.name, name)
        if prize.stock is not None:
            has = acts.stock(state.database, pool)
            more = prize.stock - has.get("minted", 0)
            if more < 0 and has.get("available", 0) < -more:
                raise AppError(
                    "campaigns.stock_taken", status=409, prize=name, given=prize.stock,
                    taken=has["minted"] - has["available"],
                )  # fmt: skip
            if more:
                yield Mint(pool, more)


def _check_taken(state: Campaigns, snapshot: Snapshot) -> None:
    """Raise AppError `campaigns.taken` where a campaign that goes on has promised the same things."""
    wanted = taken_by(snapshot.content)
    for other in state.board().running.values():
        theirs, is_over = other.snapshot, state_at(other, state.now()) in (State.ENDED, State.SETTLED)
        if theirs.name == snapshot.name or is_over or not do_overlap(snapshot, theirs):
            continue
        for what in sorted(wanted & taken_by(theirs.content)):
            raise AppError("campaigns.taken", status=409, given=what, campaign=theirs.name)


def _groups(snapshot: Snapshot, former: Snapshot | None) -> Iterator[Step]:
    """Yield what must be there before anybody can be assigned or can choose; what is there already stays."""
    held = former is not None and former.holdout_by is HoldoutBy.CUSTOMER
    if snapshot.holdout_by is HoldoutBy.CUSTOMER and not held:
        yield from holdouts.opening(snapshot.name)
    kind, before = f"choice:{snapshot.name}", former.content.parts if former is not None else {}
    yield from (Open(kind, part, None) for part in snapshot.content.parts if part not in before)


def _segments_of(content: CampaignDocument) -> Sequence[str]:
    """Return the segments that the parts of a campaign name, wherever they do."""
    return [name for part in content.parts.values() for name in _segments_in(msgspec.to_builtins(part))]


def _segments_in(settings: dict[str, Any]) -> Iterator[str]:
    for word, one in settings.items():
        if isinstance(one, dict):
            yield from one if word == "segments" else _segments_in(one)
