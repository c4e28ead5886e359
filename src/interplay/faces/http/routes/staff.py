"""Staff: sign in and out, one's own password and second factor, who works here, and who changed what."""

from typing import Annotated

from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from interplay.bootstrap import accounts
from interplay.bootstrap.accounts import Invitation
from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff import api as staffing
from interplay.engine.staff import audit
from interplay.engine.staff.contracts import MAY, Begun, Permission, Role, User
from interplay.faces.http.desk import Desk
from interplay.faces.http.mistakes import AnyRequest
from interplay.faces.http.openapi import problems
from interplay.faces.http.paging import INTEGER_MAX, LIMIT, Limit, Page, paged, place
from interplay.faces.http.staff import SignIns, check_site, cookie, token_of
from interplay.faces.http.visits import Caller, needs, visit_of
from interplay.kernel.errors import AppError
from interplay.kernel.time import iso

Email = Annotated[str, Meta(min_length=3, max_length=accounts.EMAIL_CHARS_MAX)]
Password = Annotated[str, Meta(max_length=1_000)]
Code = Annotated[str, Meta(max_length=100)]


class SignInAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Who somebody is; `code` of the authenticator app, or a recovery code, where the account asks for one."""

    email: Email
    password: Password
    code: Code | None = None


class Me(Struct, frozen=True):
    """Who is signed in, and what she may do."""

    email: str
    name: str
    role: Role
    permissions: list[Permission]
    has_second_factor: bool


class PasswordAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """The password that one signs in with, to make sure that it is she who asks."""

    password: Password


class NewPasswordAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """The password until now, and the one from now on."""

    password: Password
    new_password: Password


class SecondFactorItem(Struct, frozen=True):
    """What an authenticator app is told: by hand, or by a QR code of `address`."""

    secret: str
    address: str


class StaffCodeAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """The code that the app shows now."""

    code: Code


class RecoveryCodes(Struct, frozen=True):
    """Each signs in once in place of a code. They are shown this once."""

    codes: list[str]


class StaffJoinAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """The token of an invitation, and the password to sign in with. `name` may be empty where an account exists."""

    token: Annotated[str, Meta(max_length=100)]
    password: Password
    name: Annotated[str, Meta(max_length=accounts.NAME_CHARS_MAX)] = ""


class Joined(Struct, frozen=True):
    """Whose password it is now."""

    email: str


class UserItem(Struct, frozen=True):
    """A member of staff."""

    email: str
    name: str
    role: Role
    has_second_factor: bool
    created_at: str
    disabled_at: str | None


class InviteAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to let in, as what."""

    email: Email
    role: Role


class ResetAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Who may set another password; `drops_second_factor` where her phone is lost as well."""

    email: Email
    drops_second_factor: bool = False


class InvitationItem(Struct, frozen=True):
    """An invitation. `token` is shown this once: hand it to nobody else."""

    email: str
    token: str
    expires_at: str


class ChangeAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Another role, or whether she may sign in; what is null stays."""

    role: Role | None = None
    is_disabled: bool | None = None


class AuditItem(Struct, frozen=True):
    """Somebody changed something. `status` is that of the answer; null where nobody knows how it ended."""

    entry: int
    at: str
    who: str
    action: str
    place: str
    status: int | None


@post("/staff/sessions", opt=needs(Caller.ANYBODY), operation_id="signInStaff", responses=problems(), tags=["staff"])
async def sign_in(sign_ins: NamedDependency[SignIns], request: AnyRequest, data: JSONBody[SignInAsk]) -> Response[Me]:
    """Sign in. The session is in a cookie; it ends after twelve hours without a request, and after a week."""
    check_site(request)
    visit, desk = visit_of(request.scope), sign_ins.desk
    with sign_ins.trying(visit, data.email):
        began = await desk.run(accounts.sign_in, desk.reach, data.email, data.password, data.code)
    user = await desk.run(accounts.find, desk.reach, began.token)
    begun = Begun("signInStaff", "/api/staff/sessions", user.user_id)
    visit.entry = await desk.run(desk.reach.write, audit.begin, begun)
    return Response(_me(user), cookies=[cookie(request, began.token, sign_ins.proxies)])


