"""Contests: photos uploaded and looked at, entries shown, decided by staff and judged by jurors."""

from enum import StrEnum
from typing import Annotated

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, MultipartBody, QueryParameter
from msgspec import Meta, Struct

from interplay.bootstrap import contests as contesting
from interplay.bootstrap.contests import MEGABYTE, EntrySeen, Scored
from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import Permission
from interplay.faces.http.desk import Desk
from interplay.faces.http.mistakes import AnyRequest
from interplay.faces.http.openapi import problems
from interplay.faces.http.paging import LIMIT, LIMIT_MAX, Limit, Page, paged, place
from interplay.faces.http.visits import LOOKED_AT, Caller, needs, visit_of
from interplay.interact.contests.contracts import (
    ENTRIES_AT_ONCE_MAX,
    POINTS_MAX,
    EntryState,
    EntryView,
    Judge,
    Moderate,
    Photo,
)
from interplay.interact.mechanics.api import MEGABYTES_MAX
from interplay.kernel.time import iso
from interplay.link.sessions.contracts import Session
from interplay.unify.identity.api import customer_of

PARTS_BYTES_MAX = 64 * 1024  # what multipart adds
InState = Annotated[EntryState | None, QueryParameter(name="state")]  # the framework keeps the name for itself
LOOKED_AT_SECONDS = 300  # how long a photo may be kept by whoever has seen it: it can be hidden later


class PhotoAsk(Struct, frozen=True):
    """A photo: JPEG, PNG or WebP, whatever it is called."""

    photo: UploadFile


class PhotoItem(Struct, frozen=True):
    """A photo as it is kept: made anew, without where and by what it was taken."""

    digest: str
    thumb: str
    width: int
    height: int


class EntryItem(Struct, frozen=True):
    """An entry that is shown. `votes` is null where they may not be seen yet."""

    entry: int
    title: str
    text: str
    photos: list[PhotoItem]
    votes: int | None = None


class StaffEntryItem(Struct, frozen=True):
    """An entry as staff see it."""

    entry: int
    state: str
    customer: int
    title: str
    text: str
    photos: list[PhotoItem]
    submitted_at: str
    reason: str
    decided_by: str


class Decision(StrEnum):
    """What staff decide about entries."""

    SHOWN = "shown"
    HIDDEN = "hidden"
    REJECTED = "rejected"


class ModerateAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """A decision about some entries; `reason` is read by who entered, and may be left out where they are shown."""

    entries: Annotated[list[int], Meta(min_length=1, max_length=ENTRIES_AT_ONCE_MAX)]
    decision: Decision
    reason: str = ""


class ModeratedItem(Struct, frozen=True):
    """The entries whose state is another one now."""

    entries: list[int]


class PointsAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """A juror's points."""

    points: Annotated[int, Meta(ge=1, le=POINTS_MAX)]


class JudgedItem(Struct, frozen=True):
    """Whose points count for an entry now."""

    entry: int
    juror: str
    points: int


@post("/customer/campaigns/{campaign:str}/parts/{part:str}/photos", opt=needs(Caller.CUSTOMER), status_code=200,
      operation_id="uploadMyPhoto", responses=problems(404, 409, 413), tags=["customer"],
      request_max_body_size=MEGABYTES_MAX * MEGABYTE + PARTS_BYTES_MAX)  # fmt: skip
async def upload(
    desk: NamedDependency[Desk], session: NamedDependency[Session], campaign: FromPath[str], part: FromPath[str],
    data: MultipartBody[PhotoAsk],
) -> PhotoItem:  # fmt: skip
    """Upload a photo for a contest, to be entered with a play. Sent again it is the same; unused it is kept a day."""
    content = await data.photo.read()
    return _photo(await desk.run(contesting.upload, desk.reach, campaign, part, session.subject, content))


@get("/customer/campaigns/{campaign:str}/parts/{part:str}/entries", opt=needs(Caller.CUSTOMER),
     operation_id="listShownEntries", responses=problems(404), tags=["customer"])  # fmt: skip
async def gallery(
    counter: NamedDependency[Desk], session: NamedDependency[Session], campaign: FromPath[str], part: FromPath[str],
    cursor: FromQuery[str | None] = None, limit: Limit = LIMIT,
) -> Page[EntryItem]:  # fmt: skip
    """List the entries of a contest that are shown, by number; votes where the rules let her see them."""
    (after,) = place(cursor, 0)
    found = await counter.run(
        contesting.gallery, counter.reach, campaign, part, session.subject, after, limit + 1
    )  # fmt: skip
    page = paged(found, limit, lambda one: (one.view.entry,))
    return Page([_seen(one) for one in page.items], page.next)


@get("/contest/photos/{digest:str}", opt=needs(Caller.ANYBODY) | {LOOKED_AT: True}, operation_id="showPhoto",
     responses=problems(404), tags=["campaigns"], media_type="image/jpeg")  # fmt: skip
