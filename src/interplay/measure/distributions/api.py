"""What can be asked of distributions. Other slices import this file and `contracts`."""

from interplay.engine.wire.contracts import Question
from interplay.measure.distributions.contracts import AskDistribution, Distribution
from interplay.understand.profiles.contracts import Reading


def _ask(reading: Reading, ask: AskDistribution) -> Distribution:
    from interplay.measure.distributions import answering  # a lazy seam: numba

    return answering.answer(reading, ask)


ask = Question("distributions.ask", AskDistribution, Distribution, _ask)

__all__ = ["ask"]
