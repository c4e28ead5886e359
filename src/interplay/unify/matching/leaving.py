"""What is kept of one customer's likeness to others: said in an export, forgotten when she is erased."""

from typing import Any

from interplay.engine.log.customer_data import Found, Whom
from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.time import iso
from interplay.unify.matching import store


class MatchingData:
    """Candidates. Whom she is like stays out of an export: that is somebody else's."""

    name = "matches"
    tables = frozenset({"match_candidates"})

    def export(self, database: Database, keys: SubjectKeys, whom: Whom) -> list[dict[str, Any]]:  # noqa: ARG002
        """Return each probability that she is the same person as another customer, with its reasons."""
        return [
            {
                "probability": one.probability,
                "found_at": iso(one.found_at),
                "reasons": [
                    {"column": reason.column, "agreement": reason.agreement.value, "weight": reason.weight}
                    for reason in one.reasons
                ],
            }
            for one in store.of(database, whom.subjects)
        ]

    def find(self, database: Database, keys: SubjectKeys, whom: Whom) -> Found:  # noqa: ARG002
        return Found()

    def erase(self, tx: Tx, keys: SubjectKeys, whom: Whom, found: Found) -> None:  # noqa: ARG002
        store.erase(tx, whom.subjects)
