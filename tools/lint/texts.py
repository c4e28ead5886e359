"""Every sentence the code says exists in zh and en with the same placeholders, and every sentence is said.

A key is said by a literal: `AppError("time.date", given=…)` says `errors.time.date`, `scope.error("types", …)` of the
criteria says `errors.criteria.types`, `say("explain.count", lang, …)` says that key; any other string constant may name
one (the value of a `Refusal`), and an f-string says every key of its shape.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

import msgspec

from tools.lint.findings import Finding, Source, Weight

LANGS = ("en", "zh")
ERRORS = "errors."
PREFIXES = {
    "say": "",
    "RefusedError": "",
    "AppError": ERRORS,
    "CriteriaError": ERRORS + "criteria.",
    "scope.error": ERRORS + "criteria.",
}
"""What is called with a literal key → what the key begins with."""

SINGULAR = "_one"
"""Ends the key of a singular: English says "an hour" where Chinese counts."""

OF_A_PLACE = frozenset({"line", "column", "end", "path", "suggestion"})
"""Parameters that an error of criteria has by itself."""


@dataclass(frozen=True)
class Text:
    """One entry of a `texts.yaml`."""

    path: str
    key: str
    by_lang: Mapping[str, str]

    def placeholders(self, lang: str) -> frozenset[str]:
        """Return the parameters a sentence needs: `{given!r}` needs `given`, `{shop.name}` needs `shop`."""
        names = (field for _, field, _, _ in Formatter().parse(self.by_lang[lang]) if field is not None)
        return frozenset(re.split(r"[.\[]", name)[0] for name in names)


@dataclass(frozen=True)
class Saying:
    """A call whose first argument is a literal key; `given` is None where parameters come as `**params`."""

    path: str
    line: int
    key: str
    given: frozenset[str] | None


def load(root: Path) -> list[Text]:
    """Return every sentence under `root`, the source folder; a key that two files have is told by `check`."""
    return [
        Text(file.relative_to(root.parent).as_posix(), key, by_lang)
        for file in sorted(root.rglob("texts.yaml"))
        for key, by_lang in msgspec.yaml.decode(file.read_bytes(), type=dict[str, dict[str, str]]).items()
    ]


def check(sources: Iterable[Source], texts: Iterable[Text]) -> Iterator[Finding]:
    """Yield sentences that are incomplete, doubled or never said, and sayings without their sentence."""
    known: dict[str, Text] = {}
    for text in texts:
        if text.key in known:
            yield Finding(Weight.FAILURE, text.path, 1, f"{text.key} is in {known[text.key].path} as well")
        known[text.key] = text
        yield from _of_one(text)
    words: set[str] = set()
    shapes: list[re.Pattern[str]] = []
    for source in sources:
        for saying in _sayings(source):
            words.add(saying.key)
            yield from _of_saying(saying, known.get(saying.key))
        words |= _words(source)
        shapes += _shapes(source)
    for key, text in known.items():
        if not _is_said(key, words, shapes):
            yield Finding(Weight.FAILURE, text.path, 1, f"nothing in the code says {key}")


def _of_one(text: Text) -> Iterator[Finding]:
    if set(text.by_lang) != set(LANGS):
        yield Finding(Weight.FAILURE, text.path, 1, f"{text.key} has {sorted(text.by_lang)}; it needs {list(LANGS)}")
    elif text.placeholders("en") != text.placeholders("zh") and not text.key.endswith(SINGULAR):
        yield Finding(Weight.FAILURE, text.path, 1, f"{text.key} has other placeholders in zh than in en")


def _of_saying(saying: Saying, text: Text | None) -> Iterator[Finding]:
    if text is None:
        yield Finding(Weight.FAILURE, saying.path, saying.line, f"{saying.key} has no sentence in any texts.yaml")
    elif saying.given is not None and (missing := text.placeholders("en") - saying.given):
        yield Finding(Weight.FAILURE, saying.path, saying.line, f"{saying.key} is said without {sorted(missing)}")


def _sayings(source: Source) -> Iterator[Saying]:
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call) or not node.args or (prefix := PREFIXES.get(_name(node.func))) is None:
            continue
        match node.args[0]:
            case ast.Constant(value=str(word)):
                yield Saying(source.path, node.lineno, prefix + word, _given(node, prefix))


def _given(call: ast.Call, prefix: str) -> frozenset[str] | None:
    names = [keyword.arg for keyword in call.keywords]
    if None in names:
        return None
    given = frozenset(name for name in names if name is not None)
    return given | OF_A_PLACE if prefix == PREFIXES["CriteriaError"] else given


def _name(func: ast.expr) -> str:
    """Return what is called, a method with its owner: loggers have an `error` too."""
    match func:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name, value=ast.Name(id=owner) | ast.Attribute(attr=owner)):
            return f"{owner.strip('_')}.{name}"
        case _:
            return ""


def _words(source: Source) -> set[str]:
    return {n.value for n in ast.walk(source.tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def _shapes(source: Source) -> Iterator[re.Pattern[str]]:
    """Yield what f-strings may say: those that begin with a dotted literal, and those that stand where a key does."""
    for node in ast.walk(source.tree):
        match node:
            case ast.JoinedStr(values=[first, *_]) if "." in _literal(first):
                yield _pattern(node)
            case ast.Call(args=[ast.JoinedStr() as key, *_]) if (prefix := PREFIXES.get(_name(node.func))) is not None:
                yield re.compile(re.escape(prefix) + _pattern(key).pattern)


def _pattern(text: ast.JoinedStr) -> re.Pattern[str]:
    return re.compile("".join(re.escape(_literal(value)) or ".+" for value in text.values))


def _literal(value: ast.expr) -> str:
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


def _is_said(key: str, words: set[str], shapes: list[re.Pattern[str]]) -> bool:
    """A shape that is nothing but a prefix is the constructor of errors itself, and would say everything."""
    prefixes = [prefix for prefix in PREFIXES.values() if prefix]
    constructors = {re.escape(name) + ".+" for prefix in prefixes for name in (prefix, prefix.removeprefix(ERRORS))}
    names = {key, *(key.removeprefix(prefix) for prefix in prefixes)}
    return bool(names & words) or any(
        shape.fullmatch(name) for shape in shapes if shape.pattern not in constructors for name in names
    )
