"""What a rule looks at (a parsed file) and what it answers (findings)."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Weight(StrEnum):
    """A warning is a habit exceeded; a failure stops `make check`."""

    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True)
class Finding:
    """One place to look at, in the form that editors turn into a link."""

    weight: Weight
    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.weight}: {self.text}"


@dataclass(frozen=True)
class Source:
    """A Python file, read and parsed once for all rules. `module` is its dotted name."""

    path: str
    module: str
    text: str
    tree: ast.Module


def read(root: Path, folders: Iterable[str]) -> Iterator[Source]:
    """Yield every Python file under `folders`, which are relative to `root`, in order of path."""
    for folder in folders:
        for file in sorted((root / folder).rglob("*.py")):
            yield parse(file.relative_to(root).as_posix(), file.read_text(encoding="utf-8"))


def parse(path: str, text: str) -> Source:
    """Return the source of one file; `src/` is not part of a module's name."""
    parts = path.removeprefix("src/").removesuffix(".py").split("/")
    module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Source(path, module, text, ast.parse(text, path))
