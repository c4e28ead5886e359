"""Alerts are looked at when a stretch is over, and told as facts: once when one begins to fire, once when it ends."""

import threading

import structlog

from interplay.bootstrap.home import Home
from interplay.collect.facts.api import Declarations
from interplay.collect.ingest.api import told
from interplay.criteria.contracts import DECIMAL_SCALE
from interplay.engine.log.append import Append
from interplay.engine.log.contracts import NewFact
from interplay.engine.oltp.contracts import Writing, write
from interplay.engine.wire.contracts import Asking
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import HOUR, MINUTE, parse_instant
from interplay.measure.alerts import api as alerts
from interplay.measure.alerts.contracts import ALERT, ENDED, RAISED, AlertSeen, AskAlerts, State

SOURCE = "alerts"
LOOK_SECONDS = 20.0
LATE = Micros(HOUR)
"""How long after its end a stretch is judged: facts of phones that were offline come late."""
STEP = 15 * MINUTE  # no clock's hours begin between quarters

log = structlog.get_logger()


class Watch:
    """Looks in a thread of its own, where the mind is. Close it before the mind."""

    def __init__(self, home: Home, mind: Asking, writing: Writing) -> None:
        self._home = home
        self._mind = mind
        self._writing = writing
        self._declarations = Declarations(home.database, home.settings.brand, home.keys)
        self._looked: tuple[int, int] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop once the look that is under way is over."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def look(self) -> list[NewFact]:
        """Tell what has begun or ended since the last look; return the facts. Told again, they are stored once."""
        current, now = self._declarations.current(), self._home.world.now()
        is_watched = any(one.kind == ALERT and one.content.get("enabled", True) for one in current.documents)
        at, looked = Micros(now - LATE), (current.revision, (now - LATE) // STEP)
        if not is_watched or looked == self._looked:
            return []
        facts = [
            self._fact(one, at, now)
            for one in self._mind.ask(alerts.ask, AskAlerts(at=at))
            if (one.state is State.FIRING and not one.is_told) or (one.state is State.QUIET and one.is_told)
        ]
        if facts:
            write(self._writing, self._home.appender.command, Append(facts))
        self._looked = looked
        return facts

    def _fact(self, seen: AlertSeen, at: Micros, now: Micros) -> NewFact:
        (chinese,) = self._mind.ask(alerts.ask, AskAlerts((seen.name,), at, "zh"))
        name = RAISED if seen.state is State.FIRING else ENDED
        zone = self._home.world.zone
        fields = {
            "alert_id": seen.name, "metric": seen.metric, "alert_text": seen.text, "alert_text_zh": chinese.text,
            "stretch_from": parse_instant(seen.since, zone), "stretch_until": parse_instant(seen.until, zone),
            "observed": _physical(seen.value), "expected": _physical(seen.expected),
        }  # fmt: skip
        given = {field: value for field, value in fields.items() if value is not None}
        return told(SOURCE, name, now, f"{name}:{seen.name}:{seen.until}", given)

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            try:
                self.look()
            except AppError as error:  # the warehouse is behind, or the database is away: the next look comes
                log.warning("alerts", reason=str(error))


def _physical(value: float | None) -> int | None:
    return None if value is None else round(value * 10**DECIMAL_SCALE)
