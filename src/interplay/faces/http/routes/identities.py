"""Who is who: merge, unmerge, why, and what waits for a review."""

from typing import Annotated, Any

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter
from msgspec import Meta, Struct

from interplay.bootstrap.people import decide
from interplay.engine.secrets.api_keys import Scope
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.paging import LIMIT, LIMIT_MAX, Page
from interplay.faces.http.shapes import Identifier
from interplay.faces.http.visits import needs, visit_of
from interplay.kernel.i18n import Lang
from interplay.kernel.ids import CustomerId
from interplay.kernel.time import iso
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import ListReviews, WhyCustomer
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import DecisionKind, LinkView, Named


class DecisionAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Two identifiers, and why they are one customer, or two."""

    one: Identifier
    other: Identifier
    reason: Annotated[str, Meta(max_length=identity.REASON_CHARS_MAX)] = ""


class DecisionMade(Struct, frozen=True):
    """The customers of the two identifiers now, and how many identifiers changed theirs."""

    decision: int
    one: CustomerId
    other: CustomerId
    moved: int


class LinkItem(Struct, frozen=True):
    """The first fact that carried two identifiers, and what became of it."""

    one: Identifier
    other: Identifier
    outcome: str
    position: int
    at: str
    fact: str


class DecisionItem(Struct, frozen=True):
    """What was decided of two identifiers, when, by whom and why."""

    decision: int
    kind: str
    one: Identifier
    other: Identifier
    at: str
    actor: str
    reason: str


class Why(Struct, frozen=True):
    """Why identifiers are one customer; `sentences` say it in the language asked for. An erased value is empty."""

    customer: CustomerId
    identifiers: list[Identifier]
    links: list[LinkItem]
    decisions: list[DecisionItem]
    sentences: list[str]


@post(
    "/identities/merge", status_code=200, opt=needs(Scope.ADMIN), operation_id="mergeCustomers",
    responses=problems(404, 409), tags=["customers"],
)  # fmt: skip
async def merge(
    desk: NamedDependency[Desk], data: JSONBody[DecisionAsk], request: Request[Any, Any, Any]
) -> DecisionMade:
    """Make the customers of two identifiers one. Nothing is copied, so it can be taken back."""
    return await _decide(desk, DecisionKind.TOGETHER, data, visit_of(request.scope).caller)


@post(
    "/identities/unmerge", status_code=200, opt=needs(Scope.ADMIN), operation_id="unmergeCustomers",
    responses=problems(404, 409), tags=["customers"],
)  # fmt: skip
async def unmerge(
    desk: NamedDependency[Desk], data: JSONBody[DecisionAsk], request: Request[Any, Any, Any]
) -> DecisionMade:
    """Take two identifiers of one customer apart; each keeps what its own facts say is its own."""
    return await _decide(desk, DecisionKind.APART, data, visit_of(request.scope).caller)


@get(
    "/identities/why", opt=needs(Scope.READ), operation_id="whyCustomer",
    responses=problems(404), tags=["customers"],
)  # fmt: skip
async def why(
    desk: NamedDependency[Desk], spoken: NamedDependency[Lang], kind: FromQuery[str], value: FromQuery[str]
) -> Why:
    """Say why these identifiers are one customer: by which facts and decisions."""
    view = await desk.ask(profiles.why, WhyCustomer(kind, value))
    return Why(
        customer=view.customer,
        identifiers=[_identifier(one) for one in view.identifiers],
        links=[_link(one) for one in view.links],
        decisions=[
            DecisionItem(
                one.decision, one.kind, _identifier(one.one), _identifier(one.other), iso(one.at), one.actor, one.reason
            )
            for one in view.decisions
        ],
        sentences=identity.sentences(view, spoken, desk.reach.home.world.zone),
    )


@get(
    "/identities/reviews", opt=needs(Scope.READ), operation_id="listReviews",
    responses=problems(), tags=["customers"],
)  # fmt: skip
async def list_reviews(
    desk: NamedDependency[Desk], limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT
) -> Page[LinkItem]:
    """List links that wait for staff, the oldest first; merge or unmerge the two identifiers to decide."""
    return Page([_link(one) for one in await desk.ask(profiles.list_reviews, ListReviews(limit))])


async def _decide(desk: Desk, kind: DecisionKind, data: DecisionAsk, actor: str) -> DecisionMade:
    one, other = ((who.kind, who.value) for who in (data.one, data.other))
    decided = await desk.run(decide, desk.reach, kind, one, other, actor=actor, reason=data.reason)
    return DecisionMade(decided.decision, decided.one, decided.other, decided.moved)


def _identifier(one: Named) -> Identifier:
    return Identifier(one.kind, one.value)


def _link(link: LinkView) -> LinkItem:
    one, other = _identifier(link.one), _identifier(link.other)
    return LinkItem(one, other, link.outcome, link.position, iso(link.at), link.fact)
