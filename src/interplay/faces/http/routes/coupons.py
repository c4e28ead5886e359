"""Coupons: given, handed on, voided and shown by the brand's staff and systems; claimed by customers themselves."""

from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from interplay.acts.contracts import Refused
from interplay.bootstrap import coupons as couponing
from interplay.bootstrap.coupons import GivenTo
from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import Permission
from interplay.faces.http.counter import Counter
from interplay.faces.http.desk import Desk
from interplay.faces.http.express import express
from interplay.faces.http.mistakes import AnyRequest
from interplay.faces.http.openapi import problems
from interplay.faces.http.orders import (
    Code,
    CouponItem,
    GivenItem,
    Key,
    RefusedItem,
    SheetItem,
    Telling,
    coupon_item,
    sheet_item,
)
from interplay.faces.http.paging import Page
from interplay.faces.http.shapes import Identifier
from interplay.faces.http.visits import Caller, needs, visit_of
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang
from interplay.link.coupons import api as coupons
from interplay.link.sessions.contracts import Session

CUSTOMERS_MAX = 1_000

Name = Annotated[str, Meta(min_length=1, max_length=100)]


class IssueAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Which coupon, and to whom."""

    template: Name
    customers: Annotated[list[Identifier], Meta(min_length=1, max_length=CUSTOMERS_MAX)]


class ClaimAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Who claims, and what: by a code, or of a template that is open to all. One of them."""

    customer: Identifier
    code: Code | None = None
    template: Name | None = None


class MyClaimAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """What she claims: by a code, or of a template that is open to all. One of them."""

    code: Code | None = None
    template: Name | None = None


class TransferAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose coupon becomes whose."""

    code: Code
    customer: Identifier
    to: Identifier


class VoidAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Which coupon, and why."""

    code: Code
    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class IssuedItem(Struct, frozen=True):
    """What became of one customer of the list."""

    customer: Identifier
    coupon: GivenItem


class VoidedItem(Struct, frozen=True):
    """Whether the coupon is void now, or why it is not."""

    is_void: bool
    refused: RefusedItem | None = None


@post("/coupons/issue", opt=needs(Scope.ADMIN, Permission.SERVE), status_code=200, operation_id="issueCoupons",
      responses=problems(404, 409), tags=["coupons"])  # fmt: skip
async def issue(
    request: AnyRequest, desk: NamedDependency[Desk], spoken: NamedDependency[Lang], data: JSONBody[IssueAsk],
    idempotency_key: Key,
) -> list[IssuedItem]:  # fmt: skip
    """Give each of these customers a coupon. Asked again with the same key, nobody gets a second one."""
    by, who = visit_of(request.scope).caller, [(one.kind, one.value) for one in data.customers]

    def run() -> list[GivenTo]:
        return list(couponing.issue(desk.reach, _key(by, idempotency_key), data.template, who, by))

    found, telling = await desk.run(run), _telling(desk, spoken)
    return [IssuedItem(Identifier(*one.who), _given_to(telling, one, spoken)) for one in found]


@post("/coupons/claim", opt=needs(Scope.ADMIN, Permission.SERVE), status_code=200, operation_id="claimCoupon",
      responses=problems(404, 409), tags=["coupons"])  # fmt: skip
async def claim(
    request: AnyRequest, desk: NamedDependency[Desk], spoken: NamedDependency[Lang], data: JSONBody[ClaimAsk],
    idempotency_key: Key,
) -> GivenItem:  # fmt: skip
    """Let a customer take a coupon, in the name of the brand's own pages."""
    by, who = visit_of(request.scope).caller, (data.customer.kind, data.customer.value)
    key = _key(by, idempotency_key)
    found = await desk.run(couponing.claim, desk.reach, key, who, data.template or "", data.code or "", by)
    return _telling(desk, spoken).given(found)


@post("/coupons/transfer", opt=needs(Scope.ADMIN, Permission.SERVE), status_code=200, operation_id="transferCoupon",
      responses=problems(404, 409), tags=["coupons"])  # fmt: skip
