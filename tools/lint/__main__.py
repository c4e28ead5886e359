"""`python -m tools.lint`: run every rule of our own over the tree; exit 1 when one fails."""

import sys
from collections.abc import Iterator
from pathlib import Path

from tools.lint import names, purity, seams, size, texts
from tools.lint.findings import Finding, Source, Weight, read

ROOT = Path(__file__).parents[2]
MIGRATIONS = "/migrations/versions/"
"""A migration is a record of tables, written once: its length says nothing."""


def findings(root: Path) -> Iterator[Finding]:
    """Yield what the rules find: the shape of files everywhere, the use of imports in what is shipped."""
    shipped = list(read(root, ["src"]))
    others = list(read(root, ["tests", "tools", "bench"]))
    listed = seams.load()
    for source in shipped:
        yield from _shape(source)
        yield from purity.check(source)
        yield from seams.check(source, listed)
    yield from seams.unused(shipped, listed)
    yield from texts.check(shipped, texts.load(root / "src"))
    for source in others:
        yield from _shape(source)


def main() -> int:
    """Print all findings, failures last, and return the exit code."""
    found = sorted(findings(ROOT), key=lambda f: (f.weight is Weight.FAILURE, f.path, f.line))
    for finding in found:
        sys.stdout.write(f"{finding}\n")
    failures = sum(finding.weight is Weight.FAILURE for finding in found)
    sys.stdout.write(f"house rules: {failures} failures, {len(found) - failures} warnings\n")
    return 1 if failures else 0


def _shape(source: Source) -> Iterator[Finding]:
    if MIGRATIONS not in source.path:
        yield from size.check(source)
    yield from names.check(source)


if __name__ == "__main__":
    sys.exit(main())
