"""The table of cards. The numbers themselves are identifiers, sealed in the log's table of subjects."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Integer, Table, Text, delete, insert, or_, select

from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.oltp.schema import metadata
from interplay.kernel.ids import Micros, SubjectId
from interplay.link.members.contracts import Card, JoinChannel

SUBJECTS_AT_ONCE_MAX = 400

cards = Table(
    "cards",
    metadata,
    Column(
        "card",
        BigInteger().with_variant(Integer(), "sqlite"),
        primary_key=True,
        autoincrement=False,
        comment="the subject of its number",
    ),
    Column("subject", BigInteger, nullable=False, index=True, comment="the identifier that joined"),
    Column("joined_at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("channel", Text, nullable=False),
    Column("store", Text, comment="the name of its document"),
    Column("device", Text, comment="the till's name"),
)


def add(tx: Tx, card: Card) -> None:
    values = {name: getattr(card, name) for name in card.__struct_fields__}
    tx.connection.execute(insert(cards).values({**values, "channel": card.channel.value}))


def of_in(tx: Tx, subjects: Sequence[SubjectId]) -> list[Card]:
    """Return the cards of a person's subjects, the oldest first, inside a transaction."""
    return _of(tx.connection, subjects)


def of(database: Database, subjects: Sequence[SubjectId]) -> list[Card]:
    """Return the cards of a person's subjects, the oldest first."""
    with database.read() as connection:
        return _of(connection, subjects)


def erase(tx: Tx, subjects: Sequence[SubjectId]) -> None:
    for start in range(0, len(subjects), SUBJECTS_AT_ONCE_MAX):
        some = subjects[start : start + SUBJECTS_AT_ONCE_MAX]
        tx.connection.execute(delete(cards).where(or_(cards.c.card.in_(some), cards.c.subject.in_(some))))


def _of(connection: Connection, subjects: Sequence[SubjectId]) -> list[Card]:
    found: dict[int, Card] = {}
    for start in range(0, len(subjects), SUBJECTS_AT_ONCE_MAX):
        some = subjects[start : start + SUBJECTS_AT_ONCE_MAX]
        query = select(cards).where(or_(cards.c.card.in_(some), cards.c.subject.in_(some)))
        found.update((row.card, _card(row)) for row in connection.execute(query))
    return sorted(found.values(), key=lambda one: (one.joined_at, one.card))


def _card(row: Any) -> Card:
    return Card(
        SubjectId(row.card), SubjectId(row.subject), Micros(row.joined_at), JoinChannel(row.channel), row.store,
        row.device,
    )  # fmt: skip
