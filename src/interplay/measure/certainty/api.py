"""Intervals. Pure.

Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), 209–212.
"""

from math import sqrt

from interplay.measure.certainty.contracts import Share

Z = 1.959964  # of 95 percent


def wilson(count: int, of: int) -> tuple[float, float]:
    """Return between which bounds a share lies with 95 percent; of nothing, anywhere from 0 to 1."""
    if of == 0:
        return 0.0, 1.0
    share, square = count / of, Z * Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = Z * sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def share(count: int, of: int) -> Share:
    """Return a share with its interval."""
    return Share(count, of, count / of if of else None, *wilson(count, of))
