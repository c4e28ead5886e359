"""One person's rights: everything about her, and nothing of her. Identifiers are in the body, never in an address."""

from typing import Annotated, Any

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from interplay.bootstrap.people import erase_customer, export_customer
from interplay.engine.secrets.api_keys import Scope
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.shapes import Identifier
from interplay.faces.http.visits import needs, visit_of
from interplay.unify.erasure import api as erasure


class ExportAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Whoever has this identifier."""

    identifier: Identifier


class EraseAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Whoever has this identifier, and why; the reason is kept and must not name anybody."""

    identifier: Identifier
    reason: Annotated[str, Meta(max_length=erasure.REASON_CHARS_MAX)] = ""


class CustomerErased(Struct, frozen=True):
    """The number of the erasure, and how many identifiers there were."""

    erasure: int
    identifiers_count: int


@post(
    "/customers/export", status_code=200, opt=needs(Scope.ADMIN), operation_id="exportCustomer",
    responses=problems(404), tags=["customers"],
)  # fmt: skip
async def export(desk: NamedDependency[Desk], data: JSONBody[ExportAsk]) -> dict[str, Any]:
    """Return everything that is kept about a customer: identifiers, traits, facts, links, decisions, rejects."""
    return await desk.run(export_customer, desk.reach, data.identifier.kind, data.identifier.value)


@post(
    "/customers/erase", status_code=200, opt=needs(Scope.ADMIN), operation_id="eraseCustomer",
    responses=problems(404, 409), tags=["customers"],
)  # fmt: skip
async def erase(
    desk: NamedDependency[Desk], data: JSONBody[EraseAsk], request: Request[Any, Any, Any]
) -> CustomerErased:
    """Erase a customer for good, in every table, file and backup. It cannot be taken back."""
    who, actor = data.identifier, visit_of(request.scope).caller
    erased = await desk.run(erase_customer, desk.reach, who.kind, who.value, actor=actor, reason=data.reason)
    return CustomerErased(erased.erasure, erased.identifiers_count)