@delete(
    "/staff/sessions", status_code=200, opt=needs(Caller.STAFF), operation_id="signOutStaff", responses=problems(),
    tags=["staff"],
)  # fmt: skip
async def sign_out(
    desk: NamedDependency[Desk], sign_ins: NamedDependency[SignIns], request: AnyRequest, user: NamedDependency[User],
    others: FromQuery[bool] = False,
) -> Response[None]:  # fmt: skip
    """Sign out here, or everywhere else."""
    await desk.run(accounts.sign_out, desk.reach, user, token_of(request), ends_others=others)
    return Response(None, cookies=[] if others else [cookie(request, "", sign_ins.proxies)])


@get("/staff/me", opt=needs(Caller.STAFF), operation_id="showMe", responses=problems(), tags=["staff"])
async def show_me(user: NamedDependency[User]) -> Me:
    """Show who is signed in, and what she may do."""
    return _me(user)


@post(
    "/staff/me/password", status_code=204, opt=needs(Caller.STAFF), operation_id="changeMyPassword",
    responses=problems(409), tags=["staff"],
)  # fmt: skip
async def change_password(
    desk: NamedDependency[Desk], sign_ins: NamedDependency[SignIns], request: AnyRequest, user: NamedDependency[User],
    data: JSONBody[NewPasswordAsk],
) -> None:  # fmt: skip
    """Set another password. All other sessions end."""
    with sign_ins.trying(visit_of(request.scope), user.email):
        await desk.run(accounts.change_password, desk.reach, user, token_of(request), data.password, data.new_password)


@post(
    "/staff/me/second-factor", opt=needs(Caller.STAFF), operation_id="beginSecondFactor", responses=problems(409),
    tags=["staff"],
)  # fmt: skip
async def begin_second_factor(
    desk: NamedDependency[Desk], sign_ins: NamedDependency[SignIns], request: AnyRequest, user: NamedDependency[User],
    data: JSONBody[PasswordAsk],
) -> SecondFactorItem:  # fmt: skip
    """Make a secret for an authenticator app. It counts once a code of it was given."""
    with sign_ins.trying(visit_of(request.scope), user.email):
        made = await desk.run(accounts.begin_totp, desk.reach, user, data.password)
    return SecondFactorItem(made.secret, made.address)


@post(
    "/staff/me/second-factor/confirm", status_code=200, opt=needs(Caller.STAFF), operation_id="confirmSecondFactor",
    responses=problems(409), tags=["staff"],
)  # fmt: skip
async def confirm_second_factor(
    desk: NamedDependency[Desk], sign_ins: NamedDependency[SignIns], request: AnyRequest, user: NamedDependency[User],
    data: JSONBody[StaffCodeAsk],
) -> RecoveryCodes:  # fmt: skip
    """Ask for codes from now on."""
    with sign_ins.trying(visit_of(request.scope), user.email):
        return RecoveryCodes(await desk.run(accounts.confirm_totp, desk.reach, user, data.code))


@post(
    "/staff/me/second-factor/drop", status_code=204, opt=needs(Caller.STAFF), operation_id="dropSecondFactor",
    responses=problems(), tags=["staff"],
)  # fmt: skip
async def drop_second_factor(
    desk: NamedDependency[Desk], sign_ins: NamedDependency[SignIns], request: AnyRequest, user: NamedDependency[User],
    data: JSONBody[PasswordAsk],
) -> None:  # fmt: skip
    """Ask for codes no more."""
    with sign_ins.trying(visit_of(request.scope), user.email):
        await desk.run(accounts.drop_totp, desk.reach, user, data.password)


@post("/staff/join", status_code=200, opt=needs(Caller.ANYBODY), operation_id="joinStaff", responses=problems(404, 409),
      tags=["staff"])  # fmt: skip
