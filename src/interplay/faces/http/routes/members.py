"""Members: joined by the brand's systems or at a till, shown to staff and tills."""

from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from interplay.bootstrap import members as membership
from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import Permission
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.routes.customers import IdempotencyKey
from interplay.faces.http.shapes import Identifier
from interplay.faces.http.visits import Caller, needs, segment
from interplay.kernel.errors import AppError
from interplay.kernel.time import iso
from interplay.link.members import api as members
from interplay.link.members.contracts import CardView, JoinChannel, Joined, MemberView
from interplay.link.sessions.contracts import Session
from interplay.link.stores.contracts import Device

IDENTIFIERS_MAX = 10


class JoinAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Who joins, by one or more identifiers of hers, and where."""

    identifiers: Annotated[list[Identifier], Meta(min_length=1, max_length=IDENTIFIERS_MAX)]
    channel: JoinChannel
    store: str | None = None


class TillJoinAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Who joins at this till."""

    identifiers: Annotated[list[Identifier], Meta(min_length=1, max_length=IDENTIFIERS_MAX)]


class FindAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom a till has before it: by the number of the card, or by the phone that she says. One of them."""

    card_no: str | None = None
    phone: str | None = None


class ScanAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """What a till has scanned."""

    code: Annotated[str, Meta(max_length=400)]


class MyJoinAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Where she joins."""

    channel: JoinChannel = JoinChannel.WEB


class CodeItem(Struct, frozen=True):
    """What to show at a till, as a QR code."""

    code: str
    expires_at: str


class JoinedItem(Struct, frozen=True):
    """The number of her card; `is_new` is false for who was a member before."""

    card_no: str
    joined_at: str
    is_new: bool


class CardItem(Struct, frozen=True):
    """A card, and how it was got."""

    card_no: str
    joined_at: str
    channel: JoinChannel
    store: str | None
    device: str | None


class MemberItem(Struct, frozen=True):
    """A member. `cards` has the oldest first; `identifiers` are kinds, not values."""

    customer: int
    cards: list[CardItem]
    identifiers: list[str]


class TillMember(Struct, frozen=True):
    """What a till is told of a member: by `card_no` it names her in all that follows."""

    card_no: str
    joined_at: str


@post(
    "/members",
    opt=needs(Scope.ADMIN, Permission.SERVE),
    operation_id="joinMember",
    responses=problems(404),
    tags=["members"],
)
async def join(
    desk: NamedDependency[Desk],
    data: JSONBody[JoinAsk],
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 - one person has one card, whatever the key
) -> JoinedItem:
    """Make somebody a member. Who is one keeps her card, so trying again is safe."""
    joined = await desk.run(
        membership.join, desk.reach, _pairs(data.identifiers), data.channel, store=data.store
    )  # fmt: skip
    return joined_item(joined)


@get(
    "/members/{kind:str}/{value:str}", opt=needs(Scope.READ, Permission.CUSTOMERS), operation_id="showMember",
    responses=problems(404),
    tags=["members"],
)  # fmt: skip
async def show(desk: NamedDependency[Desk], kind: FromPath[str], value: FromPath[str]) -> MemberItem:
    """Show a member, by any of her identifiers."""
    return member_item(await desk.run(membership.show, desk.reach, kind, segment(value)))


@post("/till/members", opt=needs(Caller.TILL), operation_id="joinAtTill", responses=problems(), tags=["till"])
async def join_at_till(
    counter: NamedDependency[Desk],
    till: NamedDependency[Device],
    data: JSONBody[TillJoinAsk],
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 - as above
) -> JoinedItem:
    """Make somebody a member in this store. Who is one keeps her card, so trying again is safe."""
    joined = await counter.run(
        membership.join, counter.reach, _pairs(data.identifiers), JoinChannel.STORE, store=till.store, device=till.name
    )
    return joined_item(joined)


@post(
    "/till/members/find", opt=needs(Caller.TILL), status_code=200, operation_id="findMemberAtTill",
    responses=problems(404), tags=["till"],
)  # fmt: skip
async def find_at_till(counter: NamedDependency[Desk], data: JSONBody[FindAsk]) -> TillMember:
    """Find a member by what she says or what stands on her card."""
    match data:
        case FindAsk(card_no=str(number), phone=None):
            who = "card_no", members.checked_number(number)
        case FindAsk(card_no=None, phone=str(phone)):
            who = "phone", phone
        case _:
            raise AppError("members.one_of")
    return till_member(await counter.run(membership.show, counter.reach, *who))


def joined_item(joined: Joined) -> JoinedItem:
    return JoinedItem(joined.card_no, iso(joined.joined_at), joined.is_new)


def member_item(view: MemberView) -> MemberItem:
    return MemberItem(view.customer, [_card(one) for one in view.cards], list(view.identifiers))


def till_member(view: MemberView) -> TillMember:
    """Return what a till may know: no identifiers, not even their kinds."""
    return TillMember(view.cards[0].card_no, iso(view.cards[0].joined_at))


def _card(one: CardView) -> CardItem:
    return CardItem(one.card_no, iso(one.joined_at), one.channel, one.store, one.device)


def _pairs(identifiers: list[Identifier]) -> list[tuple[str, str]]:
    return [(one.kind, one.value) for one in identifiers]


@post(
    "/till/members/scan", opt=needs(Caller.TILL), status_code=200, operation_id="scanMemberAtTill",
    responses=problems(403, 404, 409), tags=["till"],
)  # fmt: skip
async def scan_at_till(
    counter: NamedDependency[Desk],
    till: NamedDependency[Device],
    data: JSONBody[ScanAsk],
    idempotency_key: IdempotencyKey = None,
) -> TillMember:
    """Recognise a member by the code that she shows. It is good once; the same till may repeat its own scan."""
    return till_member(await counter.run(membership.scan, counter.reach, data.code, till, idempotency_key))


@get(
    "/customer/member", opt=needs(Caller.CUSTOMER), operation_id="showMyself", responses=problems(404),
    tags=["customer"],
)  # fmt: skip
async def show_myself(counter: NamedDependency[Desk], session: NamedDependency[Session]) -> MemberItem:
    """Show who is signed in as a member."""
    return member_item(await counter.run(membership.show_signed_in, counter.reach, session))


@post(
    "/customer/member", opt=needs(Caller.CUSTOMER), operation_id="joinMyself", responses=problems(), tags=["customer"]
)
async def join_myself(
    counter: NamedDependency[Desk],
    session: NamedDependency[Session],
    data: JSONBody[MyJoinAsk],
    idempotency_key: IdempotencyKey = None,  # noqa: ARG001 - as above
) -> JoinedItem:
    """Make who is signed in a member. Who is one keeps her card, so trying again is safe."""
    return joined_item(await counter.run(membership.join_signed_in, counter.reach, session, data.channel))


@post(
    "/customer/member/code", opt=needs(Caller.CUSTOMER), operation_id="showMyCode", responses=problems(404),
    tags=["customer"],
)  # fmt: skip
async def show_my_code(counter: NamedDependency[Desk], session: NamedDependency[Session]) -> CodeItem:
    """Make a code to show at a till, as a QR code. It is good for one scan and for 45 seconds; then make another."""
    made = await counter.run(membership.show_code, counter.reach, session)
    return CodeItem(made.code, iso(made.expires_at))
