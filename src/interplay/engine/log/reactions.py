"""Reactions: what follows from facts, once each. A cursor says how far one has come.

A reaction's command moves the cursor in the transaction of its effect, and only from where it stood; so a
reaction that was interrupted, or ran twice, takes effect once.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from msgspec import Struct
from sqlalchemy import update

from interplay.engine.log.read import LogReader
from interplay.engine.log.store import READ_CURSOR, cursors
from interplay.engine.oltp.contracts import Command, Priority, Tx, Writing, write
from interplay.engine.oltp.database import Database
from interplay.engine.oltp.upsert import insert_or
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Position


class Step(Struct, frozen=True):
    """One stretch of the log, `(after, until]`, and what a reaction makes of it."""

    reaction: str
    after: Position
    until: Position


@dataclass(frozen=True, slots=True)
class Reaction:
    """`ask` reads the log from a position on and returns what `command` shall do, up to which position.

    `is_current` says whether what was made of the log still holds; if not, `ask` may begin again further back.
    Where `ask` returns None there is nothing to do up to the position, and nothing is written: the cursor stays, and
    `ask` remembers by itself how far it has looked.
    `is_wanted` says whether anybody waits for it at all. `priority` is that of its commands.
    """

    name: str
    ask: Callable[[LogReader, Database, Position, Position], tuple[Any, Position]]
    command: Command[Any, Any]
    is_current: Callable[[Database], bool] = lambda _: True
    is_wanted: Callable[[Database], bool] = lambda _: True
    priority: Priority = Priority.BULK


def move_cursor(tx: Tx, step: Step) -> None:
    """Move the cursor of a step, or raise AppError `reaction.moved` when it stood elsewhere."""
    tx.connection.execute(
        insert_or(tx.connection, cursors).values(name=step.reaction, position=0).on_conflict_do_nothing()
    )
    moved = tx.connection.execute(
        update(cursors)
        .where(cursors.c.name == step.reaction, cursors.c.position == step.after)
        .values(position=step.until)
    )
    if moved.rowcount != 1:
        raise AppError("engine.reaction_moved", status=409, reaction=step.reaction, after=step.after)


def position_of(database: Database, reaction: str) -> Position:
    """Return how far a reaction has come; 0 before its first step."""
    with closing(database.connect_reader()) as raw:  # by hand: it is asked for every order and every play
        found = raw.execute(READ_CURSOR, (reaction,)).fetchone()
    return Position(0 if found is None else int(found[0]))


def position_in(tx: Tx, name: str) -> int:
    """Return where a cursor stands, inside a transaction; 0 before its first step."""
    found = tx.raw.execute(READ_CURSOR, (name,)).fetchone()
    return 0 if found is None else int(found[0])


def set_position(tx: Tx, name: str, position: int) -> None:
    """Put a cursor somewhere, wherever it stood."""
    new = insert_or(tx.connection, cursors).values(name=name, position=position)
    tx.connection.execute(new.on_conflict_do_update(index_elements=[cursors.c.name], set_={"position": position}))


def catch_up(reaction: Reaction, reader: LogReader, database: Database, writing: Writing, until: Position) -> Position:
    """Run a reaction until it has dealt with every fact up to `until`; return where it stands."""
    position = cursor = position_of(database, reaction.name)
    if not reaction.is_wanted(database):
        return position
    while position < until or not reaction.is_current(database):
        ask, position = reaction.ask(reader, database, cursor, until)
        if ask is not None:
            write(writing, reaction.command, ask, reaction.priority)
            cursor = position
    return position
