"""What sessions keep of a customer: said in an export, forgotten when she is erased. With her row her session ends."""

from typing import Any

from interplay.engine.log.customer_data import Found, Whom
from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.time import iso
from interplay.link.sessions import store
from interplay.link.sessions.phone import PHONE


class SessionsData:
    """Sessions, and codes that were sent to her phone."""

    name = "sessions"
    tables = frozenset({"customer_sessions", "phone_codes"})

    def export(self, database: Database, keys: SubjectKeys, whom: Whom) -> list[dict[str, Any]]:  # noqa: ARG002
        return [
            {
                "method": one.method.value,
                "created_at": iso(one.created_at),
                "expires_at": iso(one.expires_at),
                "revoked_at": None if one.revoked_at is None else iso(one.revoked_at),
            }
            for one in store.of(database, whom.subjects)
        ]

    def find(self, database: Database, keys: SubjectKeys, whom: Whom) -> Found:  # noqa: ARG002
        return Found()

    def erase(self, tx: Tx, keys: SubjectKeys, whom: Whom, found: Found) -> None:  # noqa: ARG002
        store.erase(tx, whom.subjects)
        phones = [value for kind, value in whom.identifiers or () if kind == PHONE]
        store.erase_codes(tx, [keys.digest("code.phone", phone) for phone in phones])
