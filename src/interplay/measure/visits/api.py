"""Everybody's visits. Importing this is slow: numba."""

from interplay.measure.visits.kernel import Visits, visits

__all__ = ["Visits", "visits"]
