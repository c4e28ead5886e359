"""Segments: count, list, explain; and whether a criterion is one."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from interplay.criteria.contracts import Answer
from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import Permission
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.paging import LIMIT, LIMIT_MAX, Page, paged, place
from interplay.faces.http.shapes import Identifier
from interplay.faces.http.visits import needs
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang
from interplay.kernel.ids import CustomerId, Micros
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import (
    CheckCriteria,
    CountSegment,
    CriteriaProblem,
    Explained,
    ExplainMember,
    ListMembers,
    ListSegments,
    Member,
    SegmentView,
)


class CountAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Criteria, or the name of a segment; `at` is now when left out."""

    criteria: str
    at: str | None = None


class ExplainAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """About whom; `lang` is that of `Accept-Language` when left out."""

    criteria: str
    customer: Identifier
    at: str | None = None
    lang: Literal["en", "zh"] | None = None


class CheckAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Criteria as text, or as the tree of a visual builder: one of both."""

    criteria: str | None = None
    tree: dict[str, Any] | None = None


class CheckAnswer(Struct, frozen=True):
    """The criterion as text and as a tree, or what is wrong with it."""

    ok: bool
    text: str | None = None
    tree: dict[str, Any] | None = None
    problem: CriteriaProblem | None = None


@get(
    "/segments",
    opt=needs(Scope.READ, Permission.ANALYSE),
    operation_id="listSegments",
    responses=problems(),
    tags=["segments"],
)
async def list_segments(
    desk: NamedDependency[Desk], at: FromQuery[str | None] = None, counted: FromQuery[bool] = True
) -> Page[SegmentView]:
    """List the segments that were applied, with their sizes at `at`; `counted=false` leaves the sizes out."""
    views = await desk.ask(segments.list_segments, ListSegments(counted, desk.instant(at)))
    return Page(views)


@post(
    "/segments/count",
    opt=needs(Scope.READ, Permission.ANALYSE),
    status_code=200,
    operation_id="countSegment",
    responses=problems(),
    tags=["segments"],
)
async def count(desk: NamedDependency[Desk], data: JSONBody[CountAsk]) -> Answer:
    """Count the customers who match, those of whom it is unknown, and all."""
    return await desk.ask(segments.count, CountSegment(data.criteria, desk.instant(data.at)))


@post(
    "/segments/members",
    opt=needs(Scope.READ, Permission.CUSTOMERS),
    status_code=200,
    operation_id="listSegmentMembers",
    responses=problems(),
    tags=["segments"],
)
async def members(
    desk: NamedDependency[Desk],
    data: JSONBody[CountAsk],
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT,
) -> Page[Member]:
    """List the customers who match. All pages are as of the moment of the first one."""
    at = desk.instant(data.at)
    moment, after = place(cursor, desk.now() if at is None else at, 0)
    ask = ListMembers(data.criteria, Micros(moment), CustomerId(after), limit + 1)
    found = await desk.ask(segments.list_members, ask)
    return paged(found, limit, lambda member: (moment, member.customer))


@post(
    "/segments/explain",
    opt=needs(Scope.READ, Permission.CUSTOMERS),
    status_code=200,
    operation_id="explainSegmentMember",
    responses=problems(404),
    tags=["segments"],
)
async def explain(desk: NamedDependency[Desk], data: JSONBody[ExplainAsk], spoken: NamedDependency[Lang]) -> Explained:
    """Say why a customer matches or not, in sentences."""
    who = data.customer
    ask = ExplainMember(data.criteria, who.kind, who.value, desk.instant(data.at), data.lang or spoken)
    return await desk.ask(segments.explain_member, ask)


@post(
    "/criteria/check",
    opt=needs(Scope.READ, Permission.ANALYSE),
    status_code=200,
    operation_id="checkCriteria",
    responses=problems(),
    tags=["criteria"],
)
async def check(desk: NamedDependency[Desk], data: JSONBody[CheckAsk], spoken: NamedDependency[Lang]) -> CheckAnswer:
    """Read a criterion: as text and as a tree where it is one, else what is wrong, where, and what was meant."""
    if (data.criteria is None) == (data.tree is None):
        raise AppError("http.criteria_or_tree")
    tree = None if data.tree is None else msgspec.json.encode(data.tree)
    checked = await desk.ask(segments.check_criteria, CheckCriteria(data.criteria, tree, spoken))
    decoded = None if checked.tree is None else msgspec.json.decode(checked.tree)
    return CheckAnswer(checked.problem is None, checked.text, decoded, checked.problem)
