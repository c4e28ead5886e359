"""A shop that gives points: orders and refunds as facts, the reactions run by hand, balances looked up."""

from contextlib import closing

from interplay.bootstrap import loyalty
from interplay.bootstrap.kinds import apply
from interplay.bootstrap.registry import CUSTOMER_DATA, erase, reactions
from interplay.collect.facts.api import Declarations
from interplay.engine.documents import api as documents
from interplay.engine.log.reactions import catch_up
from interplay.engine.log.read import LogReader
from interplay.link.points import api as points
from interplay.unify.erasure import api as erasure
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import DecisionKind
from tests.stores import DoorOnly, document, fact, user

UNIT = {
    "kind": "points", "name": "points", "label": {"zh": "积分", "en": "Points"}, "worth": {"points": 100, "money": 100},
}  # fmt: skip
RULE = {
    "kind": "earning", "name": "purchases", "unit": "points", "fact": "order.completed", "points": 1, "per": 100,
}  # fmt: skip


class Shop(DoorOnly):
    """Orders are numbered; each is told at the clock's time."""

    def __init__(self, folder, clock=None, url="", random_bytes=None):
        super().__init__(folder, clock, url, random_bytes)
        self._told = 0
        self._reactions = reactions(self.home)

    @property
    def reactions(self):
        return self._reactions

    def apply(self, *contents):
        return apply(self, [document(one) for one in contents])

    def open(self, unit=None, rule=None):
        """Apply a unit and a rule, with what a test wants otherwise; None is left out."""
        wanted = ({**UNIT, **(unit or {})}, {**RULE, **(rule or {})})
        self.apply(*({key: value for key, value in one.items() if value is not None} for one in wanted))

    def tell(self, name, *who, key=None, at=None, source="test", **fields):
        self._told += 1
        at = self.clock() if at is None else at
        one = fact(name, *who, key=key or self._told, at=at, fields=fields, source=source)
        return self.store(one)[0].position

    def order(self, number, value, *who, **more):
        return self.tell("order.completed", *(who or (user(1),)), order_id=str(number), value=value, **more)

    def refund(self, number, value=None, *who, **more):
        fields = {} if value is None else {"value": value}
        return self.tell("order.refunded", *(who or (user(1),)), order_id=str(number), **fields, **more)

    def erase(self, subject):
        ask = erasure.to_erase(
            subject, actor="li", reason="asked", database=self.database, keys=self.keys, data=CUSTOMER_DATA
        )
        self.write(erase(self.home), ask)

    def follow(self):
        """Let every reaction deal with everything, also with what the others tell."""
        with closing(LogReader(self.database)) as reader:
            while True:
                until = reader.last_position()
                for one in self._reactions:
                    catch_up(one, reader, self.database, self, until)
                if reader.last_position() == until:
                    return

    def subject(self, who=None):
        with closing(LogReader(self.database)) as reader:
            return reader.subject_of(self.keys.digest(*(who or user(1))))

    def customer(self, who):
        self.follow()
        return identity.customer_of(self.database, self.subject(who))[0]

    def balance(self, who=None, unit="points"):
        self.follow()
        subjects = identity.customer_of(self.database, self.subject(who))[1]
        found = points.balances(self.database, self.units(), subjects, self.clock())
        return next(one for one in found if one.unit == unit)

    def available(self, who=None, unit="points"):
        return self.balance(who, unit).available

    def units(self):
        return points.units(documents.current(self.database))

    def spend(self, key, amount, who=None, **more):
        self.follow()
        return loyalty.spend(self, loyalty.Asked(*(who or user(1)), key), "points", amount, **more)

    def adjust(self, key, amount, *, asker="li", approver="wang", who=None, unit="points"):
        self.follow()
        asked = loyalty.Asked(*(who or user(1)), key)
        return loyalty.adjust(self, asked, unit, amount, reason="sorry", asker=asker, approver=approver)

    def merge(self, one, other):
        self._decide(DecisionKind.TOGETHER, one, other)

    def unmerge(self, one, other):
        self._decide(DecisionKind.APART, one, other)

    def _decide(self, kind, one, other):
        for who in (one, other):
            self.tell("customer.identified", who)
        self.follow()
        ask = identity.to_decide(
            kind, self.subject(one), self.subject(other), actor="li", reason="",
            database=self.database, keys=self.keys, brand=self.home.settings.brand,
        )  # fmt: skip
        self.write(identity.decide, ask)
        self.follow()

    def facts(self, name):
        """Return the fields of every fact of a name."""
        current = Declarations(self.database, self.home.settings.brand, self.keys).current()
        found = []
        for row in self.rows():
            if row.name == name:
                payload = current.projector.payload(row)
                found.append(payload.fields)
        return found
