"""Facts in order of customer and time, however many there are and however they come."""

import numpy as np
import pytest

from interplay.engine.olap.trails import ROWS_OF_PART_MIN, gathered, in_parts, order


def facts(count, customers, seed=1):
    """Return columns nearly in order of time; one customer has a tenth of all and comes backwards."""
    rng = np.random.default_rng(seed)
    customer = rng.integers(1, customers + 1, count)
    at = np.arange(count) // 3 + rng.integers(0, 50, count) * (rng.random(count) < 0.02)
    big = rng.random(count) < 0.1
    customer[big], at[big] = 7, count - np.arange(count)[big]
    return customer, at, rng.permutation(count)


@pytest.mark.parametrize("count", [0, 1, 1_000, ROWS_OF_PART_MIN + 50_001])
@pytest.mark.parametrize("customers", [1, 900, 10**9])
def test_the_order_is_that_of_a_sort_of_everything(count, customers):
    customer, at, position = facts(count, customers)
    found = order(customer, at, position)
    rows = np.lexsort((position, at, customer))
    assert (found.rows == rows).all()
    owner = np.repeat(found.label(np.arange(len(found.starts) - 1)), np.diff(found.starts))
    assert (owner == customer[rows]).all()


@pytest.mark.parametrize("sizes", [[1], [0, 0, ROWS_OF_PART_MIN, 0], [3] * ROWS_OF_PART_MIN, [1, 10**6, 1, 1]])
def test_every_trail_is_in_one_part(sizes):
    starts, done = np.cumsum([5, *sizes]), np.zeros(len(sizes), dtype=np.int64)

    def work(low, high):
        done[low:high] += 1

    in_parts(work, starts)
    assert (done == 1).all()


def test_what_goes_wrong_in_a_part_is_not_lost():
    with pytest.raises(ZeroDivisionError):
        in_parts(lambda low, high: 1 // 0, np.arange(ROWS_OF_PART_MIN + 2))


@pytest.mark.parametrize("count", [0, 1, ROWS_OF_PART_MIN + 3])
@pytest.mark.parametrize("type_", [np.int64, np.int32])
def test_values_at_some_rows_are_those_that_numpy_takes(count, type_):
    column = np.random.default_rng(1).integers(0, 1_000, max(count, 1)).astype(type_)
    rows = np.random.default_rng(2).integers(0, len(column), count)
    found = gathered(column, rows)
    assert found.dtype == type_
    assert (found == column[rows]).all()
