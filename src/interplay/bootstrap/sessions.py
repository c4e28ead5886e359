"""Customer sessions: how each way of signing in comes to one, wherever the directory's processes are."""

from msgspec import Struct

from interplay.bootstrap.reach import Reach
from interplay.engine.delivery import endpoints
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang
from interplay.kernel.ids import Micros
from interplay.kernel.time import SECOND
from interplay.link.sessions import api as sessions
from interplay.link.sessions.api import WeChatAccount
from interplay.link.sessions.contracts import (
    Algorithm,
    Burn,
    Close,
    Given,
    Method,
    RevokeIssuer,
    Session,
    WeChatApp,
)


class SignedIn(Struct, frozen=True):
    """A new session. `token` is shown this once: who has it is the customer."""

    token: str
    session: int
    expires_at: Micros
    method: Method


def start(access: Reach, given: Given) -> SignedIn:
    """Begin an anonymous session. Its identifier is ours, or that of the site's own cookie."""
    who = [] if given.anonymous_id else [("anonymous_id", access.home.world.ids())]
    return _open(access, Method.ANONYMOUS, who, Given(given.channel, given.anonymous_id))


def exchange(access: Reach, token: str, given: Given) -> SignedIn:
    """Begin a session by a token of the brand's backend.

    Raises AppError `sessions.token_*`, `sessions.issuer_*`, `sessions.nobody`, `sessions.replayed`.
    """
    home = access.home
    who, burn = sessions.verified(home.database, home.keys, token, home.world.now())
    return _open(access, Method.EXCHANGE, who, given, burn)


class CodeSent(Struct, frozen=True):
    """A code is on its way. Another one may be asked for from `again_at` on."""

    expires_at: Micros
    again_at: Micros


class TooOftenError(AppError):
    """Too many codes were asked for: `limit` in the window that is full."""

    def __init__(self, limit: int, wait: int) -> None:
        self.limit = limit
        self.seconds = -(-wait // SECOND)
        super().__init__("sessions.code_often", status=429, seconds=self.seconds)


def send_code(access: Reach, phone: str, address: str, lang: Lang) -> CodeSent:
    """Send a code to a phone, whoever has it. `address` is where that was asked from.

    Raises TooOftenError, AppError `sessions.phone_off`, `sessions.phone_region`, `customers.identifier`.
    """
    home = access.home
    asked = access.write(
        sessions.ask_code(home.keys),
        sessions.to_ask_code(home.database, home.keys, home.world, phone, address, lang),
    )
    if asked.wait:
        raise TooOftenError(asked.limit, asked.wait)
    return CodeSent(asked.expires_at, asked.again_at)


def sign_in_by_code(access: Reach, phone: str, code: str, given: Given) -> SignedIn:
    """Begin a session by the code that was sent. Raises AppError `sessions.code_*` (403); a wrong one is counted."""
    home = access.home
    known = sessions.normal(home.world, phone)
    token = sessions.new_token(home.world)
    wanted = sessions.to_open(home.database, home.settings.brand, token, Method.PHONE, [("phone", known)], given)
    ask = sessions.to_open_by_code(home.keys, known, code, wanted)
    answer = access.write(sessions.open_by_code(home.keys, home.appender), ask)
    if answer.opened is None:
        assert answer.refusal is not None
        raise AppError(answer.refusal.value, status=403, tries_left=answer.tries_left)
    return SignedIn(token, answer.opened.session, answer.opened.expires_at, Method.PHONE)


def set_wechat_secret(access: Reach, app_id: str, secret: str) -> None:
    """Keep the secret of an app of WeChat's, or another one. Raises AppError `sessions.wechat_secret`."""
    home = access.home
    access.write(endpoints.set_secret, sessions.to_set_secret(home.world, home.keys, app_id, secret))


def wechat_app(access: Reach, kind: WeChatApp) -> WeChatAccount:
    """Return the brand's app. Raises AppError `sessions.wechat_off`, `sessions.wechat_no_secret`."""
    home = access.home
    return sessions.app_of(home.database, home.keys, home.world.now(), kind)


def sign_in_by_wechat(
    access: Reach, app: WeChatAccount, code: str, who: list[tuple[str, str]], given: Given
) -> SignedIn:
    """Begin a session for whom WeChat has named. Raises AppError `sessions.replayed`."""
    burn = sessions.burn_of(access.home.keys, app, code, access.home.world.now())
    return _open(access, Method.WECHAT, who, given, burn)


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
