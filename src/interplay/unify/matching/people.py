"""Everybody as they are compared: traits opened from the sealed log, identifiers from the look-up. In memory only."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing

from interplay.collect.facts.api import Declarations, strongest_first
from interplay.collect.facts.contracts import Identifier
from interplay.criteria.api import CustomerHistory
from interplay.criteria.contracts import Physical
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.errors import AppError
from interplay.kernel.ids import CustomerId, Micros, Position, SubjectId
from interplay.kernel.settings import Brand
from interplay.unify.identity import api as identity
from interplay.unify.matching.columns import IDENTIFIERS, traits_read, values
from interplay.unify.matching.contracts import CUSTOMERS_MAX, Column, Person

ROWS_AT_ONCE = 5_000

Report = Callable[[float], None]


class Everybody:
    """Reads all customers. What was erased cannot be opened, and is left out."""

    def __init__(self, database: Database, keys: SubjectKeys, brand: Brand, now: Micros) -> None:
        self._database = database
        self._keys = keys
        self._projector = Declarations(database, brand, keys).current().projector
        self._now = now
        self._customers = identity.customers_by_subject(database)
        self._blocked = identity.blocked_values(database, brand)

    def customer_of(self, subject: SubjectId) -> CustomerId:
        return self._customers.get(subject, CustomerId(subject))

    def read(self, columns: Sequence[Column], report: Report) -> list[Person]:
        """Return everybody of whom there is something to compare, in the order of their numbers.

        Raises AppError `matching.too_many`.
        """
        names = traits_read(columns)
        with closing(LogReader(self._database)) as reader:
            until = reader.last_position()
            pasts = self._pasts(reader, names, until, report)
            standing, identifiers = self._subjects(reader, until)
        people = []
        for customer, subject in sorted(standing.items()):
            traits = self._traits(pasts.pop(customer, None), names)
            found = values(columns, traits, identifiers.get(customer, {}))
            known = {name: value for name, value in found.items() if (name, value) not in self._blocked}
            if known:
                people.append(Person(customer, subject, known))
        return people

    def _traits(self, past: CustomerHistory | None, names: frozenset[str]) -> Mapping[str, Physical]:
        told = () if past is None else ((name, past.trait(name, self._now)) for name in names)
        return {name: value for name, value in told if value is not None}

    def _pasts(
        self, reader: LogReader, names: frozenset[str], until: Position, report: Report
    ) -> dict[CustomerId, CustomerHistory]:
        """Return the changes of these traits, by customer."""
        pasts: dict[CustomerId, CustomerHistory] = {}
        after = Position(0)
        while after < until and (rows := reader.read(after, ROWS_AT_ONCE)):
            for row in rows:
                if row.subject is None or (payload := self._projector.payload(row)) is None or not payload.traits:
                    continue
                past = pasts.setdefault(self.customer_of(row.subject), CustomerHistory())
                for change in self._projector.trait_changes(row, payload):
                    if change.trait in names:
                        past.change(change)
            _check_count(len(pasts))
            after = rows[-1].position
            report(after / until)
        return pasts

    def _subjects(
        self, reader: LogReader, until: Position
    ) -> tuple[dict[CustomerId, SubjectId], dict[CustomerId, dict[str, str]]]:
        """Return the subject that stands for each customer, its strongest, and those identifiers that are compared."""
        order = strongest_first(Identifier(kind, "") for kind in reader.identifier_kinds())
        ranks = {one.kind: rank for rank, one in enumerate(order)}
        standing: dict[CustomerId, tuple[int, SubjectId]] = {}
        identifiers: dict[CustomerId, dict[str, str]] = {}
        for some in _stretches(reader, until):
            for subject, kind in reader.kinds(some).items():
                customer = self.customer_of(subject)
                standing[customer] = min(standing.get(customer, (len(ranks), subject)), (ranks[kind], subject))
                if kind in IDENTIFIERS and (value := self._current(reader, subject)) is not None:
                    identifiers.setdefault(customer, {}).setdefault(kind, value)
            _check_count(len(standing))
        return {customer: subject for customer, (_, subject) in standing.items()}, identifiers

    def _current(self, reader: LogReader, subject: SubjectId) -> str | None:
        """Return a subject's identifier, or None where it was erased, or is somebody else's by now."""
        row = reader.identifier(subject)
        opened = None if row is None else self._keys.open(subject, row[1])
        if row is None or opened is None:
            return None
        value = opened.decode()
        return value if reader.subject_of(self._keys.digest(row[0], value)) == subject else None


def _stretches(reader: LogReader, until: Position) -> Iterator[list[SubjectId]]:
    after = SubjectId(0)
    while some := reader.subjects(after, until, ROWS_AT_ONCE):
        yield some
        after = some[-1]


def _check_count(count: int) -> None:
    if count > CUSTOMERS_MAX:
        raise AppError("matching.too_many", status=409, allowed=CUSTOMERS_MAX)
