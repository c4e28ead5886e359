"""The map's tables. A subject without a row in `members` is its own customer."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, delete, func, insert, or_, select

from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.oltp.schema import metadata
from interplay.kernel.ids import CustomerId, Micros, Position, SubjectId
from interplay.unify.identity.contracts import ERASED, Decision, DecisionKind, Edge, MemberChange, Moved, Outcome

SUBJECTS_AT_ONCE_MAX = 500
CHANGES_AT_ONCE_MAX = 2_000

_Number = BigInteger().with_variant(Integer(), "sqlite")

members = Table(
    "members",
    metadata,
    Column("subject", BigInteger, primary_key=True, autoincrement=False),
    Column("customer", BigInteger, nullable=False),
    Column("kind", Text, nullable=False, comment="of the identifier"),
    Index("members_customer", "customer"),
)

member_changes = Table(
    "member_changes",
    metadata,
    Column("change", _Number, primary_key=True),
    Column("subject", BigInteger, nullable=False),
    Column("customer", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False, comment="how far the log was read"),
    Index("member_changes_subject", "subject", "change"),
)

edges = Table(
    "identity_edges",
    metadata,
    Column("one", BigInteger, primary_key=True, autoincrement=False, comment="the strongest subject of the fact"),
    Column("other", BigInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False, comment="the first fact with both"),
    Column("place", Integer, nullable=False, comment="among the subjects of that fact"),
    Column("outcome", Text, nullable=False),
    Index("identity_edges_other", "other"),
    sqlite_with_rowid=False,
)

hands = Table(
    "identity_hands",
    metadata,
    Column("former", BigInteger, primary_key=True, autoincrement=False),
    Column("subject", BigInteger, nullable=False, unique=True, comment="the identifier's subject from then on"),
    Column("holder", BigInteger, nullable=False, comment="the subject whose customer it went to"),
    Column("position", BigInteger, nullable=False, comment="the fact"),
    Column("hands", Integer, nullable=False, comment="how often the identifier has changed hands"),
)

decisions = Table(
    "identity_decisions",
    metadata,
    Column("decision", _Number, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("one", BigInteger, nullable=False, index=True),
    Column("other", BigInteger, nullable=False, index=True),
    Column("one_kind", Text, nullable=False),
    Column("other_kind", Text, nullable=False),
    Column("position", BigInteger, nullable=False, comment="how far the log was read"),
    Column("decided_at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

_DECIDED = select(decisions.c.one).where(
    or_(
        (decisions.c.one == edges.c.one) & (decisions.c.other == edges.c.other),
        (decisions.c.one == edges.c.other) & (decisions.c.other == edges.c.one),
    )
)
_WAITS = (edges.c.outcome == Outcome.REVIEW.value, ~_DECIDED.exists())

GROUP = (
    "SELECT others.subject, others.kind FROM members AS mine JOIN members AS others ON others.customer = mine.customer"
    " WHERE mine.subject = ?"
)
FIND_ALL = "SELECT subject, customer FROM members WHERE subject"
FIND = "SELECT customer FROM members WHERE subject = ?"
TOGETHER = (
    "SELECT subject, customer FROM members"
    " WHERE customer = coalesce((SELECT customer FROM members WHERE subject = ?), ?)"
)
PUT = (
    "INSERT INTO members (subject, customer, kind) VALUES (?, ?, ?)"
    " ON CONFLICT (subject) DO UPDATE SET customer = excluded.customer"
)
NOTE = "INSERT INTO member_changes (subject, customer, position) VALUES (?, ?, ?)"
HAS_EDGE = "SELECT 1 FROM identity_edges WHERE one = ? AND other = ?"
ADD_EDGE = "INSERT INTO identity_edges (one, other, position, place, outcome) VALUES (?, ?, ?, ?, ?)"
COUNT_REFUSED = "SELECT count(*) FROM identity_edges WHERE other = ? AND outcome = 'limit'"
NEXT_HAND = "SELECT subject, hands FROM identity_hands WHERE former = ?"
HAND_AT = "SELECT subject FROM identity_hands WHERE position = ? AND holder = ? AND former = ?"
HANDS_BEFORE = "SELECT hands FROM identity_hands WHERE subject = ?"
ADD_HAND = "INSERT INTO identity_hands (former, subject, holder, position, hands) VALUES (?, ?, ?, ?, ?)"
DECIDED = "SELECT DISTINCT kind FROM identity_decisions"
IS_BLOCKED = "SELECT 1 FROM identity_decisions WHERE kind = 'block' AND one = ? AND decision <= ?"


def customer_of(tx: Tx, subject: SubjectId) -> CustomerId:
    found = tx.raw.execute(FIND, (subject,)).fetchone()
    return CustomerId(subject if found is None else found[0])


def group_of(tx: Tx, subject: SubjectId, kind: str) -> dict[SubjectId, str]:
    """Return the subjects of a subject's customer with their kinds."""
    return dict(tx.raw.execute(GROUP, (subject,)).fetchall()) or {subject: kind}


