"""The reaction to scans: each is kept beside the others of its code, and what is amiss is told, once.

It follows the log, so it sees the scans of a code in one order however they came in, and nobody who scans waits for it.
An alarm is an act whose key names the code and the reason: a reaction that runs again raises none twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from msgspec import Struct

from interplay.acts import api as acts
from interplay.acts.contracts import SOURCE, Act, Do, Tell
from interplay.collect.facts.api import Declarations
from interplay.engine.log.contracts import LogRow
from interplay.engine.log.erasure import is_known
from interplay.engine.log.reactions import Reaction, Step, move_cursor
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.interact.codes import rules, store
from interplay.interact.codes.contracts import ALARM_RAISED, SCANNED, Alarm, Batch, Mark, Raised, Seen
from interplay.interact.codes.standing import Codes
from interplay.kernel.ids import Micros, Position

REACTION = "codes"
KIND = "codes.alarm"
SCANS_AT_ONCE_MAX = 40  # a few milliseconds of the writer
STRETCH_MAX = 100_000
LAG_MAX = 10_000  # facts that are looked at again after a start, since nothing was written for them


class Found(Struct, frozen=True):
    """A scan, of which item it is."""

    batch: int
    item: int
    scan: Seen


class Follow(Struct, frozen=True):
    """The scans in a stretch of the log."""

    step: Step
    scans: tuple[Found, ...] = ()


def following(codes: Codes) -> Command[Follow, int]:
    """Return the command that keeps scans; it answers how many alarms were raised."""

    def run(tx: Tx, ask: Follow) -> int:
        move_cursor(tx, ask.step)
        raised = [one for found in ask.scans for one in _kept(codes, tx, found)]
        answers = codes.acts.run_all(tx, [Do(one) for one in raised])
        return sum(getattr(one, "is_new", False) for one in answers)

    return Command("codes.follow", Follow, int, run)


def reaction(codes: Codes, declarations: Declarations) -> Reaction:
    """Return the reaction. Nobody waits for it while there is no batch."""
    looking = Looking(codes, declarations)
    return Reaction(REACTION, looking.ask, following(codes), is_wanted=lambda _: bool(codes.known()))


@dataclass(slots=True)
class Looking:
    """What is remembered between two looks: how far nothing was found."""

    codes: Codes
    declarations: Declarations
    _looked: int = 0

    def ask(self, reader: LogReader, _: Database, after: Position, until: Position) -> tuple[Follow | None, Position]:
        """Return the scans of the next stretch of the log, if there are any, and where the stretch ends."""
        begin = Position(max(after, self._looked))
        if begin >= until:
            return None, until
        until = Position(min(until, begin + STRETCH_MAX))
        rows = reader.live_named(begin, until, [SCANNED], SCANS_AT_ONCE_MAX)
        if len(rows) == SCANS_AT_ONCE_MAX:
            until = rows[-1].position
        found = tuple(one for row in rows for one in self._scan(row))
        if not found and until - after < LAG_MAX:
            self._looked = until
            return None, until
        self._looked = 0
        return Follow(Step(REACTION, after, until), found), until

    def _scan(self, row: LogRow) -> Iterator[Found]:
        """Yield a scan of ours; what other systems tell of their own codes is theirs."""
        payload = self.declarations.current().projector.payload(row)
        if row.source != SOURCE or payload is None:
            return
        said = payload.fields
        batch = next((one for one in self.codes.known() if one.name == said["batch_id"]), None)
        if batch is not None:
            yield Found(batch.number, int(str(said["item_no"])), Seen(
                row.position, int(str(said["scan_no"])), Micros(row.occurred_at), row.subject,
                *(str(said.get(word, "")) for word in ("province", "city", "store_id")),
            ))  # fmt: skip


def _kept(codes: Codes, tx: Tx, found: Found) -> Iterator[Act]:
    """Keep a scan, and yield what it shows to be amiss."""
    scan, batch = found.scan, codes.numbered(found.batch)
    if scan.subject is not None and not is_known(tx, scan.subject):
        scan = msgspec.structs.replace(scan, subject=None)
    if not store.keep_scan(tx, found.batch, found.item, scan) or batch is None:
        return
    sent = store.mark_of(tx.raw, found.batch, Mark.SENT, found.item - 1)
    known = [scan] if scan.scan_no == 1 else store.scans_in(tx, found.batch, found.item)
    people = {min(codes.acts.wallet(tx, one.subject)) for one in known if one.subject is not None}
    for one in rules.alarms(scan, known, None if sent is None else sent.destination, people, batch.people_max):
        yield _alarm(batch, found.item, one)


def alarm_key(batch: Batch, item: int, alarm: Alarm, province: str) -> str:
    """Return the key of an alarm: one of each kind for a code, and of diversion one for each province."""
    where = f":{province}" if alarm is Alarm.DIVERTED else ""
    return f"code:{batch.number}:{item}:{alarm}{where}"


def _alarm(batch: Batch, item: int, raised: Raised) -> Act:
    """Return the act of an alarm. It is nobody's: who scanned may well be the one who was cheated."""
    key = alarm_key(batch, item, raised.alarm, raised.province)
    fields: dict[str, object] = {
        "item_code": f"{batch.name}/{item}", "item_no": item, "batch_id": batch.name, "product_id": batch.product,
        "alarm": raised.alarm.value, "province": raised.province, "former_province": raised.former,
        "people_count": raised.people,
    }  # fmt: skip
    said = {name: value for name, value in fields.items() if value not in ("", 0)}
    told = Tell(ALARM_RAISED, None, said)
    return Act(key, KIND, acts.body_of(key), (), (told,), result=msgspec.msgpack.encode(raised))
