"""Erase one customer: one transaction, then the keys. Whatever interrupts it, it is finished or has not begun."""

from collections.abc import Sequence
from contextlib import closing
from functools import partial

from interplay.engine.log import erasure
from interplay.engine.log.customer_data import CustomerData, Found, Whom
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros, SubjectId
from interplay.unify.erasure import store
from interplay.unify.erasure.contracts import Erase, Erased
from interplay.unify.identity import api as identity

REASON_CHARS_MAX = 100
RESTORE = "restore"  # the actor of erasures that a restored backup did not know of


def erase(keys: SubjectKeys, data: Sequence[CustomerData]) -> Command[Erase, Erased]:
    """Return the command. Raises AppError `customers.gone`, `customers.changed`, `identity.rebuilding`.

    A key file that cannot be written is `engine.storage`, and nothing is done.
    """
    return Command("customers.erase", Erase, Erased, partial(_erase, keys, data))


def to_erase(
    subject: SubjectId,
    *,
    actor: str,
    reason: str,
    database: Database,
    keys: SubjectKeys,
    data: Sequence[CustomerData],
) -> Erase:
    """Return the command's message: who she is now, and where she was found. It may take a second.

    Raises AppError `customers.erase_reason`.
    """
    if len(reason) > REASON_CHARS_MAX:
        raise AppError("customers.erase_reason", given=len(reason), allowed=REASON_CHARS_MAX)
    whom = whom_of(database, keys, subject)
    found = {one.name: one.find(database, keys, whom) for one in data}
    return Erase(subject, whom.subjects, found, actor, reason)


def whom_of(database: Database, keys: SubjectKeys, subject: SubjectId) -> Whom:
    """Return a subject's customer with every identifier."""
    _, subjects = identity.customer_of(database, subject)
    with closing(LogReader(database)) as reader:
        return Whom(tuple(subjects), tuple(erasure.identifiers(reader, keys, subjects)))


def finish(database: Database, keys: SubjectKeys) -> None:
    """Destroy the keys of whom was erased when the process died before it could; also those of an old key file."""
    if left := [subject for subject in erasure.erased_subjects(database) if not keys.is_erased(subject)]:
        keys.erase(left)


def last_at(database: Database) -> Micros | None:
    """Return when somebody was erased last; None before the first."""
    return store.last_at(database)


def erase_again(keys: SubjectKeys, data: Sequence[CustomerData]) -> Command[None, int]:
    """Return the command for a restored backup: whose key is gone was erased after it was taken, and is again.

    It answers how many subjects there were.
    """
    return Command("customers.erase_again", type(None), int, partial(_erase_again, keys, data))


def _erase(keys: SubjectKeys, data: Sequence[CustomerData], tx: Tx, ask: Erase) -> Erased:
    if not erasure.is_known(tx, ask.subject):
        raise AppError("customers.gone", status=404)
    if tuple(identity.subjects_of(tx, ask.subject)) != ask.subjects:
        raise AppError("customers.changed", status=409)
    keys.check_writable()
    whom = Whom(ask.subjects, tuple(erasure.identifiers_in(tx, keys, ask.subjects)))
    number = store.add(tx, len(ask.subjects), erasure.log_end(tx), ask.actor, ask.reason)
    for one in data:
        one.erase(tx, keys, whom, ask.found.get(one.name, Found()))
    tx.committed.append(partial(keys.erase, ask.subjects))
    return Erased(number, len(ask.subjects))


def _erase_again(keys: SubjectKeys, data: Sequence[CustomerData], tx: Tx, _: None) -> int:
    subjects = tuple(SubjectId(subject) for subject in keys.erased() if erasure.is_known(tx, SubjectId(subject)))
    if subjects:
        store.add(tx, len(subjects), erasure.log_end(tx), RESTORE, "")
        for one in data:
            one.erase(tx, keys, Whom(subjects, None), Found())
    return len(subjects)
