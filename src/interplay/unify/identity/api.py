"""Who a subject is. Linking follows from facts: two identifiers in one fact belong to one customer."""

from interplay.engine.log.reactions import Reaction, Step, move_cursor
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.kernel.ids import CustomerId, Position, SubjectId
from interplay.unify.identity import rules, store
from interplay.unify.identity.contracts import Link, LinkUp, MemberChange, Rebuild

REACTION = "identity"
LINKS_AT_ONCE_MAX = 500
STRETCH_MAX = 100_000


def customer_of(database: Database, subject: SubjectId) -> tuple[CustomerId, list[SubjectId]]:
    """Return a subject's customer and all of that customer's subjects."""
    return store.customer_and_subjects(database, subject)


def changes(database: Database, after: int, rows_max: int) -> list[MemberChange]:
    """Return changes of the map that follow change number `after`, in order."""
    return store.changes(database, after, rows_max)


def _links(reader: LogReader, after: Position, until: Position) -> tuple[LinkUp, Position]:
    """Return the next links of the log; those that say what an earlier one of the stretch said are left out."""
    until = min(until, Position(after + STRETCH_MAX))
    links: list[Link] = []
    seen: set[tuple[SubjectId, ...]] = set()
    for position, subjects in reader.links(after, until):
        if subjects not in seen:
            seen.add(subjects)
            links.append(Link(position, subjects))
        if len(links) == LINKS_AT_ONCE_MAX:
            until = position
            break
    return LinkUp(Step(REACTION, after, until), tuple(links)), until


def _link_up(tx: Tx, ask: LinkUp) -> int:
    """Join what the links join; answer how many subjects changed their customer."""
    move_cursor(tx, ask.step)
    moved = 0
    for link in ask.links:
        customers = set(store.customers_of(tx, link.subjects).values())
        if len(customers) == 1:
            continue
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
