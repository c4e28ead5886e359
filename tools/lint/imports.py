"""Which modules a piece of code imports, and where: at the top, inside a function, or for types only."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tools.lint.findings import Source


class Place(StrEnum):
    """Where an import statement stands; only the first two run."""

    TOP = "top"
    FUNCTION = "function"
    TYPES = "types"


@dataclass(frozen=True)
class Import:
    """One imported module (or name of a module: `from a import b` gives `a` and `a.b`)."""

    module: str
    place: Place
    line: int


def imports_of(source: Source) -> list[Import]:
    """Return every import of a file with the place it stands in."""
    return list(_walk(source.tree, Place.TOP))


def imported_at(node: ast.AST) -> list[str]:
    """Return the modules that this very statement imports; empty for any other node."""
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module), names=names):
            return [module, *(f"{module}.{alias.name}" for alias in names)]
        case _:
            return []


def _walk(node: ast.AST, place: Place) -> Iterator[Import]:
    for module in imported_at(node):
        yield Import(module, place, getattr(node, "lineno", 1))
    if isinstance(node, ast.If) and _asks_for_type_checking(node.test):
        for guarded in node.body:
            yield from _walk(guarded, Place.TYPES)
        for other in node.orelse:
            yield from _walk(other, place)
        return
    is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    inner = Place.FUNCTION if is_function and place is Place.TOP else place
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, inner)


def _asks_for_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )
