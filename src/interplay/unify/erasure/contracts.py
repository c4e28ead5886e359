"""Whom to erase, and that it is done."""

from msgspec import Struct

from interplay.engine.log.customer_data import Found
from interplay.kernel.ids import SubjectId


class Erase(Struct, frozen=True):
    """Erase the customer of a subject, as she was when the search for her began: these subjects and what was found."""

    subject: SubjectId
    subjects: tuple[SubjectId, ...]
    found: dict[str, Found]
    actor: str
    reason: str


class Erased(Struct, frozen=True):
    """What is left of it: a number, and how many identifiers there were."""

    erasure: int
    identifiers_count: int
