"""Passwords by argon2id, and codes of an authenticator app (TOTP, RFC 6238)."""

from base64 import b32encode

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import SECOND

PASSWORD_CHARS_MIN, PASSWORD_CHARS_MAX = 12, 200
DIFFERENT_CHARS_MIN = 5
STEP_SECONDS = 30
STEPS_BESIDE_MAX = 1
"""A phone's clock may be half a minute off either way."""
ISSUER = "Interplay"

_hasher = PasswordHasher()  # RFC 9106, second recommendation: 64 MiB, three passes
_nobodys = _hasher.hash("")


def hashed(password: str, *names: str) -> str:
    """Return a new password as it is kept. Raises AppError `staff.password` where it is easily guessed.

    names: what others know of her, which must not be most of it
    """
    is_long = PASSWORD_CHARS_MIN <= len(password) <= PASSWORD_CHARS_MAX
    rest = password.lower()
    for name in names:
        rest = rest.replace(name.lower(), "") if name else rest
    if not is_long or len(set(rest)) < DIFFERENT_CHARS_MIN:
        raise AppError("staff.password", least=PASSWORD_CHARS_MIN, most=PASSWORD_CHARS_MAX)
    return _hasher.hash(password)


def is_right(kept: str | None, password: str) -> bool:
    """Return whether a password is the one that is kept; of nobody's it takes as long to say no."""
    try:
        return _hasher.verify(_nobodys if kept is None else kept, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def new_secret(random_bytes: bytes) -> str:
    """Return a secret for codes as apps take it: base32 of 20 bytes, as RFC 4226 advises."""
    return b32encode(random_bytes).decode()


def address(secret: str, email: str, brand: str) -> str:
    """Return what an app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=f"{ISSUER} {brand}")


def step_of(secret: str, code: str, now: Micros) -> int | None:
    """Return the step of time that a code is of; None: it is of none near now."""
    codes, here = pyotp.TOTP(secret), now // SECOND // STEP_SECONDS
    for step in range(here - STEPS_BESIDE_MAX, here + STEPS_BESIDE_MAX + 1):
        if pyotp.utils.strings_equal(code.replace(" ", ""), codes.at(step * STEP_SECONDS)):
            return step
    return None
