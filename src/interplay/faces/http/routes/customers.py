"""Customers and facts: one person by any identifier, what staff states, what came in, and what was rejected."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from litestar import Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody, QueryParameter
from msgspec import Struct

from interplay.bootstrap import staff
from interplay.bootstrap.staff import Who
from interplay.collect.facts.contracts import FactKind
from interplay.collect.ingest import api as ingest
from interplay.collect.ingest.contracts import KeptReject
from interplay.criteria.contracts import Field
from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import Permission
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.paging import INTEGER_MAX, LIMIT, Limit, Page, paged, place
from interplay.faces.http.shapes import Consents, Customer, Fact, FoundCustomer, Words, consents, found_customer
from interplay.faces.http.visits import needs, segment, visit_of
from interplay.kernel.i18n import Lang
from interplay.kernel.ids import Position
from interplay.kernel.time import iso
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import CountFacts, FindCustomers, ListFacts, ShowConsents, ShowCustomer

IDENTIFIER_CHARS_MAX = 400  # with its kind; a longer one is nobody's

IdempotencyKey = Annotated[str | None, HeaderParameter(name="Idempotency-Key", max_length=255)]


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


class TagAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """A tag to give."""

    tag: str


class NoteAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """What to write down. Without an author, the key's name is kept."""

    text: str
    author: str | None = None


class ConsentState(StrEnum):
    """What a customer said."""

    GRANTED = "granted"
    WITHDRAWN = "withdrawn"


class ConsentAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """What a customer said about a purpose and a channel (`*`: every channel), to which text, and where."""

    purpose: str
    channel: str
    state: ConsentState
    text_version: str | None = None
    evidence: str | None = None


class Stated(Struct, frozen=True):
    """Where the fact is; `is_new` is false when the same was stated before under the same `Idempotency-Key`."""

    position: Position
    is_new: bool


@get(
    "/customers",
    opt=needs(Scope.READ, Permission.CUSTOMERS),
    operation_id="findCustomers",
    responses=problems(),
    tags=["customers"],
)
async def find_customers(
    desk: NamedDependency[Desk],
    identifier: Annotated[str, QueryParameter(max_length=IDENTIFIER_CHARS_MAX)],
) -> Page[FoundCustomer]:
    """List the customers with this identifier, of whatever kind it is; `KIND:VALUE` names the kind."""
    found = await desk.ask(profiles.find_customers, FindCustomers(identifier))
    return Page([found_customer(one) for one in found])


