"""Campaigns: played by customers, at tills and in the brand's own pages; run by staff; odds for anybody."""

from itertools import islice

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from interplay.acts.contracts import Asking, Refused
from interplay.bootstrap import campaigns as campaigning
from interplay.bootstrap import coupons as couponing
from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import Permission
from interplay.faces.http.counter import Counter
from interplay.faces.http.desk import Desk
from interplay.faces.http.express import express
from interplay.faces.http.mistakes import AnyRequest
from interplay.faces.http.openapi import problems
from interplay.faces.http.orders import Key
from interplay.faces.http.paging import LIMIT, Limit, Page, paged, place
from interplay.faces.http.plays import (
    CampaignItem,
    CheckItem,
    CollectAsk,
    CollectItem,
    PlayAsk,
    PlayForAsk,
    PlayItem,
    PreviewFor,
    PromiseItem,
    SeenItem,
    StateItem,
    Telling,
    WinnerItem,
    campaign_item,
    check_item,
    preview_ask,
    promise_item,
)
from interplay.faces.http.visits import Caller, needs, visit_of
from interplay.interact.campaigns.api import PrizeView, Spread, Winner, prizes_of
from interplay.interact.campaigns.contracts import BY_CUSTOMER, Change, Collect, Play, Played
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang
from interplay.kernel.time import iso
from interplay.link.sessions.contracts import Session
from interplay.link.stores.contracts import Device
from interplay.rehearse.campaigns.api import Rehearsals
from interplay.rehearse.campaigns.contracts import Preview
from interplay.unify.identity.api import customer_of

STORE, WEB, API = "store", "web", "api"
DEVICE, SOLUTION = "x-device-id", "x-challenge-solution"
DEVICE_CHARS_MAX = 200
CHANNEL_CHARS_MAX = 40


@get("/customer/campaigns", opt=needs(Caller.CUSTOMER), operation_id="listMyCampaigns", responses=problems(),
     tags=["customer"])  # fmt: skip
async def list_mine(
    counter: NamedDependency[Desk], session: NamedDependency[Session], spoken: NamedDependency[Lang],
    channel: FromQuery[str] = WEB,
) -> Page[SeenItem]:  # fmt: skip
    """List the campaigns of which who is signed in may play something now."""
    found = await counter.run(campaigning.open_to, counter.reach, session.subject, _own(channel), "")
    return Page([_telling(counter, spoken).seen(one) for one in found])


@get("/customer/campaigns/{campaign:str}", opt=needs(Caller.CUSTOMER), operation_id="showMyCampaign",
     responses=problems(404), tags=["customer"])  # fmt: skip
async def show_mine(
    counter: NamedDependency[Desk], session: NamedDependency[Session], spoken: NamedDependency[Lang],
    campaign: FromPath[str], channel: FromQuery[str] = WEB,
) -> SeenItem:  # fmt: skip
    """Show a campaign to who is signed in: what there is to play, and why something is not for her."""
    found = await counter.run(campaigning.seen, counter.reach, campaign, session.subject, _own(channel), "")
    return _telling(counter, spoken).seen(found)


@post("/customer/campaigns/{campaign:str}/parts/{part:str}/plays", opt=needs(Caller.CUSTOMER), middleware=[express],
      status_code=200, operation_id="playMyself", responses=problems(404, 409), tags=["customer"])  # fmt: skip
async def play_mine(
    request: AnyRequest, counter: NamedDependency[Counter], session: NamedDependency[Session],
    spoken: NamedDependency[Lang], campaign: FromPath[str], part: FromPath[str], data: JSONBody[PlayAsk],
    idempotency_key: Key, channel: FromQuery[str] = WEB,
) -> PlayItem:  # fmt: skip
    """Play. The same key gives the same answer; what comes of it is decided here, not on the page."""
    ask = Play(
        key=f"customer:{session.subject}/{idempotency_key}", campaign=campaign, part=part, subject=session.subject,
        move=data.move, channel=_own(channel), device=request.headers.get(DEVICE, "")[:DEVICE_CHARS_MAX],
        address=visit_of(request.scope).address, solution=request.headers.get(SOLUTION, ""), by=BY_CUSTOMER,
    )  # fmt: skip
    return _telling(counter, spoken).played(await counter.act(campaigning.playing, counter.reach, ask))


