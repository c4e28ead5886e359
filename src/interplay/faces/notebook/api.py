"""The Python API: the same questions as the command line, and the warehouse as Ibis tables.

import interplay

with interplay.open("shop") as shop:
shop.count('count("order.completed", within="90d") >= 3')
shop.facts.group_by("name").count().to_pandas()
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from interplay.bootstrap.access import Access
from interplay.collect.facts.api import split
from interplay.criteria.contracts import Answer
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang
from interplay.kernel.ids import CustomerId, Micros
from interplay.kernel.time import parse_instant
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import CustomerView, ShowCustomer
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import (
    MEMBERS_MAX,
    CountSegment,
    Explained,
    ExplainMember,
    ListMembers,
    ListSegments,
    Member,
    SegmentView,
)
from interplay.understand.warehouse import api as warehouse
from interplay.understand.warehouse.contracts import COLUMNS_FILE, Export

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend


At: TypeAlias = str | datetime | None
"""An instant: ISO 8601 text or a datetime; None is now."""


class Interplay:
    """An open data directory. Works beside a running server, and without one. Close it when done.

    What cannot be answered raises AppError (`interplay.kernel.errors`), with the command line's code and sentence.
    """

    def __init__(self, directory: str | Path) -> None:
        self._access = Access(Path(directory))
        self._stack = ExitStack()
        self._stack.callback(self._access.close)

    def count(self, criteria: str, at: At = None) -> Answer:
        """Return how many customers match criteria, or the segment of that name; `at` None is now."""
        return self._access.ask(segments.count, CountSegment(criteria, self._instant(at)))

    def members(self, criteria: str, at: At = None) -> Iterator[Member]:
        """Yield every customer who matches, in order of customer; they are asked for page by page as they are taken."""
        after = CustomerId(0)
        while page := self._access.ask(
            segments.list_members, ListMembers(criteria, self._instant(at), after, MEMBERS_MAX)
        ):
            yield from page
            after = page[-1].customer

    def explain(self, criteria: str, customer: str, at: At = None, lang: Lang = "en") -> Explained:
        """Return why a customer, given as `kind:value`, matches or not."""
        kind, value = split(customer)
        return self._access.ask(segments.explain_member, ExplainMember(criteria, kind, value, self._instant(at), lang))

    def customer(self, customer: str, at: At = None, facts_max: int = 20) -> CustomerView:
        """Return what is known of a customer, given as `kind:value`."""
        kind, value = split(customer)
        return self._access.ask(profiles.show, ShowCustomer(kind, value, self._instant(at), facts_max))

    def segments(self) -> list[SegmentView]:
        """Return the segments that were applied, with their sizes now."""
        return self._access.ask(segments.list_segments, ListSegments())

    @property
    def facts(self) -> "ir.Table":
        """Every fact: position, subject, name, occurred_at (timestamp, UTC), month, and a column per declared field."""
        return self._warehouse.table("facts")

    @property
    def traits(self) -> "ir.Table":
        """Every change of a trait."""
        return self._warehouse.table("traits")

    @property
    def customers(self) -> "ir.Table":
        """Which subject is which customer: subject, customer."""
        return self._warehouse.table("members")

    def refresh(self) -> None:
        """Let the tables show what has come in since they were first used."""
        self.__dict__.pop("_warehouse", None)

    def close(self) -> None:
        self._stack.close()

    def _instant(self, at: At) -> Micros | None:
        """Return an instant; text and times without an offset are read in the brand's zone, as `--at` is."""
        zone = self._access.home.world.zone
        if at is None:
            return None
        if isinstance(at, str):
            return parse_instant(at, zone)
        if isinstance(at, datetime):
            return parse_instant(at.isoformat(), zone)
        raise AppError("python.at", given=type(at).__name__)

    def __enter__(self) -> "Interplay":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @cached_property
    def _folder(self) -> Path:
        return Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="interplay-")))

    @cached_property
    def _warehouse(self) -> "Backend":
        """The warehouse as of now. DuckDB's file has one owner, so it is read from an export of its own."""
        import ibis  # a lazy seam: importing Ibis takes about a second

        self._access.ask(warehouse.export, Export(str(self._folder)))
        backend = ibis.duckdb.connect()
        for table in ("facts", "traits", "members"):
            files = sorted(map(str, (self._folder / table).rglob("*.parquet")))
            columns = str(self._folder / table / COLUMNS_FILE)
            backend.read_parquet(files or columns, table_name=table, hive_partitioning=True, union_by_name=True)
        return backend


def open_directory(directory: str | Path) -> Interplay:
    """Open a data directory. Raises AppError `settings.no_directory` and others that say what is wrong."""
    return Interplay(directory)
