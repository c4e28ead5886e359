"""Sequences in one customer's history, in one pass."""

from collections.abc import Callable
from heapq import merge

from interplay.criteria.contracts import InSequence
from interplay.criteria.history import CustomerHistory, Timeline
from interplay.criteria.readers import edges


def sequence_reader(node: InSequence) -> Callable[[CustomerHistory, int], bool]:
    """Return whether the steps happened in order, in the window, the last at most the span after the first.

    For each step the latest start of a chain that has come so far is kept: a later start never fits worse.
    Steps are advanced from the last to the first, so that one fact is not two steps.
    """
    steps = node.steps
    span = node.span_micros
    names = sorted(set(steps))
    steps_of = {name: [n for n in reversed(range(len(steps))) if steps[n] == name] for name in names}
    between = edges(node.window)
    last = len(steps) - 1

    def happened(history: CustomerHistory, now: int) -> bool:
        lines = [(name, history.timelines.get(name)) for name in names]
        if any(line is None for _, line in lines):
            return False
        started: list[int | None] = [None] * len(steps)
        for at, _, name in merge(*(_facts(name, line, *between(line, now)) for name, line in lines if line)):
            for n in steps_of[name]:
                start = at if n == 0 else started[n - 1]
                if start is None:
                    continue
                if n == last and (span is None or at <= start + span):
                    return True
                started[n] = start
        return False

    return happened


def _facts(name: str, line: Timeline, low: int, high: int) -> list[tuple[int, int, str]]:
    return [(line.ats[n], line.positions[n], name) for n in range(low, high)]
