"""The kernel against the plain reading of its definition, and against ClickHouse's `windowFunnel`."""

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.measure.funnels import kernel
from interplay.measure.funnels.kernel import Way

SLOW = settings(deadline=None, derandomize=True)
EVER = 2**62


def came(
    trails, steps, span, *, since=-EVER, until=EVER, optional=(), is_strict=False, excluded=(), ask=kernel.ordered
):
    """Ask the kernel. A trail is a list of (at, bits); return by trail (level, rows within the trail, is_void)."""
    starts = np.cumsum([0, *map(len, trails)])
    at = np.array([at for trail in trails for at, _ in trail], dtype=np.int64)
    hits = np.array([bits for trail in trails for _, bits in trail], dtype=np.uint32)
    leaves_out = np.array([step in optional for step in range(steps)])
    between = np.array(excluded, dtype=np.int64).reshape(-1, 2)
    found = ask(starts, at, hits, Way(steps, leaves_out, is_strict, span, since, until, between))
    rows = np.where(found.rows < 0, -1, found.rows - starts[:-1, None])
    return [(int(a), b.tolist(), bool(c)) for a, b, c in zip(found.level, rows, found.is_void, strict=True)]


def attempt(trail, begin, steps, span, optional, is_strict):
    """Return the rows of an attempt, found step by step."""
    end, rows, here, step = trail[begin][0] + span, {0: begin}, begin, 1
    while step < steps:
        needed = next(one for one in range(step, steps) if one not in optional)
        later = [row for row in range(here + 1, len(trail)) if trail[row][0] <= end]
        if is_strict:
            found = next((one for one in range(step, needed + 1) if later and trail[later[0]][1] >> one & 1), None)
            if found is None:
                return rows
            here = rows[found] = later[0]
            step = found + 1
            continue
        target = next((row for row in later if trail[row][1] >> needed & 1), None)
        for one in range(step, needed):
            between = (row for row in later if row > here and (target is None or row < target))
            row = next((row for row in between if trail[row][1] >> one & 1), None)
            if row is not None:
                here = rows[one] = row
        if target is None:
            return rows
        here = rows[needed] = target
        step = needed + 1
    return rows


def best_attempt(trail, steps, span, since, until, optional, is_strict, excluded):
    """Return level, rows and whether all attempts were ended, by trying every first step."""
    best, is_any = None, False
    for begin, (at, bits) in enumerate(trail):
        if not (bits & 1 and since <= at < until):
            continue
        is_any = True
        rows = attempt(trail, begin, steps, span, optional, is_strict)
        level = max(step for step in rows if step not in optional) + 1
        if any(
            after in rows
            and any(
                bits_ >> steps + number & 1 and rows[after] < row < rows.get(before, len(trail)) and at_ <= at + span
                for row, (at_, bits_) in enumerate(trail)
            )
            for number, (after, before) in enumerate(excluded)
        ):
            continue
        if best is None or (level, len(rows)) > best[:2]:
            best = (level, len(rows), [rows.get(step, -1) for step in range(steps)])
    if best is None:
        return 0, [-1] * steps, is_any
    return best[0], best[2], False


@st.composite
def funnels(draw):
    steps = draw(st.integers(2, 4))
    excluded = draw(st.lists(st.sampled_from([(a, b) for a in range(steps) for b in range(a + 1, steps)]), max_size=2))
    named = {step for pair in excluded for step in pair}
    optional = {step for step in range(1, steps - 1) if step not in named and draw(st.booleans())}
    bits = st.sampled_from([0, *(1 << bit for bit in range(steps + len(excluded))), 3, 6])
    row = st.tuples(st.integers(0, 12), bits.map(lambda one: one & ((1 << steps + len(excluded)) - 1)))
    trails = draw(
        st.lists(st.lists(row, max_size=10).map(lambda rows: sorted(rows, key=lambda one: one[0])), max_size=4)
    )
    return trails, steps, optional, excluded


@SLOW
@given(funnels(), st.integers(0, 12), st.integers(0, 6), st.integers(4, 14), st.booleans())
def test_the_kernel_finds_what_trying_every_attempt_finds(asked, span, since, until, is_strict):
    trails, steps, optional, excluded = asked
    more = {"since": since, "until": until, "optional": optional, "is_strict": is_strict, "excluded": excluded}
    assert came(trails, steps, span, **more) == [
        best_attempt(trail, steps, span, since, until, optional, is_strict, excluded) for trail in trails
    ]