@get(
    "/customers/{kind:str}/{value:str}",
    opt=needs(Scope.READ, Permission.CUSTOMERS),
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
    ask = ShowCustomer(segment(kind), segment(value), desk.instant(at), facts)
    view = await desk.ask(profiles.show, ask)
    current = await desk.run(desk.declared)
    return Words(current.declared).customer(view)


@get(
    "/customers/{kind:str}/{value:str}/consents",
    opt=needs(Scope.READ, Permission.CUSTOMERS),
    operation_id="showConsents",
    responses=problems(404),
    tags=["customers"],
)
async def show_consents(
    desk: NamedDependency[Desk], kind: FromPath[str], value: FromPath[str], at: FromQuery[str | None] = None
) -> Consents:
    """Show how consent stands for every purpose and channel as of `at`, why, and everything stated up to then."""
    ask = ShowConsents(segment(kind), segment(value), desk.instant(at))
    return consents(await desk.ask(profiles.show_consents, ask))


@post(
    "/customers/{kind:str}/{value:str}/consents",
    opt=needs(Scope.ADMIN, Permission.SERVE),
    operation_id="stateConsent",
    responses=problems(404),
    tags=["customers"],
)
async def state_consent(
    desk: NamedDependency[Desk],
    kind: FromPath[str],
    value: FromPath[str],
    data: JSONBody[ConsentAsk],
    idempotency_key: IdempotencyKey = None,
) -> Stated:
    """State that a customer granted or withdrew consent."""
    stored = await desk.run(
        staff.state_consent, desk.reach, _who(kind, value, idempotency_key), data.purpose, data.channel,
        is_granted=data.state is ConsentState.GRANTED, text_version=data.text_version, evidence=data.evidence,
    )  # fmt: skip
    return Stated(stored.position, stored.is_new)


@post(
    "/customers/{kind:str}/{value:str}/tags",
    opt=needs(Scope.ADMIN, Permission.SERVE),
    operation_id="addTag",
    responses=problems(404),
    tags=["customers"],
)
async def add_tag(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    kind: FromPath[str],
    value: FromPath[str],
    data: JSONBody[TagAsk],
    idempotency_key: IdempotencyKey = None,
) -> Stated:
    """Give a customer a tag. Giving it again changes nothing."""
    author = visit_of(request.scope).caller
    stored = await desk.run(staff.tag, desk.reach, _who(kind, value, idempotency_key), data.tag, author=author)
    return Stated(stored.position, stored.is_new)


@delete(
    "/customers/{kind:str}/{value:str}/tags/{tag:str}",
    opt=needs(Scope.ADMIN, Permission.SERVE),
    operation_id="removeTag",
    responses=problems(404),
    tags=["customers"],
)
async def remove_tag(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    kind: FromPath[str],
    value: FromPath[str],
    tag: FromPath[str],
    idempotency_key: IdempotencyKey = None,
) -> None:
    """Take a tag from a customer. Taking one that they do not have changes nothing."""
    author = visit_of(request.scope).caller
    who = _who(kind, value, idempotency_key)
    await desk.run(staff.tag, desk.reach, who, segment(tag), is_removed=True, author=author)


@post(
    "/customers/{kind:str}/{value:str}/notes",
    opt=needs(Scope.ADMIN, Permission.SERVE),
    operation_id="writeNote",
    responses=problems(404),
    tags=["customers"],
)
async def write_note(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    kind: FromPath[str],
    value: FromPath[str],
    data: JSONBody[NoteAsk],
    idempotency_key: IdempotencyKey = None,
) -> Stated:
    """Write something down about a customer. It is personal: it stays out of the warehouse."""
    author = data.author or visit_of(request.scope).caller
    stored = await desk.run(staff.note, desk.reach, _who(kind, value, idempotency_key), data.text, author=author)
    return Stated(stored.position, stored.is_new)


@get(
    "/facts",
    opt=needs(Scope.READ, Permission.CUSTOMERS),
    operation_id="listFacts",
    responses=problems(),
    tags=["facts"],
)
async def list_facts(
    desk: NamedDependency[Desk],
    cursor: FromQuery[str | None] = None,
    limit: Limit = LIMIT,
    newest: FromQuery[bool] = False,
    name: FromQuery[str | None] = None,
) -> Page[Fact]:
    """List facts in order of position, from the first one on, all or those of one `name`.

    `newest=true` lists the last ones instead.
    """
    current = await desk.run(desk.declared)
    words = Words(current.declared)
    if newest:
        views = await desk.ask(profiles.list_facts, ListFacts(limit, name=name))
        return Page([words.fact(view) for view in views])
    (after,) = place(cursor, 0)
    views = await desk.ask(profiles.list_facts, ListFacts(limit + 1, Position(after), name))
    return paged([words.fact(view) for view in views], limit, lambda fact: (fact.position,))


@get(
    "/facts/catalogue",
    opt=needs(Scope.READ, Permission.ANALYSE),
    operation_id="listCatalogue",
    responses=problems(),
    tags=["facts"],
)
async def list_catalogue(desk: NamedDependency[Desk]) -> Page[CatalogueItem]:
    """List every kind of fact: declared ones with their fields, then undeclared ones that came in."""
    counts = await desk.ask(profiles.count_facts, CountFacts())
    current = await desk.run(desk.declared)
    return Page(_catalogue(current.declared.facts, counts))


@get(
    "/rejects",
    opt=needs(Scope.READ, Permission.CUSTOMERS),
    operation_id="listRejects",
    responses=problems(),
    tags=["facts"],
)
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


def _who(kind: str, value: str, key: str | None) -> Who:
    return Who(segment(kind), segment(value), key)


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
