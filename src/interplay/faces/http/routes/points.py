"""Points and tiers: what a customer holds; spending, adjusting, months for finance."""

from typing import Annotated, Any

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody
from msgspec import Struct

from interplay.bootstrap import loyalty
from interplay.bootstrap.loyalty import Asked
from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import Permission
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.paging import Page
from interplay.faces.http.visits import needs, segment, visit_of
from interplay.kernel.time import iso
from interplay.link.points.contracts import Liability, Month, PointsBalance, RuleCost
from interplay.link.tiers.contracts import Label, Standing

NeededKey = Annotated[str, HeaderParameter(name="Idempotency-Key", min_length=1, max_length=150)]


class BalanceItem(Struct, frozen=True):
    """What a customer holds of one unit. `money`: what the available ones are worth in minor units."""

    unit: str
    zh: str
    en: str
    available: int
    pending: int
    expiring: int
    expires_at: str | None
    money: int | None


class TierItem(Struct, frozen=True):
    """Where a customer stands on a ladder; `missing` of the unit leads to `next`."""

    ladder: str
    tier: str | None
    zh: str | None
    en: str | None
    benefits: list[Label]
    amount: int
    next: str | None
    missing: int
    until: str | None
    is_member_day: bool


class WalletItem(Struct, frozen=True):
    """What a customer holds, and her tiers."""

    customer: int
    balances: list[BalanceItem]
    tiers: list[TierItem]


class SpendAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """So many points. `is_money`: as money, in amounts that are worth whole minor units."""

    unit: str
    points: int
    is_money: bool = False
    reason: str | None = None


class AdjustAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Points to give, or with a minus to take. Beyond the unit's limit the approver is not the asker."""

    unit: str
    amount: int
    reason: str
    asker: str
    approver: str


class Done(Struct, frozen=True):
    """What was done. `is_new` is false when it was done before under this `Idempotency-Key`."""

    at: str
    amount: int
    position: int
    is_new: bool


class ClosedItem(Struct, frozen=True):
    """A closed month, and the same by the ledger as it is now."""

    month: Month
    now: Month
    is_new: bool


@get(
    "/customers/{kind:str}/{value:str}/points", opt=needs(Scope.READ, Permission.CUSTOMERS), operation_id="showPoints",
    responses=problems(404), tags=["points"],
)  # fmt: skip
async def show_points(desk: NamedDependency[Desk], kind: FromPath[str], value: FromPath[str]) -> WalletItem:
    """Show what a customer holds of every unit, and her tiers."""
    found = await desk.run(loyalty.wallet, desk.reach, segment(kind), segment(value))
    return WalletItem(found.customer, [_balance(one) for one in found.balances], [_tier(one) for one in found.tiers])


@post(
    "/customers/{kind:str}/{value:str}/points/spend", opt=needs(Scope.ADMIN, Permission.SERVE), status_code=200,
    operation_id="spendPoints", responses=problems(404, 409), tags=["points"],
)  # fmt: skip
async def spend_points(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    kind: FromPath[str],
    value: FromPath[str],
    data: JSONBody[SpendAsk],
    key: NeededKey,
) -> Done:
    """Spend points, once under an `Idempotency-Key`."""
    by = visit_of(request.scope).caller
    who = Asked(segment(kind), segment(value), _key(by, key))
    answer = await desk.run(
        loyalty.spend, desk.reach, who, data.unit, data.points, is_money=data.is_money, reason=data.reason, by=by
    )
    return _done(answer)


@post(
    "/customers/{kind:str}/{value:str}/points/adjust", opt=needs(Scope.ADMIN, Permission.SERVE), status_code=200,
    operation_id="adjustPoints", responses=problems(404, 409), tags=["points"],
)  # fmt: skip
async def adjust_points(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    kind: FromPath[str],
    value: FromPath[str],
    data: JSONBody[AdjustAsk],
    key: NeededKey,
) -> Done:
    """Give points by hand, or take some, once under an `Idempotency-Key`."""
    who = Asked(segment(kind), segment(value), _key(visit_of(request.scope).caller, key))
    answer = await desk.run(
        loyalty.adjust, desk.reach, who, data.unit, data.amount, reason=data.reason, asker=data.asker,
        approver=data.approver,
    )  # fmt: skip
    return _done(answer)


@get(
    "/points/liability",
    opt=needs(Scope.READ, Permission.ANALYSE),
    operation_id="showLiability",
    responses=problems(),
    tags=["points"],
)
async def show_liability(desk: NamedDependency[Desk]) -> Page[Liability]:
    """Show what all customers together hold of every unit, and what it is worth in minor units."""
    return Page(await desk.run(loyalty.liability, desk.reach))


@get(
    "/points/rules",
    opt=needs(Scope.READ, Permission.ANALYSE),
    operation_id="listPointsRules",
    responses=problems(),
    tags=["points"],
)
async def list_rules(desk: NamedDependency[Desk]) -> Page[RuleCost]:
    """List earning rules with what their points have cost so far, and their budgets; in minor units."""
    return Page(await desk.run(loyalty.costs, desk.reach))


@get(
    "/points/{unit:str}/months/{month:str}", opt=needs(Scope.READ, Permission.ANALYSE), operation_id="showMonth",
    responses=problems(404), tags=["points"],
)  # fmt: skip
async def show_month(desk: NamedDependency[Desk], unit: FromPath[str], month: FromPath[str]) -> Month:
    """Show a month (2026-01, in the brand's zone) as the ledger has it now."""
    return await desk.run(loyalty.show_month, desk.reach, unit, month)


@post(
    "/points/{unit:str}/months/{month:str}/close", opt=needs(Scope.ADMIN, Permission.MARKET), status_code=200,
    operation_id="closeMonth",
    responses=problems(404, 409), tags=["points"],
)  # fmt: skip
async def close_month(desk: NamedDependency[Desk], unit: FromPath[str], month: FromPath[str]) -> ClosedItem:
    """Close a month that is over, once; closed again, it shows whether the ledger still agrees."""
    found = await desk.run(loyalty.close, desk.reach, unit, month)
    return ClosedItem(found.month, found.now, found.is_new)


def _key(caller: str, key: str) -> str:
    """Return the key of the act: two callers may count their requests alike."""
    return f"api:{caller}/{key}"


def _done(answer: loyalty.Answer) -> Done:
    receipt = loyalty.done(answer)
    return Done(iso(receipt.at), loyalty.amount_of(receipt), receipt.position, receipt.is_new)


def _balance(one: PointsBalance) -> BalanceItem:
    return BalanceItem(
        one.unit, one.label.zh, one.label.en, one.available, one.pending, one.expiring, _iso(one.expires_at), one.money
    )


def _tier(one: Standing) -> TierItem:
    label = one.label
    return TierItem(
        one.ladder, one.tier, None if label is None else label.zh, None if label is None else label.en,
        list(one.benefits), one.amount, one.next, one.missing, _iso(one.until), one.is_member_day,
    )  # fmt: skip


def _iso(at: int | None) -> str | None:
    return None if at is None else iso(at)
