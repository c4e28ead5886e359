"""Spans that are not over, beside scipy's."""

import numpy as np
import pytest
from scipy.stats import CensoredData, ecdf

from interplay.measure.survival.api import time_until


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("wanted", [0.1, 0.5, 0.9])
def test_the_time_until_a_share_has_come_to_it_is_kaplans_and_meiers(seed, wanted):
    rng = np.random.default_rng(seed)
    spans, is_over = rng.integers(1, 40, 60), rng.random(60) < 0.7
    survival = ecdf(CensoredData(spans[is_over].astype(float), right=spans[~is_over].astype(float))).sf
    reached = survival.quantiles[survival.probabilities <= 1 - wanted + 1e-12]
    assert time_until(spans, is_over, wanted) == (reached[0] if len(reached) else None)


def test_while_too_few_have_come_to_it_there_is_no_median():
    assert time_until(np.array([1, 5, 5, 5]), np.array([True, False, False, False]), 0.5) is None
    assert time_until(np.array([], dtype=np.int64), np.array([], dtype=bool), 0.5) is None
