"""Taking old facts out of the log: what came in is forgotten, what joined people is not.

A row that joins subjects stays without its body, since the map is folded from it; so does the last one, whose position
would else be given again. Ids stay: a fact that was purged is never stored a second time.
"""

from collections.abc import Sequence

from sqlalchemy import delete, func, update

from interplay.engine.log.store import log
from interplay.engine.oltp.contracts import Tx
from interplay.kernel.ids import Position

POSITIONS_AT_ONCE_MAX = 500
EMPTY = b""


def purge(tx: Tx, positions: Sequence[Position]) -> int:
    """Take facts out, at most `POSITIONS_AT_ONCE_MAX`; return how many were still there."""
    last = func.coalesce(func.max(log.c.position), 0)
    end = tx.connection.execute(last.select()).scalar_one()
    among = log.c.position.in_(list(positions)) & (func.length(log.c.body) > 0)
    deleted = tx.connection.execute(delete(log).where(among, log.c.also.is_(None), log.c.position < end)).rowcount
    emptied = tx.connection.execute(update(log).where(among).values(body=EMPTY)).rowcount
    return deleted + emptied
