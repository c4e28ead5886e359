"""Audiences: members of a segment as a file, and those that are sent on schedule."""

from collections.abc import AsyncIterator, Iterator
from functools import partial

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream
from msgspec import Struct

from interplay.automate.audiences import api as audiences
from interplay.automate.audiences.contracts import AUDIENCE, COLUMNS, AudienceView, Export
from interplay.bootstrap import endpoints
from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import Permission
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.paging import Page
from interplay.faces.http.routes.webhooks import MadeSecret, SecretAsk
from interplay.faces.http.visits import needs
from interplay.kernel.time import iso


class AudienceItem(Struct, frozen=True):
    """An audience and how its deliveries stand."""

    name: str
    version: int
    segment: str
    url: str
    every: str
    enabled: bool
    has_secret: bool
    stopped_at: str | None
    next_at: str | None
    counts: dict[str, int]
    last_failure: str | None


class AudienceDue(Struct, frozen=True):
    """The audience that is exported next."""

    name: str


@get(
    "/segments/{name:str}/members.csv", opt=needs(Scope.ADMIN, Permission.MARKET), operation_id="exportSegment",
    responses=problems(404), tags=["segments"], media_type="text/csv",
)  # fmt: skip
async def export_members(
    desk: NamedDependency[Desk],
    name: FromPath[str],
    columns: FromQuery[str | None] = None,
    consent: FromQuery[str | None] = None,
    at: FromQuery[str | None] = None,
    excel: FromQuery[bool] = False,
) -> Stream:
    """Return the members as CSV. `columns`: customer, kinds of identifiers, traits, with commas between them."""
    named = COLUMNS if columns is None else tuple(one.strip() for one in columns.split(","))
    export = Export(name, named, consent, desk.instant(at), excel)
    pieces = audiences.lines(endpoints.exporting(desk.reach), export, desk.now())
    first = await desk.run(partial(next, pieces, b""))  # what is wrong is told before anything is sent
    return Stream(_streamed(desk, first, pieces), media_type="text/csv; charset=utf-8")


@get(
    "/audiences",
    opt=needs(Scope.ADMIN, Permission.MARKET),
    operation_id="listAudiences",
    responses=problems(),
    tags=["audiences"],
)
async def list_audiences(desk: NamedDependency[Desk]) -> Page[AudienceItem]:
    """List audiences that are sent on schedule, and how their deliveries stand."""
    found = await desk.run(audiences.listed, desk.reach.home.database)
    return Page([_item(one) for one in found])


@post(
    "/audiences/{name:str}/secret", opt=needs(Scope.ADMIN), operation_id="makeAudienceSecret",
    responses=problems(404, 409), tags=["audiences"],
)  # fmt: skip
async def make_audience_secret(
    desk: NamedDependency[Desk], name: FromPath[str], data: JSONBody[SecretAsk]
) -> MadeSecret:
    """Make the secret that signs. It is shown once."""
    text = await desk.run(endpoints.make_secret, desk.reach, AUDIENCE, name, is_rotating=data.rotate)
    return MadeSecret(name, text)


@post(
    "/audiences/{name:str}/run", opt=needs(Scope.ADMIN, Permission.MARKET), status_code=200, operation_id="runAudience",
    responses=problems(404, 409), tags=["audiences"],
)  # fmt: skip
async def run_audience(desk: NamedDependency[Desk], name: FromPath[str]) -> AudienceDue:
    """Export and send an audience now."""
    await desk.run(endpoints.run_now, desk.reach, name)
    return AudienceDue(name)


async def _streamed(desk: Desk, first: bytes, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    piece = first
    while piece:
        yield piece
        piece = await desk.run(partial(next, pieces, b""))


def _item(view: AudienceView) -> AudienceItem:
    return AudienceItem(
        view.name, view.version, view.segment, view.url, view.every, view.enabled, view.has_secret,
        None if view.stopped_at is None else iso(view.stopped_at),
        None if view.next_at is None else iso(view.next_at),
        {state.value: count for state, count in view.counts.items()}, view.last_failure,
    )  # fmt: skip
