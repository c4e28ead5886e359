"""Codes that were made elsewhere: read from a file, known by keyed digests from then on. Their text is not kept."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from interplay.acts import api as acts
from interplay.engine.oltp.contracts import Priority, Submitting, write
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import parse_instant
from interplay.link.coupons.codes import CODE_CHARS_MAX, imported_digest, normalized
from interplay.link.coupons.contracts import Codes, Template
from interplay.link.coupons.standing import Coupons

CODES_MAX = 5_000_000
NOTED_MAX = 1_000


class Imported(Struct, frozen=True):
    """How many codes came in, and which lines did not: known already, or no codes. The first of each are noted."""

    new: int
    known: int
    bad: int
    known_lines: tuple[int, ...]
    bad_lines: tuple[int, ...]


def import_codes(coupons: Coupons, writing: Submitting, name: str, lines: Iterable[str]) -> Imported:
    """Put codes, one a line, into a template's pool; those that are known stay as they are.

    Raises AppError `coupons.template` (404), `coupons.not_imported`, `coupons.too_many_codes`.
    """
    template = coupons.catalogue().template(name)
    if template.document.codes is not Codes.IMPORTED:
        raise AppError("coupons.not_imported", given=name)
    bad: list[int] = []
    known: list[int] = []
    count = 0
    for some in _sliced(lines, bad):
        digests = tuple(imported_digest(coupons.digest, code) for _, code in some)
        places = write(writing, acts.load, _load(coupons, template, digests), Priority.BULK)
        known += [some[place][0] for place in places]
        count += len(some)
    return Imported(count - len(known), len(known), len(bad), tuple(known[:NOTED_MAX]), tuple(bad[:NOTED_MAX]))


def _load(coupons: Coupons, template: Template, digests: tuple[bytes, ...]) -> acts.Load:
    """Codes that nobody has yet are valid as the terms say; days begin to count when somebody claims one."""
    zone, terms = coupons.world.zone, template.document.terms
    start = Micros(0) if terms.valid_from is None else parse_instant(terms.valid_from, zone)
    end = None if terms.valid_until is None else parse_instant(terms.valid_until, zone)
    return acts.Load(template.pool, digests, start, end)


def _sliced(lines: Iterable[str], bad: list[int]) -> Iterator[Sequence[tuple[int, str]]]:
    """Yield (line number, code), some at once. Empty lines are nothing; lines that are no codes are noted."""
    some: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        if number > CODES_MAX:
            raise AppError("coupons.too_many_codes", allowed=CODES_MAX)
        code = normalized(line)
        if not code:
            continue
        if len(code) > CODE_CHARS_MAX or not code.isprintable():
            bad.append(number)
            continue
        some.append((number, code))
        if len(some) == acts.CODES_AT_ONCE_MAX:
            yield some
            some = []
    if some:
        yield some
