"""Slow libraries load only when they are needed, through seams that are listed in one file.

`lazy_seams.toml` names the slow libraries, their homes (modules that import them, or another home, at the top; `*` may
end a name) and the seams (functions of other modules that import a home, or a slow library itself). Any other import
inside a function usually hides a cycle, so there is none.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from tools.lint.findings import Finding, Source, Weight
from tools.lint.imports import Import, Place, imports_of

SEAMS_FILE = Path(__file__).with_name("lazy_seams.toml")


@dataclass(frozen=True)
class Seams:
    """The list: `seams` maps a module to what its functions may import."""

    slow: frozenset[str]
    homes: frozenset[str]
    seams: Mapping[str, frozenset[str]]

    def is_home(self, module: str) -> bool:
        """Say whether a module may import slow libraries at its top."""
        return any(fnmatchcase(module, home) for home in self.homes)


def load(path: Path = SEAMS_FILE) -> Seams:
    """Return the committed list."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    seams = {module: frozenset(names) for module, names in raw["seams"].items()}
    return Seams(frozenset(raw["slow"]), frozenset(raw["homes"]), seams)


def check(source: Source, seams: Seams) -> Iterator[Finding]:
    """Yield every import that makes a fast module slow, and every import inside a function that is no listed seam."""
    told: set[int] = set()
    for found in imports_of(source):
        text = _mistake(source.module, found, seams)
        if text is not None and found.line not in told:
            told.add(found.line)
            yield Finding(Weight.FAILURE, source.path, found.line, text)


def unused(sources: Iterable[Source], seams: Seams) -> Iterator[Finding]:
    """Yield entries of the list that nothing needs any more."""
    tops: set[str] = set()
    functions: dict[str, set[str]] = {}
    for source in sources:
        for found in imports_of(source):
            if found.place is Place.TOP and _is_slow(found.module, seams):
                tops.add(source.module)
            elif found.place is Place.FUNCTION:
                functions.setdefault(source.module, set()).add(found.module)
    for home in sorted(seams.homes):
        if not any(fnmatchcase(module, home) for module in tops):
            yield _stale(f"{home} imports nothing slow at its top")
    for module, names in sorted(seams.seams.items()):
        for name in sorted(names - functions.get(module, set())):
            yield _stale(f"no function of {module} imports {name}")


def _mistake(module: str, found: Import, seams: Seams) -> str | None:
    match found.place:
        case Place.TYPES:
            return None
        case Place.FUNCTION:
            if _covered(found.module, seams.seams.get(module, frozenset())):
                return None
            return f"imports {found.module.partition('.')[0]} inside a function; import at the top or list a lazy seam"
        case Place.TOP:
            if seams.is_home(module) or not _is_slow(found.module, seams):
                return None
            return f"{found.module} is slow to import; {module} is not one of its homes in {SEAMS_FILE.name}"


def _is_slow(module: str, seams: Seams) -> bool:
    return module.partition(".")[0] in seams.slow or seams.is_home(module)


def _covered(module: str, allowed: frozenset[str]) -> bool:
    return any(module == name or module.startswith(name + ".") or name.startswith(module + ".") for name in allowed)


def _stale(text: str) -> Finding:
    return Finding(Weight.FAILURE, SEAMS_FILE.name, 1, f"stale entry: {text}")
