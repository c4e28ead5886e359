"""What can be asked of campaigns' effects. Other slices import this file and `contracts`."""

from interplay.decide.experiments.contracts import AskEffects, Effects
from interplay.decide.experiments.metrics import read_metric, read_planned
from interplay.engine.wire.contracts import Question
from interplay.understand.profiles.contracts import Reading


def _ask(reading: Reading, ask: AskEffects) -> Effects:
    from interplay.decide.experiments import answering  # a lazy seam: Ibis, numba

    return answering.answer(reading, ask)


ask = Question("effects.ask", AskEffects, Effects, _ask)

__all__ = ["ask", "read_metric", "read_planned"]
