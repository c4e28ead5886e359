"""Codes that people read and type: Crockford's base 32, without letters that look like others."""

import re
from base64 import b32encode

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 5  # of each character

_LEFT_OUT = re.compile(r"[\s-]+")
_MEANT = str.maketrans("OIL", "011")
_DIGITS = str.maketrans(ALPHABET, "0123456789ABCDEFGHIJKLMNOPQRSTUV")  # as `int` reads base 32
_WRITTEN = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", ALPHABET.encode())  # from RFC 4648's base 32
_IS_WRITTEN = re.compile(f"[{ALPHABET}OIL]*\\Z")


def normalized(text: str) -> str:
    """Return a code in its one spelling: without spaces and hyphens, in capitals."""
    return _LEFT_OUT.sub("", text).upper()


def looks_written(code: str, chars: int) -> bool:
    """Return whether a normalized code has so many characters, and no others than ours or what is taken for them."""
    return len(code) == chars and _IS_WRITTEN.match(code) is not None


def written(raw: bytes) -> str:
    """Return bytes as characters, eight for five bytes. Their number is a multiple of five."""
    return b32encode(raw).translate(_WRITTEN).decode()


def number_of(code: str) -> int:
    """Return the number that a code is, one that looks written."""
    return int(code.translate(_MEANT).translate(_DIGITS), 32)


def printed(code: str) -> str:
    """Return a code as it is shown: `7Q2M-9XKD-03FA-TT81`."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
