"""What ends by itself: points are written off and their owners told before, in slices, by a timer or by hand.

Nobody can spend what is over, whether it was written off by then or not.
"""

from collections.abc import Callable, Mapping

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Do, Tell
from interplay.engine.log.reactions import position_in, set_position
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.engine.timers.api import Timer, schedule
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.time import DAY, HOUR, SECOND
from interplay.link.points.contracts import EXPIRED, EXPIRING, PointsDocument

TIMER = "points.end"
LOTS_AT_ONCE_MAX = 200  # a few milliseconds of the writer
NOTICES_AT_ONCE_MAX = 50
KIND = "points.notice"
MARK = "points.noticed:"

More = Callable[[Tx], bool]


class Finding:
    """Where units and the database are found when the timer fires."""

    def __init__(self, database: Database, units: Callable[[], Mapping[str, PointsDocument]]) -> None:
        self.database = database
        self.units = units


class Ending:
    """A slice of everything that ends by itself; `more` is what ends beside points."""

    def __init__(self, running: acts.Acts, write_off: Command[acts.Expire, int], find: Finding, *more: More) -> None:
        self._running = running
        self._write_off = write_off
        self._find = find
        self._more = more
        self.command: Command[None, bool] = Command("points.end", type(None), bool, lambda tx, _: self.slice(tx))

    def fire(self, tx: Tx, timer: Timer) -> None:
        """Do a slice; come again soon while there is more, else in an hour."""
        is_more = self.slice(tx)
        schedule(tx, Timer(TIMER, timer.key, Micros(tx.world.now() + (SECOND if is_more else HOUR))))

    def slice(self, tx: Tx) -> bool:
        """Write off and tell some; return whether there is more."""
        units = self._find.units()
        counts = [self._write_off.run(tx, acts.Expire(name, EXPIRED, LOTS_AT_ONCE_MAX)) for name in sorted(units)]
        told = [self._tell(tx, name, unit) for name, unit in sorted(units.items()) if unit.notice_days]
        others = [one(tx) for one in self._more]
        return LOTS_AT_ONCE_MAX in counts or NOTICES_AT_ONCE_MAX in told or any(others)

    def _tell(self, tx: Tx, name: str, unit: PointsDocument) -> int:
        """Tell some of those whose points expire soon, in order; a mark says how far that has come."""
        now, mark = tx.world.now(), f"{MARK}{name}"
        after = (Micros(position_in(tx, mark)), SubjectId(position_in(tx, f"{mark}:subject")))
        until = Micros(now + unit.notice_days * DAY)
        soon = acts.expiring(self._find.database, name, now, until, after, NOTICES_AT_ONCE_MAX)
        self._running.run_all(tx, [Do(_notice(one)) for one in soon])
        if soon:
            set_position(tx, mark, soon[-1].expires_at)
            set_position(tx, f"{mark}:subject", soon[-1].subject)
        return len(soon)


def _notice(one: acts.Expiring) -> Act:
    key = f"expiring:{one.unit}:{one.subject}:{one.expires_at}"
    fields: dict[str, object] = {"unit": one.unit, "amount": one.amount, "expires_at": one.expires_at}
    return Act(key, KIND, acts.body_of(key), (), (Tell(EXPIRING, one.subject, fields),), one.subject, by="rule")
