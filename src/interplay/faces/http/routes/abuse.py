"""Abuse control: a challenge for who wants to play; for staff what waits for a review, decisions, and why."""

from itertools import islice

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from interplay.acts import api as acts
from interplay.acts.contracts import Refused
from interplay.bootstrap import abuse as guarding
from interplay.bootstrap.abuse import Explained
from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import Permission
from interplay.faces.http.desk import Desk
from interplay.faces.http.mistakes import AnyRequest
from interplay.faces.http.openapi import problems
from interplay.faces.http.orders import RefusedItem
from interplay.faces.http.paging import INTEGER_MAX, LIMIT, Limit, Page, paged, place
from interplay.faces.http.visits import Caller, needs, segment, visit_of
from interplay.interact.abuse.contracts import Challenge, Signals
from interplay.interact.campaigns.api import Reviewed, Verdict, Waiting, Which
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang
from interplay.kernel.time import iso
from interplay.link.sessions.contracts import Session
from interplay.unify.identity.api import customer_of

ACTS_MAX = 10_000


class WaitingItem(Struct, frozen=True):
    """A play whose prizes wait, by the number of its act; `reasons` are for staff only."""

    act: int
    at: str
    customer: int
    campaign: str
    part: str
    prizes: list[str]
    reasons: list[RefusedItem]


class ReviewAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """What to decide, and of which: all that fits. One of campaign, suspected_for, device and acts must be named."""

    verdict: Verdict
    campaign: str = ""
    suspected_for: str = ""
    device: str = ""
    acts: list[int] = []
    note: str = ""


class ReviewItem(Struct, frozen=True):
    """How many were decided now, and which could not be, by act."""

    decided: int
    refused: dict[str, RefusedItem]


class ExplainItem(Struct, frozen=True):
    """Why somebody is suspected, or is not."""

    customer: int
    campaign: str
    is_suspected: bool
    is_trusted: bool
    score: int
    reasons: list[RefusedItem]
    signals: Signals


@get("/customer/challenge", opt=needs(Caller.CUSTOMER), operation_id="showMyChallenge", responses=problems(404),
     tags=["customer"])  # fmt: skip
async def show_challenge(
    counter: NamedDependency[Desk], session: NamedDependency[Session], campaign: FromQuery[str]
) -> Challenge:
    """Show a new challenge of ALTCHA's for a campaign. Its solution goes with a play in `X-Challenge-Solution`."""
    return await counter.run(guarding.challenge, counter.reach, campaign, session.subject)


@get(
    "/payouts",
    opt=needs(Scope.ADMIN, Permission.CUSTOMERS),
    operation_id="listPayouts",
    responses=problems(),
    tags=["campaigns"],
)
async def list_waiting(
    desk: NamedDependency[Desk], spoken: NamedDependency[Lang], campaign: FromQuery[str] = "",
    suspected_for: FromQuery[str] = "", device: FromQuery[str] = "", cursor: FromQuery[str | None] = None,
    limit: Limit = LIMIT,
) -> Page[WaitingItem]:  # fmt: skip
    """List plays of suspects whose prizes wait for a review, the oldest first."""
    (after,) = place(cursor, 0)
    found = await desk.run(_waiting, desk, Which(campaign, suspected_for, device), min(after, INTEGER_MAX), limit + 1)
    page = paged(found, limit, lambda one: (one[0].act,))
    items = [
        WaitingItem(
            one.act, iso(one.at), customer, one.campaign, one.part, list(one.prizes), _said(desk, one.reasons, spoken)
        )
        for one, customer in page.items
    ]
    return Page(items, page.next)


@post("/payouts/decisions", opt=needs(Scope.ADMIN, Permission.SERVE), status_code=200, operation_id="decidePayouts",
      responses=problems(409), tags=["campaigns"])  # fmt: skip
async def decide(
    request: AnyRequest, desk: NamedDependency[Desk], spoken: NamedDependency[Lang], data: JSONBody[ReviewAsk]
) -> ReviewItem:
    """Approve or reject what waits, all that fits. Done again, what was decided stays as it is."""
    if len(data.acts) > ACTS_MAX:
        raise AppError("campaigns.review_many", given=len(data.acts), allowed=ACTS_MAX)
    which = Which(data.campaign, data.suspected_for, data.device, frozenset(data.acts))
    by = visit_of(request.scope).caller
    found = await desk.run(_decide, desk, which, data, by)
    return ReviewItem(found.decided, {str(act): _said(desk, (why,), spoken)[0] for act, why in found.refused.items()})


@get("/campaigns/{campaign:str}/suspicion/{kind:str}/{value:str}", opt=needs(Scope.ADMIN, Permission.CUSTOMERS),
     operation_id="explainSuspicion", responses=problems(404), tags=["campaigns"])  # fmt: skip
async def explain(
    desk: NamedDependency[Desk], spoken: NamedDependency[Lang], campaign: FromPath[str], kind: FromPath[str],
    value: FromPath[str],
) -> ExplainItem:  # fmt: skip
    """Say what is known of a customer's surroundings, and what of it speaks against her. For staff only."""
    found: Explained = await desk.run(guarding.explain, desk.reach, campaign, (kind, segment(value)))
    return ExplainItem(
        found.customer, found.campaign, found.is_suspected, found.is_trusted, found.score,
        _said(desk, found.reasons, spoken), found.signals,
    )  # fmt: skip


def _waiting(desk: Desk, which: Which, after: int, rows_max: int) -> list[tuple[Waiting, int]]:
    found = islice(guarding.waiting(desk.reach, which, after), rows_max)
    return [(one, customer_of(desk.reach.home.database, one.subject)[0]) for one in found]


def _decide(desk: Desk, which: Which, data: ReviewAsk, by: str) -> Reviewed:
    return guarding.decide(desk.reach, which, data.verdict, by=by, reason=data.note)


def _said(desk: Desk, reasons: tuple[Refused, ...], lang: Lang) -> list[RefusedItem]:
    world = desk.reach.home.world
    return [RefusedItem(one.code, acts.sentence(one, lang, world), dict(one.arguments)) for one in reasons]
