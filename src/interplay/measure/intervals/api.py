"""What can be asked of intervals. Other slices import this file and `contracts`."""

from interplay.engine.wire.contracts import Question
from interplay.measure.intervals.contracts import AskIntervals, Intervals
from interplay.understand.profiles.contracts import Reading


def _ask(reading: Reading, ask: AskIntervals) -> Intervals:
    from interplay.measure.intervals import answering  # a lazy seam: numba

    return answering.answer(reading, ask)


ask = Question("intervals.ask", AskIntervals, Intervals, _ask)

__all__ = ["ask"]
