"""Reactions: what follows from a fact happens once, whoever runs it and whenever it is interrupted."""

import threading
from contextlib import closing

import pytest
from msgspec import Struct
from sqlalchemy import text

from interplay.engine.log.reactions import Reaction, Step, catch_up, move_cursor, position_of
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Command
from interplay.kernel.errors import AppError
from tests.stores import DoorOnly, fact, user

STRETCH = 3


class Tally(Struct):
    step: Step
    positions: list[int]


class Counting:
    """A reaction that writes every position it sees into a table of its own."""

    def __init__(self, store):
        self.store = store
        self.reader = LogReader(store.database)
        self.reaction = Reaction("counting", self.ask, Command("count", Tally, int, self.run))
        make = "CREATE TABLE IF NOT EXISTS seen (position INTEGER)"
        store.write(Command("make", str, None, lambda tx, _: tx.raw.execute(make) and None), "")

    def ask(self, reader, database, after, until):
        rows = [row for row in reader.read(after, STRETCH) if row.position <= until]
        reached = rows[-1].position if len(rows) == STRETCH else until
        return Tally(Step("counting", after, reached), [row.position for row in rows]), reached

    def run(self, tx, ask):
        move_cursor(tx, ask.step)
        tx.raw.executemany("INSERT INTO seen VALUES (?)", [(one,) for one in ask.positions])

    def catch_up(self, until=None, writing=None):
        with closing(LogReader(self.store.database)) as reader:
            last = reader.last_position() if until is None else until
            return catch_up(self.reaction, reader, self.store.database, writing or self.store, last)

    def seen(self):
        with self.store.database.read() as connection:
            return list(connection.execute(text("SELECT position FROM seen")).scalars())

    def position(self):
        return position_of(self.store.database, "counting")


class Dies:
    """A writer whose caller dies: before the command is sent, or after it ran and before the answer."""

    def __init__(self, store, is_sent):
        self.store, self.is_sent = store, is_sent

    def submit(self, command, ask, priority=0):
        if self.is_sent:
            self.store.write(command, ask)
        raise KeyboardInterrupt


@pytest.fixture
def counting(tmp_path, database_url):
    with DoorOnly(tmp_path / "data", url=database_url) as store:
        store.store(*(fact("a.b", user(n)) for n in range(10)))
        made = Counting(store)
        yield made
        made.reader.close()


def test_a_reaction_sees_every_fact_once_in_order(counting):
    assert counting.position() == 0
    assert counting.catch_up() == 10
    assert counting.catch_up() == 10
    counting.store.store(fact("a.b", user("new")))
    counting.catch_up()
    assert counting.seen() == [*range(1, 11), 11]
    assert counting.position() == 11


def test_a_reaction_goes_no_further_than_asked(counting):
    assert counting.catch_up(until=5) == 5
    assert counting.seen() == [1, 2, 3, 4, 5]
    assert counting.position() == 5


@pytest.mark.parametrize("is_sent", [False, True])
def test_a_reaction_that_died_between_computing_and_the_answer_takes_effect_once(counting, is_sent):
    with pytest.raises(KeyboardInterrupt):
        counting.catch_up(writing=Dies(counting.store, is_sent))
    assert counting.seen() == ([1, 2, 3] if is_sent else [])
    counting.catch_up()
    assert counting.seen() == list(range(1, 11))


def test_a_step_from_where_the_cursor_is_not_is_refused_and_has_no_effect(counting):
    ask, _ = counting.ask(counting.reader, counting.store.database, 0, 10)
    counting.store.write(counting.reaction.command, ask)
    with pytest.raises(AppError) as refused:
        counting.store.write(counting.reaction.command, ask)
    assert (refused.value.code, refused.value.status) == ("engine.reaction_moved", 409)
    assert counting.seen() == [1, 2, 3]


def test_two_runners_race_and_each_fact_counts_once(counting):
    store = counting.store
    store.store(*(fact("a.b", user(n), key=("more", n)) for n in range(90)))
    refused = []

    def run():
        while counting.position() < 100:
            try:
                counting.catch_up(until=100)
            except AppError as error:
                refused.append(error.code)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert counting.seen() == list(range(1, 101))
    assert set(refused) <= {"engine.reaction_moved"}
