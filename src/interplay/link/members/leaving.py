"""What is kept of a member: said in an export, forgotten when she is erased. Her number goes with her identifiers."""

from typing import Any

from interplay.engine.log.customer_data import Found, Whom
from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.time import iso
from interplay.link.members import store


class MembersData:
    """Cards: when and where she joined."""

    name = "cards"
    tables = frozenset({"cards"})

    def export(self, database: Database, keys: SubjectKeys, whom: Whom) -> list[dict[str, Any]]:  # noqa: ARG002
        return [
            {"joined_at": iso(one.joined_at), "channel": one.channel.value, "store": one.store, "device": one.device}
            for one in store.of(database, whom.subjects)
        ]

    def find(self, database: Database, keys: SubjectKeys, whom: Whom) -> Found:  # noqa: ARG002
        return Found()

    def erase(self, tx: Tx, keys: SubjectKeys, whom: Whom, found: Found) -> None:  # noqa: ARG002
        store.erase(tx, whom.subjects)
