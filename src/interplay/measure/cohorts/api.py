"""What can be asked of cohorts. Other slices import this file and `contracts`."""

from interplay.engine.wire.contracts import Question
from interplay.measure.cohorts.contracts import (
    AskCohorts,
    AskLifecycle,
    AskStickiness,
    Cohorts,
    Lifecycle,
    Stickiness,
)
from interplay.measure.funnels.api import read_step
from interplay.measure.funnels.contracts import FunnelStep
from interplay.understand.profiles.contracts import Reading


def read_fact(text: str) -> FunnelStep:
    """Return the fact of `order.completed | order.paid(event.value > 100)`. Raises AppError."""
    return read_step(text, "cohorts", may_be_optional=True)  # which is refused by its own name


def _ask(reading: Reading, ask: AskCohorts) -> Cohorts:
    from interplay.measure.cohorts import answering  # a lazy seam: numba

    return answering.answer(reading, ask)


def _stickiness(reading: Reading, ask: AskStickiness) -> Stickiness:
    from interplay.measure.cohorts import answering  # a lazy seam: numba

    return answering.stickiness(reading, ask)


def _lifecycle(reading: Reading, ask: AskLifecycle) -> Lifecycle:
    from interplay.measure.cohorts import answering  # a lazy seam: numba

    return answering.lifecycle(reading, ask)


ask = Question("cohorts.ask", AskCohorts, Cohorts, _ask)
stickiness = Question("cohorts.stickiness", AskStickiness, Stickiness, _stickiness)
lifecycle = Question("cohorts.lifecycle", AskLifecycle, Lifecycle, _lifecycle)

QUESTIONS = (ask, stickiness, lifecycle)

__all__ = ["QUESTIONS", "ask", "lifecycle", "read_fact", "stickiness"]
