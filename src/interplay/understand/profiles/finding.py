"""A customer by any identifier."""

from interplay.kernel.ids import CustomerId, SubjectId
from interplay.understand.profiles.contracts import Reading
from interplay.unify.customers import api as customers
from interplay.unify.identity.api import customer_of


def find(reading: Reading, kind: str, value: str) -> tuple[CustomerId, list[SubjectId]]:
    """Return the customer with this identifier and all subjects of theirs. Raises AppError like `find_subject`."""
    return customer_of(reading.database, find_subject(reading, kind, value))


def find_subject(reading: Reading, kind: str, value: str) -> SubjectId:
    """Return the subject of an identifier.

    Raises AppError `facts.identifier.kind`, `customers.identifier` (not a possible one) or `customers.unknown`.
    """
    return customers.known(reading.database, reading.keys, reading.world.brand.region, kind, value)[1]
