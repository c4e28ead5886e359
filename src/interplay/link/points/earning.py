"""What facts give: for each fact and rule one act, whose key names both, so that it is given once.

An order is known by the digest of its number: a group of acts that the first giving opens, so that the same order told
twice gives once, and a refund finds what it gave.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import msgspec
import structlog

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Count, Credit, Open, Step, Tell
from interplay.collect.facts.api import Current, FactWords, read_where
from interplay.criteria.api import CustomerHistory, trigger_closure
from interplay.criteria.contracts import Occurrence
from interplay.engine.log.contracts import LogRow
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.errors import AppError
from interplay.kernel.ids import CustomerId, Micros, SubjectId
from interplay.kernel.settings import Brand
from interplay.kernel.time import day_of, start_of
from interplay.link.points import rules
from interplay.link.points.contracts import EARNED, Earned, EarningDocument, PointsDocument
from interplay.link.points.documents import Rule, Rulebook
from interplay.link.tiers import api as tiers
from interplay.understand.memberships import api as memberships
from interplay.unify.identity import api as identity

ORDER = "points.order"
KIND = "points.earn"

Place = tuple[str, int, int]
"""Where points count against a cap: scope, window, and customer or 0 for all together."""
Condition = Callable[[Occurrence], bool | None]

log = structlog.get_logger()
encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Store:
    """What giving is read from."""

    database: Database
    keys: SubjectKeys
    brand: Brand
    acts: acts.Acts


@dataclass(slots=True)
class Person:
    """Whose fact it is. What is asked of her is read once, and only when a rule asks."""

    store: Store
    current: Current
    subject: SubjectId
    _customer: tuple[CustomerId, list[SubjectId]] | None = None
    _segments: frozenset[str] | None = None

    def customer(self) -> tuple[CustomerId, list[SubjectId]]:
        """Return her customer and the subjects of her wallet."""
        if self._customer is None:
            database = self.store.database
            self._customer = identity.customer_of(database, self.subject)[0], identity.wallet_of(database, self.subject)
        return self._customer

    def segments(self) -> frozenset[str]:
        if self._segments is None:
            self._segments = frozenset(memberships.segments_in(self.store.database, self.customer()[0]))
        return self._segments

    def tiers(self, at: Micros) -> list[str]:
        ladders = tiers.ladders(self.current.documents)
        return tiers.names_of(self.store.database, ladders, self.store.brand.zone(), self.customer()[1], at)


class Conditions:
    """What rules ask of facts, read once for each version as long as the documents are the same."""

    def __init__(self, current: Current, brand: Brand) -> None:
        self._words = FactWords(current.declared)
        self._brand = brand
        self._read: dict[tuple[str, int], Condition] = {}

    def of(self, rule: Rule) -> Condition:
        """Return a rule's condition; one by words that are gone holds for nothing."""
        key = (rule.name, rule.version)
        if key not in self._read:
            self._read[key] = self._condition(rule)
        return self._read[key]

    def _condition(self, rule: Rule) -> Condition:
        said = rule.content
        try:
            criterion = read_where(said.where or "", said.fact, self._words, self._brand)
        except AppError as error:
            log.warning("a rule's where cannot be read", rule=rule.name, version=rule.version, reason=str(error))
            return lambda _: None
        ask, nothing = trigger_closure(criterion, self._words), CustomerHistory()
        return lambda occurrence: ask(nothing, occurrence, occurrence.at)