async def join(sign_ins: NamedDependency[SignIns], request: AnyRequest, data: JSONBody[StaffJoinAsk]) -> Joined:
    """Set the password that an invitation is for. It is good once; sign in with it afterwards."""
    check_site(request)
    desk = sign_ins.desk
    return Joined(await desk.run(accounts.join, desk.reach, data.token, data.name, data.password))


@get("/staff", opt=needs(Scope.ADMIN, Permission.GOVERN), operation_id="listStaff", responses=problems(),
     tags=["staff"])  # fmt: skip
async def list_users(desk: NamedDependency[Desk]) -> Page[UserItem]:
    """List who works here, also who may not sign in any more."""
    return Page([_item(one) for one in await desk.run(staffing.users, desk.reach.home.database)])


@post(
    "/staff/invitations", opt=needs(Scope.ADMIN, Permission.GOVERN), operation_id="inviteStaff",
    responses=problems(409), tags=["staff"],
)  # fmt: skip
async def invite(desk: NamedDependency[Desk], request: AnyRequest, data: JSONBody[InviteAsk]) -> InvitationItem:
    """Invite somebody; the token is good for a week, and a newer one replaces it."""
    made = await desk.run(accounts.invite, desk.reach, data.email, data.role)
    return _invitation(request, made)


@post(
    "/staff/resets", opt=needs(Scope.ADMIN, Permission.GOVERN), operation_id="resetStaff", responses=problems(404),
    tags=["staff"],
)  # fmt: skip
async def reset(desk: NamedDependency[Desk], request: AnyRequest, data: JSONBody[ResetAsk]) -> InvitationItem:
    """Let somebody set another password, without knowing hers."""
    dropping = data.drops_second_factor
    return _invitation(request, await desk.run(accounts.reset, desk.reach, data.email, drops_second_factor=dropping))


@post(
    "/staff/{email:str}", status_code=204, opt=needs(Scope.ADMIN, Permission.GOVERN), operation_id="changeStaff",
    responses=problems(404, 409), tags=["staff"],
)  # fmt: skip
async def change(
    desk: NamedDependency[Desk], email: FromPath[str], request: AnyRequest, data: JSONBody[ChangeAsk]
) -> None:
    """Change somebody's role, or whether she may sign in: at once, also where she is signed in."""
    if data.role is None and data.is_disabled is None:
        raise AppError("staff.nothing")
    await desk.run(accounts.change, desk.reach, email, role=data.role, is_disabled=data.is_disabled)
    closing = {True: "disabled", False: "enabled", None: ""}[data.is_disabled]
    visit_of(request.scope).about = f"{data.role or ''} {closing}".strip()


@get("/audit", opt=needs(Scope.ADMIN, Permission.GOVERN), operation_id="listAudit", responses=problems(),
     tags=["staff"])  # fmt: skip
async def list_audit(
    desk: NamedDependency[Desk],
    who: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = LIMIT,
) -> Page[AuditItem]:
    """List who changed what, the newest first; `who` is an e-mail or a key's name.

    Each line was written before its change was made.
    """
    (before,) = place(cursor, INTEGER_MAX)
    found = await desk.run(audit.entries, desk.reach.home.database, before, limit + 1, who)
    items = [AuditItem(one.entry, iso(one.at), one.who, one.action, one.place, one.status) for one in found]
    return paged(items, limit, lambda one: (one.entry,))


def _me(user: User) -> Me:
    permissions = [one for one in Permission if one in MAY[user.role]]
    return Me(user.email, user.name, user.role, permissions, user.has_second_factor)


def _item(one: User) -> UserItem:
    disabled = None if one.disabled_at is None else iso(one.disabled_at)
    return UserItem(one.email, one.name, one.role, one.has_second_factor, iso(one.created_at), disabled)


def _invitation(request: AnyRequest, made: Invitation) -> InvitationItem:
    visit_of(request.scope).about = made.email
    return InvitationItem(made.email, made.token, iso(made.expires_at))
