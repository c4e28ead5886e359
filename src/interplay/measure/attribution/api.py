"""What can be asked of attribution. Other slices import this file and `contracts`."""

from collections.abc import Sequence
from pathlib import Path

from interplay.engine.wire.contracts import Question
from interplay.measure.attribution.contracts import AskAttribution, Attribution, ChannelSeen, Model
from interplay.measure.attribution.periods import period
from interplay.understand.profiles.contracts import Reading


def _ask(reading: Reading, ask: AskAttribution) -> Attribution:
    from interplay.measure.attribution import answering  # a lazy seam: numba

    return answering.answer(reading, ask)


ask = Question("attribution.ask", AskAttribution, Attribution, _ask)


def of_file(file: Path, models: Sequence[Model], direct: str) -> tuple[ChannelSeen, ...]:
    """Return what models give to the channels of a file of paths. Raises AppError."""
    from interplay.measure.attribution import answering  # a lazy seam: numba

    return answering.of_file(file, models, direct)


OF_FILES = tuple(model for model in Model if model is not Model.TIME_DECAY)
"""The models for paths whose touches have no time."""

__all__ = ["OF_FILES", "ask", "of_file", "period"]
