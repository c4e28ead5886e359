"""A short way to ask for acts, and to look what somebody has."""

from contextlib import closing

import msgspec

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Settle
from interplay.collect.facts.contracts import Payload
from interplay.engine.log.read import LogReader
from interplay.unify.identity import api as identity
from tests.stores import fact, user


class Giving:
    """One store; people are known by number."""

    def __init__(self, door):
        self.door = door
        self._keys = 0

    @property
    def clock(self):
        return self.door.clock

    @property
    def database(self):
        return self.door.database

    def somebody(self, number=1):
        """Return the subject of a user, who is heard of."""
        identifier = user(number)
        self.door.store(fact("customer.identified", identifier))
        with closing(LogReader(self.database)) as reader:
            return reader.subject_of(self.door.keys.digest(*identifier))

    def do(self, *steps, key=None, body=b"", kind="test", **more):
        """Ask for an act, under a new key unless one is given."""
        if key is None:
            self._keys += 1
            key = f"k{self._keys}"
        act = Act(key, kind, body or acts.body_of([key]), steps, **more)
        return acts.do(self.door.home.acts, self.door, act)

    def decide(self, kind, one, other):
        """Say of two subjects that they are one person, or two."""
        door = self.door
        ask = identity.to_decide(
            kind, one, other, actor="test", reason="story",
            database=door.database, keys=door.keys, brand=door.home.settings.brand, is_asked=False,
        )  # fmt: skip
        return door.write(identity.decide, ask)

    def settle(self, key, *, is_kept=True):
        return acts.do(self.door.home.acts, self.door, Settle(key, is_kept))

    def available(self, subject, unit="points"):
        return acts.balances(self.database, [subject], self.clock(), unit)[0].available

    def told(self, name):
        """Return the fields of every fact of a name."""
        rows = [row for row in self.door.rows() if row.name == name]
        opened = (self.door.keys.open(row.subject or 0, row.body) for row in rows)
        return [msgspec.msgpack.decode(body, type=Payload).fields for body in opened]

    def names(self):
        return [row.name for row in self.door.rows()]
