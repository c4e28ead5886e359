"""Everything declared, compiled once: which name is meant, and how its properties and traits are read."""

from interplay.collect.facts.catalogue import Names
from interplay.collect.facts.contracts import Declared, Dialect
from interplay.collect.facts.reading import FactReader
from interplay.collect.facts.traits import TraitReader
from interplay.kernel.settings import Brand


class Catalogue:
    """Everything declared, compiled for reading. Build one per version of the declarations and keep it."""

    def __init__(self, declared: Declared, brand: Brand) -> None:
        self.declared = declared
        self.brand = brand
        self.traits = TraitReader(declared, brand)
        self._names = Names(declared)
        self._readers = {name: FactReader(kind, brand) for name, kind in declared.facts.items()}

    def reader(self, name: str) -> FactReader | None:
        """Return the reader of a declared fact; None for an undeclared one."""
        return self._readers.get(name)

    def resolve(self, received: str, dialect: Dialect) -> str:
        """Return our name of a fact."""
        return self._names.resolve(received, dialect)
