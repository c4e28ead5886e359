"""Accounts of staff: how somebody is invited, proves who she is, and stays signed in; wherever the processes are."""

import re
from base64 import urlsafe_b64encode

from msgspec import Struct

from interplay.bootstrap.reach import Reach
from interplay.engine.secrets.subject_keys import NOBODY
from interplay.engine.staff import api as staff
from interplay.engine.staff import passwords
from interplay.engine.staff.contracts import (
    Change,
    ChangePassword,
    ConfirmTotp,
    DropTotp,
    Invite,
    Join,
    Role,
    Seen,
    SetTotp,
    SignIn,
    SignOut,
    User,
)
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, MINUTE

INVITATION_LASTS = 7 * DAY
SESSION_LASTS = 7 * DAY
SEEN_AGAIN_AFTER = 5 * MINUTE
TOKEN_BYTES = 32
TOTP_BYTES = 20
RECOVERY_CODES = 10
RECOVERY_BYTES = 10
"""80 bits each: there is nothing to guess."""
RECOVERY_KIND = "staff_recovery"
EMAIL_CHARS_MAX = 254
NAME_CHARS_MAX = 100
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class Invitation(Struct, frozen=True):
    """`token` is shown this once: who has it may set a password."""

    email: str
    token: str
    expires_at: Micros


class Began(Struct, frozen=True):
    """A session. `token` is shown this once."""

    token: str
    expires_at: Micros


class Totp(Struct, frozen=True):
    """What an authenticator app wants to know, as text and as the address in a QR code."""

    secret: str
    address: str


def invite(access: Reach, email: str, role: Role) -> Invitation:
    """Invite somebody who has no account. Raises AppError `staff.email`, `staff.taken`."""
    return _invite(access, email, role, drops_second_factor=False)


def reset(access: Reach, email: str, *, drops_second_factor: bool = False) -> Invitation:
    """Let somebody set another password. Raises AppError `staff.unknown`."""
    return _invite(access, email, None, drops_second_factor=drops_second_factor)


def join(access: Reach, token: str, name: str, password: str) -> str:
    """Use an invitation up; return its e-mail. Raises AppError `staff.invitation`, `staff.name`, `staff.password`."""
    if len(name) > NAME_CHARS_MAX or not name.isprintable():
        raise AppError("staff.name", given=name, most=NAME_CHARS_MAX)
    hashed = passwords.hashed(password, name.strip())
    return access.write(staff.join, Join(staff.digest_of(token), name.strip(), hashed))


def sign_in(access: Reach, email: str, password: str, code: str | None = None) -> Began:
    """Begin a session. Raises AppError `staff.sign_in`, `staff.code_needed`, `staff.code_used` (401 each)."""
    home = access.home
    user = staff.by_email(home.database, _email(email))
    is_right = passwords.is_right(None if user is None else user.password, password)
    if user is None or not is_right or user.disabled_at is not None:
        raise AppError("staff.sign_in", status=401)
    step, recovery = _proven(access, user, code)
    token = _token(access)
    until = Micros(home.world.now() + SESSION_LASTS)
    access.write(staff.sign_in, SignIn(user.user_id, user.password, staff.digest_of(token), until, step, recovery))
    return Began(token, until)


def find(access: Reach, token: str) -> User:
    """Return whose session a token is. Raises AppError `staff.not_signed_in` (401)."""
    home, digest = access.home, staff.digest_of(token)
    now = home.world.now()
    user = staff.by_session(home.database, digest, now)
    if user is None:
        raise AppError("staff.not_signed_in", status=401)
    if user.seen_at is not None and user.seen_at < now - SEEN_AGAIN_AFTER:
        access.submit(staff.seen, Seen(digest))
    return user


def sign_out(access: Reach, user: User, token: str, *, ends_others: bool = False) -> None:
    """End this session, or all others of the user."""
    access.write(staff.sign_out, SignOut(user.user_id, staff.digest_of(token), ends_others=ends_others))


