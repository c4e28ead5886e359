"""Units that are made elsewhere: codes that somebody printed, by their digests. They wait for their first owner."""

from msgspec import Struct

from interplay.acts.pooling import ADD, UnitState
from interplay.acts.store import units
from interplay.engine.oltp.contracts import Command, Tx
from interplay.kernel.ids import Micros

CODES_AT_ONCE_MAX = 500
"""A few milliseconds of the writer."""

NEXT_UNIT = "SELECT coalesce(max(unit), 0) + 1 FROM units"


class Load(Struct, frozen=True):
    """Put units with these digests of codes into a pool."""

    pool: str
    digests: tuple[bytes, ...]
    valid_from: Micros = Micros(0)
    valid_until: Micros | None = None


def _load(tx: Tx, ask: Load) -> list[int]:
    """Return the places of digests that are known already, in whichever pool; they are left as they are."""
    known = dict(tx.raw.find_numbers(units, "unit", "digest", list(set(ask.digests))))
    fresh: dict[bytes, int] = {}
    twice = []
    for place, digest in enumerate(ask.digests):
        if digest in known or digest in fresh:
            twice.append(place)
        else:
            fresh[digest] = place
    if fresh:
        pool = tx.raw.execute(ADD, (ask.pool, len(fresh), 0)).fetchone()[0]
        first = tx.raw.execute(NEXT_UNIT).fetchone()[0]
        rows = [
            (first + n, pool, UnitState.WAITING, None, None, ask.valid_from, ask.valid_until, digest)
            for n, digest in enumerate(fresh)
        ]
        tx.raw.insert_many(units, rows)
    return twice


load = Command("acts.load", Load, list[int], _load)
"""Put units into a pool; answers which were there already, so that doing it again changes nothing."""
