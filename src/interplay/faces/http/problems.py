"""Problem details (RFC 9457): the same shape for every mistake, in the caller's language."""

from typing import Any

import msgspec
from msgspec import Struct

from interplay.kernel.errors import AppError
from interplay.kernel.i18n import LANGS, Lang, say

MEDIA_TYPE = "application/problem+json"
GIVEN_CHARACTERS_MAX = 200


class Problem(Struct, frozen=True):
    """What went wrong. `code` and `params` are for programs, `title` and `detail` for people."""

    title: str
    status: int
    detail: str
    code: str
    params: dict[str, str | float | bool | None]
    type: str = "about:blank"


def lang_of(accept_language: str) -> Lang:
    """Return the language to answer in: the one of zh and en that `Accept-Language` likes best, else English."""
    best: Lang = "en"
    weight = 0.0
    for part in accept_language.lower().split(","):
        tag, _, rest = part.partition(";")
        liking = _weight(rest)
        for lang in LANGS:
            if tag.strip().split("-")[0] == lang and liking > weight:
                best, weight = lang, liking
    return best


def problem(error: AppError, lang: Lang) -> Problem:
    """Return what is said of a mistake."""
    return Problem(
        title=say(f"http.title.{_titled(error.status)}", lang),
        status=error.status,
        detail=error.text(lang),
        code=error.code,
        params={name: _plain(value) for name, value in error.params.items()},
    )


def encoded(error: AppError, lang: Lang) -> bytes:
    """Return the body of a problem."""
    return msgspec.json.encode(problem(error, lang))


def _titled(status: int) -> int:
    return status if status in (400, 401, 403, 404, 405, 409, 413, 429, 500, 503) else status // 100 * 100


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


def _plain(value: Any) -> str | float | bool | None:
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)[:GIVEN_CHARACTERS_MAX]
