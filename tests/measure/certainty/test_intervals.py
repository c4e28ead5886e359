"""Intervals of shares, beside scipy's."""

import pytest
from scipy.stats import binomtest

from interplay.measure.certainty.api import Share, share


@pytest.mark.parametrize(("count", "of"), [(0, 1), (1, 1), (0, 40), (3, 40), (20, 40), (40, 40), (123, 98_765)])
def test_wilson_is_scipys(count, of):
    found = share(count, of)
    interval = binomtest(count, of).proportion_ci(method="wilson")
    assert found == Share(count, of, count / of, pytest.approx(interval.low), pytest.approx(interval.high))


def test_a_share_of_nothing_may_be_anything():
    assert share(0, 0) == Share(0, 0, None, 0.0, 1.0)
