"""Which rows a rule means. Cells are compared as text, so 118, "118" and 118.0 are one value."""

import re
from collections.abc import Callable, Mapping, Sequence

from interplay.collect.imports.cells import chosen
from interplay.collect.imports.mapping import Condition, Scalar, Test
from interplay.collect.imports.values import Memo, as_text

Ask = Callable[[str | None], bool]


class RowTest:
    """A compiled condition: a mask over a batch's rows."""

    def __init__(self, condition: Condition, missing: frozenset[str]) -> None:
        self._tests = [(name, Memo(_reader(_ask(test), missing))) for name, test in condition.items()]

    @property
    def columns(self) -> list[str]:
        return [name for name, _ in self._tests]

    def among(self, cells: Mapping[str, Sequence[object]], rows: Sequence[int], is_mixed: bool) -> list[int]:
        """Return those of `rows` that pass every test."""
        for name, memo in self._tests:
            answers = memo.column(chosen(cells[name], rows), is_mixed=is_mixed)
            rows = [row for row, answer in zip(rows, answers, strict=True) if answer is True]
        return list(rows)


def test_of(given: Scalar | list[Scalar] | Test) -> Test:
    """Return the test that a short form means."""
    if isinstance(given, Test):
        return given
    return Test(one_of=given) if isinstance(given, list) else Test(equals=given)


def _reader(ask: Ask, missing: frozenset[str]) -> Callable[[object], bool]:
    def read(cell: object) -> bool:
        text = as_text(cell)
        return ask(None if text in missing else text)

    return read


def _ask(given: Scalar | list[Scalar] | Test) -> Ask:
    test = test_of(given)
    asks: list[Callable[[str], bool]] = []
    if test.equals is not None:
        asks.append(_equals(as_text(test.equals)))
    if test.one_of is not None:
        asks.append(frozenset(as_text(option) for option in test.one_of).__contains__)
    if test.begins is not None:
        asks.append(_begins(as_text(test.begins) or ""))
    if test.matches is not None:
        asks.append(_matches(re.compile(test.matches)))
    return _both(asks, test.missing)


def _both(asks: list[Callable[[str], bool]], missing: bool | None) -> Ask:
    def ask(text: str | None) -> bool:
        if text is None:
            return missing is True
        return missing is not True and all(one(text) for one in asks)

    return ask


def _equals(wanted: str | None) -> Callable[[str], bool]:
    return lambda text: text == wanted


def _begins(start: str) -> Callable[[str], bool]:
    return lambda text: text.startswith(start)


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None
