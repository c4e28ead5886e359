"""From text to Python's expression syntax: limits first, then the mistakes people make, then `ast` in eval mode.

Nothing is ever executed: the `ast` is only read. The text is lexed once before, so that newlines and comments may
stand anywhere and so that `&&`, `AND`, `“上海”` or `=` get an answer that says what was meant.
"""

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from interplay.criteria.errors import CriteriaError, Place

TEXT_CHARACTERS_MAX = 10_000
DEPTH_MAX = 50
NODES_MAX = 4_000

KEYWORD_ARGUMENTS = ("within", "between", "where", "span")

_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<comment>\#[^\n]*)
    |(?P<space>\s+)
    |(?P<number>[0-9][0-9_.]*(?:[eE][+-]?[0-9]+)?)
    |(?P<word>[^\W\d]\w*)
    |(?P<symbol>===|!==|<>|&&|\|\||==|!=|<=|>=|=>|=<|.)""",
    re.VERBOSE,
)
_UNREADABLE = re.compile("[\0\ud800-\udfff]")  # NUL and lone surrogates: no store could hold them
_SYMBOLS = {"&&": "and", "||": "or", "!": "not", "<>": "!=", "===": "==", "!==": "!=", "=>": ">=", "=<": "<="}
_SHOUTED = {"AND": "and", "OR": "or", "NOT": "not", "IN": "in"}
_FULL_WIDTH = dict(zip("（）“”‘’，＝＜＞！：；、。【】［］＂＇", "()\"\"''" + ",=<>!:;,.[][]\"'", strict=True))
_PAIRS = {")": "(", "]": "[", "}": "{"}


class Token(NamedTuple):
    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


class Source:
    """A text and the way from a node of its `ast` back to the characters.

    `flat` is the text that was parsed: as long as `text`, with newlines and comments blanked out.
    """

    def __init__(self, text: str, flat: str) -> None:
        self.text = text
        self._ascii = flat.isascii()
        self._bytes = flat.encode()

    def place(self, node: ast.expr | ast.keyword) -> Place:
        """Return where the node stands. (`ast` counts UTF-8 bytes, and one bracket was put before the text.)"""
        return Place(self.text, self._offset(node.col_offset), self._offset(node.end_col_offset or node.col_offset))

    def written(self, node: ast.expr) -> str:
        """Return the node as it was written."""
        place = self.place(node)
        return self.text[place.start : place.end]

    def _offset(self, column_bytes: int) -> int:
        at = column_bytes - 1
        return at if self._ascii else len(self._bytes[:at].decode())


def expression(text: str) -> tuple[Source, ast.expr]:
    """Return the text's syntax tree; raises CriteriaError for anything that is not one expression within the limits."""
    if len(text) > TEXT_CHARACTERS_MAX:
        raise CriteriaError("too_long", Place(text, 0, 1), length=len(text), limit=TEXT_CHARACTERS_MAX)
    if (bad := _UNREADABLE.search(text)) is not None:
        raise CriteriaError("character", Place(text, bad.start(), bad.end()), found=ascii(bad[0]))
    tokens = list(_tokens(text))
    meaningful = [t for t in tokens if t.kind not in ("comment", "space")]
    if not meaningful:
        raise CriteriaError("empty", Place(text, 0, 1))
    _check_tokens(text, meaningful)
    _check_brackets(text, meaningful)
    flat = "".join(" " * len(t.text) if t.kind in ("comment", "space") else t.text for t in tokens)
    try:
        body = ast.parse(f"({flat})", mode="eval").body
    except (RecursionError, MemoryError):
        raise CriteriaError("too_deep", Place(text, 0, 1), limit=DEPTH_MAX) from None
    except (SyntaxError, ValueError) as error:
        raise _syntax_error(text, meaningful, error) from None
    source = Source(text, flat)
    _check_size(source, body)
    return source, body