def move(tx: Tx, group: dict[SubjectId, str], customer: CustomerId, position: Position) -> int:
    """Let the subjects belong to the customer from now on; return how many did not before."""
    stands = dict(tx.raw.select_in(FIND_ALL, list(group)))
    moved = [subject for subject in group if stands.get(subject, subject) != customer]
    tx.raw.executemany(PUT, [(subject, customer, kind) for subject, kind in group.items()])
    tx.raw.executemany(NOTE, [(subject, customer, position) for subject in moved])
    return len(moved)


def has_edge(tx: Tx, one: SubjectId, other: SubjectId) -> bool:
    return tx.raw.execute(HAS_EDGE, (one, other)).fetchone() is not None


def add_edge(tx: Tx, edge: Edge) -> None:
    tx.raw.execute(ADD_EDGE, (edge.one, edge.other, edge.position, edge.place, edge.outcome.value))


def set_outcome(tx: Tx, one: SubjectId, other: SubjectId, outcome: Outcome) -> None:
    pair = (edges.c.one == one) & (edges.c.other == other)
    tx.connection.execute(edges.update().where(pair).values(outcome=outcome.value))


def refused_count(tx: Tx, subject: SubjectId) -> int:
    """Return with how many stronger subjects this one came and was refused, because they are somebody else."""
    return int(tx.raw.execute(COUNT_REFUSED, (subject,)).fetchone()[0])


def next_hand(tx: Tx, former: SubjectId) -> tuple[SubjectId, int] | None:
    found: tuple[SubjectId, int] | None = tx.raw.execute(NEXT_HAND, (former,)).fetchone()
    return found


def hand_at(tx: Tx, position: Position, holder: SubjectId, former: SubjectId) -> SubjectId | None:
    """Return the subject that an identifier got at a fact, if it changed hands there."""
    found = tx.raw.execute(HAND_AT, (position, holder, former)).fetchone()
    return None if found is None else SubjectId(found[0])


def hands_before(tx: Tx, subject: SubjectId) -> int:
    """Return how often the identifier of this subject has changed hands."""
    found = tx.raw.execute(HANDS_BEFORE, (subject,)).fetchone()
    return 0 if found is None else int(found[0])


def add_hand(tx: Tx, former: SubjectId, subject: SubjectId, holder: SubjectId, position: Position, count: int) -> None:
    tx.raw.execute(ADD_HAND, (former, subject, holder, position, count))


def kinds_decided(tx: Tx) -> set[DecisionKind]:
    """Return what kinds of decisions there are: most brands have none of most kinds, and nobody need look for them."""
    return {DecisionKind(kind) for (kind,) in tx.raw.execute(DECIDED)}


def is_blocked(tx: Tx, subject: SubjectId, until: int) -> bool:
    return tx.raw.execute(IS_BLOCKED, (subject, until)).fetchone() is not None


