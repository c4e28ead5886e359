"""Percent as authors write it, 12 or "12.5", in basis points."""

import re

from interplay.kernel.errors import AppError

_PERCENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?\Z")
PERCENT_MAX = 100


def basis_points(percent: int | str) -> int:
    """Return hundredths of a percent, 1 to 10,000. Raises AppError `quotes.percent`."""
    match = _PERCENT.match(str(percent))
    if match is not None and type(percent) in (int, str):
        points = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
        if 0 < points <= PERCENT_MAX * 100:
            return points
    raise AppError("quotes.percent", given=percent, allowed=PERCENT_MAX)
