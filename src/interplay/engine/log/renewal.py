"""An identifier in other hands: from now on its facts are a new subject's. The log itself is never rewritten."""

from interplay.engine.log import store
from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Lock, Raw
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.ids import SubjectId

DIGEST_BYTES = 16


def renew(tx: Tx, keys: SubjectKeys, subject: SubjectId) -> SubjectId:
    """Give a subject's identifier a new subject and return it; the former keeps its facts, and is found no more.

    Raises AppError `engine.key_file` when the identifier cannot be opened.
    """
    tx.raw.take(Lock.LOG)
    kind, sealed = tx.raw.execute(store.READ_SUBJECT, (subject,)).fetchone()
    value = keys.open(subject, sealed)
    assert value is not None, "the identifier of an erased subject is found no more, so nobody can renew it"
    digest = tx.raw.execute(store.READ_DIGEST, (subject,)).fetchone()[0]
    new = SubjectId(tx.raw.execute(store.LAST_SUBJECT).fetchone()[0] + 1)
    keys.add(new, 1)
    tx.raw.execute(store.RENAME_SUBJECT, (tx.world.random_bytes(DIGEST_BYTES), subject))
    # Its place is the log's end: who follows subjects in order has not passed it yet.
    last = tx.raw.execute(store.LAST_POSITION).fetchone()[0]
    tx.raw.execute(store.INSERT_SUBJECT, (new, digest, kind, keys.seal(new, value), last))
    tx.raw.execute(store.COUNT_RENEWAL, (store.RENEWALS,))
    return new


def renewals(raw: Raw) -> int:
    """Return how many identifiers have been renewed: who remembers subjects forgets them when this has moved."""
    found = raw.execute(store.READ_CURSOR, (store.RENEWALS,)).fetchone()
    return 0 if found is None else int(found[0])
