"""Where something stands in a document: as people write it, and on which line."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import yaml

Place: TypeAlias = tuple[str | int, ...]
"""The keys and indexes on the way: ("facts", 0, "fields", "value")."""

DEPTH_MAX = 100


def show(place: Place) -> str:
    """Return a place as people write it: `facts[0].fields.value`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")


def line_of(text: str, place: Place) -> int:
    """Return the line, from 1, on which a place of the document stands, or its nearest parent; 0 without text."""
    if not text:
        return 0
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    return 1 if node is None else line_at(lines_of(node), place, 1)


def lines_of(node: yaml.Node) -> dict[str, int]:
    """Return the line, from 1, of everything below a node, by its place as `show` writes it."""
    return {show(place): line for place, line in _lines(node, ())}


def line_at(lines: Mapping[str, int], place: Place, otherwise: int) -> int:
    """Return the line of a place, or of its nearest parent."""
    for end in range(len(place), 0, -1):
        if (line := lines.get(show(place[:end]))) is not None:
            return line
    return otherwise


def _lines(node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
    if len(place) > DEPTH_MAX:
        return
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*place, str(key.value))
            yield here, key.start_mark.line + 1
            yield from _lines(value, here)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            here = (*place, index)
            yield here, value.start_mark.line + 1
            yield from _lines(value, here)
