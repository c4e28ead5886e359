"""What the map keeps about one customer: said in an export, forgotten when she is erased."""

from typing import Any

from interplay.engine.log import erasure
from interplay.engine.log.customer_data import Found, Whom
from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.time import iso
from interplay.unify.identity import store
from interplay.unify.identity.contracts import DecisionView, LinkView, Named
from interplay.unify.identity.telling import why


class IdentityData:
    """Links and decisions. Of `identity_hands` and `member_changes` only numbers stay, as in the log."""

    name = "identity"
    tables = frozenset(
        {"members", "member_changes", "identity_edges", "identity_hands", "identity_decisions"},
    )

    def export(self, database: Database, keys: SubjectKeys, whom: Whom) -> dict[str, Any]:
        """Return every link and decision that names one of her identifiers."""
        view = why(database, keys, whom.subjects[0], links_max=None)
        return {
            "links": [_link(one) for one in view.links],
            "decisions": [_decision(one) for one in view.decisions],
        }

    def find(self, database: Database, keys: SubjectKeys, whom: Whom) -> Found:  # noqa: ARG002
        return Found()

    def erase(self, tx: Tx, keys: SubjectKeys, whom: Whom, found: Found) -> None:  # noqa: ARG002
        """Take her out of the map. The change stands at the log's end, behind every fact of hers."""
        store.erase(tx, whom.subjects, erasure.log_end(tx))


def _link(one: LinkView) -> dict[str, Any]:
    return {
        "one": _named(one.one),
        "other": _named(one.other),
        "outcome": one.outcome.value,
        "position": one.position,
        "fact": one.fact,
        "at": iso(one.at),
    }


def _decision(one: DecisionView) -> dict[str, Any]:
    return {
        "kind": one.kind.value,
        "one": _named(one.one),
        "other": _named(one.other),
        "at": iso(one.at),
        "actor": one.actor,
        "reason": one.reason,
    }


def _named(one: Named) -> dict[str, str]:
    return {"kind": one.kind, "value": one.value}
