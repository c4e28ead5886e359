"""`rules.py` holds policy and nothing else: same question, same answer, on any machine, at any hour."""

import ast
from collections.abc import Iterator

from tools.lint.findings import Finding, Source, Weight
from tools.lint.imports import imported_at

IMPURE = frozenset(
    {
        "asyncio", "duckdb", "httpx", "ibis", "io", "litestar", "logging", "multiprocessing", "os", "pathlib", "random",
        "secrets", "shutil", "socket", "sqlalchemy", "sqlite3", "structlog", "subprocess", "sys", "tempfile",
        "threading", "time", "urllib", "uuid", "uvicorn",
    }
)  # fmt: skip
OPENERS = frozenset({"input", "open", "print"})


def check(source: Source) -> Iterator[Finding]:
    """Yield what a `rules.py` takes from outside: a forbidden import or a call that reads or writes."""
    if not source.module.endswith(".rules"):
        return
    for node in ast.walk(source.tree):
        for module in imported_at(node):
            if _is_impure(module):
                yield Finding(Weight.FAILURE, source.path, _line(node), f"rules are pure and do not import {module}")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in OPENERS:
            yield Finding(Weight.FAILURE, source.path, node.lineno, f"rules are pure and do not call {node.func.id}()")


def _is_impure(module: str) -> bool:
    parts = module.split(".")
    return parts[0] in IMPURE or (parts[0] == "interplay" and {"engine", "store"} & set(parts) != set())


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 1)
