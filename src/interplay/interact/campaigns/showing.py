"""Looking at campaigns: how each stands, what a change would do, what is published, who won, what a customer sees."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from interplay.acts import api as acts
from interplay.acts.contracts import Odds, Refused
from interplay.collect.facts.api import Current
from interplay.engine.documents import api as documents
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Submitting
from interplay.interact.campaigns import prizes, store
from interplay.interact.campaigns.contracts import CAMPAIGN, PRIZE_GIVEN, Snapshot, State, Texts
from interplay.interact.campaigns.documents import read
from interplay.interact.campaigns.playing import at_of, part_of, refusing
from interplay.interact.campaigns.standing import Campaigns, state_at
from interplay.interact.mechanics.contracts import Simulated, Turn
from interplay.kernel.ids import Micros, Position, SubjectId
from interplay.link.quotes.contracts import Label

WINNERS_AT_ONCE = 1_000


class CampaignView(Struct, frozen=True):
    """A campaign as staff see it in a list. `version` is in force, `document` is the newest."""

    name: str
    label: Label
    state: State
    document: int
    version: int | None = None
    starts: str = ""
    ends: str = ""
    plays: int = 0
    cost: int = 0
    budget: int | None = None


class PrizeView(Struct, frozen=True):
    """How much of a prize was given, and how much is left where there is a limited number."""

    prize: str
    given: int
    stock: int | None = None
    left: int | None = None


class PartOdds(acts.PublishedOdds, frozen=True, kw_only=True):
    """What is published of one part with chance: whole weights beside what they add up to."""

    part: str


class Published(Struct, frozen=True):
    """What anybody may know of a campaign: its promise."""

    name: str
    version: int
    state: State
    texts: Texts
    starts_at: Micros
    ends_at: Micros
    prizes: dict[str, Label]
    odds: tuple[PartOdds, ...]
    digest: str


class PartView(Struct, frozen=True):
    """A part as a customer sees it before she plays."""

    part: str
    mechanic: str
    label: Label | None
    refused: Refused | None
    shows: dict[str, Any] = {}


class Seen(Struct, frozen=True):
    """A campaign as a customer sees it."""

    name: str
    texts: Texts
    starts_at: Micros
    ends_at: Micros
    chances: int
    parts: tuple[PartView, ...]


class Winner(Struct, frozen=True):
    """One prize that was given. Who it is stands here by number: what names her is asked for by who may."""

    position: Position
    at: Micros
    subject: SubjectId | None
    prize: str
    part: str
    unit: int = 0


def views(state: Campaigns) -> list[CampaignView]:
    """Return every campaign, by name."""
    running = state.board().running
    found = []
    for document in documents.current(state.database):
        if document.kind == CAMPAIGN:
            content, one = read(document), running.get(document.name)
            cost = acts.used(state.database, prizes.cost_scope(document.name))
            plays = acts.used(state.database, f"play:{document.name}")
            stands = State.DRAFT if one is None else state_at(one, state.now())
            found.append(CampaignView(
                document.name, content.label, stands, document.version,
                None if one is None else one.snapshot.version, content.starts, content.ends, plays, cost,
                content.budget,
            ))  # fmt: skip
    return found


def prizes_of(state: Campaigns, name: str) -> list[PrizeView]:
    """Return the prizes of a campaign that was started. Raises AppError `campaigns.unknown`."""
    snapshot = state.running(name).snapshot
    found = []
    for prize, content in snapshot.content.prizes.items():
        given = acts.used(state.database, prizes.given_scope(name, prize))
        left = acts.stock(state.database, prizes.stock_pool(name, prize)).get("available")
        limited = content.stock is not None
        found.append(PrizeView(prize, given, content.stock, left if limited else None))
    return found


def cost(state: Campaigns, name: str) -> int:
    """Return what the prizes of a campaign have cost, in minor units."""
    return acts.used(state.database, prizes.cost_scope(name))


def mechanic_of(snapshot: Snapshot, part: str) -> str:
    """Return the name of a part's mechanic."""
    return part_of(snapshot, part)[1].name


def turn_of(snapshot: Snapshot, part: str, player: Simulated) -> Turn | None:
    """Return a simulated player's turn in a part; None: what she would bring cannot be made up."""
    settings, mechanic = part_of(snapshot, part)
    return mechanic.simulate(getattr(settings, mechanic.name), player) if mechanic.is_simulated else None