def edges_within(tx: Tx, subjects: Sequence[SubjectId]) -> list[Edge]:
    """Return the edges both of whose ends are among the subjects, in the order of the log."""
    known = set(subjects)
    found = [edge for edge in _edges_of(tx.connection, subjects) if edge.one in known and edge.other in known]
    return sorted(found, key=lambda edge: (edge.position, edge.place))


def decisions_within(tx: Tx, subjects: Sequence[SubjectId], until: int) -> list[Decision]:
    """Return the decisions up to number `until` both of whose ends are among the subjects, the latest of each pair."""
    known = set(subjects)
    latest: dict[tuple[SubjectId, SubjectId], Decision] = {}
    for decision in _decisions_of(tx.connection, subjects):
        if decision.decision <= until and decision.one in known and decision.other in known:
            latest[decision.one, decision.other] = decision
    return list(latest.values())


def decision(tx: Tx, number: int) -> Decision | None:
    """Return a decision, or None where somebody whom it names was erased."""
    row = tx.connection.execute(select(decisions).where(decisions.c.decision == number)).one_or_none()
    return None if row is None else _decision(row)


def add_decision(tx: Tx, new: Decision) -> int:
    """Store a decision and return its number."""
    values = {name: getattr(new, name) for name in new.__struct_fields__ if name != "decision"}
    number = tx.connection.execute(insert(decisions).values({**values, "kind": new.kind.value})).inserted_primary_key
    assert number is not None
    return int(number[0])


def forget(tx: Tx) -> None:
    """Empty the map, to be folded from the log again. Its history goes on: the warehouse follows it."""
    moved = tx.connection.execute(select(members.c.subject).where(members.c.subject != members.c.customer)).scalars()
    back = [{"subject": subject, "customer": subject, "position": 0} for subject in moved.all()]
    tx.connection.execute(delete(members))
    tx.connection.execute(delete(edges))
    if back:
        tx.connection.execute(insert(member_changes), back)


def subjects_of(tx: Tx, subject: SubjectId) -> list[SubjectId]:
    """Return all subjects of a subject's customer, in order."""
    return sorted(map(SubjectId, group_of(tx, subject, "")))


def erase(tx: Tx, subjects: Sequence[SubjectId], position: Position) -> None:
    """Take a customer's subjects out of the map, with the links and decisions that name them.

    Hands stay: they are numbers, and what others took over is folded from them. Changes stay and get one more, which
    tells whoever follows them.
    """
    tx.raw.executemany(NOTE, [(subject, ERASED, position) for subject in subjects])
    for start in range(0, len(subjects), SUBJECTS_AT_ONCE_MAX):
        some = subjects[start : start + SUBJECTS_AT_ONCE_MAX]
        tx.connection.execute(delete(members).where(members.c.subject.in_(some)))
        tx.connection.execute(delete(edges).where(edges.c.one.in_(some)))
        tx.connection.execute(delete(edges).where(edges.c.other.in_(some)))
        tx.connection.execute(delete(decisions).where(decisions.c.one.in_(some)))
        tx.connection.execute(delete(decisions).where(decisions.c.other.in_(some)))


def edges_known(database: Database, pairs: Iterable[tuple[SubjectId, SubjectId]]) -> set[tuple[SubjectId, SubjectId]]:
    """Return those pairs that have an edge."""
    wanted = list(pairs)
    with database.read() as connection:
        positions = database.raw_of(connection).find_each(edges, "position", wanted)
    return {pair for pair, position in zip(wanted, positions, strict=True) if position is not None}


def next_decisions(database: Database, after: int) -> list[tuple[int, Position]]:
    """Return number and position of the decisions that follow decision `after`."""
    query = select(decisions.c.decision, decisions.c.position).where(decisions.c.decision > after)
    with database.read() as connection:
        return [(int(row[0]), Position(row[1])) for row in connection.execute(query.order_by(decisions.c.decision))]


