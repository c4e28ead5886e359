"""From what went wrong while a request was read or answered to a problem that its caller understands."""

import re
from traceback import extract_tb
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.connection import Request as RequestBase
from litestar.datastructures import State
from litestar.exceptions import HTTPException, SerializationException, ValidationException
from litestar.types import ExceptionHandlersMap

from interplay.faces.http.problems import GIVEN_CHARACTERS_MAX, MEDIA_TYPE, encoded, lang_of
from interplay.faces.http.visits import visit_of
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang, say

AnyRequest = Request[Any, Any, State]

_REASONS = (
    (re.compile(r"Expected `(?P<allowed>.+)`, got `(?P<found>.+)`"), "type"),
    (re.compile(r"Object missing required field `(?P<name>.+)`"), "missing"),
    (re.compile(r"Missing required \w+ parameter '(?P<name>[^']+)'.*"), "missing"),
    (re.compile(r"'data'"), "empty"),  # how Litestar says that there was no body
    (re.compile(r"Object contains unknown field `(?P<name>.+)`"), "unknown_field"),
    (re.compile(r"Invalid enum value (?P<found>.+)"), "choice"),
    (re.compile(r"Expected (?P<bound>`\w+` (?:>=|<=|>|<) .+|`\w+` of length .+)"), "bound"),
    (re.compile(r"(?P<reason>.*)", re.DOTALL), "other"),
)
_ABSENT = re.compile(r"Missing required (?P<where>header|query) parameter ")
FRAMES_LOGGED_MAX = 10

_STEPS = re.compile(r"[^.\[\]]+")

log = structlog.get_logger()


class ApiRequest(RequestBase[Any, Any, State]):
    """A request whose body is read with every mistake in it said as one."""

    async def json(self) -> Any:
        try:
            body = await super().json()
        except RecursionError:
            raise AppError("http.depth") from None
        except (SerializationException, UnicodeDecodeError) as broken:
            raise AppError("http.json", reason=str(broken)) from None
        visit_of(self.scope).body = body
        return body


def handlers() -> ExceptionHandlersMap:
    """Return what answers for each kind of exception."""
    return {AppError: _app_error, ValidationException: _invalid, HTTPException: _http, Exception: _bug}


def language(request: AnyRequest) -> Lang:
    """Return the language that the caller wants."""
    return lang_of(request.headers.get("accept-language", ""))


def _app_error(request: AnyRequest, error: AppError) -> Response[bytes]:
    headers = {"WWW-Authenticate": 'Bearer realm="interplay"'} if error.status == 401 else {}
    return Response(encoded(error, language(request)), status_code=error.status, media_type=MEDIA_TYPE, headers=headers)


def _http(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    match error.status_code:
        case 404:
            known = AppError("http.not_found", status=404)
        case 405:
            allowed = ", ".join(sorted((error.headers or {}).get("allow", "").split(", ")))  # Litestar joins a set
            known = AppError("http.method", status=405, given=request.scope["method"], allowed=allowed)
        case 413:
            known = AppError("http.too_large", status=413, allowed=_body_bytes_max(request))
        case status if status < 500:
            known = AppError("http.request", status=status, reason=error.detail)
        case _:
            return _bug(request, error)
    answer = _app_error(request, known)
    if error.status_code == 405:
        answer.headers["allow"] = str(known.params["allowed"])
    return answer


def _invalid(request: AnyRequest, error: ValidationException) -> Response[bytes]:
    """Say which part of the request is wrong, what was given there and what is allowed."""
    found = error.extra[0] if isinstance(error.extra, list) and error.extra else {"message": error.detail}
    lang = language(request)
    key = str(found.get("key", "")).removeprefix("data").lstrip(".")
    source = str(getattr(found.get("source"), "value", found.get("source", "")))
    message = str(found["message"])
    if (absent := _ABSENT.match(message)) is not None:  # of a header or the query: the body is not to be shown
        place, given = absent["where"], "null"
    else:
        place, given = key or "body", _given(request, key, source)
    return _app_error(request, AppError("http.invalid", place=place, reason=_reason(message, lang), given=given))


def _bug(request: AnyRequest, error: Exception) -> Response[bytes]:
    """Log where it happened: neither values nor the message, which may name a person."""
    frames = [f"{frame.name} {frame.filename}:{frame.lineno}" for frame in extract_tb(error.__traceback__)]
    route = request.scope.get("path_template", "")
    log.error("request failed", route=route, error=type(error).__qualname__, frames=frames[-FRAMES_LOGGED_MAX:])
    return _app_error(request, AppError("http.bug", status=500))


def _reason(message: str, lang: Lang) -> str:
    for pattern, name in _REASONS:
        if (match := pattern.fullmatch(message)) is not None:
            found = {part: text.replace("`", "") for part, text in match.groupdict().items()}
            return say(f"http.reason.{name}", lang, **found)
    raise AssertionError(message)


def _given(request: AnyRequest, key: str, source: str) -> str:
    if source == "query":
        value: Any = request.query_params.get(key)
    elif source == "path":
        value = request.path_params.get(key)
    else:
        value = visit_of(request.scope).body
        for step in _STEPS.findall(key):
            value = _inner(value, step)
    return msgspec.json.encode(value).decode()[:GIVEN_CHARACTERS_MAX]


def _inner(value: Any, step: str) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and step.isdigit() and int(step) < len(value):
        return value[int(step)]
    return None


def _body_bytes_max(request: AnyRequest) -> int:
    return int(request.route_handler.resolve_request_max_body_size() or 0)
