"""The number of a card. Pure.

16 digits: a 9, fourteen of chance, and a check digit by Luhn (ISO/IEC 7812-1, annex B). No card for payments begins
with a 9, so tills and leak detectors do not take it for one; it is too long for the bar code of a product.
"""

import re

FIRST = "9"
CHANCE_DIGITS = 14
CHANCE_MAX = 10**CHANCE_DIGITS

_SPACES = re.compile(r"[ -]+")
_NUMBER = re.compile(r"9[0-9]{15}\Z")


def card_number(chance: int) -> str:
    """Return the number of a new card. `chance` is in `[0, CHANCE_MAX)`."""
    body = f"{FIRST}{chance:0{CHANCE_DIGITS}}"
    return body + check_digit(body)


def check_digit(body: str) -> str:
    """Return the digit that makes the sum a multiple of ten: one wrong digit never passes."""
    doubled = (int(digit) * (2 - number % 2) for number, digit in enumerate(reversed(body)))
    return str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def read_number(text: str) -> str | None:
    """Return a number as it was printed or typed, in its one spelling; None where it is none of ours or mistyped."""
    number = _SPACES.sub("", text.strip())
    return number if _NUMBER.match(number) and check_digit(number[:-1]) == number[-1] else None


def printed(number: str) -> str:
    """Return a number as it stands on a card: `9012 3456 7890 1234`."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))
