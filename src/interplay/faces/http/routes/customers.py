"""Customers and facts: one person by any identifier, what came in, and what was rejected."""

from collections.abc import Mapping
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from msgspec import Struct

from interplay.collect.facts.contracts import FactKind
from interplay.collect.ingest import api as ingest
from interplay.collect.ingest.contracts import KeptReject
from interplay.criteria.contracts import Field
from interplay.engine.secrets.api_keys import Scope
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.paging import INTEGER_MAX, LIMIT, LIMIT_MAX, Page, paged, place
from interplay.faces.http.shapes import Customer, Fact, Words
from interplay.faces.http.visits import needs
from interplay.kernel.i18n import Lang
from interplay.kernel.ids import Position
from interplay.kernel.time import iso
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import CountFacts, ListFacts, ShowCustomer

Limit = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)]


class FieldItem(Struct, frozen=True):
    """A declared field of a fact. A personal one never reaches the warehouse."""

    name: str
    type: str
    zh: str
    en: str
    is_personal: bool


class CatalogueItem(Struct, frozen=True):
    """A kind of fact: declared or only received, and how many there are."""

    name: str
    is_declared: bool
    count: int
    zh: str
    en: str
    fields: list[FieldItem]


class Reject(Struct, frozen=True):
    """What came in and became no fact. `raw` is what was sent, cut to what is kept."""

    reject: int
    received_at: str
    door: str
    source: str
    code: str
    place: int  # in the request, counted from 0; -1 is the request as a whole
    reason: str
    params: dict[str, str | int]
    raw: str


@get(
    "/customers/{kind:str}/{value:path}",
    opt=needs(Scope.READ),
    operation_id="showCustomer",
    responses=problems(404),
    tags=["customers"],
)
async def show_customer(
    desk: NamedDependency[Desk],
    kind: FromPath[str],
    value: FromPath[str],
    at: FromQuery[str | None] = None,
    facts: Annotated[int, QueryParameter(ge=0, le=1000)] = 20,
) -> Customer:
    """Show a customer by any identifier (`phone`, `email`, `user_id`, `ext:<system>`, …) as of `at`."""
    ask = ShowCustomer(kind, value.removeprefix("/"), desk.instant(at), facts)
    view = await desk.ask(profiles.show, ask)
    current = await desk.run(desk.declared)
    return Words(current.declared).customer(view)


@get("/facts", opt=needs(Scope.READ), operation_id="listFacts", responses=problems(), tags=["facts"])
async def list_facts(
    desk: NamedDependency[Desk],
    cursor: FromQuery[str | None] = None,
    limit: Limit = LIMIT,
    newest: FromQuery[bool] = False,
) -> Page[Fact]:
    """List facts in order of position, from the first one on; `newest=true` lists the last ones instead."""
    current = await desk.run(desk.declared)
    words = Words(current.declared)
    if newest:
        views = await desk.ask(profiles.list_facts, ListFacts(limit))
        return Page([words.fact(view) for view in views])
    (after,) = place(cursor, 0)
    views = await desk.ask(profiles.list_facts, ListFacts(limit + 1, Position(after)))
    return paged([words.fact(view) for view in views], limit, lambda fact: (fact.position,))


@get(
    "/facts/catalogue",
    opt=needs(Scope.READ),
    operation_id="listCatalogue",
    responses=problems(),
    tags=["facts"],
)
async def list_catalogue(desk: NamedDependency[Desk]) -> Page[CatalogueItem]:
    """List every kind of fact: declared ones with their fields, then undeclared ones that came in."""
    counts = await desk.ask(profiles.count_facts, CountFacts())
    current = await desk.run(desk.declared)
    return Page(_catalogue(current.declared.facts, counts))


@get("/rejects", opt=needs(Scope.READ), operation_id="listRejects", responses=problems(), tags=["facts"])
async def list_rejects(
    desk: NamedDependency[Desk],
    spoken: NamedDependency[Lang],
    cursor: FromQuery[str | None] = None,
    limit: Limit = LIMIT,
) -> Page[Reject]:
    """List what was rejected, the newest first, each with its reason."""
    (before,) = place(cursor, INTEGER_MAX)
    home = desk.reach.home
    kept = await desk.run(ingest.rejects, home.database, home.keys, limit + 1, before)
    return paged([_reject(one, spoken) for one in kept], limit, lambda one: (one.reject,))


def _catalogue(declared: Mapping[str, FactKind], counts: Mapping[str, int]) -> list[CatalogueItem]:
    known = [
        CatalogueItem(name, True, counts.get(name, 0), kind.zh, kind.en, _fields(kind.fields))
        for name, kind in declared.items()
    ]
    strangers = sorted(counts.keys() - declared.keys())
    return known + [CatalogueItem(name, False, counts[name], name, name, []) for name in strangers]


def _fields(fields: Mapping[str, Field]) -> list[FieldItem]:
    return [FieldItem(one.name, one.type.value, one.zh, one.en, one.is_personal) for one in fields.values()]


def _reject(one: KeptReject, lang: Lang) -> Reject:
    return Reject(
        reject=one.reject,
        received_at=iso(one.received_at),
        door=one.door,
        source=one.source,
        code=one.code,
        place=one.place,
        reason=one.text(lang),
        params=one.params,
        raw=one.raw.decode("utf8", "replace"),
    )