def differences(old: Snapshot, new: Snapshot) -> list[str]:
    """Return what a newer version of a campaign would change, a place a line: `prizes.tea.stock: 100 → 50`."""
    before, after = dict(_leaves(msgspec.to_builtins(old.content))), dict(_leaves(msgspec.to_builtins(new.content)))
    for word in ("coupons", "segments"):
        before |= {f"{word}.{name}": value for name, value in getattr(old, word).items()}
        after |= {f"{word}.{name}": value for name, value in getattr(new, word).items()}
    return [
        f"{place}: {before.get(place, '—')} → {after.get(place, '—')}"
        for place in sorted(before.keys() | after.keys())
        if before.get(place) != after.get(place)
    ]


def published(state: Campaigns, name: str) -> Published:
    """Return what anybody may know of a campaign. Raises AppError `campaigns.unknown` (404)."""
    running = state.running(name)
    snapshot = running.snapshot
    found = []
    for part, odds in _odds_of(snapshot, state.zone):
        draw = acts.opened(state.database, state.keys, f"{name}/{part}")
        found.append(PartOdds(part=part, **msgspec.structs.asdict(acts.published_odds(draw, odds))))
    labels = {prize: one.label for prize, one in snapshot.content.prizes.items()}
    return Published(
        name, snapshot.version, state_at(running, state.now()), snapshot.content.texts, snapshot.starts_at,
        snapshot.ends_at, labels, tuple(found), snapshot.digest,
    )  # fmt: skip


def odds_of(state: Campaigns, draw: str) -> dict[str, Odds | None] | None:
    """Return the odds of a draw in every version that was in force, by their digest; None: it is of no campaign."""
    name, _, of = draw.partition("/")
    return {
        "" if odds is None else odds.digest(): odds
        for snapshot in store.versions(state.database, name)
        for part, odds in _odds_of(snapshot, state.zone)
        if part == of
    } or None


def _odds_of(snapshot: Snapshot, zone: ZoneInfo) -> Iterator[tuple[str, Odds | None]]:
    """Yield the parts in which chance decides, with their odds where they can be known before."""
    for part in snapshot.content.parts:
        content, mechanic = part_of(snapshot, part)
        settings = getattr(content, mechanic.name)
        if mechanic.has_draw(settings):
            yield part, mechanic.odds(settings, zone)


def seen(state: Campaigns, writing: Submitting, name: str, subject: SubjectId, channel: str, place: str) -> Seen:
    """Return a campaign as a customer sees it now. Raises AppError `campaigns.unknown` (404)."""
    running = state.running(name)
    snapshot = running.snapshot
    parts, chances = [], 0
    for part in snapshot.content.parts:
        content, mechanic = part_of(snapshot, part)
        at = at_of(state, running, part, subject, {})
        chances = at.look.balance(prizes.chances_unit(name), at.wallet)
        why = acts.through(state.acts, writing, refusing(state, running, at, channel, place))
        shows = {} if why is not None else mechanic.show(at, getattr(content, mechanic.name))
        parts.append(PartView(part, mechanic.name, content.label, why, shows))
    return Seen(name, snapshot.content.texts, snapshot.starts_at, snapshot.ends_at, chances, tuple(parts))


def open_to(state: Campaigns, writing: Submitting, subject: SubjectId, channel: str, place: str) -> list[Seen]:
    """Return the campaigns of which a customer may play something now, by name."""
    live = [one for one in state.board().running.values() if state_at(one, state.now()) is State.LIVE]
    every = (seen(state, writing, one.snapshot.name, subject, channel, place) for one in live)
    return [one for one in every if any(part.refused is None for part in one.parts)]


def winners(state: Campaigns, name: str, current: Current, start: Position) -> Iterator[Winner]:
    """Yield every prize that was given behind a position of the log, in its order.

    Raises AppError `campaigns.unknown` (404).
    """
    state.running(name)
    with closing(LogReader(state.database)) as reader:
        after, until = start, reader.last_position()
        while rows := reader.live_named(after, until, (PRIZE_GIVEN,), WINNERS_AT_ONCE):
            for row in rows:
                payload = current.projector.payload(row)
                fields = {} if payload is None else payload.fields
                if fields.get("campaign_id") == name:
                    yield Winner(
                        row.position, row.received_at, row.subject, str(fields.get("prize", "")),
                        str(fields.get("part", "")), int(str(fields.get("unit_no") or 0)),
                    )  # fmt: skip
            after = rows[-1].position


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from _leaves(one, f"{place}.{key}" if place else str(key))
    else:
        yield place, str(value)
