"""Contests as faces ask for them: photos in, entries shown, staff decide, jurors give points."""

from collections.abc import Sequence

from msgspec import Struct

from interplay.acts import api as acts
from interplay.acts.contracts import Refused
from interplay.bootstrap.reach import Reach
from interplay.interact.campaigns import api as campaigns
from interplay.interact.campaigns.contracts import Running, State
from interplay.interact.contests import api as contests
from interplay.interact.contests.contracts import EntryState, EntryView, Judge, Moderate, Photo
from interplay.interact.mechanics.api import ContestSettings, may_see, ranking, tallies_of
from interplay.kernel.errors import AppError
from interplay.kernel.ids import SubjectId

MEGABYTE = 1024 * 1024


class EntrySeen(Struct, frozen=True):
    """An entry as somebody sees it; `votes` where she may see them."""

    view: EntryView
    votes: int | None = None


class Scored(Struct, frozen=True):
    """An entry that would win something now, or did: the best first."""

    entry: int
    votes: int
    points: int
    jurors: int
    score: int


def upload(reach: Reach, campaign: str, part: str, subject: SubjectId, content: bytes) -> Photo:
    """Make a photo of what a customer uploads for a contest that is on.

    Raises AppError `campaigns.*`, `contests.*`.
    """
    home = reach.home
    running, settings = contest(reach, campaign, part)
    if (stands := campaigns.state_at(running, home.world.now())) is not State.LIVE:
        raise AppError("contests.not_on", status=409, given=f"{campaign}/{part}", state=stands.value)
    allowed = settings.entries.photo_megabytes_max * MEGABYTE
    if len(content) > allowed:
        raise AppError("contests.photo_large", status=413, given=len(content), allowed=allowed)
    return contests.upload(home.database, home.keys, home.blobs, reach, f"{campaign}/{part}", subject, content)


def gallery(
    reach: Reach, campaign: str, part: str, subject: SubjectId, after: int, rows_max: int
) -> list[EntrySeen]:  # fmt: skip
    """Return entries that are shown, by number; with their votes where the rules let her see them."""
    home = reach.home
    running, settings = contest(reach, campaign, part)
    found = contests.page(
        home.database, home.keys, f"{campaign}/{part}", [EntryState.SHOWN], after, rows_max
    )  # fmt: skip
    at = campaigns.at_of(home.campaigns, running, part, subject, {})
    is_over = campaigns.state_at(running, at.now) in (State.ENDED, State.SETTLED)
    if settings.votes is None or not (is_over or may_see(at, settings.votes)):
        return [EntrySeen(one) for one in found]
    votes = tallies_of(at, [str(one.entry) for one in found])
    return [EntrySeen(one, votes[str(one.entry)]) for one in found]


def entries(
    reach: Reach, campaign: str, part: str, states: Sequence[EntryState], after: int, rows_max: int
) -> list[EntryView]:
    """Return entries as staff see them, by number. Raises AppError `campaigns.*`, `contests.none` (404)."""
    contest(reach, campaign, part)
    home = reach.home
    return contests.page(home.database, home.keys, f"{campaign}/{part}", states, after, rows_max)


def moderate(reach: Reach, campaign: str, part: str, ask: Moderate) -> tuple[int, ...]:
    """Decide about entries; return those whose state is another now. Raises AppError `campaigns.*`, `contests.*`."""
    _check_open(reach, campaign, part)
    return reach.write(contests.moderating(reach.home.acts), contests.checked(ask))


def judge(reach: Reach, campaign: str, part: str, ask: Judge) -> None:
    """Give a juror's points to an entry. Raises AppError `campaigns.*`, `contests.*`."""
    settings = _check_open(reach, campaign, part)
    if settings.jury is None:
        raise AppError("contests.no_jury", status=409, given=f"{campaign}/{part}")
    home = reach.home
    answer = contests.judge(home.acts, home.database, reach, ask)
    if isinstance(answer, Refused):
        raise AppError("contests.not_judged", status=409, reason=acts.sentence(answer, "en", home.world))


def standing(reach: Reach, campaign: str, part: str, rows_max: int) -> list[Scored]:
    """Return the entries that qualify as they stand now, the best first. For staff: it shows what is hidden."""
    home = reach.home
    running, settings = contest(reach, campaign, part)
    at = campaigns.at_of_nobody(home.campaigns, running, part)
    return [Scored(one.entry, one.votes, one.points, one.jurors, one.score) for one in ranking(at, settings)[:rows_max]]


def picture(reach: Reach, digest: str, *, is_staff: bool = False) -> bytes:
    """Return a photo as JPEG. Raises AppError `contests.no_photo` (404)."""
    home = reach.home
    found = contests.picture(home.database, home.keys, home.blobs, digest, is_staff=is_staff)
    if found is None:
        raise AppError("contests.no_photo", status=404)
    return found


def contest(reach: Reach, campaign: str, part: str) -> tuple[Running, ContestSettings]:
    """Return a campaign and the settings of its contest. Raises AppError `campaigns.*`, `contests.none` (404)."""
    running = reach.home.campaigns.running(campaign)
    settings = campaigns.part_of(running.snapshot, part)[0].contest
    if settings is None:
        raise AppError("contests.none", status=404, given=f"{campaign}/{part}")
    assert isinstance(settings, ContestSettings)
    return running, settings


def _check_open(reach: Reach, campaign: str, part: str) -> ContestSettings:
    running, settings = contest(reach, campaign, part)
    if running.state is State.SETTLED:
        raise AppError("contests.over", status=409, given=f"{campaign}/{part}")
    return settings
