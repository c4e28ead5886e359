"""What the rest may know of customer sessions: values, nothing else."""

from enum import StrEnum

from msgspec import Struct

from interplay.kernel.ids import Micros, SubjectId

SESSIONS = "sessions"
"""The kind, and the name, of the document that says how customers may sign in."""
STARTED = "session.started"
SIGNED_IN = "customer.logged_in"
SIGNED_OUT = "customer.logged_out"
SOURCE = "sessions"


class Method(StrEnum):
    """How a session began."""

    ANONYMOUS = "anonymous"
    EXCHANGE = "exchange"  # a token of the brand's backend
    PHONE = "phone"
    WECHAT = "wechat"


class Algorithm(StrEnum):
    """How an issuer signs. One each: who could choose would sign with what everybody knows."""

    HS256 = "HS256"
    RS256 = "RS256"
    ES256 = "ES256"


class Session(Struct, frozen=True):
    """A session as it is kept: whose, and until when."""

    session: int
    subject: SubjectId
    method: Method
    created_at: Micros
    expires_at: Micros  # exclusive
    revoked_at: Micros | None = None


class Burn(Struct, frozen=True):
    """What may be used once: its digest, and how long it must be remembered."""

    digest: bytes
    until: Micros


class Open(Struct, frozen=True):
    """Begin a session for whom these identifiers name, (kind, value) strongest first."""

    digest: bytes  # of the new session's token
    method: Method
    identifiers: tuple[tuple[str, str], ...]
    channel: str | None = None
    former: bytes | None = None  # the digest of the anonymous session that this one goes on with
    burn: Burn | None = None


class Close(Struct, frozen=True):
    """Sign out."""

    session: int


class Opened(Struct, frozen=True):
    """A session has begun. Only its holder has the token."""

    session: int
    expires_at: Micros


class Issuer(Struct, frozen=True):
    """Who may sign tokens for customers: the brand's backend. Its key is kept sealed."""

    name: str
    algorithm: Algorithm
    created_at: Micros
    revoked_at: Micros | None = None


class AddIssuer(Struct, frozen=True):
    name: str
    algorithm: Algorithm
    sealed: bytes  # the shared secret, or the public key as PEM


class RevokeIssuer(Struct, frozen=True):
    name: str


class Given(Struct, frozen=True):
    """What every way of signing in may bring along."""

    channel: str | None = None  # web, app, mini_program: of the fact
    anonymous_id: str | None = None  # of the site's own cookie
    former: str | None = None  # the token of the anonymous session before it