def change_password(access: Reach, user: User, token: str, former: str, password: str) -> None:
    """Set another password. Raises AppError `staff.password_wrong`, `staff.password`."""
    _check_password(user, former)
    hashed = passwords.hashed(password, user.name, user.email.partition("@")[0])
    access.write(staff.change_password, ChangePassword(user.user_id, user.password, hashed, staff.digest_of(token)))


def begin_totp(access: Reach, user: User, password: str) -> Totp:
    """Make a secret for codes. Raises AppError `staff.password_wrong`, `staff.factor_there`."""
    _check_password(user, password)
    home = access.home
    secret = passwords.new_secret(home.world.random_bytes(TOTP_BYTES))
    access.write(staff.set_totp, SetTotp(user.user_id, home.keys.seal(NOBODY, secret.encode())))
    return Totp(secret, passwords.address(secret, user.email, home.settings.brand.name))


def confirm_totp(access: Reach, user: User, code: str) -> list[str]:
    """Ask for codes from now on; return codes for the day when the phone is lost, shown this once.

    Raises AppError `staff.factor_none`, `staff.code`.
    """
    home = access.home
    if user.totp_pending is None:
        raise AppError("staff.factor_none", status=409)
    step = passwords.step_of(_opened(access, user.totp_pending), code, home.world.now())
    if step is None:
        raise AppError("staff.code", status=403, given=code)
    codes = [
        urlsafe_b64encode(home.world.random_bytes(RECOVERY_BYTES)).decode().rstrip("=") for _ in range(RECOVERY_CODES)
    ]
    digests = tuple(_recovery_digest(access, user, one) for one in codes)
    access.write(staff.confirm_totp, ConfirmTotp(user.user_id, user.totp_pending, step, digests))
    return codes


def drop_totp(access: Reach, user: User, password: str) -> None:
    """Ask for codes no more. Raises AppError `staff.password_wrong`."""
    _check_password(user, password)
    access.write(staff.drop_totp, DropTotp(user.user_id))


def change(access: Reach, email: str, *, role: Role | None = None, is_disabled: bool | None = None) -> None:
    """Change somebody's role, or whether she may sign in. Raises AppError `staff.unknown`, `staff.last_owner`."""
    access.write(staff.change, Change(_email(email), role, is_disabled))


def _invite(access: Reach, email: str, role: Role | None, *, drops_second_factor: bool) -> Invitation:
    known, token = _email(email), _token(access)
    until = Micros(access.home.world.now() + INVITATION_LASTS)
    access.write(staff.invite, Invite(known, role, staff.digest_of(token), until, drops_second_factor))
    return Invitation(known, token, until)


def _proven(access: Reach, user: User, code: str | None) -> tuple[int | None, bytes | None]:
    """Return the step of a code, or the digest of what may be a recovery code; nothing where none is asked for."""
    if user.totp is None:
        return None, None
    if not code:
        raise AppError("staff.code_needed", status=401)
    step = passwords.step_of(_opened(access, user.totp), code, access.home.world.now())
    return step, None if step is not None else _recovery_digest(access, user, code.strip())


def _opened(access: Reach, sealed: bytes) -> str:
    opened = access.home.keys.open(NOBODY, sealed)
    assert opened is not None  # nobody's key is never erased
    return opened.decode()


def _recovery_digest(access: Reach, user: User, code: str) -> bytes:
    return access.home.keys.digest(RECOVERY_KIND, f"{user.user_id} {code}")


def _check_password(user: User, password: str) -> None:
    if not passwords.is_right(user.password, password):
        raise AppError("staff.password_wrong", status=403)


def _email(given: str) -> str:
    email = given.strip().lower()
    if not _EMAIL.fullmatch(email) or len(email) > EMAIL_CHARS_MAX or not email.isprintable():
        raise AppError("staff.email", given=given)
    return email


def _token(access: Reach) -> str:
    return urlsafe_b64encode(access.home.world.random_bytes(TOKEN_BYTES)).decode().rstrip("=")
