"""Who a subject is. Linking follows from facts: two identifiers in one fact belong to one customer."""

from interplay.engine.log.reactions import Reaction, Step, move_cursor
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.kernel.ids import CustomerId, Position, SubjectId
from interplay.unify.identity import rules, store
from interplay.unify.identity.contracts import Link, LinkUp, MemberChange, Rebuild

REACTION = "identity"
LINKS_AT_ONCE_MAX = 200  # a few milliseconds of the writer
LINKS_LOOKED_AT_MAX = 5_000
STRETCH_MAX = 100_000


def customer_of(database: Database, subject: SubjectId) -> tuple[CustomerId, list[SubjectId]]:
    """Return a subject's customer and all of that customer's subjects."""
    return store.customer_and_subjects(database, subject)


def changes(database: Database, after: int, rows_max: int) -> list[MemberChange]:
    """Return changes of the map that follow change number `after`, in order."""
    return store.changes(database, after, rows_max)


def _links(reader: LogReader, database: Database, after: Position, until: Position) -> tuple[LinkUp, Position]:
    """Return the next links that join anything; most say what is known already and cost the writer nothing."""
    until = min(until, Position(after + STRETCH_MAX))
    seen: dict[tuple[SubjectId, ...], Position] = {}
    for position, subjects in reader.links(after, until):
        seen.setdefault(subjects, position)
        if len(seen) == LINKS_LOOKED_AT_MAX:
            until = position
            break
    customers = store.customers_of(database, sorted({subject for subjects in seen for subject in subjects}))
    new = [
        Link(position, subjects)
        for subjects, position in seen.items()
        if len({customers[subject] for subject in subjects}) > 1
    ]
    if len(new) > LINKS_AT_ONCE_MAX:
        new = new[:LINKS_AT_ONCE_MAX]
        until = new[-1].position
    return LinkUp(Step(REACTION, after, until), tuple(new)), until


def _link_up(tx: Tx, ask: LinkUp) -> int:
    """Join what the links join; answer how many subjects changed their customer."""
    move_cursor(tx, ask.step)
    moved = 0
    for link in ask.links:
        customers = {store.customer_of(tx, subject) for subject in link.subjects}
        into = rules.survivor(customers)
        for customer in sorted(customers - {into}):
            subjects = store.subjects_of(tx, customer)
            store.move(tx, subjects, into, link.position)
            moved += len(subjects)
    return moved


def _rebuild(tx: Tx, ask: Rebuild) -> None:
    """Empty the map and let the reaction fold it from the log again."""
    store.forget(tx)
    move_cursor(tx, Step(REACTION, ask.position, Position(0)))


rebuild = Command("identity.rebuild", Rebuild, None, _rebuild)
link_up = Command("identity.link_up", LinkUp, int, _link_up)
reaction = Reaction(REACTION, _links, link_up)
