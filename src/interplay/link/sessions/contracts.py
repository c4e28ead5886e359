"""What the rest may know of customer sessions: values, nothing else."""

from enum import StrEnum

from msgspec import Struct

from interplay.kernel.ids import Micros, SubjectId

SESSIONS = "sessions"
"""The kind, and the name, of the document that says how customers may sign in."""
STARTED = "session.started"
SIGNED_IN = "customer.logged_in"
SIGNED_OUT = "customer.logged_out"
LINKED = "identity.linked"
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
    is_claimed: bool = False  # of a cookie that whoever began it has named


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
    cookie: tuple[tuple[str, str], ...] = ()  # of the site: anybody may name it, so it binds nothing


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


class CodeChannel(StrEnum):
    """How a phone code reaches the phone."""

    CONSOLE = "console"  # the server's journal: for development
    WEBHOOK = "webhook"  # a system of the brand's, which sends the message


class CodeText(Struct, frozen=True, forbid_unknown_fields=True):
    """What is sent. `{code}`, `{minutes}` and `{brand}` are filled in."""

    zh: str
    en: str


class PhoneSignIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Signing in by a phone code."""

    channel: CodeChannel
    url: str = ""  # of the webhook
    text: CodeText | None = None  # the standard one when left out
    regions: tuple[str, ...] = ()  # ISO 3166: whose numbers get codes; the brand's own region when left out
    per_hour_max: int = 1_000  # codes, of all phones together: each costs money


class WeChatApp(StrEnum):
    """Where a code of WeChat's is from."""

    MINI_PROGRAM = "mini_program"
    OFFICIAL_ACCOUNT = "official_account"  # a page inside WeChat


class WeChatSignIn(Struct, frozen=True, forbid_unknown_fields=True):
    """The brand's apps on WeChat, by their AppID; their secrets are set apart."""

    mini_program: str = ""
    official_account: str = ""


class SessionsDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """The document of kind `sessions`: how customers may sign in, beside tokens of the brand's backend."""

    phone: PhoneSignIn | None = None
    wechat: WeChatSignIn | None = None


class AskCode(Struct, frozen=True):
    """Send a code to a phone. Digests are keyed; what is sent is sealed."""

    phone: bytes
    address: bytes
    code: bytes
    to: str
    text: str
    channel: CodeChannel
    per_hour_max: int


class CodeAsked(Struct, frozen=True):
    """A code is on its way, or too many were asked for: then nothing was sent, and `wait` says how long that holds."""

    expires_at: Micros = Micros(0)
    again_at: Micros = Micros(0)
    limit: int = 0  # how many codes are allowed in the window that is full
    wait: int = 0  # microseconds


class OpenByCode(Struct, frozen=True):
    """Begin a session by a code."""

    phone: bytes
    code: bytes
    open: Open


class CodeRefusal(StrEnum):
    """Why a code is refused. A refusal is an answer, so that the try is counted."""

    NONE = "sessions.code_none"
    EXPIRED = "sessions.code_expired"
    TRIES = "sessions.code_tries"
    WRONG = "sessions.code_wrong"


class CodeAnswer(Struct, frozen=True):
    """A session, or why there is none."""

    opened: Opened | None = None
    refusal: CodeRefusal | None = None
    tries_left: int = 0


class KeptCode(Struct, frozen=True):
    """A code as it is kept."""

    number: int
    code: bytes
    sealed: bytes | None  # to whom and what; gone once it was used
    created_at: Micros
    expires_at: Micros
    tries: int
    used_at: Micros | None