@post("/till/campaigns/{campaign:str}/parts/{part:str}/plays", opt=needs(Caller.TILL), middleware=[express],
      status_code=200, operation_id="playAtTill", responses=problems(404, 409), tags=["till"])  # fmt: skip
async def play_at_till(
    counter: NamedDependency[Counter], till: NamedDependency[Device], spoken: NamedDependency[Lang],
    campaign: FromPath[str], part: FromPath[str], data: JSONBody[PlayForAsk], idempotency_key: Key,
) -> PlayItem:  # fmt: skip
    """Let a customer play at a device of a store."""
    by = f"till {till.name}"
    key = f"till:{till.name}/{idempotency_key}"
    return _telling(counter, spoken).played(
        await counter.act(_playing_for, counter, data, key, campaign, part, by, till)
    )


@post("/campaigns/{campaign:str}/parts/{part:str}/plays", opt=needs(Scope.ADMIN, Permission.SERVE), status_code=200,
      operation_id="playFor", responses=problems(404, 409), tags=["campaigns"])  # fmt: skip
async def play_for(
    request: AnyRequest, desk: NamedDependency[Desk], spoken: NamedDependency[Lang], campaign: FromPath[str],
    part: FromPath[str], data: JSONBody[PlayForAsk], idempotency_key: Key,
) -> PlayItem:  # fmt: skip
    """Let a customer play, in the name of the brand's own pages."""
    by = visit_of(request.scope).caller
    ask = await desk.run(_play_for, desk, data, f"api:{by}/{idempotency_key}", campaign, part, by, None)
    return _telling(desk, spoken).played(await desk.run(campaigning.play, desk.reach, ask))


@post("/till/prizes/collect", opt=needs(Caller.TILL), status_code=200, operation_id="collectAtTill",
      responses=problems(409), tags=["till"])  # fmt: skip
async def collect_at_till(
    counter: NamedDependency[Desk], till: NamedDependency[Device], spoken: NamedDependency[Lang],
    data: JSONBody[CollectAsk], idempotency_key: Key,
) -> CollectItem:  # fmt: skip
    """Hand over goods that were won to who shows their code. A code is good once."""
    ask = Collect(
        key=f"till:{till.name}/{idempotency_key}", code=data.code, store=till.store, device=till.name,
        by=f"till {till.name}",
    )  # fmt: skip
    return _telling(counter, spoken).collected(await counter.run(campaigning.collect, counter.reach, ask))


@get("/campaigns/{campaign:str}/promise", opt=needs(Caller.ANYBODY), operation_id="showPromise",
     responses=problems(404), tags=["campaigns"])  # fmt: skip
async def show_promise(counter: NamedDependency[Desk], campaign: FromPath[str]) -> PromiseItem:
    """Show what a campaign promises to anybody: its rules, prizes, odds, and what its draws are committed to."""
    return promise_item(await counter.run(campaigning.published, counter.reach, campaign))


@get(
    "/campaigns",
    opt=needs(Scope.READ, Permission.ANALYSE),
    operation_id="listCampaigns",
    responses=problems(),
    tags=["campaigns"],
)
async def list_all(desk: NamedDependency[Desk]) -> Page[CampaignItem]:
    """List campaigns, by name, and how each stands."""
    return Page([campaign_item(one) for one in await desk.run(campaigning.views, desk.reach)])


@get("/campaigns/{campaign:str}/check", opt=needs(Scope.READ, Permission.ANALYSE), operation_id="checkCampaign",
     responses=problems(404), tags=["campaigns"])  # fmt: skip
async def check(desk: NamedDependency[Desk], campaign: FromPath[str]) -> CheckItem:
    """Show what starting the newest version of a campaign would change."""
    return check_item(await desk.run(campaigning.check, desk.reach, campaign))


@post("/campaigns/{campaign:str}/preview", opt=needs(Scope.READ, Permission.ANALYSE), status_code=200,
     operation_id="previewCampaign",
      responses=problems(404, 503), tags=["campaigns"])  # fmt: skip
async def preview(
    desk: NamedDependency[Desk], rehearsals: NamedDependency[Rehearsals], campaign: FromPath[str],
    data: JSONBody[PreviewFor],
) -> Preview:  # fmt: skip
    """Rehearse the newest version of a campaign: odds against outcomes, stock by day, cost. Nothing is done.

    One at a time, in a process of its own; for more plays there is the command line.
    """
    return await rehearsals.preview(desk.reach, preview_ask(campaign, data))


