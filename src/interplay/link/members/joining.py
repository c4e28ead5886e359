"""Joining: whoever asks, and however often, one person has one card."""

from collections.abc import Sequence

from interplay.collect.facts.api import check_kind, identifier, strongest_first
from interplay.collect.facts.contracts import Identifier, IdentifierKind
from interplay.collect.ingest.api import told
from interplay.engine.log.append import Append, Appender
from interplay.engine.log.erasure import identifiers_in
from interplay.engine.log.subjects import subject_in
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.errors import AppError
from interplay.kernel.ids import SubjectId
from interplay.kernel.settings import Brand
from interplay.link.members import rules, store
from interplay.link.members.contracts import MEMBER_JOINED, SOURCE, Card, Join, JoinChannel, Joined
from interplay.unify.identity import api as identity

CARD_NO = IdentifierKind.CARD_NO.value
NOBODYS_KINDS = frozenset({IdentifierKind.DEVICE.value, IdentifierKind.ANONYMOUS_ID.value})
"""A browser or a phone as a thing: whoever holds it next must not find somebody's card in it."""


def to_join(
    database: Database,
    brand: Brand,
    who: Sequence[tuple[str, str]],
    channel: JoinChannel,
    *,
    store_name: str | None = None,
    device: str | None = None,
) -> Join:
    """Return the command's message.

    Raises AppError `facts.identifier.kind`, `customers.identifier`, `members.nobody`.
    """
    found: list[Identifier] = []
    for kind, value in who:
        check_kind(kind)
        one = identifier(kind, value, brand.region)
        if one is None:
            raise AppError("customers.identifier", kind=kind, given=value)
        found.append(one)
    blocked = identity.blocked_values(database, brand)
    named = tuple((one.kind, one.value) for one in strongest_first(found) if (one.kind, one.value) not in blocked)
    if all(kind in NOBODYS_KINDS for kind, _ in named):
        raise AppError("members.nobody", given=", ".join(one.kind for one in found) or "-")
    return Join(named, channel, store_name, device)


def join(keys: SubjectKeys, appender: Appender) -> Command[Join, Joined]:
    """Return the command. The card that a member has is her answer, wherever and by whichever identifier she asks.

    It has all locks, so two who ask at once ask one after the other. Raises AppError `identity.rebuilding`.
    """

    def run(tx: Tx, ask: Join) -> Joined:
        for kind, value in ask.identifiers:
            subject = subject_in(tx, keys.digest(kind, value))
            held = [] if subject is None else store.of_in(tx, identity.wallet_in(tx, subject))
            if held:
                ((_, number),) = identifiers_in(tx, keys, [held[0].card])
                return Joined(number, held[0].joined_at, is_new=False)
        return _make(tx, keys, appender, ask)

    return Command("members.join", Join, Joined, run)


def _make(tx: Tx, keys: SubjectKeys, appender: Appender, ask: Join) -> Joined:
    now, number = tx.world.now(), _new_number(tx, keys)
    named = strongest_first([Identifier(CARD_NO, number), *(Identifier(*one) for one in ask.identifiers)])
    given = {"channel": ask.channel.value, "store_id": ask.store, "till_device": ask.device}
    fields = {name: value for name, value in given.items() if value is not None}
    identifiers = tuple((one.kind, one.value) for one in named)
    fact = told(SOURCE, MEMBER_JOINED, now, keys.digest(CARD_NO, number).hex(), fields, identifiers=identifiers)
    appender.append_all(tx, [Append([fact])])
    card, subject = _subject(tx, keys, (CARD_NO, number)), _subject(tx, keys, ask.identifiers[0])
    store.add(tx, Card(card, subject, now, ask.channel, ask.store, ask.device))
    return Joined(number, now, is_new=True)


def _new_number(tx: Tx, keys: SubjectKeys) -> str:
    """Return a number that nobody has, among a hundred thousand billion."""
    while True:
        number = rules.card_number(tx.world.rng.randrange(rules.CHANCE_MAX))
        if subject_in(tx, keys.digest(CARD_NO, number)) is None:
            return number


def _subject(tx: Tx, keys: SubjectKeys, one: tuple[str, str]) -> SubjectId:
    found = subject_in(tx, keys.digest(*one))
    assert found is not None  # its fact was appended in this transaction
    return found
