"""Live segments: sizes, history and overlap, and those that a customer is in."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import Permission
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.paging import LIMIT, LIMIT_MAX, Page, paged, place
from interplay.faces.http.visits import needs
from interplay.kernel.ids import Position
from interplay.understand.memberships import api as memberships
from interplay.understand.memberships.contracts import (
    Change,
    ListLive,
    LiveView,
    Membership,
    Overlap,
    OverlapView,
    SegmentsOf,
    ShowHistory,
)


@get(
    "/segments/live",
    opt=needs(Scope.READ, Permission.ANALYSE),
    operation_id="listLiveSegments",
    responses=problems(),
    tags=["segments"],
)
async def live(desk: NamedDependency[Desk]) -> Page[LiveView]:
    """List the live segments with the number of customers who are in them at this moment."""
    return Page(await desk.ask(memberships.list_live, ListLive()))


@get(
    "/segments/overlap",
    opt=needs(Scope.READ, Permission.ANALYSE),
    operation_id="showSegmentOverlap",
    responses=problems(404),
    tags=["segments"],
)
async def overlap(desk: NamedDependency[Desk], segment: FromQuery[list[str] | None] = None) -> OverlapView:
    """Count the customers who are in both, for every two of these live segments; all of them where none is named."""
    return await desk.ask(memberships.overlap, Overlap(tuple(segment or ())))


@get(
    "/segments/{name:str}/history",
    opt=needs(Scope.READ, Permission.ANALYSE),
    operation_id="showSegmentHistory",
    responses=problems(404),
    tags=["segments"],
)
async def history(
    desk: NamedDependency[Desk],
    name: FromPath[str],
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT,
) -> Page[Change]:
    """List who entered and left a live segment and when it was computed, the newest first."""
    moment, before = place(cursor, desk.now(), 0)
    ask = ShowHistory(name, changes_max=limit + 1, before=Position(before) if before else None)
    found = await desk.ask(memberships.show_history, ask)
    return paged(found, limit, lambda change: (moment, change.position))


@get(
    "/customers/{kind:str}/{value:str}/segments",
    opt=needs(Scope.READ, Permission.CUSTOMERS),
    operation_id="listSegmentsOfCustomer",
    responses=problems(404),
    tags=["customers"],
)
async def of_customer(desk: NamedDependency[Desk], kind: FromPath[str], value: FromPath[str]) -> Page[Membership]:
    """List the live segments that a customer is in, and since when."""
    return Page(await desk.ask(memberships.segments_of, SegmentsOf(kind, value)))
