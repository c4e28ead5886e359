"""From the tree back to text: one spelling, as few brackets as possible."""

import keyword
import unicodedata

from interplay.criteria.contracts import (
    Aggregate,
    Ago,
    And,
    Between,
    Compare,
    Criterion,
    Event,
    Feature,
    In,
    InSegment,
    InSequence,
    Literal,
    Missing,
    Not,
    Now,
    Or,
    Predicate,
    Profile,
    Truth,
    Value,
    ValueType,
    Window,
    Within,
)

QUOTED = frozenset({ValueType.TEXT, ValueType.TIME, ValueType.DATE})
_OR, _AND, _NOT, _TEST = range(4)  # how tightly a condition holds together


def to_text(node: Criterion | Predicate | Value) -> str:
    """Return the canonical text; parsing it gives the same tree again."""
    writer = TextWriter()
    writer.write(node.root if isinstance(node, Criterion) else node, "$")
    return writer.text()


class TextWriter:
    """Writes a tree and remembers which part of the text came from which node of the JSON."""

    def __init__(self) -> None:
        self.spans: list[tuple[int, int, str]] = []  # (start, end, JSON path), inner nodes before outer ones
        self._parts: list[str] = []
        self._length = 0

    def text(self) -> str:
        """Return what was written."""
        return "".join(self._parts)

    def write(self, node: Predicate | Value, path: str) -> None:
        """Write a node, without brackets around it."""
        start = self._length
        match node:
            case And() | Or():
                self._joined(node, path)
            case Not(item=In() as inner):
                self._membership(inner, f"{path}.item", "not in")
            case Not():
                self._put("not ")
                self._inside(node.item, f"{path}.item", _NOT)
            case Compare():
                self.write(node.left, f"{path}.left")
                self._put(f" {node.op.value} ")
                self.write(node.right, f"{path}.right")
            case In():
                self._membership(node, path, "in")
            case Truth():
                self.write(node.value, f"{path}.value")
            case Missing():
                self._put("missing(")
                self.write(node.value, f"{path}.value")
                self._put(")")
            case Aggregate():
                self._aggregate(node, path)
            case InSequence():
                self._sequence(node, path)
            case _:
                self._put(_leaf(node))
        self.spans.append((start, self._length, path))

    def _put(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)

    def _marked(self, text: str, path: str) -> None:
        self.spans.append((self._length, self._length + len(text), path))
        self._put(text)

    def _inside(self, node: Predicate, path: str, outer: int) -> None:
        """Write a condition inside another one, in brackets where it would fall apart."""
        if _tightness(node) < outer:
            self._put("(")
            self.write(node, path)
            self._put(")")
        else:
            self.write(node, path)

    def _joined(self, node: And | Or, path: str) -> None:
        word, outer = (" and ", _NOT) if isinstance(node, And) else (" or ", _AND)
        for n, item in enumerate(node.items):
            self._put(word if n else "")
            self._inside(item, f"{path}.items[{n}]", outer)

    def _membership(self, node: In, path: str, word: str) -> None:
        if _reads_backwards(node):
            self.write(node.options[0], f"{path}.options[0]")
            self._put(f" {word} ")
            self.write(node.value, f"{path}.value")
            return
        self.write(node.value, f"{path}.value")
        self._put(f" {word} (")
        for n, option in enumerate(node.options):
            self._put(", " if n else "")
            self.write(option, f"{path}.options[{n}]")
        self._put(",)" if len(node.options) == 1 else ")")

    def _aggregate(self, node: Aggregate, path: str) -> None:
        self._put(f"{node.kind.value}(")
        self._marked(quoted(node.fact), f"{path}.fact")
        if node.field is not None:
            self._put(", ")
            self._marked(quoted(node.field), f"{path}.field")
        self._window(node.window, path)
        if node.where is not None:
            self._put(", where=")
            self.write(node.where, f"{path}.where")
        self._put(")")

    def _sequence(self, node: InSequence, path: str) -> None:
        self._put("sequence(")
        for n, step in enumerate(node.steps):
            self._put(", " if n else "")
            self._marked(quoted(step), f"{path}.steps[{n}]")
        if node.span is not None:
            self._put(", span=")
            self._marked(quoted(node.span), f"{path}.span")
        self._window(node.window, path)
        self._put(")")

    def _window(self, window: Window, path: str) -> None:
        match window:
            case Within():
                self._put(", within=")
                self._marked(quoted(window.span), f"{path}.window.span")
            case Between():
                self._put(", between=(")
                self._marked(quoted(window.from_text), f"{path}.window.from_text")
                self._put(", ")
                self._marked(quoted(window.until_text), f"{path}.window.until_text")
                self._put(")")


def quoted(text: str) -> str:
    """Return text as a constant of the language."""
    out = text.replace("\\", "\\\\").replace('"', '\\"')
    if not out.isprintable():
        out = "".join(c if c >= " " and c != "\x7f" else f"\\x{ord(c):02x}" for c in out)
    return f'"{out}"'


def _leaf(node: Predicate | Value) -> str:
    match node:
        case Literal():
            return quoted(node.text) if node.type in QUOTED else node.text
        case Now():
            return "now()"
        case Ago():
            return f"ago({quoted(node.span)})"
        case Profile():
            return _member("profile", node.name)
        case Event():
            return _member("event", node.name)
        case Feature(argument=argument):
            return node.term if argument is None else f"{node.term}({quoted(argument)})"
        case InSegment():
            return f"segment({quoted(node.name)})"
    raise TypeError(f"not a node of a criterion: {node!r}")


def _member(owner: str, name: str) -> str:
    """Return `profile.x`, or `profile["x"]` where Python would not read the name as it is."""
    is_plain = name.isidentifier() and not keyword.iskeyword(name) and unicodedata.normalize("NFKC", name) == name
    return f"{owner}.{name}" if is_plain else f"{owner}[{quoted(name)}]"


def _reads_backwards(node: In) -> bool:
    """`"a" in profile.interests` is how a list of texts is asked for one of them."""
    is_list = not isinstance(node.value, Now | Ago) and node.value.type is ValueType.TEXTS
    return is_list and len(node.options) == 1


def _tightness(node: Predicate) -> int:
    match node:
        case Or():
            return _OR
        case And():
            return _AND
        case Not(item=In()):
            return _TEST
        case Not():
            return _NOT
    return _TEST