async def transfer(
    request: AnyRequest, desk: NamedDependency[Desk], spoken: NamedDependency[Lang], data: JSONBody[TransferAsk],
    idempotency_key: Key,
) -> GivenItem:  # fmt: skip
    """Hand a customer's coupon on to another. Its code stays the same."""
    by, who, to = visit_of(request.scope).caller, data.customer, data.to
    found = await desk.run(
        couponing.transfer, desk.reach, _key(by, idempotency_key), data.code, (who.kind, who.value),
        (to.kind, to.value), by,
    )  # fmt: skip
    return _telling(desk, spoken).given(found)


@post("/coupons/void", opt=needs(Scope.ADMIN, Permission.SERVE), status_code=200, operation_id="voidCoupon",
     responses=problems(409),
      tags=["coupons"])  # fmt: skip
async def void(
    request: AnyRequest, desk: NamedDependency[Desk], spoken: NamedDependency[Lang], data: JSONBody[VoidAsk],
    idempotency_key: Key,
) -> VoidedItem:  # fmt: skip
    """Take a coupon back for good that nobody has used."""
    by = visit_of(request.scope).caller
    found = await desk.run(couponing.void, desk.reach, _key(by, idempotency_key), data.code, data.reason, by)
    if isinstance(found, Refused):
        return VoidedItem(False, _telling(desk, spoken).refused(found))
    return VoidedItem(True)


@get(
    "/coupons",
    opt=needs(Scope.READ, Permission.ANALYSE),
    operation_id="showCouponSheet",
    responses=problems(),
    tags=["coupons"],
)
async def sheet(desk: NamedDependency[Desk]) -> SheetItem:
    """Show the balance sheet: where all coupons are, and what they have cost."""
    return sheet_item(await desk.run(coupons.sheet, desk.reach.home.coupons))


@get("/coupons/{code:str}", opt=needs(Scope.READ, Permission.CUSTOMERS), operation_id="showCoupon",
     responses=problems(404),
     tags=["coupons"])  # fmt: skip
async def show(desk: NamedDependency[Desk], code: FromPath[str]) -> CouponItem:
    """Show a coupon by its code."""
    found = await desk.run(couponing.show, desk.reach, code)
    if isinstance(found, Refused):
        raise AppError(_NO_SUCH[found.code], status=404)
    return coupon_item(found)


@get("/customer/coupons", opt=needs(Caller.CUSTOMER), operation_id="listMyCoupons", responses=problems(),
     tags=["customer"])  # fmt: skip
async def list_mine(counter: NamedDependency[Desk], session: NamedDependency[Session]) -> Page[CouponItem]:
    """List the coupons of who is signed in, the newest first."""
    found = await counter.run(couponing.wallet, counter.reach, session.subject)
    return Page([coupon_item(one) for one in found])


@post("/customer/coupons", opt=needs(Caller.CUSTOMER), middleware=[express], status_code=200,
      operation_id="claimMyCoupon", responses=problems(404, 409), tags=["customer"])  # fmt: skip
async def claim_mine(
    request: AnyRequest, counter: NamedDependency[Counter], session: NamedDependency[Session],
    spoken: NamedDependency[Lang], data: JSONBody[MyClaimAsk], idempotency_key: Key,
) -> GivenItem:  # fmt: skip
    """Take a coupon, by a code or of a template that is open to all. Of codes 20, then one a minute."""
    if data.code is not None:
        visit_of(request.scope).take_guess()
    key, subject = f"customer:{session.subject}/{idempotency_key}", session.subject
    found = await counter.act(
        couponing.claiming, counter.reach, key, subject, data.template or "", data.code or "", "customer"
    )  # fmt: skip
    return _telling(counter, spoken).given(found)


def _key(caller: str, key: str) -> str:
    return f"api:{caller}/{key}"


def _given_to(telling: Telling, one: GivenTo, lang: Lang) -> GivenItem:
    if isinstance(one.given, AppError):
        return GivenItem(RefusedItem(one.given.code, one.given.text(lang), {}))
    return telling.given(one.given)


def _telling(desk: Desk, lang: Lang) -> Telling:
    return Telling(desk.reach.home.coupons, lang)


_NO_SUCH = {"coupon.forged": "coupons.forged", "coupon.unknown": "coupons.unknown"}
