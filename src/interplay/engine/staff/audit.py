"""Who changed what: written before it is done, so that no change is without its line; how it ended is added."""

from typing import Any

from sqlalchemy import insert, select, update

from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.engine.staff.contracts import Begun, Done, Entry
from interplay.engine.staff.store import audit_log, staff_users


def _begin(tx: Tx, ask: Begun) -> int:
    values = {"user_id": ask.user_id, "key": ask.key or None, "action": ask.action, "place": ask.place}
    made = tx.connection.execute(insert(audit_log).values(at=tx.world.now(), **values))
    assert made.inserted_primary_key is not None
    return int(made.inserted_primary_key[0])


def _finish(tx: Tx, ask: Done) -> None:
    place = audit_log.c.place + f" {ask.about}" if ask.about else audit_log.c.place
    is_it = audit_log.c.entry == ask.entry
    tx.connection.execute(update(audit_log).where(is_it).values(status=ask.status, place=place))


begin = Command("audit.begin", Begun, int, _begin)
finish = Command("audit.finish", Done, None, _finish)

COMMANDS: tuple[Command[Any, Any], ...] = (begin, finish)


def entries(database: Database, before: int, limit: int, who: str | None = None) -> list[Entry]:
    """Return lines, the newest first, of everybody or of one user or key."""
    log, users = audit_log.c, staff_users.c
    query = select(*log, users.email).outerjoin(staff_users, users.user_id == log.user_id).order_by(log.entry.desc())
    query = query.where(log.entry < before)
    if who is not None:
        query = query.where((users.email == who) | (log.key == who))
    with database.read() as connection:
        rows = connection.execute(query.limit(limit)).all()
    return [Entry(row.entry, row.at, row.email or row.key or "", row.action, row.place, row.status) for row in rows]
