"""Item codes: made, sent, activated, voided and traced by staff, verified at tills, scanned by customers."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from interplay.acts.contracts import Refused
from interplay.bootstrap import codes as coding
from interplay.bootstrap.codes import Items
from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import Permission
from interplay.faces.http.codes import (
    BatchAsk,
    BatchItem,
    ChangedItem,
    CodeAsk,
    ItemsAsk,
    ScanAsk,
    ScannedItem,
    SendAsk,
    TraceItem,
    VerifiedItem,
    VoidAsk,
    batch_item,
    refused_item,
    scanned_item,
    trace_item,
    verified_item,
)
from interplay.faces.http.desk import Desk
from interplay.faces.http.mistakes import AnyRequest
from interplay.faces.http.openapi import problems
from interplay.faces.http.orders import Key
from interplay.faces.http.paging import Page
from interplay.faces.http.visits import Caller, needs, visit_of
from interplay.interact.codes.contracts import Destination, Generate, Mark, Packing, Place
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang
from interplay.link.sessions.contracts import Session
from interplay.link.stores.contracts import Device


@get(
    "/codes/batches",
    opt=needs(Scope.READ, Permission.ANALYSE),
    operation_id="listCodeBatches",
    responses=problems(),
    tags=["codes"],
)
async def list_batches(desk: NamedDependency[Desk]) -> Page[BatchItem]:
    """List the batches of item codes, the oldest first."""
    return Page([batch_item(one) for one in await desk.run(coding.views, desk.reach)])


@get("/codes/batches/{name:str}", opt=needs(Scope.READ, Permission.ANALYSE), operation_id="showCodeBatch",
     responses=problems(404),
     tags=["codes"])  # fmt: skip
async def show_batch(desk: NamedDependency[Desk], name: FromPath[str]) -> BatchItem:
    """Show a batch."""
    return batch_item(await desk.run(coding.view, desk.reach, name))


@post("/codes/batches", opt=needs(Scope.ADMIN, Permission.MARKET), status_code=200, operation_id="generateCodes",
      responses=problems(409), tags=["codes"])  # fmt: skip
async def generate(request: AnyRequest, desk: NamedDependency[Desk], data: JSONBody[BatchAsk]) -> BatchItem:
    """Make a batch of codes. The same again is the same batch. Its codes are exported by the command line."""
    packing = Packing(data.packing.box, data.packing.case, data.packing.pallet)
    ask = Generate(
        name=data.name, product=data.product, count=data.count, packing=packing, url=data.url,
        people_max=data.people_max, by=visit_of(request.scope).caller,
    )  # fmt: skip
    made = await desk.run(coding.generate, desk.reach, ask)
    return batch_item(await desk.run(coding.view, desk.reach, made.name))


@post("/codes/activate", opt=needs(Scope.ADMIN, Permission.MARKET), status_code=200, operation_id="activateCodes",
      responses=problems(404), tags=["codes"])  # fmt: skip
async def activate(
    request: AnyRequest, desk: NamedDependency[Desk], spoken: NamedDependency[Lang], data: JSONBody[ItemsAsk]
) -> ChangedItem:
    """Make items active: their codes work from now on. Of the code of a box or a case, all that is in it."""
    by = visit_of(request.scope).caller
    return _changed(desk, spoken, await desk.run(coding.put, desk.reach, Mark.ACTIVE, _items(data), by))


@post("/codes/void", opt=needs(Scope.ADMIN, Permission.MARKET), status_code=200, operation_id="voidCodes",
     responses=problems(404),
      tags=["codes"])  # fmt: skip
async def void(
    request: AnyRequest, desk: NamedDependency[Desk], spoken: NamedDependency[Lang], data: JSONBody[VoidAsk]
) -> ChangedItem:
    """Make items void, for good."""
    by = visit_of(request.scope).caller
    found = await desk.run(coding.put, desk.reach, Mark.VOID, _items(data), by, reason=data.reason)
    return _changed(desk, spoken, found)


@post("/codes/send", opt=needs(Scope.ADMIN, Permission.MARKET), status_code=200, operation_id="sendCodes",
     responses=problems(404),
      tags=["codes"])  # fmt: skip
async def send(
    request: AnyRequest, desk: NamedDependency[Desk], spoken: NamedDependency[Lang], data: JSONBody[SendAsk]
) -> ChangedItem:
    """Say where items were sent. What is scanned in another province raises an alarm."""
    by = visit_of(request.scope).caller
    to = Destination(tuple(data.provinces), data.region, data.dealer, data.store)
    return _changed(desk, spoken, await desk.run(coding.put, desk.reach, Mark.SENT, _items(data), by, destination=to))


@post("/codes/verify", opt=needs(Scope.READ, Permission.CUSTOMERS), status_code=200, operation_id="verifyCode",
     responses=problems(),
      tags=["codes"])  # fmt: skip
async def verify(desk: NamedDependency[Desk], spoken: NamedDependency[Lang], data: JSONBody[CodeAsk]) -> VerifiedItem:
    """Say what a code is on, without scanning it."""
    return verified_item(await desk.run(coding.verify, desk.reach, data.code), spoken, desk.reach.home.world)


@post("/codes/trace", opt=needs(Scope.READ, Permission.CUSTOMERS), status_code=200, operation_id="traceCode",
     responses=problems(404),
      tags=["codes"])  # fmt: skip
async def trace(desk: NamedDependency[Desk], data: JSONBody[CodeAsk]) -> TraceItem:
    """Show everything about a code, or about an item as `BATCH/NUMBER`: packing, where sent, scans, alarms.

    Of an item that is asked for by its number, `code` is left empty: whoever knows it can have its reward.
    """
    found = await desk.run(coding.trace, desk.reach, data.code, says_code=False)
    if isinstance(found, Refused):
        raise AppError("codes.no_such", status=404)
    return trace_item(found)


@post("/till/codes/verify", opt=needs(Caller.TILL), status_code=200, operation_id="verifyCodeAtTill",
      responses=problems(), tags=["till"])  # fmt: skip
async def verify_at_till(
    counter: NamedDependency[Desk], till: NamedDependency[Device], spoken: NamedDependency[Lang],  # noqa: ARG001
    data: JSONBody[CodeAsk],
) -> VerifiedItem:  # fmt: skip
    """Say what a code is on, without scanning it: whether it is genuine, and may be sold."""
    found = await counter.run(coding.verify, counter.reach, data.code)
    return verified_item(found, spoken, counter.reach.home.world)


@post("/customer/scans", opt=needs(Caller.CUSTOMER), status_code=200, operation_id="scanCode",
      responses=problems(409), tags=["customer"])  # fmt: skip
async def scan(
    counter: NamedDependency[Desk], session: NamedDependency[Session], spoken: NamedDependency[Lang],
    data: JSONBody[ScanAsk], idempotency_key: Key,
) -> ScannedItem:  # fmt: skip
    """Scan the code of an item: is it genuine, and was it scanned before? What it gives is a campaign's to say."""
    place = Place(
        data.place.province, data.place.city, data.place.store, data.place.latitude, data.place.longitude
    )  # fmt: skip
    key = f"customer:{session.subject}/{idempotency_key}"
    found = await counter.run(
        coding.scan, counter.reach, key, data.code, session.subject, place, by="customer"
    )  # fmt: skip
    return scanned_item(found, spoken, counter.reach.home.world)


def _items(data: ItemsAsk) -> Items:
    return Items(data.batch, data.first, data.last, tuple(data.codes))


def _changed(desk: Desk, lang: Lang, found: int | Refused) -> ChangedItem:
    if isinstance(found, Refused):
        return ChangedItem(0, refused_item(found, lang, desk.reach.home.world))
    return ChangedItem(found)
