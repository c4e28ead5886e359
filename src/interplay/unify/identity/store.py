"""The map's tables. A subject without a row in `members` is its own customer."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Column, Index, Integer, Table, delete, insert, select

from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.oltp.schema import metadata
from interplay.kernel.ids import CustomerId, Position, SubjectId
from interplay.unify.identity.contracts import MemberChange

SUBJECTS_AT_ONCE_MAX = 500

members = Table(
    "members",
    metadata,
    Column("subject", BigInteger, primary_key=True, autoincrement=False),
    Column("customer", BigInteger, nullable=False),
    Index("members_customer", "customer"),
)

member_changes = Table(
    "member_changes",
    metadata,
    Column("change", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("subject", BigInteger, nullable=False),
    Column("customer", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False, comment="the fact that joined them"),
)


FIND = "SELECT customer FROM members WHERE subject = ?"
FIND_SUBJECTS = "SELECT subject FROM members WHERE customer = ?"
PUT = (
    "INSERT INTO members (subject, customer) VALUES (?, ?)"
    " ON CONFLICT (subject) DO UPDATE SET customer = excluded.customer"
)
NOTE = "INSERT INTO member_changes (subject, customer, position) VALUES (?, ?, ?)"


def customer_of(tx: Tx, subject: SubjectId) -> CustomerId:
    found = tx.raw.execute(FIND, (subject,)).fetchone()
    return CustomerId(subject if found is None else found[0])


def subjects_of(tx: Tx, customer: CustomerId) -> list[SubjectId]:
    """Return a customer's subjects, the one it is named after too."""
    return [SubjectId(customer), *(subject for (subject,) in tx.raw.execute(FIND_SUBJECTS, (customer,)))]


def move(tx: Tx, subjects: Sequence[SubjectId], customer: CustomerId, position: Position) -> None:
    """Let the subjects belong to the customer from this fact on."""
    tx.raw.executemany(PUT, [(subject, customer) for subject in subjects])
    tx.raw.executemany(NOTE, [(subject, customer, position) for subject in subjects])


def customers_of(database: Database, subjects: Sequence[SubjectId]) -> dict[SubjectId, CustomerId]:
    """Return the customers of many subjects, as of now."""
    found: dict[SubjectId, CustomerId] = {subject: CustomerId(subject) for subject in subjects}
    with database.read() as connection:
        for start in range(0, len(subjects), SUBJECTS_AT_ONCE_MAX):
            some = subjects[start : start + SUBJECTS_AT_ONCE_MAX]
            rows = connection.execute(select(members).where(members.c.subject.in_(some)))
            found.update((SubjectId(row.subject), CustomerId(row.customer)) for row in rows)
    return found


def forget(tx: Tx) -> None:
    """Empty the map, to be folded from the log again. Its history goes on: the warehouse follows it."""
    moved = tx.connection.execute(select(members.c.subject)).scalars().all()
    tx.connection.execute(delete(members))
    if moved:
        back = [{"subject": subject, "customer": subject, "position": 0} for subject in moved]
        tx.connection.execute(insert(member_changes), back)


def changes(database: Database, after: int, rows_max: int) -> list[MemberChange]:
    """Return changes that follow change number `after`, in order."""
    query = select(member_changes).where(member_changes.c.change > after).order_by(member_changes.c.change)
    with database.read() as connection:
        return [MemberChange(*row) for row in connection.execute(query.limit(rows_max))]


def customer_and_subjects(database: Database, subject: SubjectId) -> tuple[CustomerId, list[SubjectId]]:
    with database.read() as connection:
        found = connection.execute(select(members.c.customer).where(members.c.subject == subject)).scalar()
        customer = found or subject
        rest = connection.execute(select(members.c.subject).where(members.c.customer == customer)).scalars().all()
    return CustomerId(customer), sorted({SubjectId(customer), *map(SubjectId, rest)})
