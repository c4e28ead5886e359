"""The codes of coupons: short enough to be typed, and nobody can make one up. Pure.

A personal code is 16 characters of Crockford's base 32: 40 bits of a keyed MAC of the unit's number, then the number
itself, masked by what follows from the MAC (the construction of RFC 5297, SIV), so that codes tell nobody how many
there are. A guess is right once in 10¹²; no table is needed to tell a forged code from one of ours.
"""

from collections.abc import Callable

from interplay.kernel.crockford import ALPHABET, looks_written, normalized, number_of, printed, written

LENGTH = 16
PART_BYTES = 5
UNIT_MAX = 2 ** (8 * PART_BYTES) - 1
CODE_CHARS_MAX = 64

Digest = Callable[[str, str], bytes]
"""A keyed digest of (purpose, text)."""


def looks_personal(code: str) -> bool:
    """Return whether a normalized code is written as ours are."""
    return looks_written(code, LENGTH)


def personal_code(digest: Digest, unit: int) -> str:
    """Return the code of a unit."""
    if not 0 < unit <= UNIT_MAX:
        raise ValueError(f"{unit} is beyond what a code can name")
    mac = _mac(digest, unit)
    masked = unit ^ _mask(digest, mac)
    return written(mac + masked.to_bytes(PART_BYTES, "big"))


def unit_of(digest: Digest, code: str) -> int | None:
    """Return the unit that a normalized code names, or None where we never made it."""
    number = number_of(code)
    mac = (number >> (8 * PART_BYTES)).to_bytes(PART_BYTES, "big")
    unit = (number & UNIT_MAX) ^ _mask(digest, mac)
    return unit if unit and _mac(digest, unit) == mac else None


def imported_digest(digest: Digest, code: str) -> bytes:
    """Return what an imported code is known by."""
    return digest("coupon.imported", code)


def _mac(digest: Digest, unit: int) -> bytes:
    return digest("coupon.mac", str(unit))[:PART_BYTES]


def _mask(digest: Digest, mac: bytes) -> int:
    return int.from_bytes(digest("coupon.mask", mac.hex())[:PART_BYTES], "big")


__all__ = [
    "ALPHABET",
    "CODE_CHARS_MAX",
    "LENGTH",
    "PART_BYTES",
    "UNIT_MAX",
    "Digest",
    "imported_digest",
    "looks_personal",
    "normalized",
    "personal_code",
    "printed",
    "unit_of",
]
