"""Who is who: merge, unmerge, why, and what waits for a review."""

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter
from msgspec import Meta, Struct

from interplay.bootstrap import matching
from interplay.bootstrap.people import decide
from interplay.criteria.contracts import Trait
from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import Permission
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.paging import LIMIT as LIMIT_SHOWN
from interplay.faces.http.paging import LIMIT_MAX, Page
from interplay.faces.http.shapes import Identifier
from interplay.faces.http.visits import needs, visit_of
from interplay.kernel.i18n import Lang
from interplay.kernel.ids import CustomerId
from interplay.kernel.time import iso
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import ListMatches, ListReviews, Review, WhyCustomer
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import DecisionKind, LinkView, Named
from interplay.unify.matching.api import sentence
from interplay.unify.matching.contracts import LIMIT, MIN_PROBABILITY, Compare


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


class ReviewItem(Struct, frozen=True):
    """Two identifiers that wait for staff: by a fact that carries both, or by likeness, with its probability."""

    one: Identifier
    other: Identifier
    at: str
    position: int | None
    fact: str | None
    probability: float | None
    reasons: str | None  # in the language asked for, the weightiest first


class MatchAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """How probable a pair is at least, and how many are kept, the most probable first."""

    min_probability: float = MIN_PROBABILITY
    limit: int = LIMIT


class ComparedBy(Struct, frozen=True):
    """A trait, and how many customers have it."""

    name: str
    filled_count: int


class MatchesFound(Struct, frozen=True):
    """What was compared and how many pairs wait for staff now. `is_learned` false: the weights are stated ones."""

    customers_count: int
    columns: list[ComparedBy]
    is_learned: bool
    proposed_count: int
    left_out_count: int
    refused_count: int


class MatchItem(Struct, frozen=True):
    """Two customers who are probably one person, each by one of her identifiers."""

    one: Identifier
    other: Identifier
    probability: float
    reasons: str
    found_at: str


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
    "/identities/merge", status_code=200, opt=needs(Scope.ADMIN, Permission.SERVE), operation_id="mergeCustomers",
    responses=problems(404, 409), tags=["customers"],
)  # fmt: skip
async def merge(
    desk: NamedDependency[Desk], data: JSONBody[DecisionAsk], request: Request[Any, Any, Any]
) -> DecisionMade:
    """Make the customers of two identifiers one. Nothing is copied, so it can be taken back."""
    return await _decide(desk, DecisionKind.TOGETHER, data, visit_of(request.scope).caller)


@post(
    "/identities/unmerge", status_code=200, opt=needs(Scope.ADMIN, Permission.SERVE), operation_id="unmergeCustomers",
    responses=problems(404, 409), tags=["customers"],
)  # fmt: skip
async def unmerge(
    desk: NamedDependency[Desk], data: JSONBody[DecisionAsk], request: Request[Any, Any, Any]
) -> DecisionMade:
    """Take two identifiers of one customer apart; each keeps what its own facts say is its own."""
    return await _decide(desk, DecisionKind.APART, data, visit_of(request.scope).caller)


@get(
    "/identities/why", opt=needs(Scope.READ, Permission.CUSTOMERS), operation_id="whyCustomer",
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
    "/identities/reviews", opt=needs(Scope.READ, Permission.CUSTOMERS), operation_id="listReviews",
    responses=problems(), tags=["customers"],
)  # fmt: skip
async def list_reviews(
    desk: NamedDependency[Desk],
    spoken: NamedDependency[Lang],
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT_SHOWN,
) -> Page[ReviewItem]:
    """List pairs that wait for staff: by facts, the oldest first, then by likeness, the most probable first.

    Merge or unmerge the two identifiers to decide.
    """
    found = await desk.ask(profiles.list_reviews, ListReviews(limit))
    traits = (await desk.run(desk.declared)).declared.traits
    return Page([_review(one, spoken, traits) for one in found])


@post(
    "/customers/matches", status_code=200, opt=needs(Scope.ADMIN, Permission.MARKET), operation_id="matchCustomers",
    responses=problems(409, 501, 503), tags=["customers"],
)  # fmt: skip
async def match(desk: NamedDependency[Desk], data: JSONBody[MatchAsk]) -> MatchesFound:
    """Find customers who are probably one person. Nobody is merged; the pairs take the place of those found before."""
    found = await desk.run(matching.match, desk.reach, Compare(data.min_probability, data.limit))
    columns = [ComparedBy(one.name, one.filled_count) for one in found.columns]
    return MatchesFound(
        found.customers_count,
        columns,
        found.is_learned,
        len(found.proposals),
        found.left_out_count,
        found.refused_count,
    )


@get(
    "/customers/matches", opt=needs(Scope.READ, Permission.CUSTOMERS), operation_id="listMatches",
    responses=problems(), tags=["customers"],
)  # fmt: skip
async def list_matches(
    desk: NamedDependency[Desk],
    spoken: NamedDependency[Lang],
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT_SHOWN,
) -> Page[MatchItem]:
    """List pairs found by likeness that wait for staff, the most probable first."""
    found = await desk.ask(profiles.list_matches, ListMatches(limit))
    traits = (await desk.run(desk.declared)).declared.traits
    return Page(
        [
            MatchItem(
                _identifier(one.one),
                _identifier(one.other),
                one.probability,
                sentence(one.reasons, spoken, traits),
                iso(one.found_at),
            )
            for one in found
        ]
    )


async def _decide(desk: Desk, kind: DecisionKind, data: DecisionAsk, actor: str) -> DecisionMade:
    one, other = ((who.kind, who.value) for who in (data.one, data.other))
    decided = await desk.run(decide, desk.reach, kind, one, other, actor=actor, reason=data.reason)
    return DecisionMade(decided.decision, decided.one, decided.other, decided.moved)


def _identifier(one: Named) -> Identifier:
    return Identifier(one.kind, one.value)


def _link(link: LinkView) -> LinkItem:
    one, other = _identifier(link.one), _identifier(link.other)
    return LinkItem(one, other, link.outcome, link.position, iso(link.at), link.fact)


def _review(one: Review, lang: Lang, traits: Mapping[str, Trait]) -> ReviewItem:
    reasons = sentence(one.reasons, lang, traits) if one.probability is not None else None
    return ReviewItem(
        _identifier(one.one), _identifier(one.other), iso(one.at), one.position, one.fact, one.probability, reasons
    )
