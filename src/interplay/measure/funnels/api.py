"""What can be asked of funnels. Other slices import this file and `contracts`."""

from interplay.engine.wire.contracts import Question
from interplay.measure.funnels.contracts import AskFunnel, Funnel
from interplay.measure.funnels.steps import parts, read_step, read_steps, written
from interplay.understand.profiles.contracts import Reading


def _ask(reading: Reading, ask: AskFunnel) -> Funnel:
    from interplay.measure.funnels import answering  # a lazy seam: numba

    return answering.answer(reading, ask)


ask = Question("funnels.ask", AskFunnel, Funnel, _ask)

__all__ = ["ask", "parts", "read_step", "read_steps", "written"]
