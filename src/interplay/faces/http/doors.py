"""The doors for facts: bare ASGI handlers, since every microsecond here is paid per fact.

    POST /v1/{identify,track,page,screen,group,alias,batch,import}    the Segment HTTP API
    POST, GET /sa                                                     the Sensors Analytics wire dialect

A 2xx means that every fact of the request is on disk, or was there before. What could not become a fact is in the
dead letters with its reason, and the answer says which.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import msgspec

from interplay.collect.ingest import api as ingest
from interplay.collect.ingest.api import Call
from interplay.collect.ingest.contracts import BATCH_BYTES_MAX, EVENT_BYTES_MAX, Rejected
from interplay.engine.secrets.api_keys import Scope
from interplay.faces.http.callers import Callers
from interplay.faces.http.doorkeeping import Doorkeeping, Item
from interplay.faces.http.problems import MEDIA_TYPE, encoded, lang_of
from interplay.kernel.errors import AppError

Message = dict[str, Any]
ASGIReceive = Callable[[], Awaitable[Message]]
ASGISend = Callable[[Message], Awaitable[None]]
Headers = dict[bytes, bytes]

SEGMENT_PATHS = {f"/v1/{call.value}": call for call in Call}
SENSORS_PATHS = frozenset({"/sa", "/sa/", "/sa.gif"})
BODY_BYTES_MAX = 2 * BATCH_BYTES_MAX  # as sent; base64 and form encoding make the Sensors dialect larger
WHOLE_REQUEST = -1  # the place of a reject that is a request, not an item of one

_ANY_ORIGIN = (b"access-control-allow-origin", b"*")
_PREFLIGHT = (
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
    (b"access-control-allow-headers", b"authorization, content-type, content-encoding"),
    (b"access-control-max-age", b"86400"),
)
_JSON = b"application/json"
_STORED = b'{"success":true,"results":[{"status":"stored"}]}'
_encode = msgspec.json.Encoder().encode


class Doors:
    """Answers the paths above."""

    def __init__(self, callers: Callers, keeping: Doorkeeping) -> None:
        self._callers = callers
        self._keeping = keeping

    async def __call__(self, scope: Message, receive: ASGIReceive, send: ASGISend) -> None:
        if scope["method"] == "OPTIONS":
            await _answer(send, 204, b"", _JSON, (_ANY_ORIGIN, *_PREFLIGHT))
            return
        request = _Request(scope)
        try:
            await request.read(receive)
            items = await (self._segment(request) if request.call else self._sensors(request))
        except AppError as error:
            await self._refuse(request, error, send)
            return
        await self._reply(request, items, send)

    async def _segment(self, request: "_Request") -> list[Item]:
        _allow(request, "POST")
        call = request.call
        assert call is not None
        authorization = request.headers.get(b"authorization")
        if authorization is None:  # browsers put it into the body
            body = ingest.unpack(request.body, request.encoding())
            secret = ingest.write_key(body)
            if secret is None:
                raise AppError("keys.missing", status=401)
            key = self._callers.by_secret(secret, Scope.WRITE)
        else:
            key = self._callers.by_header(authorization, Scope.WRITE)
            request.source = key.name
            body = ingest.unpack(request.body, request.encoding())
        request.source = key.name
        return await self._keeping.take(request.door, key, lambda door, at: ingest.from_segment(call, body, door, at))

    async def _sensors(self, request: "_Request") -> list[Item]:
        _allow(request, "GET", "POST")
        authorization = request.headers.get(b"authorization")
        if authorization is not None:
            key = self._callers.by_header(authorization, Scope.WRITE)
        else:
            token = parse_qs(request.query.decode("latin1")).get("token")
            if not token:
                raise AppError("keys.missing", status=401)
            key = self._callers.by_secret(token[0], Scope.WRITE)
        request.source = key.name
        body = ingest.unpack(request.body, request.encoding(), bytes_max=BODY_BYTES_MAX)
        return await self._keeping.take(
            request.door, key, lambda door, at: ingest.from_sensors(body, request.query, door, at)
        )

    async def _refuse(self, request: "_Request", error: AppError, send: ASGISend) -> None:
        """Answer for the request as a whole, and keep it where it was the sender's mistake."""
        if error.status < 500:
            raw = request.body[:EVENT_BYTES_MAX] or request.query[:EVENT_BYTES_MAX]
            try:
                await self._keeping.keep(request.door, request.source, [Rejected.because(error, WHOLE_REQUEST, raw)])
            except AppError as worse:  # it could not be kept: say that instead, so that the sender tries again
                error = worse
        lang = lang_of(request.headers.get(b"accept-language", b"").decode("latin1"))
        await _answer(send, error.status, encoded(error, lang), MEDIA_TYPE.encode(), request.cors())

    async def _reply(self, request: "_Request", items: list[Item], send: ASGISend) -> None:
        if len(items) == 1 and not request.is_list:
            only = items[0]
            if isinstance(only, Rejected):
                error = only.error()
                lang = lang_of(request.headers.get(b"accept-language", b"").decode("latin1"))
                await _answer(send, 400, encoded(error, lang), MEDIA_TYPE.encode(), request.cors())
                return
            if only.is_new:
                await _answer(send, 200, _STORED, _JSON, request.cors())
                return
        results = [_result(item) for item in items]
        is_well = not any(isinstance(item, Rejected) for item in items)
        await _answer(send, 200, _encode({"success": is_well, "results": results}), _JSON, request.cors())


class _Request:
    """A request as far as the doors look at it."""

    __slots__ = ("body", "call", "door", "headers", "is_list", "method", "query", "source")

    def __init__(self, scope: Message) -> None:
        self.call = SEGMENT_PATHS.get(scope["path"])
        self.door = "sensors" if self.call is None else "segment"
        self.is_list = self.call in (None, Call.BATCH, Call.IMPORT)
        self.method: str = scope["method"]
        self.headers: Headers = dict(scope["headers"])
        self.query: bytes = scope["query_string"]
        self.body = b""
        self.source = ""

    def encoding(self) -> str:
        return self.headers.get(b"content-encoding", b"").decode("latin1")

    def cors(self) -> tuple[tuple[bytes, bytes], ...]:
        """Return the headers that let a page of another site read the answer; other senders are spared them."""
        return (_ANY_ORIGIN,) if b"origin" in self.headers else ()

    async def read(self, receive: ASGIReceive) -> None:
        """Read the body, but never more than is allowed. Raises AppError `ingest.too_large` (413)."""
        message = await receive()
        self.body = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            self.body += message.get("body", b"")
            if len(self.body) > BODY_BYTES_MAX:
                raise AppError("ingest.too_large", status=413, given=len(self.body), allowed=BODY_BYTES_MAX)


def is_door(path: str) -> bool:
    """Return whether a path is one of the doors'."""
    return path in SEGMENT_PATHS or path in SENSORS_PATHS


def _allow(request: _Request, *methods: str) -> None:
    if request.method not in methods:
        raise AppError("ingest.method", status=405, given=request.method, allowed=", ".join(methods))


def _result(item: Item) -> dict[str, object]:
    if isinstance(item, Rejected):
        return {"status": "rejected", "code": item.code, "reason": item.text("en")}
    return {"status": "stored" if item.is_new else "duplicate"}


async def _answer(
    send: ASGISend, status: int, body: bytes, media_type: bytes, more: tuple[tuple[bytes, bytes], ...] = ()
) -> None:
    headers = [(b"content-type", media_type), (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
