"""What a token of the brand's backend must say, and how many codes a phone gets. Pure: the instant is handed in."""

from collections.abc import Mapping, Sequence

from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY, HOUR, MINUTE, SECOND

AUDIENCE = "interplay"
SKEW = 30 * SECOND
"""How far the backend's clock may be from ours, either way."""
LIFE_MAX = 10 * MINUTE
"""How long a token may be valid: it is for one exchange, at once."""
TEXT_CHARS_MAX = 255
IDENTIFIER_CLAIMS = {"sub": "user_id", "unionid": "unionid", "phone": "phone", "email": "email", "openid": "openid"}
"""Claims that name her → kinds of identifiers, strongest first."""

Claims = Mapping[str, object]


def check_times(claims: Claims, now: int) -> int:
    """Return when the token ends, in microseconds. Raises AppError `sessions.token_*`."""
    issued, ends = _instant(claims, "iat"), _instant(claims, "exp")
    if ends <= issued or ends - issued > LIFE_MAX:
        raise AppError("sessions.token_long", status=401, allowed=LIFE_MAX // SECOND)
    if now >= ends + SKEW:
        raise AppError("sessions.token_expired", status=401, seconds=(now - ends) // SECOND)
    begins = max(issued, _instant(claims, "nbf")) if "nbf" in claims else issued
    if begins > now + SKEW:
        raise AppError("sessions.token_early", status=401, seconds=(begins - now) // SECOND)
    return ends


def check_audience(claims: Claims) -> None:
    """Raise AppError `sessions.token_audience` for a token that was made for somebody else."""
    given = claims.get("aud")
    if given != AUDIENCE and not (isinstance(given, list) and AUDIENCE in given):
        raise AppError("sessions.token_audience", status=401, allowed=AUDIENCE)


def text(claims: Claims, name: str) -> str:
    """Return a claim that must be text. Raises AppError `sessions.token_claim`."""
    found = claims.get(name)
    if not isinstance(found, str) or not found.strip() or len(found) > TEXT_CHARS_MAX:
        raise AppError("sessions.token_claim", status=401, name=name)
    return found


def identifiers(claims: Claims) -> list[tuple[str, str]]:
    """Return (kind, value) of each claim that names her; `sub` must be there."""
    text(claims, "sub")
    return [(kind, text(claims, claim)) for claim, kind in IDENTIFIER_CLAIMS.items() if claims.get(claim) is not None]


def _instant(claims: Claims, name: str) -> int:
    found = claims.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found <= 2**33:
        raise AppError("sessions.token_claim", status=401, name=name)
    return int(found * SECOND)


CODE_LIFE = 10 * MINUTE
CODE_TRIES_MAX = 5
CODE_DIGITS = 6
PER_PHONE = ((1, MINUTE), (5, HOUR), (10, DAY))
PER_ADDRESS = ((30, HOUR), (100, DAY))
"""How many codes, in how long: the first that is full says how long to wait."""

Limits = Sequence[tuple[int, int]]


def full(limits: Limits, times: Sequence[int], now: int) -> tuple[int, int]:
    """Return (limit, microseconds to wait) of the window that stays full longest; (0, 0) where there is room.

    `times` are those of what was let through, the newest first.
    """
    waits = [(times[most - 1] + window - now, most) for most, window in limits if len(times) >= most]
    wait, most = max(waits, default=(0, 0))
    return (most, wait) if wait > 0 else (0, 0)
