"""A customer by any identifier."""

from contextlib import closing

from interplay.collect.facts.api import check_kind, normalized
from interplay.engine.log.read import LogReader
from interplay.kernel.errors import AppError
from interplay.kernel.ids import CustomerId, SubjectId
from interplay.understand.profiles.contracts import Reading
from interplay.unify.identity.api import customer_of


def find(reading: Reading, kind: str, value: str) -> tuple[CustomerId, list[SubjectId]]:
    """Return the customer with this identifier and all subjects of theirs. Raises AppError like `find_subject`."""
    return customer_of(reading.database, find_subject(reading, kind, value))


def find_subject(reading: Reading, kind: str, value: str) -> SubjectId:
    """Return the subject of an identifier.

    Raises AppError `facts.identifier.kind`, `customers.identifier` (not a possible one) or `customers.unknown`.
    """
    check_kind(kind)
    known = normalized(kind, value, reading.world.brand.region)
    if known is None:
        raise AppError("customers.identifier", kind=kind, given=value)
    with closing(LogReader(reading.database)) as reader:
        subject = reader.subject_of(reading.keys.digest(kind, known))
    if subject is None:
        raise AppError("customers.unknown", status=404, kind=kind, given=value)
    return subject