def chains(trail, steps, span, since, until):
    """Return how far any chain of facts comes in which each is within the span after the one before."""
    ends = {row for row, (at, bits) in enumerate(trail) if bits & 1 and since <= at < until}
    level = int(bool(ends))
    for step in range(1, steps):
        ends = {
            row for row, (at, bits) in enumerate(trail)
            if bits >> step & 1 and any(one < row and at <= trail[one][0] + span for one in ends)
        }  # fmt: skip
        level = step + 1 if ends else level
        if not ends:
            break
    return level


@SLOW
@given(funnels(), st.integers(0, 6), st.integers(0, 6), st.integers(4, 14))
def test_a_window_of_each_step_finds_any_chain(asked, span, since, until):
    trails, steps, _, _ = asked
    found = came(trails, steps, span, since=since, until=until, ask=kernel.chained)
    assert [level for level, _, _ in found] == [chains(trail, steps, span, since, until) for trail in trails]
    for trail, (level, rows, _) in zip(trails, found, strict=True):
        did = rows[:level]
        assert did == sorted(set(did))
        assert all(trail[row][1] >> step & 1 for step, row in enumerate(did))
        assert all(trail[b][0] <= trail[a][0] + span for a, b in pairwise(did))


@SLOW
@given(
    st.lists(st.lists(st.tuples(st.integers(0, 12), st.integers(-1, 3)), max_size=10), max_size=4), st.integers(0, 12)
)
def test_in_any_order_the_fullest_window_counts(pasts, span):
    trails = [[(at, 1 << bit if bit >= 0 else 0) for at, bit in sorted(past, key=lambda one: one[0])] for past in pasts]
    found = came(trails, 4, span, since=2, until=10, ask=kernel.unordered)
    for trail, (level, rows, _) in zip(trails, found, strict=True):
        windows = [
            len({bits for at, bits in trail[begin:] if bits and at <= trail[begin][0] + span})
            for begin, (at, bits) in enumerate(trail) if bits and 2 <= at < 10
        ]  # fmt: skip
        assert level == max(windows, default=0)
        assert len({trail[row][1] for row in rows[:level]}) == level


def by_clickhouse(pasts, steps, span, mode=""):
    """Ask `windowFunnel` of ClickHouse, through chdb: a process of its own, since each may have one store.

    A past is a list of (at, name).
    """
    rows = ", ".join(f"({who}, {at}, {name})" for who, past in enumerate(pasts) for at, name in past)
    modes = f", '{mode}'" if mode else ""
    conditions = ", ".join(f"name = {step}" for step in range(steps))
    table = f"values('who UInt64, at UInt64, name Int64', {rows})"
    query = f"SELECT who, windowFunnel({span}{modes})(at, {conditions}) FROM {table} GROUP BY who ORDER BY who"
    ask = [sys.executable, "-c", "import sys, chdb; print(chdb.query(sys.stdin.read()))"]
    told = subprocess.run(ask, input=query, capture_output=True, text=True, check=True).stdout
    return {int(who): int(level) for who, level in (line.split(",") for line in told.split())}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("mode", ["", "strict_increase"])
def test_clickhouse_comes_as_far(seed, mode):
    """Each fact at an instant of its own: on ties ClickHouse goes by the number of the step, we by position."""
    rng = np.random.default_rng(seed)
    steps, span = 2 + seed, int(rng.integers(3, 40))
    pasts = []
    for _ in range(400):
        count = int(rng.integers(1, 14))
        at = np.sort(rng.choice(60, count, replace=False))
        pasts.append(list(zip(at.tolist(), rng.integers(-1, steps, count).tolist(), strict=True)))
    trails = [[(at, 1 << name if name >= 0 else 0) for at, name in past] for past in pasts]
    found = {who: level for who, (level, _, _) in enumerate(came(trails, steps, span))}
    assert found == by_clickhouse(pasts, steps, span, mode)
    assert len(set(found.values())) == steps + 1


def test_clickhouse_is_as_strict_where_a_customer_tries_once():
    """It gives up for good at the first fact that does not fit, so no past here has a step twice."""
    rng = np.random.default_rng(5)
    orders = [[8, 0, 1, 2, 3, 7], *(rng.permutation([0, 1, 2, 3, 7, 8]).tolist() for _ in range(300))]
    pasts = [list(enumerate(one[:length])) for one in orders for length in range(1, 7)]
    trails = [[(at, 1 << name if name < 4 else 0) for at, name in past] for past in pasts]
    found = {who: level for who, (level, _, _) in enumerate(came(trails, 4, 60, is_strict=True))}
    assert found == by_clickhouse(pasts, 4, 60, "strict_order")
    assert set(found.values()) == {0, 1, 2, 3, 4}
