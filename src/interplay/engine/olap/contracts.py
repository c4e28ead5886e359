"""What the warehouse holds, and how far it has come."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

FILE_NAME = "warehouse.duckdb"

FACT_COLUMNS: tuple[tuple[str, str], ...] = (
    ("position", "BIGINT"),
    ("subject", "BIGINT"),
    ("name", "VARCHAR"),
    ("occurred_at", "BIGINT"),
    ("received_at", "BIGINT"),
    ("origin", "TINYINT"),
    ("source", "VARCHAR"),
)
"""The columns every fact has; after them comes one column per declared field."""


class Marks(Struct, frozen=True):
    """How far the warehouse is: the last fact, subject and change of membership it holds, and the newest instant."""

    position: int = 0
    subject: int = 0
    change: int = 0
    newest: int | None = None  # when the latest of its facts occurred, in microseconds UTC


class Moment(Protocol):
    """One moment of the warehouse, to be asked of."""

    @property
    def layout(self) -> int:
        """Return how often the columns had changed."""

    def table(self, name: str) -> "ir.Table":
        """Return a table or view."""

    def rows(self, key: Hashable, build: "Callable[..., ir.Table]", *numbers: int) -> "pa.Table":
        """Return what `build(*numbers)` answers; a `key` stands for what is built."""

    def marks(self) -> Marks:
        """Return how far the warehouse was."""


@dataclass(frozen=True, slots=True)
class Load:
    """One step of loading. Everything in it becomes visible at once, with the marks.

    facts     the columns of FACT_COLUMNS and any of the declared fields
    traits    position, subject, occurred_at, trait, op, number, text
    members   subject, customer: rows to add, or to put in the place of a subject's former row
    erased    subjects of whom nothing stays but the number, the name and the time of each fact
    """

    facts: "pa.Table"
    traits: "pa.Table"
    members: "pa.Table"
    marks: Marks
    erased: tuple[int, ...] = ()