def are_near(database: Database, one: Sequence[SubjectId], other: Sequence[SubjectId]) -> bool:
    """Return whether an identifier of one ever came with one of the other, or went from one to the other."""
    pairs = ((edges.c.one, edges.c.other), (hands.c.former, hands.c.subject), (hands.c.former, hands.c.holder))
    with database.read() as connection:
        return any(
            connection.execute(
                select(a).where(or_(a.in_(one) & b.in_(other), a.in_(other) & b.in_(one))).limit(1)
            ).first()
            is not None
            for a, b in pairs
        )


def changes(database: Database, after: int) -> Iterator[MemberChange]:
    """Yield changes that follow change number `after`, in order; who stops has read little more."""
    query = select(member_changes).order_by(member_changes.c.change).limit(CHANGES_AT_ONCE_MAX)
    while True:
        with database.read() as connection:
            rows = connection.execute(query.where(member_changes.c.change > after)).all()
        yield from (MemberChange(*row) for row in rows)
        if len(rows) < CHANGES_AT_ONCE_MAX:
            return
        after = rows[-1].change


def moves(database: Database, after: int, until: int) -> list[Moved]:
    """Return each subject that belongs to another customer at change `until` than at change `after`."""
    is_new = (member_changes.c.change > after) & (member_changes.c.change <= until)
    former = member_changes.alias()
    last = select(func.max(member_changes.c.change)).where(is_new).group_by(member_changes.c.subject)
    before = (
        select(former.c.customer)
        .where(former.c.subject == member_changes.c.subject, former.c.change <= after)
        .order_by(former.c.change.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(
        member_changes.c.subject, func.coalesce(before, member_changes.c.subject), member_changes.c.customer
    ).where(member_changes.c.change.in_(last))
    with database.read() as connection:
        rows = connection.execute(query.order_by(member_changes.c.change)).all()
    every = (Moved(SubjectId(subject), CustomerId(one), CustomerId(other)) for subject, one, other in rows)
    return [moved for moved in every if moved.former != moved.customer]


def last_change(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.max(member_changes.c.change))).scalar() or 0


def customer_and_subjects(database: Database, subject: SubjectId) -> tuple[CustomerId, list[SubjectId]]:
    with closing(database.connect_reader()) as raw:  # by hand: it is asked for every order
        rows = raw.execute(TOGETHER, (subject, subject)).fetchall()
    customer = rows[0][1] if rows else subject
    return CustomerId(customer), sorted({SubjectId(customer), *(SubjectId(one) for one, _ in rows)})


def identified_among(database: Database, kinds: Sequence[str]) -> set[SubjectId]:
    """Return subjects of these kinds whose customer has an identifier of another kind."""
    known = select(members.c.customer).where(members.c.kind.not_in(kinds))
    query = select(members.c.subject).where(members.c.kind.in_(kinds), members.c.customer.in_(known))
    with database.read() as connection:
        return set(map(SubjectId, connection.execute(query).scalars()))


def subjects_of_many(database: Database, customers: Sequence[CustomerId]) -> dict[CustomerId, list[SubjectId]]:
    """Return all subjects of each customer, in order."""
    found: dict[CustomerId, list[SubjectId]] = {customer: [SubjectId(customer)] for customer in customers}
    with database.read() as connection:
        for start in range(0, len(customers), SUBJECTS_AT_ONCE_MAX):
            some = customers[start : start + SUBJECTS_AT_ONCE_MAX]
            query = select(members.c.customer, members.c.subject).where(members.c.customer.in_(some))
            for customer, subject in connection.execute(query):
                if subject != customer:
                    found[customer].append(subject)
    return {customer: sorted(subjects) for customer, subjects in found.items()}


def told(database: Database, subjects: Sequence[SubjectId]) -> tuple[list[Edge], list[Decision]]:
    """Return every edge and decision that touches the subjects, in the order of the log."""
    with database.read() as connection:
        found = _edges_of(connection, subjects)
        return sorted(found, key=lambda one: (one.position, one.place)), _decisions_of(connection, subjects)


def waiting(database: Database, rows_max: int) -> list[Edge]:
    """Return the edges that wait for staff, the oldest first."""
    query = select(edges).where(*_WAITS)
    with database.read() as connection:
        rows = connection.execute(query.order_by(edges.c.position, edges.c.place).limit(rows_max))
        return [_edge(row) for row in rows]


def moved(database: Database) -> dict[SubjectId, CustomerId]:
    """Return the customers of all subjects that are not their own."""
    query = select(members.c.subject, members.c.customer).where(members.c.subject != members.c.customer)
    with database.read() as connection:
        return {SubjectId(row.subject): CustomerId(row.customer) for row in connection.execute(query)}


def customers_of(database: Database, subjects: Sequence[SubjectId]) -> dict[SubjectId, CustomerId]:
    """Return the customer of each of the subjects."""
    found = {subject: CustomerId(subject) for subject in subjects}
    with database.read() as connection:
        for start in range(0, len(subjects), SUBJECTS_AT_ONCE_MAX):
            some = subjects[start : start + SUBJECTS_AT_ONCE_MAX]
            query = select(members.c.subject, members.c.customer).where(members.c.subject.in_(some))
            found.update({SubjectId(row.subject): CustomerId(row.customer) for row in connection.execute(query)})
    return found


def decided(database: Database) -> list[Decision]:
    """Return what holds of all that was decided: of each pair the latest decision."""
    with database.read() as connection:
        rows = connection.execute(select(decisions).order_by(decisions.c.decision))
        return list({(row.one, row.other): _decision(row) for row in rows}.values())


def waiting_pairs(database: Database) -> list[tuple[SubjectId, SubjectId]]:
    """Return every pair that waits for staff because of a fact."""
    with database.read() as connection:
        rows = connection.execute(select(edges.c.one, edges.c.other).where(*_WAITS))
        return [(SubjectId(row.one), SubjectId(row.other)) for row in rows]


def is_waiting(database: Database, one: SubjectId, other: SubjectId) -> bool:
    """Return whether this pair waits for staff because of a fact."""
    pair = or_(*((edges.c.one == a) & (edges.c.other == b) for a, b in ((one, other), (other, one))))
    with database.read() as connection:
        return connection.execute(select(edges.c.one).where(pair, *_WAITS)).first() is not None


def _edges_of(connection: Any, subjects: Sequence[SubjectId]) -> list[Edge]:
    found: dict[tuple[int, int], Edge] = {}
    for start in range(0, len(subjects), SUBJECTS_AT_ONCE_MAX):
        some = subjects[start : start + SUBJECTS_AT_ONCE_MAX]
        for column in (edges.c.one, edges.c.other):
            for row in connection.execute(select(edges).where(column.in_(some))):
                found[row.one, row.other] = _edge(row)
    return list(found.values())


def _decisions_of(connection: Any, subjects: Sequence[SubjectId]) -> list[Decision]:
    found: dict[int, Decision] = {}
    for start in range(0, len(subjects), SUBJECTS_AT_ONCE_MAX):
        some = subjects[start : start + SUBJECTS_AT_ONCE_MAX]
        query = select(decisions).where(decisions.c.one.in_(some) | decisions.c.other.in_(some))
        found.update((row.decision, _decision(row)) for row in connection.execute(query))
    return [found[number] for number in sorted(found)]


def _edge(row: Any) -> Edge:
    return Edge(SubjectId(row.one), SubjectId(row.other), Position(row.position), row.place, Outcome(row.outcome))


def _decision(row: Any) -> Decision:
    return Decision(
        row.decision, DecisionKind(row.kind), SubjectId(row.one), SubjectId(row.other), row.one_kind, row.other_kind,
        Position(row.position), Micros(row.decided_at), row.actor, row.reason,
    )  # fmt: skip