@dataclass(slots=True)
class Earning:
    """Makes acts of facts, one stretch of the log after the other."""

    store: Store
    current: Current
    book: Rulebook
    conditions: Conditions
    known: frozenset[str] = frozenset()  # keys of what was given before
    planned: Counter[Place] = field(default_factory=Counter)  # what is about to be given

    def acts_of(self, row: LogRow, occurrence: Occurrence) -> Iterator[Act]:
        """Yield what a fact gives, by each rule that holds for it."""
        if row.subject is None:
            return
        person = Person(self.store, self.current, row.subject)
        for rule in self.book.rules_at(row.position):
            if not self._holds(rule, row, occurrence, person):
                continue
            key = earn_key(rule, row.position)
            unit = self.book.unit_at(row.position, rule.content.unit)
            if unit is not None and key not in self.known:
                act = self._act(key, rule, unit, row, occurrence, person)
                if act is not None:
                    yield act

    def _holds(self, rule: Rule, row: LogRow, occurrence: Occurrence, person: Person) -> bool:
        said = rule.content
        if said.fact != occurrence.name or (said.sources and row.source not in said.sources):
            return False
        if said.where is not None and self.conditions.of(rule)(occurrence) is not True:
            return False
        if said.segments and person.segments().isdisjoint(said.segments):
            return False
        return not said.not_segments or person.segments().isdisjoint(said.not_segments)

    def _act(
        self, key: str, of: Rule, unit: PointsDocument, row: LogRow, occurrence: Occurrence, person: Person
    ) -> Act | None:
        rule = of.content
        at = Micros(min(row.occurred_at, row.received_at))
        on = day_of(at, self.store.brand.zone())
        held = person.tiers(row.received_at) if any(one.tiers for one in rule.multipliers) else []
        counts = list(self._counts(of.name, rule, at, person))
        amount = self._within(rules.points_for(rule, _number(occurrence, rule.field), on, held), counts, person)
        if amount <= 0:
            return None
        order = order_of(self.store.keys, occurrence)
        steps: list[Step] = [count(amount) for count in counts]
        ends = rules.expires_at(unit.expires, at, self.store.brand.zone())
        credit = Credit(rule.unit, person.subject, amount, rules.active_from(unit, at), ends)
        cost, cost_step = rules.cost_of(unit, amount), -1
        if cost:
            cost_step = len(steps)
            steps.append(Count(rules.cost_scope(of.name), cost, rule.budget, refusal="points.budget"))
        if order is not None:
            steps.append(Open(ORDER, group_of(order, of.name), person.subject))
        earned = Earned(
            rule.unit, of.name, of.version, amount, _paid(occurrence, rule), person.subject, order, len(steps),
            tuple(range(len(counts))), cost, unit.funder, rule.campaign, cost_step,
        )  # fmt: skip
        tell = Tell(EARNED, person.subject, _told(earned, credit, occurrence), is_move=True)
        return Act(
            key, KIND, acts.body_of(key), (*steps, credit), (tell,), person.subject, encode(earned), gives=True,
            by=f"rule:{of.name}",
        )  # fmt: skip

    def _counts(self, name: str, rule: EarningDocument, at: Micros, person: Person) -> Iterator[partial[Count]]:
        """Yield what is counted against each cap, but for the amount."""
        zone = self.store.brand.zone()
        day = start_of(day_of(at, zone), zone)
        if rule.caps.day is not None:
            yield partial(Count, f"points:{name}:day", cap=rule.caps.day, window=day, subject=person.subject)
        if rule.caps.customer is not None:
            yield partial(Count, f"points:{name}:customer", cap=rule.caps.customer, subject=person.subject)
        if rule.caps.total is not None:
            yield partial(Count, f"points:{name}:total", cap=rule.caps.total)

    def _within(self, amount: int, counts: list[partial[Count]], person: Person) -> int:
        """Return as much of an amount as every cap leaves, and remember that it is about to be given."""
        places = []
        for count in counts:
            one = count(0)
            customer, whose = (0, []) if one.subject is None else person.customer()
            place = (one.scope, int(one.window), int(customer))
            used = acts.used(self.store.database, one.scope, one.window, whose) + self.planned[place]
            amount = min(amount, (one.cap or 0) - used)
            places.append(place)
        for place in places if amount > 0 else ():
            self.planned[place] += amount
        return amount


def earn_key(rule: Rule, position: int) -> str:
    """Return the key of the act by which a rule gives for a fact: by it, it gives once."""
    return f"earn:{rule.name}@{rule.version}:{position}"


def order_of(keys: SubjectKeys, occurrence: Occurrence) -> str | None:
    """Return by what an order is known here, if the fact names one."""
    number = occurrence.fields.get("order_id")
    return keys.digest("order", number).hex() if isinstance(number, str) and number else None


def _number(occurrence: Occurrence, name: str) -> int:
    found = occurrence.fields.get(name)
    return found if isinstance(found, int) else 0


def _paid(occurrence: Occurrence, rule: EarningDocument) -> int:
    """Return the money of which refunds are parts: what was paid, whatever of it the points are counted by."""
    return max(_number(occurrence, "value") or _number(occurrence, rule.field), 0)


def group_of(order: str, rule: str) -> str:
    return f"{order}/{rule}"


def _told(earned: Earned, credit: Credit, occurrence: Occurrence) -> dict[str, object]:
    number = occurrence.fields.get("order_id")
    fields = {
        "unit": earned.unit, "amount": earned.amount, "cost": earned.cost, "funder": earned.funder,
        "campaign_id": earned.campaign or None, "rule": earned.rule, "rule_version": earned.rule_version,
        "order_id": number, "active_from": credit.active_from or None, "expires_at": credit.expires_at,
    }  # fmt: skip
    return {name: value for name, value in fields.items() if value is not None}
