"""What acts keep about a customer: the export says it; erasure leaves numbers that nobody can be found by."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from interplay.acts import scoring, store
from interplay.acts.contracts import CUSTOMERS, ERASED
from interplay.acts.expiring import NEXT_ENTRY, write_off
from interplay.acts.pooling import UnitState
from interplay.acts.running import Acts
from interplay.engine.log.append import Appender
from interplay.engine.log.contracts import NewFact
from interplay.engine.log.customer_data import CustomerData, Found, Whom
from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.ids import SubjectId
from interplay.kernel.time import iso

OWNED = int(UnitState.OWNED)

OPEN_OF = "SELECT lot, unit, remaining FROM ledger_lots WHERE subject = ? AND remaining <> 0 ORDER BY lot"
EMPTY_OF = "UPDATE ledger_lots SET remaining = 0 WHERE subject = ? AND remaining <> 0"


class ActsData(CustomerData):
    """Lots, units, counts, groups and receipts.

    The ledger's rows stay, for sums must hold; their subject's key is gone, and no identifier leads there any more.
    Her holds are taken back, what she could still spend is written off, what she could use is void.
    """

    name = "acts"
    tables = frozenset({"acts", "ledger_lots", "counters", "units", "link_groups", "links", "draws", "scores"})

    def export(self, database: Database, keys: SubjectKeys, whom: Whom) -> Any:  # noqa: ARG002
        lots, units, acts, counters, links = (
            store.ledger_lots.c, store.units.c, store.acts.c, store.counters, store.links,
        )  # fmt: skip
        with database.read() as connection:
            found_lots = connection.execute(
                select(store.ledger_lots).where(lots.subject.in_(whom.subjects)).order_by(lots.lot)
            ).all()
            found_units = connection.execute(
                select(units.unit, store.pools.c.name, units.state, units.valid_until)
                .join(store.pools, store.pools.c.pool == units.pool)
                .where(units.owner.in_(whom.subjects))
                .order_by(units.unit)
            ).all()
            found_acts = connection.execute(
                select(acts.act, acts.kind, acts.state, acts.at)
                .where(acts.subject.in_(whom.subjects))
                .order_by(acts.act)
            ).all()
            counted = connection.execute(
                select(counters).where(counters.c.subject.in_(whom.subjects)).order_by(*counters.primary_key)
            ).all()
            boards, scores = store.score_boards.c, store.scores.c
            scored = connection.execute(
                select(boards.name, boards.opens_at, scores.score, scores.at)
                .join(store.scores, scores.board == boards.board)
                .where(scores.subject.in_(whom.subjects))
                .order_by(scores.board, scores.subject, scores.post)
            ).all()
            linked = connection.execute(
                select(links).where(links.c.subject.in_(whom.subjects)).order_by(*links.primary_key)
            ).all()
        return {
            "lots": [{"unit": r.unit, "amount": r.amount, "remaining": r.remaining, **_ends(r)} for r in found_lots],
            "units": [{"unit": r.unit, "pool": r.name, "state": r.state} for r in found_units],
            "acts": [{"act": r.act, "kind": r.kind, "state": r.state, "at": iso(r.at)} for r in found_acts],
            "counts": [{"scope": r.scope, "used": r.used} for r in counted],
            "scores": [{"board": r.name, "score": r.score, "at": iso(r.at)} for r in scored],
            "groups": [{"kind": r.kind, "group": r.name, "at": iso(r.at)} for r in linked],
        }

    def find(self, database: Database, keys: SubjectKeys, whom: Whom) -> Found:  # noqa: ARG002
        return Found()

    def erase(self, tx: Tx, keys: SubjectKeys, whom: Whom, found: Found) -> None:  # noqa: ARG002
        Acts(keys, Appender(keys), _alone, _silent).let_go_of(tx, whom.subjects)
        units = store.units
        is_hers = units.c.owner.in_(whom.subjects)
        tx.connection.execute(update(units).where(is_hers, units.c.state == OWNED).values(state=int(UnitState.VOID)))
        scoring.leave(tx.raw, whom.subjects)
        _write_off(tx, whom.subjects)


def _write_off(tx: Tx, subjects: Sequence[SubjectId]) -> None:
    """Let what she had, and what she owed, be nobody's."""
    lots = [row for subject in subjects for row in tx.raw.execute(OPEN_OF, (subject,)).fetchall()]
    for unit in sorted({unit for _, unit, _ in lots}):
        rows: list[tuple[str, int | None, int]] = [
            (CUSTOMERS, lot, -remaining) for lot, of, remaining in lots if of == unit
        ]
        first = tx.raw.execute(NEXT_ENTRY).fetchone()[0]
        write_off(tx, first, unit, [*rows, (ERASED, None, -sum(amount for _, _, amount in rows))])
    for subject in subjects:
        tx.raw.execute(EMPTY_OF, (subject,))


def _alone(_: Tx, subject: SubjectId) -> list[SubjectId]:
    return [subject]


def _silent(*_: object) -> NewFact:
    raise AssertionError("nothing is told of what an erasure takes back")


def _ends(row: Any) -> dict[str, str | None]:
    ends = None if row.expires_at is None else iso(row.expires_at)
    return {"active_from": iso(row.active_from), "expires_at": ends}
