"""What a slice keeps about customers: it can say it, and forget it. Whoever has such a table registers in `bootstrap`.

`subject` and the like are numbers; a table that has one knows something about somebody.
"""

from typing import Any, Protocol

from msgspec import Struct

from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.ids import SubjectId


class Whom(Struct, frozen=True):
    """One customer: all subjects, and the identifiers as (kind, value); None where nobody can open them any more."""

    subjects: tuple[SubjectId, ...]
    identifiers: tuple[tuple[str, str], ...] | None


class Found(Struct, frozen=True):
    """Rows that had to be searched for, up to and including row `until`."""

    rows: tuple[int, ...] = ()
    until: int = 0


class CustomerData(Protocol):
    """One slice's data about customers."""

    @property
    def name(self) -> str:
        """The heading in an export."""

    @property
    def tables(self) -> frozenset[str]:
        """The tables that this speaks for; a test fails for a table with a subject that nobody speaks for."""

    def export(self, database: Database, keys: SubjectKeys, whom: Whom) -> Any:
        """Return everything kept about the customer as plain data, in an order that is always the same."""

    def find(self, database: Database, keys: SubjectKeys, whom: Whom) -> Found:
        """Search, outside the writer, for what `erase` could not find in a few milliseconds."""

    def erase(self, tx: Tx, keys: SubjectKeys, whom: Whom, found: Found) -> None:
        """Forget the customer: what was found, and what came in since. The keys are destroyed after the commit."""
