"""Whether two customers could be proposed to staff as one person: not where staff, or the rules, have spoken."""

from interplay.engine.log.read import LogReader
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.ids import CustomerId, SubjectId
from interplay.kernel.settings import Brand
from interplay.unify.identity import rules, store
from interplay.unify.identity.contracts import DecisionKind
from interplay.unify.identity.ruling import blocked_subjects, current_rules


class Proposing:
    """The rules and decisions as they are now, asked about one pair after another. Close it when done."""

    def __init__(self, database: Database, keys: SubjectKeys, brand: Brand) -> None:
        self._database = database
        self._rules = current_rules(database, brand)
        self._groups: dict[CustomerId, dict[SubjectId, str]] = {}
        self._reader = LogReader(database)
        self._blocked = blocked_subjects(self._rules, keys, self._reader)
        decided = store.decided(database)
        self._blocked.update(one.one for one in decided if one.kind is DecisionKind.BLOCK)
        spoken = [(one.one, one.other) for one in decided if one.kind is DecisionKind.APART]
        spoken += store.waiting_pairs(database)
        self._customers = store.customers_of(database, sorted({subject for pair in spoken for subject in pair}))
        self._spoken = {self._pair(*pair) for pair in spoken}

    def close(self) -> None:
        self._reader.close()

    def allows(self, one: SubjectId, other: SubjectId) -> bool:
        """Return whether the customers of two subjects are two, could be one, and nobody has looked at them yet."""
        customers = self._pair(one, other)
        if customers[0] == customers[1] or customers in self._spoken:
            return False
        ours, theirs = (self._group(customer) for customer in customers)
        if self._blocked & (ours.keys() | theirs.keys()):
            return False
        return not rules.exceeds(self._rules, ours, theirs)

    def _pair(self, one: SubjectId, other: SubjectId) -> tuple[CustomerId, CustomerId]:
        found = self._customer(one), self._customer(other)
        return min(found), max(found)

    def _customer(self, subject: SubjectId) -> CustomerId:
        if subject not in self._customers:
            self._customers[subject] = store.customer_and_subjects(self._database, subject)[0]
        return self._customers[subject]

    def _group(self, customer: CustomerId) -> dict[SubjectId, str]:
        if customer not in self._groups:
            subjects = store.customer_and_subjects(self._database, SubjectId(customer))[1]
            self._groups[customer] = self._reader.kinds(subjects)
        return self._groups[customer]