def _tokens(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        yield Token(str(match.lastgroup), match[0], match.start())


def _check_tokens(text: str, tokens: list[Token]) -> None:
    """Refuse what is never right outside quotes, each with what was meant."""
    for before, token in zip([None, *tokens], tokens, strict=False):
        place = Place(text, token.start, token.end)
        if token.text in _FULL_WIDTH:
            raise CriteriaError("full_width", place, found=token.text, meant=_FULL_WIDTH[token.text])
        if token.kind == "symbol" and token.text in _SYMBOLS:
            raise CriteriaError("symbol", place, found=token.text, meant=_SYMBOLS[token.text])
        if token.text in _SHOUTED and (before is None or before.text.lower() not in (".", "is")):
            raise CriteriaError("symbol", place, found=token.text, meant=_SHOUTED[token.text])
        if token.text in ('"', "'"):
            raise CriteriaError("quote_open", place)
        if token.text == "\\":
            raise CriteriaError("character", place, found=token.text)


def _check_brackets(text: str, tokens: list[Token]) -> None:
    opened: list[Token] = []
    for token in tokens:
        if token.kind != "symbol":
            continue
        if token.text in "([{":
            opened.append(token)
            if len(opened) > DEPTH_MAX:
                raise CriteriaError("too_deep", Place(text, token.start, token.end), limit=DEPTH_MAX)
        elif token.text in _PAIRS and (not opened or opened.pop().text != _PAIRS[token.text]):
            raise CriteriaError("bracket_extra", Place(text, token.start, token.end), found=token.text)
    if opened:
        raise CriteriaError("bracket_open", Place(text, opened[-1].start, opened[-1].end), found=opened[-1].text)


def _check_size(source: Source, body: ast.expr) -> None:
    stack: list[tuple[ast.AST, int]] = [(body, 1)]
    seen = 0
    while stack:
        node, depth = stack.pop()
        seen += 1
        if seen > NODES_MAX:
            raise CriteriaError("too_many", Place(source.text, 0, 1), limit=NODES_MAX)
        if depth > DEPTH_MAX:
            place = source.place(node) if isinstance(node, ast.expr) else Place(source.text, 0, 1)
            raise CriteriaError("too_deep", place, limit=DEPTH_MAX)
        stack += [(child, depth + 1) for child in ast.iter_child_nodes(node)]


def _syntax_error(text: str, tokens: list[Token], error: SyntaxError | ValueError) -> CriteriaError:
    """Say what was meant where Python only says that it does not understand."""
    if (known := _known_mistake(text, tokens)) is not None:
        return known
    column = error.offset or 1 if isinstance(error, SyntaxError) else 1
    start = min(max(column - 2, 0), max(len(text) - 1, 0))
    found = next((t for t in tokens if t.start <= start < t.end), tokens[-1])
    return CriteriaError("syntax", Place(text, found.start, found.end), found=found.text)


def _known_mistake(text: str, tokens: list[Token]) -> CriteriaError | None:
    padded = [Token("symbol", "", 0), *tokens, Token("symbol", "", len(text)), Token("symbol", "", len(text))]
    for before, token, after, then in zip(padded, tokens, padded[2:], padded[3:], strict=False):
        place = Place(text, token.start, token.end)
        if token.text == "=" and before.text not in KEYWORD_ARGUMENTS:
            return CriteriaError("single_equals", place)
        if token.kind == "number" and after.kind == "word" and after.start == token.end:
            span = token.text + after.text
            return CriteriaError("quotes_missing", Place(text, token.start, after.end), found=span)
        if token.kind != "word" or before.text == ".":
            continue
        found = token.text.lower()
        if found == "between" and after.text != "=":
            return CriteriaError("sql_between", place)
        if found in ("contains", "like", "matches", "startswith") and after.text != "(":
            return CriteriaError("contains", place, found=token.text)
        if found == "is" and "null" in (after.text.lower(), then.text.lower()):
            return CriteriaError("null", place, found="null")
    return None
