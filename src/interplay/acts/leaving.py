"""What acts keep about a customer: the export says it; erasure leaves numbers that nobody can be found by."""

from typing import Any

from sqlalchemy import select, update

from interplay.acts import store
from interplay.engine.log.customer_data import CustomerData, Found, Whom
from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.time import iso


class ActsData(CustomerData):
    """Lots, units, counts, groups and receipts.

    The ledger's rows stay, for sums must hold; their subject's key is gone, and no identifier leads there any more.
    What she could still spend or use is hers no longer.
    """

    name = "acts"
    tables = frozenset({"acts", "ledger_lots", "counters", "units", "link_groups", "links", "draws"})

    def export(self, database: Database, keys: SubjectKeys, whom: Whom) -> Any:  # noqa: ARG002
        lots, units, acts = store.ledger_lots.c, store.units.c, store.acts.c
        with database.read() as connection:
            found_lots = connection.execute(select(store.ledger_lots).where(lots.subject.in_(whom.subjects))).all()
            found_units = connection.execute(
                select(units.unit, store.pools.c.name, units.state, units.valid_until)
                .join(store.pools, store.pools.c.pool == units.pool)
                .where(units.owner.in_(whom.subjects))
            ).all()
            found_acts = connection.execute(
                select(acts.act, acts.kind, acts.state, acts.at).where(acts.subject.in_(whom.subjects))
            ).all()
            counted = connection.execute(
                select(store.counters).where(store.counters.c.subject.in_(whom.subjects))
            ).all()
            linked = connection.execute(select(store.links).where(store.links.c.subject.in_(whom.subjects))).all()
        return {
            "lots": [{"unit": r.unit, "amount": r.amount, "remaining": r.remaining, **_ends(r)} for r in found_lots],
            "units": [{"unit": r.unit, "pool": r.name, "state": r.state} for r in found_units],
            "acts": [{"act": r.act, "kind": r.kind, "state": r.state, "at": iso(r.at)} for r in found_acts],
            "counts": [{"scope": r.scope, "used": r.used} for r in counted],
            "groups": [{"kind": r.kind, "group": r.name, "at": iso(r.at)} for r in linked],
        }

    def find(self, database: Database, keys: SubjectKeys, whom: Whom) -> Found:  # noqa: ARG002
        return Found()

    def erase(self, tx: Tx, keys: SubjectKeys, whom: Whom, found: Found) -> None:  # noqa: ARG002
        units = store.units
        mine = units.c.owner.in_(whom.subjects)
        tx.connection.execute(update(units).where(mine, units.c.state == 3).values(state=5))


def _ends(row: Any) -> dict[str, str | None]:
    ends = None if row.expires_at is None else iso(row.expires_at)
    return {"active_from": iso(row.active_from), "expires_at": ends}
