"""Who the staff are and what they may do; and what is asked of the writer about them."""

from enum import StrEnum

from msgspec import Struct

from interplay.kernel.ids import Micros


class Permission(StrEnum):
    """What somebody may do, for whole kinds of routes."""

    ANALYSE = "analyse"  # ask about everybody, so that no person is named
    CUSTOMERS = "customers"  # see persons, and what is theirs
    SERVE = "serve"  # do something for a person: tags, consent, points, coupons, reviews
    MARKET = "market"  # change documents, run campaigns, hand segments to others
    GOVERN = "govern"  # keys, staff, devices, what leaves the house; erase


class Role(StrEnum):
    """What somebody is at the brand."""

    OWNER = "owner"
    MARKETER = "marketer"
    ANALYST = "analyst"
    AGENT = "agent"
    CLERK = "clerk"


MAY: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.MARKETER: frozenset(Permission) - {Permission.GOVERN},
    Role.ANALYST: frozenset({Permission.ANALYSE}),
    Role.AGENT: frozenset({Permission.CUSTOMERS, Permission.SERVE}),
    Role.CLERK: frozenset(),
}
"""A clerk's rights are those of the store's device that is used."""


class User(Struct, frozen=True):
    """A member of staff as kept; `password` is argon2's own text."""

    user_id: int
    email: str
    name: str
    role: Role
    password: str
    created_at: Micros
    disabled_at: Micros | None = None
    totp: bytes | None = None  # sealed
    totp_pending: bytes | None = None  # sealed; not confirmed yet
    seen_at: Micros | None = None  # of the session, where she was found by one

    @property
    def has_second_factor(self) -> bool:
        return self.totp is not None


class Invite(Struct, frozen=True):
    """Let somebody set a password by what the digest is of: who is new with this role."""

    email: str
    role: Role | None  # None: of somebody who is there already
    digest: bytes
    expires_at: Micros
    drops_second_factor: bool = False


class Join(Struct, frozen=True):
    """Use an invitation up. `name` is not changed where it is empty."""

    digest: bytes
    name: str
    password: str


class SignIn(Struct, frozen=True):
    """Begin a session for who proved who she is; `password` is what was compared with."""

    user_id: int
    password: str
    digest: bytes
    expires_at: Micros
    step: int | None = None  # of the code that was given
    recovery: bytes | None = None  # digest of the recovery code that was given


class SignOut(Struct, frozen=True):
    """End a session, or all others of a user."""

    user_id: int
    digest: bytes
    ends_others: bool = False


class Seen(Struct, frozen=True):
    digest: bytes


class ChangePassword(Struct, frozen=True):
    """Set another password, and end all sessions but the one that asks."""

    user_id: int
    former: str
    password: str
    digest: bytes


class SetTotp(Struct, frozen=True):
    """Keep a secret of codes, which counts once a code of it was given."""

    user_id: int
    sealed: bytes


class ConfirmTotp(Struct, frozen=True):
    user_id: int
    sealed: bytes
    step: int
    recovery: tuple[bytes, ...]  # digests


class DropTotp(Struct, frozen=True):
    user_id: int


class Change(Struct, frozen=True):
    """Give somebody another role, or take or give back the right to sign in."""

    email: str
    role: Role | None = None
    is_disabled: bool | None = None


class Begun(Struct, frozen=True):
    """Somebody is about to change something."""

    action: str  # the operation's id
    place: str  # what it is about, without what names a customer
    user_id: int | None = None
    key: str = ""


class Done(Struct, frozen=True):
    """How it ended; `about` says what else it was about than the path did."""

    entry: int
    status: int
    about: str = ""


class Entry(Struct, frozen=True):
    """A line of the audit log. `status` None: it was begun, and nobody knows how it ended."""

    entry: int
    at: Micros
    who: str
    action: str
    place: str
    status: int | None
