"""What expires by itself is written off in slices. Nobody could spend it any more: expiry is tested at use."""

from msgspec import Struct

from interplay.acts.contracts import EXPIRED, SOURCE, Telling
from interplay.acts.doing import CUSTOMERS, marks
from interplay.acts.store import ledger_entries
from interplay.engine.log.append import Append, Appender
from interplay.engine.log.contracts import NewFact, Origin
from interplay.engine.oltp.contracts import Command, Tx
from interplay.kernel.ids import Micros, SubjectId

LOTS_AT_ONCE_MAX = 500

FIND = (
    "SELECT lot, subject, remaining, expires_at FROM ledger_lots"
    " WHERE unit = ? AND expires_at <= ? AND remaining <> 0 ORDER BY expires_at, lot LIMIT ?"
)
EMPTY = "UPDATE ledger_lots SET remaining = 0 WHERE lot IN ({})"
NEXT_ENTRY = "SELECT coalesce(max(entry), 0) + 1 FROM ledger_entries"


class Expire(Struct, frozen=True):
    """Write off what has expired of a unit, some lots at once; `fact` tells each owner of it."""

    unit: str
    fact: str
    lots_max: int = LOTS_AT_ONCE_MAX


def expire(appender: Appender, telling: Telling) -> Command[Expire, int]:
    """Return the command; it answers how many lots it wrote off, fewer than `lots_max` when none is left."""

    def run(tx: Tx, ask: Expire) -> int:
        now = tx.world.now()
        lots = tx.raw.execute(FIND, (ask.unit, now, ask.lots_max)).fetchall()
        if not lots:
            return 0
        tx.raw.execute(EMPTY.format(marks(len(lots))), [lot for lot, *_ in lots])
        first = tx.raw.execute(NEXT_ENTRY).fetchone()[0]
        rows = [(0, now, ask.unit, CUSTOMERS, lot, -remaining) for lot, _, remaining, _ in lots]
        rows.append((0, now, ask.unit, EXPIRED, None, sum(remaining for _, _, remaining, _ in lots)))
        tx.raw.insert_many(ledger_entries, [(first + i, *row) for i, row in enumerate(rows)])
        told = [_told(telling, ask, now, *lot) for lot in lots]
        appender.append_all(tx, [Append(told)])
        return len(lots)

    return Command("acts.expire", Expire, int, run)


def _told(
    telling: Telling, ask: Expire, now: Micros, lot: int, subject: int, remaining: int, expires_at: int
) -> NewFact:
    fields: dict[str, object] = {"unit": ask.unit, "amount": remaining, "expired_at": expires_at}
    return telling(SOURCE, ask.fact, now, f"expired:{lot}:{now}", fields, SubjectId(subject), Origin.LIVE)
