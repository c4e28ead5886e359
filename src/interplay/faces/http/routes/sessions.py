"""Customer sessions: how a customer's page gets one, and signs out. No key: these are called from phones."""

from typing import Annotated, Any

from litestar import Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from interplay.bootstrap import sessions as signing
from interplay.bootstrap.sessions import SignedIn, TooOftenError
from interplay.engine.secrets.api_keys import Scope
from interplay.faces.http.desk import Desk
from interplay.faces.http.limits import Allowance
from interplay.faces.http.openapi import problems
from interplay.faces.http.paging import Page
from interplay.faces.http.visits import Caller, needs, visit_of
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang
from interplay.kernel.time import iso
from interplay.link.sessions import api as sessions
from interplay.link.sessions.api import WAIT_SECONDS, WeChat
from interplay.link.sessions.contracts import Algorithm, Given, Method, Session, WeChatApp

Text = Annotated[str, Meta(min_length=1, max_length=255)]


class Along(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may come along: where she is, the site's own cookie, and the anonymous session that goes on as this one."""

    channel: Text | None = None
    anonymous_id: Text | None = None
    anonymous_session: Text | None = None

    def given(self) -> Given:
        return Given(self.channel, self.anonymous_id, self.anonymous_session)


class AnonymousAsk(Along, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose visit begins, as far as the site's own cookie says."""


class ExchangeAsk(Along, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token that the brand's backend has signed for her."""

    token: Annotated[str, Meta(min_length=1, max_length=4096)]


class CodeAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Where to send a code."""

    phone: Annotated[str, Meta(min_length=1, max_length=40)]


class CodeItem(Struct, frozen=True):
    """A code is on its way. Another one may be asked for from `again_at` on."""

    expires_at: str
    again_at: str


class PhoneAsk(Along, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A phone, and the code that it got."""

    phone: Annotated[str, Meta(min_length=1, max_length=40)]
    code: Annotated[str, Meta(min_length=1, max_length=20)]


class WeChatAsk(Along, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code of WeChat's, and where it is from."""

    app: WeChatApp
    code: Annotated[str, Meta(min_length=1, max_length=512)]


class SessionItem(Struct, frozen=True):
    """A new session. `token` is shown this once: send it as `Authorization: Bearer`."""

    token: str
    method: Method
    expires_at: str


class IssuerAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Who may sign, and by which public key (PEM). Without one there is a shared secret."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    public_key: Annotated[str, Meta(max_length=10_000)] | None = None


class MadeIssuer(Struct, frozen=True):
    """A new issuer. `secret` is shown this once; null where there is a public key."""

    name: str
    algorithm: Algorithm
    secret: str | None


class IssuerItem(Struct, frozen=True):
    """An issuer as it is kept: without its key."""

    name: str
    algorithm: Algorithm
    created_at: str
    revoked_at: str | None


@post(
    "/customer/sessions/anonymous", opt=needs(Caller.ANYBODY), operation_id="startSession", responses=problems(),
    tags=["customer sessions"],
)  # fmt: skip
async def start(counter: NamedDependency[Desk], data: JSONBody[AnonymousAsk]) -> SessionItem:
    """Begin an anonymous session."""
    return item(await counter.run(signing.start, counter.reach, data.given()))


@post(
    "/customer/sessions/exchange", opt=needs(Caller.ANYBODY), operation_id="exchangeToken", responses=problems(409),
    tags=["customer sessions"],
)  # fmt: skip
async def exchange(counter: NamedDependency[Desk], data: JSONBody[ExchangeAsk]) -> SessionItem:
    """Exchange a token of the brand's backend for a session. It is good once: trying again needs another."""
    return item(await counter.run(signing.exchange, counter.reach, data.token, data.given()))


@post(
    "/customer/sessions/phone/code", opt=needs(Caller.ANYBODY), status_code=202, operation_id="sendPhoneCode",
    responses=problems(409), tags=["customer sessions"],
)  # fmt: skip
async def send_code(
    counter: NamedDependency[Desk], request: Request[Any, Any, Any], spoken: NamedDependency[Lang],
    data: JSONBody[CodeAsk],
) -> CodeItem:  # fmt: skip
    """Send a code to a phone. The answer is the same whether anybody is known by it."""
    visit = visit_of(request.scope)
    try:
        sent = await counter.run(signing.send_code, counter.reach, data.phone, visit.address, spoken)
    except TooOftenError as often:
        visit.allowance = Allowance(often.limit, 0, often.seconds, often.seconds)
        raise
    return CodeItem(iso(sent.expires_at), iso(sent.again_at))


@post(
    "/customer/sessions/phone", opt=needs(Caller.ANYBODY), operation_id="signInByPhone", responses=problems(),
    tags=["customer sessions"],
)  # fmt: skip
async def sign_in_by_phone(counter: NamedDependency[Desk], data: JSONBody[PhoneAsk]) -> SessionItem:
    """Begin a session by the code that was sent to a phone: the newest, within ten minutes and five tries."""
    made = await counter.run(signing.sign_in_by_code, counter.reach, data.phone, data.code, data.given())
    return item(made)


@post(
    "/customer/sessions/wechat", opt=needs(Caller.ANYBODY), operation_id="signInByWeChat", responses=problems(409),
    tags=["customer sessions"],
)  # fmt: skip
async def sign_in_by_wechat(
    counter: NamedDependency[Desk],
    wechat: NamedDependency[WeChat],
    request: Request[Any, Any, Any],
    data: JSONBody[WeChatAsk],
) -> SessionItem:
    """Begin a session by a code of WeChat's: of `wx.login` in a mini-program, or of a page's authorization."""
    app = await counter.run(signing.wechat_app, counter.reach, data.app)
    try:
        who = await wechat.person(app, data.code)
    except AppError as error:
        if error.status == 429:
            visit_of(request.scope).allowance = Allowance(0, 0, WAIT_SECONDS, WAIT_SECONDS)
        raise
    return item(await counter.run(signing.sign_in_by_wechat, counter.reach, app, data.code, who, data.given()))


@delete(
    "/customer/sessions", opt=needs(Caller.VISITOR), operation_id="signOut", responses=problems(),
    tags=["customer sessions"],
)  # fmt: skip
async def sign_out(counter: NamedDependency[Desk], session: NamedDependency[Session]) -> None:
    """Sign out: the session ends at once."""
    await counter.run(signing.sign_out, counter.reach, session)


@get("/sessions/issuers", opt=needs(Scope.ADMIN), operation_id="listIssuers", responses=problems(), tags=["sessions"])
async def list_issuers(desk: NamedDependency[Desk]) -> Page[IssuerItem]:
    """List who may sign tokens for customers, revoked ones too."""
    found = await desk.run(sessions.issuers, desk.reach.home.database)
    return Page(
        [
            IssuerItem(
                one.name, one.algorithm, iso(one.created_at), None if one.revoked_at is None else iso(one.revoked_at)
            )
            for one in found
        ]
    )


@post("/sessions/issuers", opt=needs(Scope.ADMIN), operation_id="addIssuer", responses=problems(409), tags=["sessions"])
async def add_issuer(desk: NamedDependency[Desk], data: JSONBody[IssuerAsk]) -> MadeIssuer:
    """Let a backend sign tokens for customers. A name that exists is refused: trying again makes no second secret."""
    algorithm, secret = await desk.run(signing.add_issuer, desk.reach, data.name, data.public_key)
    return MadeIssuer(data.name, algorithm, secret)


@delete(
    "/sessions/issuers/{name:str}", opt=needs(Scope.ADMIN), operation_id="revokeIssuer", responses=problems(404),
    tags=["sessions"],
)  # fmt: skip
async def revoke_issuer(desk: NamedDependency[Desk], name: FromPath[str]) -> None:
    """Take a backend's right to sign. Sessions that it began go on."""
    await desk.run(signing.revoke_issuer, desk.reach, name)


def item(made: SignedIn) -> SessionItem:
    return SessionItem(made.token, made.method, iso(made.expires_at))
