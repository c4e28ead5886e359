"""What is kept of who scans codes: said in an export; in an erasure it is forgotten who it was.

Scans are kept as long as the facts that told of them. How often a code was scanned, and that it gave its reward, stays:
a code would else give it twice.
"""

from typing import Any

from interplay.engine.log.customer_data import Found, Whom
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.interact.codes import store
from interplay.kernel.ids import Position
from interplay.kernel.time import iso


def _purge(tx: Tx, positions: tuple[Position, ...]) -> int:
    return store.purge(tx, positions)


purge = Command("codes.purge", tuple[Position, ...], int, _purge)
"""Forget the scans that purged facts told of."""


class CodesData:
    """Scans: which items, when and where."""

    name = "scans"
    tables = frozenset({"code_scans"})

    def export(self, database: Database, keys: SubjectKeys, whom: Whom) -> list[dict[str, Any]]:  # noqa: ARG002
        words = ("province", "city", "store")
        return [
            {"item": f"{one['name']}/{one['item']}", "scan_no": one["scan_no"], "at": iso(one["at"])}
            | {word: one[word] for word in words}
            for one in store.scans_of(database, whom.subjects)
        ]

    def find(self, database: Database, keys: SubjectKeys, whom: Whom) -> Found:  # noqa: ARG002
        return Found()

    def erase(self, tx: Tx, keys: SubjectKeys, whom: Whom, found: Found) -> None:  # noqa: ARG002
        store.forget(tx, whom.subjects)
