"""What can be asked of the last minutes. Other slices import this file and `contracts`."""

from interplay.engine.wire.contracts import Question
from interplay.measure.realtime.contracts import AskRealtime, Realtime
from interplay.understand.profiles.contracts import Reading


def _ask(reading: Reading, ask: AskRealtime) -> Realtime:
    from interplay.measure.realtime import answering  # a lazy seam: Ibis

    return answering.answer(reading, ask)


ask = Question("realtime.ask", AskRealtime, Realtime, _ask)

__all__ = ["ask"]
