"""A mistake in a criterion, said with its place, the line it stands in and what was probably meant."""

import unicodedata

from msgspec import Struct

from interplay.criteria.contracts import ValueType
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang, say

EXCERPT_CHARACTERS_MAX = 100


class Place(Struct, frozen=True):
    """Where in the text: characters `start` to `end` (exclusive); or, for JSON from outside, the path of the node."""

    text: str
    start: int
    end: int
    path: str | None = None

    @property
    def line(self) -> int:
        """Return the line, counted from 1."""
        return self.text.count("\n", 0, self.start) + 1

    @property
    def column(self) -> int:
        """Return the column of the first character, counted from 1."""
        return self.start - self._line_start() + 1

    @property
    def end_column(self) -> int:
        """Return the column after the last character on the first line of the place."""
        return max(self.column + 1, min(self.end, self._line_end()) - self._line_start() + 1)

    def excerpt(self) -> str:
        """Return the line with carets below the place; wide characters count as two columns, as on a terminal."""
        first, last = self._line_start(), self._line_end()
        if self.start - first > EXCERPT_CHARACTERS_MAX // 2:
            first = self.start - EXCERPT_CHARACTERS_MAX // 2
        line = self.text[first : min(last, first + EXCERPT_CHARACTERS_MAX)]
        before = _width(line[: self.start - first])
        marked = _width(line[self.start - first : max(self.end, self.start + 1) - first])
        return f"{line}\n{' ' * before}{'^' * max(1, marked)}"

    def _line_start(self) -> int:
        return self.text.rfind("\n", 0, self.start) + 1

    def _line_end(self) -> int:
        end = self.text.find("\n", self.start)
        return len(self.text) if end < 0 else end


class CriteriaError(AppError):
    """What is wrong with a criterion. `params` has line, column, end (or path), suggestion and what the sentence names.

    A parameter that is a `ValueType` is said in the reader's language.
    """

    def __init__(self, code: str, place: Place, /, *, suggestion: str | None = None, **params: object) -> None:
        self.place = place
        self.suggestion = suggestion
        super().__init__(f"criteria.{code}", suggestion=suggestion)
        self.params |= params
        self.params |= {"path": place.path} if place.path else _position(place)

    def sentence(self, lang: Lang = "en") -> str:
        """Return what is wrong and what was probably meant, without the place."""
        params = {key: _named(value, lang) for key, value in self.params.items()}
        out = say(f"errors.{self.code}", lang, **params)
        if self.suggestion is not None:
            out += say("criteria.did_you_mean", lang, suggestion=self.suggestion)
        return out

    def text(self, lang: Lang = "en") -> str:
        """Return the sentence with its place and, for text, the line with carets below it."""
        sentence = self.sentence(lang)
        if self.place.path:
            return say("criteria.at_path", lang, path=self.place.path, sentence=sentence)
        where = _position(self.place)
        return say("criteria.at_place", lang, sentence=sentence, excerpt=self.place.excerpt(), **where)


def _position(place: Place) -> dict[str, object]:
    return {"line": place.line, "column": place.column, "end": place.end_column}


def _named(value: object, lang: Lang) -> object:
    return say(f"criteria.type.{value.value}", lang) if isinstance(value, ValueType) else value


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
