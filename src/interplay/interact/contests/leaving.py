"""What contests keep of a customer: said in an export, forgotten when she is erased. Her entries win nothing then."""

from typing import Any

from interplay.engine.log.customer_data import Found, Whom
from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.interact.contests import store
from interplay.kernel.time import iso


class ContestData:
    """Entries and photos. With her key the bytes of photos cannot be read any more, wherever copies of them are."""

    name = "contests"
    tables = frozenset({"contest_entries", "contest_photos"})

    def export(self, database: Database, keys: SubjectKeys, whom: Whom) -> list[dict[str, Any]]:
        return [
            {
                "contest": one.name, "entry": one.entry, "title": one.title, "text": one.text,
                "state": one.state.value, "reason": one.reason, "submitted_at": iso(one.submitted_at),
                "photos": [photo.digest for photo in one.photos],
            }
            for one in store.of(database, keys, whom.subjects)
        ]  # fmt: skip

    def find(self, database: Database, keys: SubjectKeys, whom: Whom) -> Found:  # noqa: ARG002
        return Found()

    def erase(self, tx: Tx, keys: SubjectKeys, whom: Whom, found: Found) -> None:  # noqa: ARG002
        store.erase(tx, whom.subjects)
