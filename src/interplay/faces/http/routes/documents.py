"""Documents: which there are, what applying others would change, and applying them."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Struct

from interplay.bootstrap import kinds
from interplay.engine.documents import api as documents
from interplay.engine.documents.contracts import Change, Document
from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import MAY, Permission
from interplay.faces.http.desk import Desk
from interplay.faces.http.mistakes import AnyRequest
from interplay.faces.http.openapi import problems
from interplay.faces.http.paging import Page
from interplay.faces.http.problems import GIVEN_CHARACTERS_MAX
from interplay.faces.http.visits import Visit, needs, visit_of
from interplay.kernel.errors import AppError
from interplay.kernel.time import iso

BODY_BYTES_MAX = 4 * 1024 * 1024
ABOUT_CHARS_MAX = 1_000


class DocumentsAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Documents as they stand in YAML files: each has `kind`, `name` and what its kind says."""

    documents: list[dict[str, Any]]


class DocumentItem(Struct, frozen=True):
    """The current version of a document."""

    kind: str
    name: str
    version: int
    applied_at: str
    content: dict[str, Any]


@get(
    "/documents",
    opt=needs(Scope.READ, Permission.ANALYSE),
    operation_id="listDocuments",
    responses=problems(),
    tags=["documents"],
)
async def list_documents(desk: NamedDependency[Desk]) -> Page[DocumentItem]:
    """List the current version of every document."""
    found = await desk.run(documents.current, desk.reach.home.database)
    return Page([DocumentItem(d.kind, d.name, d.version, iso(d.applied_at), d.content) for d in found])


@get(
    "/documents/schemas",
    opt=needs(Scope.READ, Permission.ANALYSE),
    operation_id="listDocumentSchemas",
    responses=problems(),
    tags=["documents"],
)
async def list_schemas(desk: NamedDependency[Desk]) -> dict[str, Any]:
    """Return the JSON Schema of every kind of document, by kind, for editors."""
    return {kind.kind: kind.schema() for kind in await desk.run(kinds.kinds, desk.reach)}


@post(
    "/documents/plan",
    opt=needs(Scope.READ, Permission.ANALYSE),
    status_code=200,
    request_max_body_size=BODY_BYTES_MAX,
    operation_id="planDocuments",
    responses=problems(413),
    tags=["documents"],
)
async def plan(desk: NamedDependency[Desk], data: JSONBody[DocumentsAsk]) -> Page[Change]:
    """Say what applying these documents would change, and how many customers it matters to. Changes nothing."""
    return Page(await desk.run(kinds.plan, desk.reach, _read(data.documents)))


@post(
    "/documents/apply",
    opt=needs(Scope.ADMIN, Permission.MARKET),
    status_code=200,
    request_max_body_size=BODY_BYTES_MAX,
    operation_id="applyDocuments",
    responses=problems(409, 413),
    tags=["documents"],
)
async def apply(desk: NamedDependency[Desk], request: AnyRequest, data: JSONBody[DocumentsAsk]) -> Page[Change]:
    """Make these documents the current ones, all or none. Applying them again changes nothing."""
    visit, wanted = visit_of(request.scope), _read(data.documents)
    _check_may(visit, wanted)
    visit.about = ", ".join(f"{one.kind} {one.name}" for one in wanted)[:ABOUT_CHARS_MAX]
    return Page(await desk.run(kinds.apply, desk.reach, wanted))


def _check_may(visit: Visit, wanted: Sequence[Document]) -> None:
    """Raise AppError `staff.documents` (403) where a user who does not govern changes what only owners may."""
    if visit.user is not None and Permission.GOVERN not in MAY[visit.user.role]:
        for one in wanted:
            if one.kind in kinds.OF_OWNERS:
                raise AppError("staff.documents", status=403, kind=one.kind)


def _read(contents: Sequence[dict[str, Any]]) -> list[Document]:
    """Return decoded documents. Raises AppError `http.document_*` naming the one that is wrong."""
    found: dict[tuple[str, str], int] = {}
    for index, content in enumerate(contents):
        kind, name = content.get("kind"), content.get("name")
        if kind not in kinds.KIND_NAMES:
            raise AppError("http.document_kind", index=index, given=_sent(kind), allowed=", ".join(kinds.KIND_NAMES))
        if not isinstance(name, str) or not name.strip():
            raise AppError("http.document_name", index=index, given=_sent(name))
        if (first := found.setdefault((kind, name), index)) != index:
            raise AppError("http.document_twice", index=index, kind=kind, name=name, first=first)
        _check_storable(content, index)
    return [
        Document(
            content["kind"],
            content["name"],
            {key: value for key, value in content.items() if key not in ("kind", "name")},
            file=f"documents[{index}]",
            line=1,
        )
        for index, content in enumerate(contents)
    ]


def _check_storable(content: dict[str, Any], index: int) -> None:
    try:
        msgspec.msgpack.encode(content)
    except (OverflowError, ValueError, TypeError) as no:
        raise AppError("http.document_content", index=index, reason=str(no)) from None


def _sent(value: Any) -> str:
    return msgspec.json.encode(value).decode()[:GIVEN_CHARACTERS_MAX]
