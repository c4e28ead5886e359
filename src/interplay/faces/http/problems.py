"""Problem details (RFC 9457): the same shape for every mistake, in the caller's language."""

import msgspec

from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang

MEDIA_TYPE = "application/problem+json"


def lang_of(accept_language: str) -> Lang:
    """Return the language to answer in: Chinese where it is asked for first, else English."""
    return "zh" if accept_language.strip().lower().startswith("zh") else "en"


def problem(error: AppError, lang: Lang) -> dict[str, object]:
    """Return the body of a problem."""
    return {
        "type": "about:blank",
        "title": error.code,
        "status": error.status,
        "detail": error.text(lang),
        "code": error.code,
        "params": {name: value if isinstance(value, int | float) else str(value) for name, value in error.params.items()},
    }


def encoded(error: AppError, lang: Lang) -> bytes:
    return msgspec.json.encode(problem(error, lang))
