"""What a code is made of. Pure but for the key; nothing is looked up.

    40 bits   a keyed MAC of the number (BLAKE2b, RFC 7693)
    40 bits   the number, masked by what follows from the MAC (the construction of RFC 5297, SIV)

Sixteen characters of Crockford's base 32. A guess is right once in 2⁴⁰, and one character or two typed wrong are as
good as a guess. Numbers in a row give codes that have nothing in common, so nobody counts a brand's goods.
"""

import re
from collections.abc import Iterator
from hashlib import blake2b
from hmac import compare_digest

from interplay.kernel.crockford import looks_written, normalized, number_of, written

CHARS = 16
PART_BYTES = 5
CODE_BYTES = 2 * PART_BYTES
NUMBER_MAX = 2 ** (8 * PART_BYTES) - 1
PURPOSE = "item codes"
AT_ONCE = 4_096
TRIED_MAX = 4

_PARTS = re.compile(r"[/?=&#]")


class Codec:
    """Codes under one key."""

    def __init__(self, key: bytes) -> None:
        self._mac = blake2b(digest_size=PART_BYTES, key=key, person=b"code mac").copy
        self._mask = blake2b(digest_size=PART_BYTES, key=key, person=b"code mask").copy

    def code(self, number: int) -> str:
        """Return the code of a number."""
        return written(self._sealed(number))

    def codes(self, first: int, count: int) -> Iterator[str]:
        """Yield the codes of numbers in a row."""
        sealed = self._sealed
        for start in range(first, first + count, AT_ONCE):
            until = min(start + AT_ONCE, first + count)
            some = written(b"".join([sealed(number) for number in range(start, until)]))
            yield from (some[at : at + CHARS] for at in range(0, len(some), CHARS))

    def number(self, code: str) -> int | None:
        """Return the number of a code that looks like one, or None where we never made it."""
        whole = number_of(code)
        mac = (whole >> 8 * PART_BYTES).to_bytes(PART_BYTES, "big")
        mask = self._mask()
        mask.update(mac)
        number = whole & NUMBER_MAX ^ int.from_bytes(mask.digest(), "big")
        again = self._mac()
        again.update(number.to_bytes(PART_BYTES, "big"))
        return number if compare_digest(again.digest(), mac) else None

    def _sealed(self, number: int) -> bytes:
        said = number.to_bytes(PART_BYTES, "big")
        mac = self._mac()
        mac.update(said)
        tag = mac.digest()
        mask = self._mask()
        mask.update(tag)
        masked = number ^ int.from_bytes(mask.digest(), "big")
        return tag + masked.to_bytes(PART_BYTES, "big")


def read(text: str) -> list[str]:
    """Return what was scanned or typed as a code: of an address the parts that look like one, the last first.

    An address may have grown on its way: the number of a click looks like a code. So it is tried which one is ours; a
    few, for each is a guess.
    """
    whole = normalized(text)
    parts = [whole] if looks_ours(whole) else _PARTS.split(whole)[::-1]
    return [part for part in parts if looks_ours(part)][:TRIED_MAX]


def looks_ours(code: str) -> bool:
    return looks_written(code, CHARS)
