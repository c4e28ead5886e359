"""A mapping made ready for one file: checked against its columns and the catalogue, every source compiled."""

from collections.abc import Iterator

from msgspec import Struct

from interplay.collect.imports.cells import Cell
from interplay.collect.imports.conditions import RowTest
from interplay.criteria.contracts import TraitOp


class TraitCell(Struct, frozen=True):
    trait: str
    op: TraitOp
    cell: Cell


class FactPlan(Struct, frozen=True):
    """How one fact is made. `key` tells two rules for the same fact apart in the facts' identity."""

    name: str
    key: str
    test: RowTest
    at: Cell
    identifiers: list[Cell]  # strongest first
    fields: dict[str, Cell]
    traits: list[TraitCell]
    extra: dict[str, Cell]
    items: dict[str, dict[str, Cell]]

    def cells(self) -> Iterator[Cell]:
        """Yield every cell, always in the same order."""
        yield from self.single_cells()
        for item in self.items.values():
            yield from item.values()

    def single_cells(self) -> Iterator[Cell]:
        """Yield the cells that give one value each, in the order in which a fact is made of them."""
        yield self.at
        yield from self.identifiers
        yield from self.fields.values()
        yield from (trait.cell for trait in self.traits)
        yield from self.extra.values()


class RowFilter(Struct, frozen=True):
    test: RowTest
    reason: str


class Program(Struct, frozen=True):
    """All that reading a file needs. `columns` are those whose cells it looks at."""

    source: str
    facts: list[FactPlan]
    rejects: list[RowFilter]
    ignores: list[RowFilter]
    group_by: list[str]
    id: list[str]
    columns: list[str]
