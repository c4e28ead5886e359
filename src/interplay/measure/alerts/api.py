"""What can be asked of alerts. Other slices import this file and `contracts`."""

from interplay.engine.wire.contracts import Question
from interplay.measure.alerts.contracts import AlertSeen, AskAlerts
from interplay.measure.alerts.documents import AlertKind
from interplay.understand.profiles.contracts import Reading


def _ask(reading: Reading, ask: AskAlerts) -> list[AlertSeen]:
    from interplay.measure.alerts import answering  # a lazy seam: numba

    return answering.answer(reading, ask)


ask = Question("alerts.ask", AskAlerts, list[AlertSeen], _ask)

__all__ = ["AlertKind", "ask"]
