"""Accounts of staff: the commands that change them, and how they are found."""

from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
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
from interplay.engine.staff.store import staff_invitations, staff_recovery_codes, staff_sessions, staff_users
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import HOUR

IDLE_MAX = 12 * HOUR
"""After it a session is over, also when it has not expired."""

_FIELDS = [staff_users.c[name] for name in User.__struct_fields__ if name != "seen_at"]


def digest_of(token: str) -> bytes:
    """Return what is kept of a token: it has 256 random bits, so there is nothing to guess."""
    return sha256(token.encode("utf8", "surrogatepass")).digest()


def users(database: Database) -> list[User]:
    """Return everybody, the first first."""
    with database.read() as connection:
        return [_user(row) for row in connection.execute(select(*_FIELDS).order_by(staff_users.c.user_id))]


def by_email(database: Database, email: str) -> User | None:
    with database.read() as connection:
        return _by_email(connection, email)


def by_session(database: Database, digest: bytes, now: Micros) -> User | None:
    """Return whose session it is, while it lasts and she may sign in."""
    sessions = staff_sessions.c
    query = (
        select(*_FIELDS, sessions.seen_at)
        .join(staff_sessions, staff_sessions.c.user_id == staff_users.c.user_id)
        .where(sessions.digest == digest, sessions.expires_at > now, sessions.seen_at > now - IDLE_MAX)
        .where(staff_users.c.disabled_at.is_(None))
    )
    with database.read() as connection:
        row = connection.execute(query).first()
    return None if row is None else _user(row)


def _invite(tx: Tx, ask: Invite) -> None:
    """Raise AppError `staff.taken` where a new user is there already, `staff.unknown` where a known one is not."""
    is_there = _by_email(tx.connection, ask.email) is not None
    if is_there and ask.role is not None:
        raise AppError("staff.taken", status=409, email=ask.email)
    if not is_there and ask.role is None:
        raise AppError("staff.unknown", status=404, email=ask.email)
    tx.connection.execute(delete(staff_invitations).where(staff_invitations.c.email == ask.email))
    values: dict[str, Any] = {"digest": ask.digest, "email": ask.email, "role": ask.role, "expires_at": ask.expires_at}
    values["drops_second_factor"] = int(ask.drops_second_factor)
    tx.connection.execute(insert(staff_invitations).values(values))


def _join(tx: Tx, ask: Join) -> str:
    """Return the e-mail of whose invitation it was. Raises AppError `staff.invitation`."""
    used = delete(staff_invitations).where(staff_invitations.c.digest == ask.digest).returning(*staff_invitations.c)
    row = tx.connection.execute(used).first()
    if row is None or row.expires_at <= tx.world.now():
        raise AppError("staff.invitation", status=404)
    if row.role is not None:
        values = {"email": row.email, "name": ask.name, "role": row.role, "password": ask.password}
        try:
            tx.connection.execute(insert(staff_users).values(created_at=tx.world.now(), **values))
        except IntegrityError:
            raise AppError("staff.taken", status=409, email=row.email) from None
        return str(row.email)
    known = _by_email(tx.connection, row.email)
    assert known is not None
    values = {"password": ask.password} | ({"name": ask.name} if ask.name else {})
    _set(tx, known.user_id, values)
    if row.drops_second_factor:
        _drop_totp(tx, DropTotp(known.user_id))
    _end(tx, known.user_id)
    return known.email


def _sign_in(tx: Tx, ask: SignIn) -> None:
    """Raise AppError `staff.code_used` for a code that was used, `staff.sign_in` where anything else changed."""
    now, users = tx.world.now(), staff_users.c
    tx.connection.execute(delete(staff_sessions).where(staff_sessions.c.expires_at <= now))
    is_she = (users.user_id == ask.user_id) & (users.password == ask.password) & users.disabled_at.is_(None)
    if (row := tx.connection.execute(select(users.totp).where(is_she)).first()) is None:
        raise AppError("staff.sign_in", status=401)
    if row.totp is not None and not _use_code(tx, ask):
        raise AppError("staff.code_used", status=401)
    values = {"digest": ask.digest, "user_id": ask.user_id, "expires_at": ask.expires_at}
    tx.connection.execute(insert(staff_sessions).values(created_at=now, seen_at=now, **values))


def _use_code(tx: Tx, ask: SignIn) -> bool:
    """Use up the code that was given; return whether it had not been."""
    users, codes = staff_users.c, staff_recovery_codes.c
    if ask.recovery is not None:
        used = delete(staff_recovery_codes).where(codes.digest == ask.recovery, codes.user_id == ask.user_id)
        return tx.connection.execute(used).rowcount == 1
    if ask.step is None:
        return False
    is_later = (users.user_id == ask.user_id) & (func.coalesce(users.totp_step, 0) < ask.step)
    return tx.connection.execute(update(staff_users).where(is_later).values(totp_step=ask.step)).rowcount == 1


