"""Functions and files stay small enough to be read at once.

A habit (40 lines a function, 400 a file) is only warned about; the limit (70, 600) is never passed.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from tools.lint.findings import Finding, Source, Weight


@dataclass(frozen=True)
class Size:
    """How many lines a thing has by habit, and how many it never passes."""

    habit: int
    limit: int


FUNCTION_LINES = Size(habit=40, limit=70)
FILE_LINES = Size(habit=400, limit=600)


def check(source: Source) -> Iterator[Finding]:
    """Yield a finding for the file and for each function that is too long."""
    yield from _judge(source, 1, "file", source.text.count("\n"), FILE_LINES)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield from _judge(source, node.lineno, f"function {node.name}", lines, FUNCTION_LINES)


def _judge(source: Source, line: int, what: str, lines: int, size: Size) -> Iterator[Finding]:
    if lines > size.habit:
        weight = Weight.FAILURE if lines > size.limit else Weight.WARNING
        text = f"{what} has {lines} lines; the habit is {size.habit}, the limit {size.limit}"
        yield Finding(weight, source.path, line, text)
