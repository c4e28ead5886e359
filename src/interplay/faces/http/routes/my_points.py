"""Points and tiers of who is signed in, for her own pages."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from interplay.bootstrap import loyalty
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.paging import INTEGER_MAX, LIMIT, Limit, Page, paged, place
from interplay.faces.http.visits import Caller, needs
from interplay.kernel.i18n import Lang, say
from interplay.kernel.time import iso
from interplay.link.points.contracts import Happening, Outlook, Parcel, PointsBalance
from interplay.link.points.contracts import Label as PointsLabel
from interplay.link.sessions.contracts import Session
from interplay.link.tiers.contracts import Label, Standing


class ParcelItem(Struct, frozen=True):
    """So many points, and when they can be spent, or end."""

    amount: int
    at: str


class MyBalance(Struct, frozen=True):
    """One unit. `pending` cannot be spent yet, `ending` is about to expire; `money` is what `available` is worth."""

    unit: str
    name: str
    available: int
    money: int | None
    pending_total: int
    pending: list[ParcelItem]
    ending: list[ParcelItem]


class MyTier(Struct, frozen=True):
    """Where she stands on a ladder: with `amount` of `next_at` there are `missing` to the next tier."""

    ladder: str
    tier: str | None
    name: str | None
    benefits: list[str]
    amount: int
    next: str | None
    next_name: str | None
    next_at: int | None
    missing: int
    until: str | None
    is_member_day: bool


class MyPoints(Struct, frozen=True):
    """What she holds, and her tiers; names are in her language."""

    balances: list[MyBalance]
    tiers: list[MyTier]


class HistoryItem(Struct, frozen=True):
    """What happened: `event` for programs, `text` for her. Points that went are below zero."""

    at: str
    amount: int
    event: str
    text: str


class HistoryPage(Struct, frozen=True):
    """Some of what happened, the newest first."""

    items: list[HistoryItem]
    next: str | None = None


@get("/customer/points", opt=needs(Caller.CUSTOMER), operation_id="showMyPoints", responses=problems(),
     tags=["customer"])  # fmt: skip
async def show_mine(
    counter: NamedDependency[Desk], session: NamedDependency[Session], spoken: NamedDependency[Lang]
) -> MyPoints:
    """Show what who is signed in holds of every unit, what becomes of it, and her tiers."""
    found = await counter.run(loyalty.my_wallet, counter.reach, session.subject)
    return MyPoints(
        [_balance(one, found.outlook[one.unit], spoken) for one in found.balances],
        [_tier(one, spoken) for one in found.tiers],
    )


@get("/customer/points/{unit:str}/history", opt=needs(Caller.CUSTOMER), operation_id="listMyHistory",
     responses=problems(404), tags=["customer"])  # fmt: skip
async def list_history(
    counter: NamedDependency[Desk], session: NamedDependency[Session], spoken: NamedDependency[Lang],
    unit: FromPath[str], cursor: FromQuery[str | None] = None, limit: Limit = LIMIT,
) -> HistoryPage:  # fmt: skip
    """List what happened to the points of who is signed in, the newest first."""
    (before,) = place(cursor, INTEGER_MAX)
    found = await counter.run(loyalty.my_history, counter.reach, session.subject, unit, before, limit + 1)
    page: Page[Happening] = paged(found, limit, lambda one: (one.place,))
    return HistoryPage([_happening(one, spoken) for one in page.items], page.next)


def _balance(one: PointsBalance, outlook: Outlook, lang: Lang) -> MyBalance:
    return MyBalance(
        one.unit,
        _said(one.label, lang),
        one.available,
        one.money,
        one.pending,
        _parcels(outlook.pending),
        _parcels(outlook.ending),
    )


def _parcels(parcels: tuple[Parcel, ...]) -> list[ParcelItem]:
    return [ParcelItem(one.amount, iso(one.at)) for one in parcels]


def _tier(one: Standing, lang: Lang) -> MyTier:
    return MyTier(
        one.ladder, one.tier, None if one.label is None else _said(one.label, lang),
        [_said(benefit, lang) for benefit in one.benefits], one.amount, one.next,
        None if one.next_label is None else _said(one.next_label, lang), one.next_at, one.missing,
        None if one.until is None else iso(one.until), one.is_member_day,
    )  # fmt: skip


def _said(label: Label | PointsLabel, lang: Lang) -> str:
    return label.zh if lang == "zh" else label.en


def _happening(one: Happening, lang: Lang) -> HistoryItem:
    return HistoryItem(iso(one.at), one.amount, one.event.value, say(f"points.event.{one.event}", lang))
