"""What can be asked of paths. Other slices import this file and `contracts`."""

from interplay.engine.wire.contracts import Question
from interplay.measure.paths.contracts import AskPaths, Paths
from interplay.understand.profiles.contracts import Reading


def _ask(reading: Reading, ask: AskPaths) -> Paths:
    from interplay.measure.paths import answering  # a lazy seam: numba

    return answering.answer(reading, ask)


ask = Question("paths.ask", AskPaths, Paths, _ask)

__all__ = ["ask"]
