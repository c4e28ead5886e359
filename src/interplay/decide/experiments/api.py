"""What can be asked of campaigns' effects. Other slices import this file and `contracts`."""

from interplay.decide.experiments.contracts import AskBeside, AskEffects, Besides, Effects
from interplay.decide.experiments.metrics import read_metric, read_planned
from interplay.engine.wire.contracts import Question
from interplay.understand.profiles.contracts import Reading


def _ask(reading: Reading, ask: AskEffects) -> Effects:
    from interplay.decide.experiments import answering  # a lazy seam: Ibis, numba

    return answering.answer(reading, ask)


def _beside(reading: Reading, ask: AskBeside) -> Besides:
    from interplay.decide.experiments import beside  # a lazy seam: Ibis, numba

    return beside.answer(reading, ask)


ask = Question("effects.ask", AskEffects, Effects, _ask)
beside = Question("effects.beside", AskBeside, Besides, _beside)

__all__ = ["ask", "beside", "read_metric", "read_planned"]
