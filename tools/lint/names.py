"""A module is named after what it is about: a drawer for leftovers has no such name."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from tools.lint.findings import Finding, Source, Weight

DRAWERS = frozenset({"base", "common", "helper", "helpers", "manager", "misc", "types", "util", "utils"})


def check(source: Source) -> Iterator[Finding]:
    """Yield a finding when the file or its folder is named like a drawer."""
    path = PurePosixPath(source.path)
    name = path.parent.name if path.stem == "__init__" else path.stem
    if name in DRAWERS:
        yield Finding(Weight.FAILURE, source.path, 1, f"{name!r} is a drawer, not a name; say what the module is about")
