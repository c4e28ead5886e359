"""What can be done with members. Other slices import this file and `contracts`."""

from contextlib import closing

from interplay.engine.log.append import Appender
from interplay.engine.log.erasure import identifiers
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import AnyCommand
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.errors import AppError
from interplay.kernel.ids import SubjectId
from interplay.link.members import store
from interplay.link.members.codes import new_code, scan, to_scan
from interplay.link.members.contracts import Card, CardView, MemberView
from interplay.link.members.joining import join, to_join
from interplay.link.members.leaving import MembersData
from interplay.link.members.rules import printed, read_number
from interplay.unify.identity.api import customer_of, wallet_of


def commands(keys: SubjectKeys, appender: Appender) -> tuple[AnyCommand, ...]:
    """Return every command of this slice."""
    return join(keys, appender), scan(appender)


def member(database: Database, keys: SubjectKeys, subject: SubjectId) -> MemberView | None:
    """Return the member whom a subject is, or None where she has not joined."""
    customer, subjects = customer_of(database, subject)[0], wallet_of(database, subject)
    held = store.of(database, subjects)
    if not held:
        return None
    every = sorted({*subjects, *(one.card for one in held), *(one.subject for one in held)})
    with closing(LogReader(database)) as reader:
        kinds = sorted({kind for kind, _ in identifiers(reader, keys, every)})
        cards = tuple(_view(reader, keys, one) for one in held)
    return MemberView(customer, cards, tuple(kinds))


def member_of(database: Database, keys: SubjectKeys, subject: SubjectId) -> MemberView:
    """Return the member whom a subject is. Raises AppError `members.not_a_member` (404)."""
    found = member(database, keys, subject)
    if found is None:
        raise AppError("members.not_a_member", status=404)
    return found


def checked_number(text: str) -> str:
    """Return the number of a card as it was typed or scanned. Raises AppError `members.card_no`."""
    number = read_number(text)
    if number is None:
        raise AppError("members.card_no", given=text)
    return number


def _view(reader: LogReader, keys: SubjectKeys, one: Card) -> CardView:
    ((_, number),) = identifiers(reader, keys, [one.card])
    return CardView(number, one.joined_at, one.channel, one.store, one.device)


__all__ = [
    "MembersData",
    "checked_number",
    "commands",
    "join",
    "member",
    "member_of",
    "new_code",
    "printed",
    "scan",
    "to_join",
    "to_scan",
]
