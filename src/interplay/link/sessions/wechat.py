"""Signing in by WeChat: a mini-program's code (`code2Session`) or a web page's (OAuth 2) becomes an openid.

https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session.html
https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/Wechat_webpage_authorization.html
Of the answer only who she is is read: session_key and access_token are kept nowhere.
"""

import httpx
import msgspec
from msgspec import Struct

from interplay.engine.delivery import endpoints
from interplay.engine.delivery.endpoints import SetSecret
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import NOBODY, SubjectKeys
from interplay.kernel.context import World
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import MINUTE
from interplay.link.sessions.contracts import Burn, WeChatApp
from interplay.link.sessions.documents import current

ADDRESS = "https://api.weixin.qq.com"
KIND = "wechat"
"""The kind under which secrets of apps are kept beside those of endpoints."""
SECONDS_MAX = 5.0
ANSWER_BYTES_MAX = 16_384
CODE_LIFE = 10 * MINUTE  # WeChat's own live five minutes
WAIT_SECONDS = 60
CALLS = {
    WeChatApp.MINI_PROGRAM: ("/sns/jscode2session", "js_code"),
    WeChatApp.OFFICIAL_ACCOUNT: ("/sns/oauth2/access_token", "code"),
}
"""Which call answers for a code of each kind of app, and what it calls the code."""


class WeChatAccount(Struct, frozen=True):
    """An app of the brand's, with its secret."""

    kind: WeChatApp
    app_id: str
    secret: str


class _Answer(Struct, frozen=True):
    """What is read of an answer, of either call."""

    openid: str | None = None
    unionid: str | None = None
    errcode: int = 0
    is_snapshotuser: int = 0


class WeChat:
    """Asks WeChat. One for a process: it keeps its connections. `transport` is another network's, in a test."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._transport = transport
        self._client: httpx.AsyncClient | None = None

    async def person(self, app: WeChatAccount, code: str) -> list[tuple[str, str]]:
        """Return whom a code names, (kind, value), strongest first. Raises AppError `sessions.wechat_*`."""
        if self._client is None:
            self._client = httpx.AsyncClient(
                base_url=ADDRESS, transport=self._transport, timeout=SECONDS_MAX, trust_env=False
            )
        path, name = CALLS[app.kind]
        params = {"appid": app.app_id, "secret": app.secret, name: code, "grant_type": "authorization_code"}
        try:
            answer = await self._client.get(path, params=params)
        except httpx.HTTPError:  # without its words: they may name the address, and the secret in it
            raise AppError("sessions.wechat_away", status=503) from None
        if not answer.is_success or len(answer.content) > ANSWER_BYTES_MAX:
            raise AppError("sessions.wechat_away", status=503)
        try:
            return _person(msgspec.json.decode(answer.content, type=_Answer))
        except msgspec.DecodeError:
            raise AppError("sessions.wechat_away", status=503) from None


def to_set_secret(world: World, keys: SubjectKeys, app_id: str, secret: str) -> SetSecret:
    """Return the command's message that keeps the secret of an app, or another one.

    Raises AppError `sessions.wechat_secret`.
    """
    if not secret.strip().isalnum() or not app_id.isalnum():
        raise AppError("sessions.wechat_secret")
    return SetSecret(
        KIND, app_id, keys.seal(NOBODY, secret.strip().encode()), is_rotating=True, former_until=world.now()
    )


def app_of(database: Database, keys: SubjectKeys, now: int, kind: WeChatApp) -> WeChatAccount:
    """Return the brand's app of a kind. Raises AppError `sessions.wechat_off`, `sessions.wechat_no_secret` (409)."""
    content, _ = current(database)
    apps = content.wechat
    app_id = apps and (apps.mini_program if kind is WeChatApp.MINI_PROGRAM else apps.official_account)
    if not app_id:
        raise AppError("sessions.wechat_off", status=409, kind=kind.value)
    secret = endpoints.secrets(database, keys, KIND, now).get(app_id, ())
    if not secret:
        raise AppError("sessions.wechat_no_secret", status=409, app_id=app_id)
    return WeChatAccount(kind, app_id, secret[0].decode())


def burn_of(keys: SubjectKeys, app: WeChatAccount, code: str, now: int) -> Burn:
    """Return what makes a code good once here, too: WeChat is asked, but its answer may be an old one's echo."""
    return Burn(keys.digest("wechat.code", f"{app.app_id}\0{code}"), Micros(now + CODE_LIFE))


def _person(answer: _Answer) -> list[tuple[str, str]]:
    match answer.errcode:
        case 0:
            pass
        case 40029:
            raise AppError("sessions.wechat_code", status=401)
        case 40163:
            raise AppError("sessions.wechat_used", status=409)
        case 45011:
            raise AppError("sessions.wechat_often", status=429, seconds=WAIT_SECONDS)
        case 40226:
            raise AppError("sessions.wechat_risk", status=403)
        case -1:
            raise AppError("sessions.wechat_away", status=503)
        case other:
            raise AppError("sessions.wechat_setup", status=503, errcode=other)
    if not answer.openid:
        raise AppError("sessions.wechat_away", status=503)
    if answer.is_snapshotuser:  # the page is being previewed: the openid is nobody's
        raise AppError("sessions.wechat_snapshot", status=403)
    return [*([("unionid", answer.unionid)] if answer.unionid else []), ("openid", answer.openid)]
