"""Tables and text that a Markdown reader shows as meant."""

from collections.abc import Iterable, Sequence

FOREWORD = "<!-- Made from the code by `make reference`; do not edit. -->\n\n"


def page(title: str, introduction: str, *parts: str) -> str:
    """Return a whole page, ending in one newline."""
    return FOREWORD + "\n\n".join([f"# {title}", introduction, *(part.strip("\n") for part in parts if part)]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a bar or a line break in a cell does not break it."""
    lines = [_row(head), "|" + "---|" * len(head), *(_row(row) for row in rows)]
    return "\n".join(lines)


def code(text: str) -> str:
    """Return text as code; empty text stays empty."""
    return f"`{text}`" if text else ""


def codes(texts: Iterable[str]) -> str:
    """Return several pieces of code, one after the other."""
    return " ".join(code(text) for text in texts)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"
