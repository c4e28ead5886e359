"""Dead letters of one customer. They are nobody's, so those that name one of her identifiers are searched for."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import unquote

import phonenumbers

from interplay.collect.facts.contracts import IdentifierKind
from interplay.collect.ingest import store
from interplay.collect.ingest.contracts import KeptReject, SealedReject
from interplay.engine.log.customer_data import Found, Whom
from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.time import iso

REJECTS_AT_ONCE = 1_000
WORD_CHARS_MAX = 7  # a shorter value counts only where it stands alone: "li" is in every "click"

_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s().-]{1,3}(?=\d)")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")

Opened = Callable[[SubjectKeys, SealedReject], KeptReject]


class RejectsData:
    """Rejects that hold one of a customer's identifiers, in any spelling that is likely."""

    name = "rejects"
    tables = frozenset({"rejects"})

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    def export(self, database: Database, keys: SubjectKeys, whom: Whom) -> list[dict[str, Any]]:
        """Return what was sent with one of her identifiers and became no fact."""
        return [_told(one) for one in self._search(keys, whom, _every(database))]

    def find(self, database: Database, keys: SubjectKeys, whom: Whom) -> Found:
        """Read all that is kept; what comes in after the last of them, `erase` reads itself."""
        until = 0

        def counted() -> Iterator[SealedReject]:
            nonlocal until
            for one in _every(database):
                until = one.reject
                yield one

        rows = tuple(one.reject for one in self._search(keys, whom, counted()))
        return Found(rows, until)

    def erase(self, tx: Tx, keys: SubjectKeys, whom: Whom, found: Found) -> None:
        """Remove hers; all of them where nobody can tell any more which are hers."""
        if whom.identifiers is None:
            store.remove_all(tx)
            return
        late = [one.reject for one in self._search(keys, whom, store.after_in(tx, found.until))]
        store.remove(tx, [*found.rows, *late])

    def _search(self, keys: SubjectKeys, whom: Whom, kept: Iterable[SealedReject]) -> Iterator[KeptReject]:
        pattern = _pattern(whom.identifiers or ())
        for sealed in kept:
            opened = self._opened(keys, sealed)
            if any(pattern.search(text) for text in _spellings(opened)):
                yield opened


def _every(database: Database) -> Iterator[SealedReject]:
    last = 0
    while some := store.after(database, last, REJECTS_AT_ONCE):
        yield from some
        last = some[-1].reject


def _spellings(one: KeptReject) -> Iterator[str]:
    """Yield a reject's text as it is, without the escapes of URLs and JSON, and with digits in one piece."""
    text = "\n".join([one.raw.decode("utf8", "replace"), *map(str, one.params.values())])
    yield text
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), unquote(unquote(text)).replace("\\/", "/"))
    yield plain
    yield _BETWEEN_DIGITS.sub("", plain)


def _pattern(identifiers: Iterable[tuple[str, str]]) -> re.Pattern[str]:
    """Return what finds any of the identifiers; of none, it finds nothing."""
    return re.compile("|".join(_one(kind, value) for kind, value in identifiers) or r"(?!)", re.IGNORECASE)


def _one(kind: str, value: str) -> str:
    if kind == IdentifierKind.PHONE:
        number = phonenumbers.parse(value)
        national = phonenumbers.national_significant_number(number)
        return rf"(?<!\d)(?:(?:\+|00)?{number.country_code}|0)?{national}(?!\d)"
    exact = re.escape(value)
    return exact if len(value) > WORD_CHARS_MAX else rf"(?<!\w){exact}(?!\w)"


def _told(one: KeptReject) -> dict[str, Any]:
    return {
        "received_at": iso(one.received_at),
        "door": one.door,
        "source": one.source,
        "reason": one.text(),
        "raw": one.raw.decode("utf8", "replace"),
    }
