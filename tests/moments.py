"""Moments of tables that a test made up, in any engine."""

from dataclasses import dataclass

from interplay.criteria.contracts import Tables
from interplay.engine.olap.contracts import Marks

NOTHING = Marks()


@dataclass
class At:
    """A moment of tables; its layout is never another."""

    tables: Tables
    held: Marks = NOTHING
    layout: int = 0

    def table(self, name):
        return getattr(self.tables, name)

    def rows(self, key, build, *numbers):
        return build(*numbers).to_pyarrow()

    def marks(self):
        return self.held
