"""Looking at groups: who is in which, since when, and whose they are. It decides nothing: the writer looks again."""

from collections.abc import Sequence
from contextlib import closing

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, select, true

from interplay.acts import store
from interplay.engine.oltp.database import Database
from interplay.kernel.ids import Micros, SubjectId

GROUPS_AT_ONCE_MAX = 500
LINKS = "SELECT act, name, subject, at, kind FROM links WHERE subject"


class Joined(Struct, frozen=True):
    """Somebody is in a group since an instant. `act` is the act that let her in."""

    group: str
    subject: SubjectId
    act: int
    at: Micros


def links_of(database: Database, kind: str, subjects: Sequence[SubjectId]) -> list[Joined]:
    """Return in which groups of a kind somebody is, the earliest first."""
    with closing(database.connect_reader()) as raw:  # by hand: it is asked for every order of who was invited
        rows = [row for row in raw.select_in(LINKS, subjects) if row[4] == kind]
    return [Joined(str(row[1]), SubjectId(row[2]), int(row[0]), Micros(row[3])) for row in sorted(rows)]


def members_of(database: Database, kind: str, groups: Sequence[str]) -> list[Joined]:
    """Return who is in these groups of a kind, in the order in which they came."""
    found: list[Joined] = []
    with database.read() as connection:
        for start in range(0, len(groups), GROUPS_AT_ONCE_MAX):
            found += _joined(connection, kind, store.links.c.name.in_(groups[start : start + GROUPS_AT_ONCE_MAX]))
    return sorted(found, key=lambda one: one.act)


def some_members(database: Database, kind: str, group: str, after: SubjectId, most: int) -> list[Joined]:
    """Return who is in a group, by subject, from the next after one on: a page, however many there are."""
    links = store.links.c
    query = (
        select(links.name, links.subject, links.act, links.at)
        .where(links.kind == kind, links.name == group, links.subject > after)
        .order_by(links.subject)
        .limit(most)
    )
    with database.read() as connection:
        return [_one(row) for row in connection.execute(query)]


def every_link(database: Database, kind: str) -> list[Joined]:
    """Return everybody who is in a group of a kind, in the order in which they came."""
    with database.read() as connection:
        return sorted(_joined(connection, kind, true()), key=lambda one: one.act)


def owners(database: Database, kind: str) -> list[SubjectId]:
    """Return whose the groups of a kind are, the first opened first."""
    opened = store.groups.c
    query = select(opened.owner).where(opened.kind == kind).order_by(opened.act)
    with database.read() as connection:
        return [SubjectId(owner) for owner in connection.execute(query).scalars()]


def _joined(connection: Connection, kind: str, which: ColumnElement[bool]) -> list[Joined]:
    links = store.links.c
    query = select(links.name, links.subject, links.act, links.at).where(links.kind == kind, which)
    return [_one(row) for row in connection.execute(query)]


def _one(row: Row[str, int, int, int]) -> Joined:
    return Joined(row[0], SubjectId(row[1]), row[2], Micros(row[3]))
