"""A discount over its lines: the largest remainder, so that the parts are the whole to the last unit."""

from collections.abc import Sequence


def spread(amount: int, weights: Sequence[int]) -> list[int]:
    """Return parts of `amount` in proportion to the weights, Σ parts = amount, no part above its weight.

    Every part is rounded down; what is then missing goes, one unit each, to the largest remainders, among equal ones
    to the earlier. The amount is at most Σ weights (Hamilton's method).
    """
    total = sum(weights)
    parts = [amount * weight // total for weight in weights]
    missing = amount - sum(parts)
    if missing:
        remainders = [amount * weight % total for weight in weights]
        order = sorted(range(len(weights)), key=remainders.__getitem__, reverse=True)  # stable: earlier ones first
        for n in order[:missing]:
            parts[n] += 1
    return parts


def half_even(dividend: int, divisor: int) -> int:
    """Return the quotient rounded half to even, as all money is."""
    quotient, remainder = divmod(dividend, divisor)
    twice = 2 * remainder
    return quotient + (twice > divisor or (twice == divisor and quotient % 2 == 1))
