"""When a fact happened, told by a clock we cannot trust.

Sender's stamp, sender's time of sending and our time of receiving give the event time by our own clock:
`at = received_at − (sent_at − original_at)`, as Segment corrects it.
"""

from datetime import UTC, datetime

from msgspec import Struct

from interplay.collect.facts.api import micros
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import MINUTE, iso

AHEAD_MAX = 10 * MINUTE  # µs a fact may lie in the future before it is clamped to now
EARLIEST_AT = 631_152_000 * 1_000_000  # 1990-01-01T00:00:00Z; older stamps are clocks that were never set
MILLISECOND = 1_000
SECONDS_DIGITS_BELOW = 10**11  # smaller epoch stamps are seconds, larger ones milliseconds


class Moment(Struct, frozen=True):
    """The event time; `original_at` is the sender's own stamp; `clamped_from` is set where it lay in the future."""

    at: Micros
    original_at: int | None
    clamped_from: str | None = None


def moment(
    received_at: Micros,
    *,
    stamped_at: int | None,
    original_at: int | None = None,
    sent_at: int | None = None,
    is_history: bool = False,
) -> Moment:
    """Return the event time: corrected when sent and original are known, else the stamp, else the time received.

    `is_history` takes the stamp as it is: an import of old facts has no clock to correct.
    Raises AppError `ingest.time.early`.
    """
    original = stamped_at if original_at is None else original_at
    if original is None:
        return Moment(received_at, None)
    if is_history or sent_at is None:
        at = original if stamped_at is None else stamped_at
    else:
        at = received_at - (sent_at - original)
    if at < EARLIEST_AT:
        raise AppError("ingest.time.early", given=_said(at), allowed=iso(EARLIEST_AT))
    if at > received_at + AHEAD_MAX:
        return Moment(received_at, original, _said(at))
    return Moment(Micros(at), original)


def iso_stamp(field: str, value: object) -> int | None:
    """Return ISO 8601 text as microseconds, None as None; without an offset it is UTC. AppError `ingest.time`."""
    if value is None:
        return None
    if type(value) is str:
        try:
            at = datetime.fromisoformat(value)
            return micros(at if at.tzinfo else at.replace(tzinfo=UTC))
        except (ValueError, OverflowError):
            pass
    raise AppError("ingest.time", field=field, given=str(value)[:80])


def epoch_stamp(field: str, value: object) -> int | None:
    """Return epoch milliseconds (or seconds, told by their size) as microseconds. AppError `ingest.time`."""
    if value is None:
        return None
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is not int or not -(2**53) < value < 2**53:
        raise AppError("ingest.time", field=field, given=str(value)[:80])
    return value * (MILLISECOND * 1_000 if abs(value) < SECONDS_DIGITS_BELOW else MILLISECOND)


def _said(at: int) -> str:
    """Return the instant as text; one beyond the calendar as its number."""
    try:
        return iso(at)
    except OverflowError:
        return f"{at} µs"
