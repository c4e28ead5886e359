"""What customers and staff send and read of campaigns. Amounts are integers in the currency's minor unit."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from interplay.acts import api as acts
from interplay.acts.contracts import Refused
from interplay.bootstrap.campaigns import Checked
from interplay.faces.http.orders import RefusedItem
from interplay.faces.http.shapes import Identifier
from interplay.interact.campaigns.api import CampaignView, PartOdds, PartView, PrizeView, Published, Seen
from interplay.interact.campaigns.contracts import Collected, Played, Won
from interplay.kernel.context import World
from interplay.kernel.i18n import Lang
from interplay.kernel.time import iso
from interplay.link.quotes.contracts import Label
from interplay.rehearse.campaigns.contracts import RIGHT_PERCENT, SEED, Pattern, PreviewAsk

PLAYS_OVER_HTTP, RUNS_OVER_HTTP = 2_000, 5
Percent = Annotated[int, Meta(ge=0, le=100)]


class PlayAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """What a player does; what `move` says depends on the mechanic."""

    move: dict[str, Any] = {}


class PlayForAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """What a customer does at a till, or in the brand's own pages."""

    customer: Identifier
    move: dict[str, Any] = {}


class CollectAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """The code of a prize."""

    code: str


class WonItem(Struct, frozen=True):
    """A prize. `code` is a coupon's, or what goods are collected with; `waits`: it is being checked first."""

    prize: str
    name: str
    coupon: str | None = None
    code: str | None = None
    unit: str | None = None
    amount: int | None = None
    chances: int | None = None
    goods: str | None = None
    waits: bool = False


class PlayItem(Struct, frozen=True):
    """What came of a play, or why there was none. `is_new` is false for a repetition under the same key.

    `play_no`: by which a play of a draw is found in what is published of it.
    """

    refused: RefusedItem | None = None
    outcome: str | None = None
    play_no: int | None = None
    won: list[WonItem] = []
    says: dict[str, Any] = {}
    is_new: bool = False


class CollectItem(Struct, frozen=True):
    """What to hand over, or why nothing."""

    refused: RefusedItem | None = None
    campaign: str | None = None
    prize: str | None = None
    name: str | None = None
    goods: str | None = None
    is_new: bool = False


class PartItem(Struct, frozen=True):
    """One thing to play; `shows` depends on the mechanic."""

    part: str
    mechanic: str
    name: str
    refused: RefusedItem | None
    shows: dict[str, Any]


class SeenItem(Struct, frozen=True):
    """A campaign as a customer sees it, in her language."""

    campaign: str
    title: str
    rules: str
    how: str | None
    starts_at: str
    ends_at: str
    chances: int
    parts: list[PartItem]


class PromiseItem(Struct, frozen=True):
    """What anybody may know of a campaign. `digest` is of the whole snapshot that is in force."""

    campaign: str
    version: int
    state: str
    title: Label
    rules: Label
    starts_at: str
    ends_at: str
    prizes: dict[str, Label]
    odds: list[PartOdds]
    digest: str


class CampaignItem(Struct, frozen=True):
    """A campaign in staff's list. `document` is the newest version, `version` the one that is in force."""

    campaign: str
    label: Label
    state: str
    document: int
    version: int | None
    starts: str
    ends: str
    plays: int
    cost: int
    budget: int | None


class CheckItem(Struct, frozen=True):
    """What starting the newest version would do: each place that changes, and where the prizes stand."""

    campaign: str
    state: str
    version: int | None
    document: int
    changes: list[str]
    prizes: list[PrizeView]


class PreviewFor(Struct, frozen=True, forbid_unknown_fields=True):
    """How a campaign is rehearsed: `runs` times the whole period, with `plays` by `players` (a third of the plays).

    `segments`: how many percent of the players are in one. `right_percent`: how many questions of a quiz they know. The
    same `seed` gives the same answer.
    """

    plays: int = PLAYS_OVER_HTTP
    runs: int = RUNS_OVER_HTTP
    players: int | None = None
    segments: dict[str, Percent] = {}
    pattern: Pattern = Pattern.EVENING
    seed: int = SEED
    right_percent: Percent = RIGHT_PERCENT


class StateItem(Struct, frozen=True):
    """How a campaign stands now."""

    campaign: str
    state: str
    version: int


class WinnerItem(Struct, frozen=True):
    """One prize that was given; the customer by number."""

    at: str
    customer: int | None
    prize: str
    part: str
    unit: int


class Telling:
    """How answers are written for one caller."""

    def __init__(self, world: World, lang: Lang) -> None:
        self._world = world
        self._lang = lang

    def refused(self, why: Refused) -> RefusedItem:
        return RefusedItem(why.code, acts.sentence(why, self._lang, self._world), dict(why.arguments))

    def played(self, found: Played | Refused) -> PlayItem:
        if isinstance(found, Refused):
            return PlayItem(self.refused(found))
        won = [self._won(one) for one in found.won]
        return PlayItem(None, found.outcome or None, found.play_no or None, won, found.says, found.is_new)

    def collected(self, found: Collected | Refused) -> CollectItem:
        if isinstance(found, Refused):
            return CollectItem(self.refused(found))
        return CollectItem(None, found.campaign, found.prize, self._said(found.label), found.goods, found.is_new)

    def seen(self, found: Seen) -> SeenItem:
        texts = found.texts
        return SeenItem(
            found.name, self._said(texts.title), self._said(texts.rules),
            None if texts.how is None else self._said(texts.how), iso(found.starts_at), iso(found.ends_at),
            found.chances, [self._part(one) for one in found.parts],
        )  # fmt: skip

    def _part(self, one: PartView) -> PartItem:
        name = one.part if one.label is None else self._said(one.label)
        why = None if one.refused is None else self.refused(one.refused)
        return PartItem(one.part, one.mechanic, name, why, one.shows)

    def _won(self, one: Won) -> WonItem:
        points = one.points
        return WonItem(
            one.prize, self._said(one.label), one.coupon or None, one.code or None,
            None if points is None else points.unit, None if points is None else points.amount, one.chances or None,
            one.goods or None, one.waits,
        )  # fmt: skip

    def _said(self, label: Label) -> str:
        return label.zh if self._lang == "zh" else label.en


def promise_item(found: Published) -> PromiseItem:
    return PromiseItem(
        found.name, found.version, found.state.value, found.texts.title, found.texts.rules, iso(found.starts_at),
        iso(found.ends_at), found.prizes, list(found.odds), found.digest,
    )  # fmt: skip


def preview_ask(campaign: str, given: PreviewFor) -> PreviewAsk:
    return PreviewAsk(campaign=campaign, **msgspec.structs.asdict(given))


def campaign_item(one: CampaignView) -> CampaignItem:
    return CampaignItem(
        one.name, one.label, one.state.value, one.document, one.version, one.starts, one.ends, one.plays, one.cost,
        one.budget,
    )  # fmt: skip


def check_item(found: Checked) -> CheckItem:
    return CheckItem(
        found.name, found.state.value, found.version, found.document, list(found.changes), list(found.prizes)
    )
