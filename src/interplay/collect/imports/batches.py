"""A file as columns, batch by batch, whatever its format. Cells stay as they are found; None is an empty one."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeAlias

from msgspec import Struct

from interplay.collect.imports.contracts import RAW_CHARS_MAX, Column, Reject

Torn: TypeAlias = tuple[int, dict[str, object]]
"""A line that is no row, and those of its cells that can be told all the same."""


class Batch(Struct, frozen=True):
    """Some rows of a file, column by column, and what is needed to name and to quote each of them."""

    cells: dict[str, Sequence[object]]  # the columns asked for
    lines: Sequence[int]  # where each row stands in the file
    raw: Callable[[int], str]  # the row's own text
    contents: Callable[[Sequence[int]], Iterable[bytes]]  # all its columns, as bytes that are equal when they are
    rejects: list[Reject]  # what could not be read as a row at all
    fraction: float  # of the file read so far
    torn: Sequence[Torn] = ()  # lines of `rejects`; one that can be read in two ways comes twice
    is_mixed: bool = False  # cells of one column may be of several types (JSON)


class Table(Protocol):
    """A file that can be read from its beginning, any number of times."""

    @property
    def columns(self) -> list[Column]: ...

    def batches(self, needed: Sequence[str], rows: int) -> Iterator[Batch]:
        """Return the file's rows, at most `rows` in a batch; of the columns, those `needed`."""


def cut(raw: str) -> str:
    """Return a row's text as a reject keeps it."""
    return raw if len(raw) <= RAW_CHARS_MAX else raw[:RAW_CHARS_MAX]
