"""Subjects inside a transaction, for commands that append a fact and keep something about whom it is of."""

from interplay.engine.log import store
from interplay.engine.oltp.contracts import Tx
from interplay.kernel.ids import SubjectId


def subject_in(tx: Tx, digest: bytes) -> SubjectId | None:
    """Return the subject of an identifier by its keyed digest, or None where it never came in, or was erased."""
    row = tx.raw.execute(store.FIND_SUBJECT, (digest,)).fetchone()
    return None if row is None else SubjectId(row[0])