@get("/campaigns/{campaign:str}/prizes", opt=needs(Scope.READ, Permission.ANALYSE), operation_id="listPrizes",
     responses=problems(404), tags=["campaigns"])  # fmt: skip
async def list_prizes(desk: NamedDependency[Desk], campaign: FromPath[str]) -> list[PrizeView]:
    """List how many of each prize were given, and how many are left."""
    return await desk.run(prizes_of, desk.reach.home.campaigns, campaign)


@get("/campaigns/{campaign:str}/parts/{part:str}/spread", opt=needs(Scope.READ, Permission.ANALYSE),
     operation_id="showSpread",
     responses=problems(404), tags=["campaigns"])  # fmt: skip
async def show_spread(desk: NamedDependency[Desk], campaign: FromPath[str], part: FromPath[str]) -> Spread:
    """Show how a referral spreads: players, invitations, what came of them, and the K factor, by depth."""
    return await desk.run(campaigning.spread, desk.reach, campaign, part)


@get("/campaigns/{campaign:str}/winners", opt=needs(Scope.ADMIN, Permission.CUSTOMERS), operation_id="listWinners",
     responses=problems(404), tags=["campaigns"])  # fmt: skip
async def list_winners(
    desk: NamedDependency[Desk], campaign: FromPath[str], cursor: FromQuery[str | None] = None, limit: Limit = LIMIT,
) -> Page[WinnerItem]:  # fmt: skip
    """List every prize that was given, in the order in which they were: the record of winners."""
    (after,) = place(cursor, 0)
    found = await desk.run(_winners, desk, campaign, after, limit + 1)
    page = paged(found, limit, lambda one: (one[0].position,))
    items = [WinnerItem(iso(one.at), who, one.prize, one.part, one.unit) for one, who in page.items]
    return Page(items, page.next)


@post("/campaigns/{campaign:str}/{change:str}", opt=needs(Scope.ADMIN, Permission.MARKET), status_code=200,
      operation_id="changeCampaign", responses=problems(404, 409), tags=["campaigns"])  # fmt: skip
async def change(
    request: AnyRequest, desk: NamedDependency[Desk], campaign: FromPath[str], change: FromPath[Change],
) -> StateItem:  # fmt: skip
    """Start the newest version, pause, resume, stop or settle a campaign. Done again, it stays as it is."""
    by = visit_of(request.scope).caller
    state = await desk.run(campaigning.change, desk.reach, campaign, change, by)
    return StateItem(campaign, state.value, desk.reach.home.campaigns.running(campaign).snapshot.version)


def _own(channel: str) -> str:
    """Return by which way a customer comes, as she says it: never a till, nor the brand's own pages.

    What is for a store only would be played at home, and her device would be nobody's. Raises AppError
    `campaigns.channel`.
    """
    if channel in (STORE, API) or len(channel) > CHANNEL_CHARS_MAX:
        raise AppError("campaigns.channel", given=channel[:CHANNEL_CHARS_MAX], allowed=CHANNEL_CHARS_MAX)
    return channel


def _play_for(
    desk: Desk, data: PlayForAsk, key: str, campaign: str, part: str, by: str, till: Device | None
) -> Play:  # fmt: skip
    subject = couponing.subject_of(desk.reach, (data.customer.kind, data.customer.value))
    where = {"channel": API} if till is None else {"channel": STORE, "store": till.store, "device": till.name}
    return Play(key=key, campaign=campaign, part=part, subject=subject, move=data.move, by=by, **where)


def _playing_for(
    desk: Desk, data: PlayForAsk, key: str, campaign: str, part: str, by: str, till: Device
) -> Asking[Played | Refused]:
    return (yield from campaigning.playing(desk.reach, _play_for(desk, data, key, campaign, part, by, till)))


def _winners(desk: Desk, campaign: str, after: int, rows_max: int) -> list[tuple[Winner, int | None]]:
    database = desk.reach.home.database
    found = islice(campaigning.winners(desk.reach, campaign, after), rows_max)
    return [(one, None if one.subject is None else customer_of(database, one.subject)[0]) for one in found]


def _telling(desk: Desk, lang: Lang) -> Telling:
    return Telling(desk.reach.home.world, lang)
