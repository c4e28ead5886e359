"""The codes of coupons: short enough to be typed, and nobody can make one up. Pure.

A personal code is 16 characters of Crockford's base 32: 40 bits of a keyed MAC of the unit's number, then the number
itself, masked by what follows from the MAC (the construction of RFC 5297, SIV), so that codes tell nobody how many
there are. A guess is right once in 10¹²; no table is needed to tell a forged code from one of ours.
"""

import re
from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16
PART_BYTES = 5
UNIT_MAX = 2 ** (8 * PART_BYTES) - 1
CODE_CHARS_MAX = 64

_MEANT = str.maketrans("OIL", "011")
_LEFT_OUT = re.compile(r"[\s-]+")

Digest = Callable[[str, str], bytes]
"""A keyed digest of (purpose, text)."""


def normalized(text: str) -> str:
    """Return a code in its one spelling: without spaces and hyphens, in capitals."""
    return _LEFT_OUT.sub("", text).upper()


def looks_personal(code: str) -> bool:
    """Return whether a normalized code is written as ours are."""
    return len(code) == LENGTH and all(one in ALPHABET for one in code.translate(_MEANT))


def personal_code(digest: Digest, unit: int) -> str:
    """Return the code of a unit."""
    if not 0 < unit <= UNIT_MAX:
        raise ValueError(f"{unit} is beyond what a code can name")
    mac = _mac(digest, unit)
    masked = unit ^ _mask(digest, mac)
    number = int.from_bytes(mac, "big") << (8 * PART_BYTES) | masked
    return "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5))


def unit_of(digest: Digest, code: str) -> int | None:
    """Return the unit that a normalized code names, or None where we never made it."""
    number = 0
    for one in code.translate(_MEANT):
        number = number << 5 | ALPHABET.index(one)
    mac = (number >> (8 * PART_BYTES)).to_bytes(PART_BYTES, "big")
    unit = (number & UNIT_MAX) ^ _mask(digest, mac)
    return unit if unit and _mac(digest, unit) == mac else None


def printed(code: str) -> str:
    """Return a personal code as it is shown: `7Q2M-9XKD-03FA-TT81`."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def imported_digest(digest: Digest, code: str) -> bytes:
    """Return what an imported code is known by."""
    return digest("coupon.imported", code)


def _mac(digest: Digest, unit: int) -> bytes:
    return digest("coupon.mac", str(unit))[:PART_BYTES]


def _mask(digest: Digest, mac: bytes) -> int:
    return int.from_bytes(digest("coupon.mask", mac.hex())[:PART_BYTES], "big")
