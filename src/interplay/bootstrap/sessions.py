"""Customer sessions: how each way of signing in comes to one, wherever the directory's processes are."""

from msgspec import Struct

from interplay.bootstrap.reach import Reach
from interplay.kernel.ids import Micros
from interplay.link.sessions import api as sessions
from interplay.link.sessions.contracts import Algorithm, Burn, Close, Given, Method, RevokeIssuer, Session


class SignedIn(Struct, frozen=True):
    """A new session. `token` is shown this once: who has it is the customer."""

    token: str
    session: int
    expires_at: Micros
    method: Method


def start(access: Reach, given: Given) -> SignedIn:
    """Begin an anonymous session. Its identifier is ours, or that of the site's own cookie."""
    named = given.anonymous_id or access.home.world.ids()
    return _open(access, Method.ANONYMOUS, [("anonymous_id", named)], Given(given.channel))


def exchange(access: Reach, token: str, given: Given) -> SignedIn:
    """Begin a session by a token of the brand's backend.

    Raises AppError `sessions.token_*`, `sessions.issuer_*`, `sessions.nobody`, `sessions.replayed`.
    """
    home = access.home
    who, burn = sessions.verified(home.database, home.keys, token, home.world.now())
    return _open(access, Method.EXCHANGE, who, given, burn)


def find(access: Reach, token: str) -> Session:
    """Return the session of a token. Raises AppError `sessions.unknown`, `sessions.ended`, `sessions.expired`."""
    return sessions.session_of(access.home.database, token, access.home.world.now())


def sign_out(access: Reach, session: Session) -> None:
    """End a session; at once, and for good."""
    access.write(sessions.close_session(access.home.appender), Close(session.session))


def add_issuer(access: Reach, name: str, public_key: str | None = None) -> tuple[Algorithm, str | None]:
    """Let a backend sign tokens; return how, and the shared secret where there is no public key: it is shown once.

    Raises AppError `sessions.issuer_name`, `sessions.public_key`, `sessions.issuer_taken`.
    """
    ask, secret = sessions.new_issuer(access.home.world, access.home.keys, name, public_key)
    access.write(sessions.add_issuer, ask)
    return ask.algorithm, secret


def revoke_issuer(access: Reach, name: str) -> None:
    """Take a backend's right to sign. Sessions that it began go on. Raises AppError `sessions.no_issuer`."""
    access.write(sessions.revoke_issuer, RevokeIssuer(name))


def _open(
    access: Reach,
    method: Method,
    who: list[tuple[str, str]],
    given: Given,
    burn: Burn | None = None,
) -> SignedIn:
    home = access.home
    token = sessions.new_token(home.world)
    ask = sessions.to_open(home.database, home.settings.brand, token, method, who, given, burn)
    opened = access.write(sessions.open_session(home.keys, home.appender), ask)
    return SignedIn(token, opened.session, opened.expires_at, method)
