"""What a customer is shown of her points: what waits, what ends soon, and what happened."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from interplay.acts import api as acts
from interplay.acts.api import OpenLot
from interplay.acts.contracts import ADJUSTED, EXPIRED, HELD, ISSUED, SPENT
from interplay.engine.oltp.database import Database
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.time import DAY
from interplay.link.points.contracts import Event, Happening, Outlook, Parcel, PointsDocument

LOTS_MAX = 1_000
PARCELS_MAX = 100
SOON_DAYS = 30
"""What ends soon, where a unit tells nobody before it ends."""

_EVENTS = (
    (ISSUED, Event.EARNED, Event.TAKEN_BACK),
    (SPENT, Event.GIVEN_BACK, Event.SPENT),
    (ADJUSTED, Event.ADJUSTED, Event.ADJUSTED),
    (EXPIRED, Event.EXPIRED, Event.EXPIRED),
    (HELD, Event.GIVEN_BACK, Event.HELD),
)
"""The other side of an act → what it is called when points came, and when they went; the first that is there."""


def outlook(
    database: Database, documents: Mapping[str, PointsDocument], subjects: Sequence[SubjectId], now: Micros
) -> dict[str, Outlook]:
    """Return what becomes of a customer's points of every unit: what can be spent when, and what ends soon."""
    found = {}
    for name, unit in sorted(documents.items()):
        lots = acts.open_lots(database, name, subjects, now, LOTS_MAX)
        until = now + (unit.notice_days or SOON_DAYS) * DAY
        pending = _parcels((lot, lot.active_from) for lot in lots if lot.active_from > now)
        ending = _parcels((lot, lot.expires_at) for lot in lots if lot.expires_at and lot.expires_at <= until)
        found[name] = Outlook(pending, ending)
    return found


def history(
    database: Database, unit: str, subjects: Sequence[SubjectId], before: int, rows_max: int
) -> list[Happening]:
    """Return what happened to a customer's points, the newest first."""
    rows = acts.history(database, unit, subjects, before, rows_max)
    return [Happening(row.at, row.amount, _event(row), row.entry) for row in rows]


def _parcels(lots: Iterable[tuple[OpenLot, Micros]]) -> tuple[Parcel, ...]:
    sums: Counter[Micros] = Counter()
    for lot, at in lots:
        sums[at] += lot.remaining
    return tuple(Parcel(amount, at) for at, amount in sorted(sums.items())[:PARCELS_MAX])


def _event(row: acts.Happened) -> Event:
    for account, came, went in _EVENTS:
        if account in row.accounts:
            return came if row.amount > 0 else went
    return Event.EARNED if row.amount > 0 else Event.TAKEN_BACK