def _sign_out(tx: Tx, ask: SignOut) -> None:
    sessions = staff_sessions.c
    which = sessions.digest != ask.digest if ask.ends_others else sessions.digest == ask.digest
    tx.connection.execute(delete(staff_sessions).where(sessions.user_id == ask.user_id, which))


def _seen(tx: Tx, ask: Seen) -> None:
    is_it = staff_sessions.c.digest == ask.digest
    tx.connection.execute(update(staff_sessions).where(is_it).values(seen_at=tx.world.now()))


def _change_password(tx: Tx, ask: ChangePassword) -> None:
    users = staff_users.c
    is_she = (users.user_id == ask.user_id) & (users.password == ask.former)
    if tx.connection.execute(update(staff_users).where(is_she).values(password=ask.password)).rowcount == 0:
        raise AppError("staff.password_wrong", status=403)
    _sign_out(tx, SignOut(ask.user_id, ask.digest, ends_others=True))


def _set_totp(tx: Tx, ask: SetTotp) -> None:
    """Raise AppError `staff.factor_there` where codes are asked for already."""
    users = staff_users.c
    has_none = (users.user_id == ask.user_id) & users.totp.is_(None)
    if tx.connection.execute(update(staff_users).where(has_none).values(totp_pending=ask.sealed)).rowcount == 0:
        raise AppError("staff.factor_there", status=409)


def _confirm_totp(tx: Tx, ask: ConfirmTotp) -> None:
    users = staff_users.c
    is_it = (users.user_id == ask.user_id) & (users.totp_pending == ask.sealed)
    values = {"totp": ask.sealed, "totp_pending": None, "totp_step": ask.step}
    if tx.connection.execute(update(staff_users).where(is_it).values(values)).rowcount == 0:
        raise AppError("staff.factor_none", status=409)
    tx.connection.execute(delete(staff_recovery_codes).where(staff_recovery_codes.c.user_id == ask.user_id))
    rows = [{"digest": one, "user_id": ask.user_id} for one in ask.recovery]
    tx.connection.execute(insert(staff_recovery_codes), rows)


def _drop_totp(tx: Tx, ask: DropTotp) -> None:
    _set(tx, ask.user_id, {"totp": None, "totp_pending": None, "totp_step": None})
    tx.connection.execute(delete(staff_recovery_codes).where(staff_recovery_codes.c.user_id == ask.user_id))


def _change(tx: Tx, ask: Change) -> None:
    """Raise AppError `staff.unknown`, or `staff.last_owner` where nobody could let anybody in any more."""
    known = _by_email(tx.connection, ask.email)
    if known is None:
        raise AppError("staff.unknown", status=404, email=ask.email)
    values: dict[str, Any] = {}
    if ask.role is not None:
        values["role"] = ask.role
    if ask.is_disabled is not None:
        values["disabled_at"] = tx.world.now() if ask.is_disabled else None
    _set(tx, known.user_id, values)
    users = staff_users.c
    owners = select(func.count()).where(users.role == Role.OWNER, users.disabled_at.is_(None))
    was_owner = known.role is Role.OWNER and known.disabled_at is None
    if was_owner and tx.connection.execute(owners).scalar_one() == 0:
        raise AppError("staff.last_owner", status=409, email=ask.email)
    if ask.is_disabled:
        _end(tx, known.user_id)
        tx.connection.execute(delete(staff_invitations).where(staff_invitations.c.email == ask.email))


invite = Command("staff.invite", Invite, None, _invite)
join = Command("staff.join", Join, str, _join)
sign_in = Command("staff.sign_in", SignIn, None, _sign_in)
sign_out = Command("staff.sign_out", SignOut, None, _sign_out)
seen = Command("staff.seen", Seen, None, _seen)
change_password = Command("staff.change_password", ChangePassword, None, _change_password)
set_totp = Command("staff.set_totp", SetTotp, None, _set_totp)
confirm_totp = Command("staff.confirm_totp", ConfirmTotp, None, _confirm_totp)
drop_totp = Command("staff.drop_totp", DropTotp, None, _drop_totp)
change = Command("staff.change", Change, None, _change)

COMMANDS: tuple[Command[Any, Any], ...] = (
    invite, join, sign_in, sign_out, seen, change_password, set_totp, confirm_totp, drop_totp, change,
)  # fmt: skip


def _by_email(connection: Connection, email: str) -> User | None:
    row = connection.execute(select(*_FIELDS).where(staff_users.c.email == email)).first()
    return None if row is None else _user(row)


def _set(tx: Tx, user: int, values: dict[str, Any]) -> None:
    tx.connection.execute(update(staff_users).where(staff_users.c.user_id == user).values(values))


def _end(tx: Tx, user: int) -> None:
    tx.connection.execute(delete(staff_sessions).where(staff_sessions.c.user_id == user))


def _user(row: Any) -> User:
    found = dict(row._mapping)
    return User(**{**found, "role": Role(found["role"])})
