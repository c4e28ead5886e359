"""Which columns a file has: the customer's number, identifiers by kind, traits."""

from collections.abc import Sequence

from msgspec import Struct

from interplay.automate.audiences.contracts import CONTACTS, CUSTOMER, NO_CONSENT_ASKED
from interplay.collect.facts.api import check_kind
from interplay.kernel.errors import AppError

COLUMNS_MAX = 50
EXTERNAL_PREFIX = "ext:"


class Layout(Struct, frozen=True):
    """Columns by what they are; a trait that is called like a kind of identifier is the identifier."""

    columns: tuple[str, ...]
    kinds: frozenset[str]
    traits: tuple[str, ...]


def layout(columns: Sequence[str]) -> Layout:
    """Return the columns by what they are. Raises AppError `audiences.columns` or `facts.identifier.kind`."""
    if not 1 <= len(columns) <= COLUMNS_MAX or len(set(columns)) < len(columns):
        raise AppError("audiences.columns", given=", ".join(columns), allowed=COLUMNS_MAX)
    kinds = frozenset(one for one in columns if _is_kind(one))
    traits = tuple(one for one in columns if one not in kinds and one != CUSTOMER)
    return Layout(tuple(columns), kinds, traits)


def check_consent(columns: Sequence[str], consent: str | None) -> None:
    """Refuse to give away how people are reached without a word about consent. Raises AppError `audiences.consent`."""
    contacts = [one for one in columns if one in CONTACTS]
    if contacts and consent is None:
        raise AppError("audiences.consent", given=", ".join(contacts), none=NO_CONSENT_ASKED)


def _is_kind(column: str) -> bool:
    if column.startswith(EXTERNAL_PREFIX):
        check_kind(column)
        return True
    try:
        check_kind(column)
    except AppError:
        return False
    return True
