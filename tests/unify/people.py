"""A small stage for stories of identity: facts come in, staff decide, and everybody can be asked who is who."""

from contextlib import closing

from interplay.engine.log.reactions import catch_up, position_of
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.database import Database
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import DecisionKind
from interplay.unify.identity.contracts import Rebuild as RebuildMap
from tests.stores import fact


class People:
    """The log and the map over it, without a warehouse."""

    def __init__(self, store):
        self.store = store
        self._turn = 0

    @property
    def database(self) -> Database:
        return self.store.database

    def tell(self, name, *identifiers, **more):
        """Store a fact, new each time, and let the map follow."""
        self._turn += 1
        self.store.store(fact(name, *identifiers, key=self._turn, **more))
        self.follow()

    def tell_all(self, told):
        """Store many facts, `(name, *identifiers)` each, before the map follows."""
        self.store.store(
            *(fact(name, *identifiers, key=(self._turn, n)) for n, (name, *identifiers) in enumerate(told))
        )
        self._turn += 1
        self.follow()

    def follow(self):
        with closing(LogReader(self.database)) as reader:
            reaction = identity.reaction(self.store.keys, self.store.home.settings.brand)
            return catch_up(reaction, reader, self.database, self.store, reader.last_position())

    def subject(self, identifier):
        with closing(LogReader(self.database)) as reader:
            return reader.subject_of(self.store.keys.digest(*identifier))

    def of(self, *identifier):
        subject = self.subject(identifier)
        return None if subject is None else identity.customer_of(self.database, subject)

    def are_one(self, *identifiers):
        return len({self.of(*one)[0] for one in identifiers}) == 1

    def customers(self):
        """Return what every subject belongs to."""
        with closing(LogReader(self.database)) as reader:
            subjects = reader.subjects(0, 10**9, 10**6)
        return {one: identity.customer_of(self.database, one)[0] for one in subjects}

    def wallet(self, *identifier):
        return identity.wallet_of(self.database, self.subject(identifier))

    def wallets(self):
        """Return whose possessions are whose: the first subject of each one's wallet."""
        return {one: min(identity.wallet_of(self.database, one)) for one in self.customers()}

    def merge(self, one, other, reason="the same person"):
        return self._decide(DecisionKind.TOGETHER, one, other, reason)

    def unmerge(self, one, other, reason="two people"):
        return self._decide(DecisionKind.APART, one, other, reason)

    def why(self, identifier):
        return identity.why(self.database, self.store.keys, self.subject(identifier))

    def rebuild(self):
        self.store.write(identity.rebuild, RebuildMap(position_of(self.database, identity.REACTION)))
        self.follow()

    def _decide(self, kind, one, other, reason):
        home = self.store.home
        ask = identity.to_decide(
            kind, self.subject(one), self.subject(other), actor="li", reason=reason,
            database=self.database, keys=self.store.keys, brand=home.settings.brand,
        )  # fmt: skip
        return self.store.write(identity.decide, ask)
