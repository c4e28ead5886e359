"""The month of a unit as finance has it: where it stood, what moved, where it stands. Made from the ledger's entries.

Entries are dated when they are made, so a month that is over gets no new ones; closing keeps its table as a fact, and
looking at it again shows whether that held.
"""

from datetime import date
from zoneinfo import ZoneInfo

import msgspec

from interplay.acts import api as acts
from interplay.acts.contracts import (
    ADJUSTED,
    CUSTOMERS,
    ERASED,
    EXPIRED,
    HELD,
    ISSUED,
    SPENT,
    Act,
    Receipt,
    Refused,
    Tell,
)
from interplay.engine.oltp.contracts import Writing
from interplay.engine.oltp.database import Database
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import start_of
from interplay.link.points.contracts import CLOSED, Closed, Month

KIND = "points.close"


def month_of(database: Database, unit: str, month: str, zone: ZoneInfo) -> Month:
    """Return the table of a month. Raises AppError `points.month`."""
    since, until = bounds(month, zone)
    moved = acts.moved(database, unit, since, until)

    def net(account: str) -> int:
        found = moved.get(account, acts.Moved())
        return found.came - found.went

    issued = moved.get(ISSUED, acts.Moved())
    opening = acts.totals(database, unit, None, since).get(CUSTOMERS, 0)
    return Month(
        unit=unit,
        month=month,
        opening=opening,
        earned=issued.went,
        refunded=issued.came,
        spent=net(SPENT),
        expired=net(EXPIRED),
        adjusted=-net(ADJUSTED),
        held=net(HELD),
        closing=acts.totals(database, unit, None, until).get(CUSTOMERS, 0),
        erased=net(ERASED),
    )


def close(
    running: acts.Acts, database: Database, writing: Writing, month: Month, now: Micros, zone: ZoneInfo
) -> Closed:
    """Keep the table of a month that is over, once. Raises AppError `points.month_open`."""
    _, until = bounds(month.month, zone)
    if now < until:
        raise AppError("points.month_open", status=409, given=month.month)
    fields = msgspec.to_builtins(month)
    fields["closed_month"] = fields.pop("month")  # the warehouse has another `month`
    key = f"close:{month.unit}:{month.month}"
    kept = acts.find(running, database, key)
    if kept is None:
        act = Act(key, KIND, acts.body_of(key), (), (Tell(CLOSED, None, fields),), result=msgspec.msgpack.encode(month))
        answer = acts.do(running, writing, act)
        if isinstance(answer, Refused):  # nothing is taken or given, so nothing can refuse it
            raise TypeError(answer.code)
        kept = answer
    return Closed(_month(kept), month, kept.is_new)


def closed(running: acts.Acts, database: Database, unit: str, month: str) -> Month | None:
    """Return the table that was kept of a month, or None when it is not closed."""
    kept = acts.find(running, database, f"close:{unit}:{month}")
    return None if kept is None else _month(kept)


def bounds(month: str, zone: ZoneInfo) -> tuple[Micros, Micros]:
    """Return the first instant of a month in a zone, and the first of the next. Raises AppError `points.month`."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise AppError("points.month", given=month) from None
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return start_of(first, zone), start_of(following, zone)


def _month(receipt: Receipt) -> Month:
    return msgspec.msgpack.decode(receipt.result, type=Month)
