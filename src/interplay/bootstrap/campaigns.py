"""Campaigns as faces ask for them: customers by sessions or identifiers, winners by name, what a change would do."""

from collections.abc import Iterator

from msgspec import Struct

from interplay.acts.contracts import Refused
from interplay.bootstrap.reach import Reach
from interplay.collect.facts.api import Declarations
from interplay.engine.documents import api as documents
from interplay.interact.campaigns import api as campaigns
from interplay.interact.campaigns.api import CampaignView, PrizeView, Published, Seen, Spread, Winner
from interplay.interact.campaigns.contracts import CAMPAIGN, Change, Collect, Collected, Play, Played, Snapshot, State
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Position, SubjectId


class Checked(Struct, frozen=True):
    """What starting the newest version of a campaign would do, beside the version that is in force."""

    name: str
    state: State
    version: int | None
    document: int
    changes: tuple[str, ...]
    prizes: tuple[PrizeView, ...] = ()


def views(reach: Reach) -> list[CampaignView]:
    """Return every campaign, by name."""
    return campaigns.views(reach.home.campaigns)


def check(reach: Reach, name: str) -> Checked:
    """Return what starting a campaign would do. Raises AppError `campaigns.unknown` (404)."""
    home = reach.home
    document = documents.find(home.database, CAMPAIGN, name)
    if document is None:
        raise AppError("campaigns.unknown", status=404, given=name)
    wanted, running = campaigns.snapshot_of(home.campaigns, document), home.campaigns.board().running.get(name)
    if running is None:
        return Checked(name, State.DRAFT, None, document.version, ())
    return Checked(
        name, campaigns.state_at(running, home.world.now()), running.snapshot.version, document.version,
        tuple(campaigns.differences(running.snapshot, wanted)), tuple(campaigns.prizes_of(home.campaigns, name)),
    )  # fmt: skip


def start(reach: Reach, name: str, by: str) -> Snapshot:
    """Put the newest version of a campaign in force. Raises AppError `campaigns.*`."""
    return campaigns.start(reach.home.campaigns, reach, name, by)


def change(reach: Reach, name: str, what: Change, by: str) -> State:
    """Pause, resume, stop or settle a campaign. Raises AppError `campaigns.*`."""
    if what is Change.START:
        start(reach, name, by)
    elif what is Change.SETTLE:
        campaigns.settle(reach.home.campaigns, reach, name, by)
    else:
        campaigns.change(reach.home.campaigns, reach, name, what, by)
    return campaigns.state_at(reach.home.campaigns.running(name), reach.home.world.now())


def play(reach: Reach, ask: Play) -> Played | Refused:
    """Play a part of a campaign. Raises AppError `campaigns.*`."""
    return campaigns.play(reach.home.campaigns, reach, ask)


def collect(reach: Reach, ask: Collect) -> Collected | Refused:
    """Hand over goods that were won."""
    return campaigns.collect(reach.home.campaigns, reach, ask)


def published(reach: Reach, name: str) -> Published:
    """Return what anybody may know of a campaign. Raises AppError `campaigns.unknown` (404)."""
    return campaigns.published(reach.home.campaigns, name)


def seen(reach: Reach, name: str, subject: SubjectId, channel: str, place: str) -> Seen:
    """Return a campaign as a customer sees it. Raises AppError `campaigns.unknown` (404)."""
    return campaigns.seen(reach.home.campaigns, reach, name, subject, channel, place)


def open_to(reach: Reach, subject: SubjectId, channel: str, place: str) -> list[Seen]:
    """Return the campaigns that are open to a customer."""
    return campaigns.open_to(reach.home.campaigns, reach, subject, channel, place)


def spread(reach: Reach, name: str, part: str) -> Spread:
    """Return how a referral part spreads. Raises AppError `campaigns.unknown`, `campaigns.part` (404)."""
    return campaigns.spread(reach.home.campaigns, name, part)


def winners(reach: Reach, name: str, after: int = 0) -> Iterator[Winner]:
    """Yield every prize that a campaign has given, behind a position. Raises AppError `campaigns.unknown` (404)."""
    home = reach.home
    current = Declarations(home.database, home.settings.brand, home.keys).current()
    return campaigns.winners(home.campaigns, name, current, Position(after))