async def show_photo(
    request: AnyRequest, counter: NamedDependency[Desk], digest: FromPath[str]
) -> Response[bytes]:  # fmt: skip
    """Show a photo of an entry that is shown, as JPEG, to anybody."""
    content = await counter.run(contesting.picture, counter.reach, digest)
    visit_of(request.scope).public_seconds = LOOKED_AT_SECONDS
    return Response(content, media_type="image/jpeg", headers={"etag": f'"{digest}"'})


@get("/entries/photos/{digest:str}", opt=needs(Scope.READ, Permission.CUSTOMERS), operation_id="showPhotoToStaff",
     responses=problems(404), tags=["campaigns"], media_type="image/jpeg")  # fmt: skip
async def show_photo_to_staff(desk: NamedDependency[Desk], digest: FromPath[str]) -> Response[bytes]:
    """Show a photo of any entry, as JPEG."""
    content = await desk.run(contesting.picture, desk.reach, digest, is_staff=True)
    return Response(content, media_type="image/jpeg")


@get("/campaigns/{campaign:str}/parts/{part:str}/entries", opt=needs(Scope.READ, Permission.CUSTOMERS),
     operation_id="listEntries",
     responses=problems(404), tags=["campaigns"])  # fmt: skip
async def list_entries(
    desk: NamedDependency[Desk], campaign: FromPath[str], part: FromPath[str], in_state: InState = None,
    cursor: FromQuery[str | None] = None, limit: Limit = LIMIT,
) -> Page[StaffEntryItem]:  # fmt: skip
    """List the entries of a contest, by number: all, or those in a state. What waits is the queue of moderation."""
    (after,) = place(cursor, 0)
    states = tuple(EntryState) if in_state is None else (in_state,)
    found = await desk.run(contesting.entries, desk.reach, campaign, part, states, after, limit + 1)
    page = paged(found, limit, lambda one: (one.entry,))
    return Page([await desk.run(_of_staff, desk, one) for one in page.items], page.next)


@post("/campaigns/{campaign:str}/parts/{part:str}/entries/moderate",
     opt=needs(Scope.ADMIN, Permission.SERVE), status_code=200,
      operation_id="moderateEntries", responses=problems(404, 409), tags=["campaigns"])  # fmt: skip
async def moderate(
    request: AnyRequest, desk: NamedDependency[Desk], campaign: FromPath[str], part: FromPath[str],
    data: JSONBody[ModerateAsk],
) -> ModeratedItem:  # fmt: skip
    """Show, hide or reject entries, many at once. Decided again alike, nothing changes."""
    by = visit_of(request.scope).caller
    ask = Moderate(f"{campaign}/{part}", tuple(data.entries), EntryState(data.decision.value), data.reason, by)
    return ModeratedItem([*await desk.run(contesting.moderate, desk.reach, campaign, part, ask)])


@post("/campaigns/{campaign:str}/parts/{part:str}/entries/{entry:int}/points",
     opt=needs(Scope.ADMIN, Permission.SERVE), status_code=200,
      operation_id="judgeEntry", responses=problems(404, 409), tags=["campaigns"])  # fmt: skip
async def judge(
    request: AnyRequest, desk: NamedDependency[Desk], campaign: FromPath[str], part: FromPath[str],
    entry: FromPath[int], data: JSONBody[PointsAsk],
) -> JudgedItem:  # fmt: skip
    """Give points to an entry as a juror, who is called as the key. Later points take the place of earlier ones."""
    juror = visit_of(request.scope).caller
    ask = Judge(f"{campaign}/{part}", entry, juror, data.points)
    await desk.run(contesting.judge, desk.reach, campaign, part, ask)
    return JudgedItem(entry, juror, data.points)


@get("/campaigns/{campaign:str}/parts/{part:str}/standing", opt=needs(Scope.READ, Permission.ANALYSE),
     operation_id="showStanding",
     responses=problems(404), tags=["campaigns"])  # fmt: skip
async def standing(
    desk: NamedDependency[Desk], campaign: FromPath[str], part: FromPath[str], limit: Limit = LIMIT_MAX
) -> list[Scored]:  # fmt: skip
    """List the entries that qualify as they stand now, the best first. Customers do not see what is hidden here."""
    return await desk.run(contesting.standing, desk.reach, campaign, part, limit)


def _photo(one: Photo) -> PhotoItem:
    return PhotoItem(one.digest, one.thumb, one.width, one.height)


def _seen(one: EntrySeen) -> EntryItem:
    view = one.view
    return EntryItem(view.entry, view.title, view.text, [_photo(photo) for photo in view.photos], one.votes)


def _of_staff(desk: Desk, one: EntryView) -> StaffEntryItem:
    customer, _ = customer_of(desk.reach.home.database, one.subject)
    return StaffEntryItem(
        one.entry, one.state.value, customer, one.title, one.text, [_photo(photo) for photo in one.photos],
        iso(one.submitted_at), one.reason, one.decided_by,
    )  # fmt: skip
