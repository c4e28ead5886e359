"""The documentation as data: pages, their links, their headings and their examples."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ (?P<title>.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """A fenced block. Its first word is the language, the others say what becomes of it."""

    language: str
    marks: tuple[str, ...]
    text: str
    line: int


@dataclass(frozen=True)
class Page:
    path: Path
    text: str

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    def examples(self, language: str, *marks: str) -> list[Example]:
        """Return the blocks of a language that have all of the marks."""
        return [e for e in self.every_example() if e.language == language and set(marks) <= set(e.marks)]

    def every_example(self) -> list[Example]:
        found = []
        for match in _FENCE.finditer(self.text):
            language, *marks = match["info"].split() or [""]
            found.append(Example(language, tuple(marks), match["text"], self.text.count("\n", 0, match.start()) + 1))
        return found

    def links(self) -> list[str]:
        return [m["target"] for m in _LINK.finditer(_FENCE.sub("", self.text))]

    def anchors(self) -> set[str]:
        return {_anchor(m["title"]) for m in _HEADING.finditer(_FENCE.sub("", self.text))}


def every_page() -> list[Page]:
    paths = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return [Page(path, path.read_text(encoding="utf-8")) for path in sorted(paths)]


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")
