"""Who becomes one person, or two, stands so on every board: a moment after it was found, and before boards are settled.

Scores stay where they were posted, so two who are parted have theirs again.
"""

from msgspec import Struct

from interplay.acts import api as acts
from interplay.engine.log.reactions import Reaction, position_of, set_position
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.kernel.ids import Position, SubjectId
from interplay.unify.identity import api as identity

REACTION = "boards"
PEOPLE = "boards.people"  # a cursor: the last change of the map of people that boards know
CHANGES_AT_ONCE_MAX = 5_000
PEOPLE_AT_ONCE_MAX = 50  # a few milliseconds of the writer


class Regroup(Struct, frozen=True):
    """People to look at again, and the change of the map that is dealt with then."""

    subjects: tuple[SubjectId, ...]
    until: int


def regrouping(running: acts.Acts) -> Command[Regroup, None]:
    """Return the command that lets people stand as what they are."""

    def regroup(tx: Tx, ask: Regroup) -> None:
        running.regroup(tx, ask.subjects)
        set_position(tx, PEOPLE, ask.until)

    return Command("boards.regroup", Regroup, None, regroup)


def reaction(running: acts.Acts) -> Reaction:
    """Return the reaction. It waits while there is no board."""
    return Reaction(REACTION, _ask, regrouping(running), is_current=_is_current, is_wanted=acts.has_boards)


def is_settled(database: Database) -> bool:
    """Return whether boards know everybody as who they are."""
    return not acts.has_boards(database) or _is_current(database)


def _is_current(database: Database) -> bool:
    return position_of(database, PEOPLE) >= identity.last_change(database)


def _ask(_: LogReader, database: Database, __: Position, until: Position) -> tuple[Regroup | None, Position]:
    after, last = position_of(database, PEOPLE), identity.last_change(database)
    if after >= last:
        return None, until
    last = min(last, after + CHANGES_AT_ONCE_MAX)
    while len(hers := _scored(database, after, last)) > PEOPLE_AT_ONCE_MAX and last > after + 1:
        last = after + (last - after) // 2
    return Regroup(tuple(sorted(hers)), last), until


def _scored(database: Database, after: int, last: int) -> set[SubjectId]:
    """Return who has scores and belongs to somebody else than before, and to whom she belonged."""
    moves = identity.moves(database, after, last)
    scored = acts.scored_among(database, [one.subject for one in moves])
    hers = (one for one in moves if one.subject in scored)
    return {SubjectId(one) for move in hers for one in (move.subject, move.former)}
