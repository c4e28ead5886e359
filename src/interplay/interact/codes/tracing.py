"""What is known of one code: its packing, where it was sent, since when it works, who scanned it, what is amiss."""

from collections.abc import Sequence

import msgspec

from interplay.acts import api as acts
from interplay.acts.contracts import Refused
from interplay.interact.codes import packing, store
from interplay.interact.codes.contracts import (
    Alarm,
    Batch,
    Level,
    Mark,
    Raised,
    Reading,
    Seen,
    Span,
    Trace,
    Unit,
    Verified,
)
from interplay.interact.codes.following import alarm_key
from interplay.interact.codes.standing import Codes
from interplay.kernel.errors import AppError


def trace(codes: Codes, text: str) -> Trace | Refused:
    """Return everything about a code. One that is not active or is void is traced like others."""
    unit = codes.unit(text)
    return unit if isinstance(unit, Refused) else _trace(codes, unit)


def trace_item(codes: Codes, batch: str, item: int) -> Trace:
    """Return everything about an item by its number. Raises AppError `codes.batch` (404), `codes.items`."""
    found = codes.batch(batch)
    if not 1 <= item <= found.count:
        raise AppError("codes.items", first=item, last=item, batch=batch, count=found.count)
    return _trace(codes, Unit(found, Level.ITEM, item - 1))


def verify(codes: Codes, text: str) -> Verified | Refused:
    """Return what a code is on, without scanning it. A box, a case or a pallet is active when all of it is."""
    unit = codes.unit(text)
    if isinstance(unit, Refused):
        return unit
    batch, items, database = unit.batch, packing.items_of(unit), codes.database
    active = store.covered(database, batch.number, Mark.ACTIVE, items)
    is_void = store.covered(database, batch.number, Mark.VOID, items) > 0
    found = Verified(
        batch.name, batch.product, unit.level, unit.index + 1, active == items.until - items.first, is_void
    )
    if unit.level is not Level.ITEM:
        return found
    reading = Reading(batch, unit.index + 1)
    return msgspec.structs.replace(
        found,
        scan_count=acts.used(database, reading.scope),
        first_at=store.first_scan_at(database, batch.number, reading.item),
        is_rewarded=acts.used(database, reading.reward_scope) > 0,
    )


def covered(codes: Codes, texts: Sequence[str]) -> tuple[Batch, list[Span]] | Refused:
    """Return the items that codes name, of boxes, cases and pallets all that they hold.

    Raises AppError `codes.two_batches` for codes of more than one.
    """
    units = [codes.unit(text) for text in texts]
    found = [one for one in units if isinstance(one, Unit)]
    if len(found) < len(units):
        return next(one for one in units if isinstance(one, Refused))
    if len({one.batch.number for one in found}) > 1:
        raise AppError("codes.two_batches")
    return found[0].batch, [packing.items_of(one) for one in found]


def _trace(codes: Codes, unit: Unit) -> Trace:
    batch, items, database = unit.batch, packing.items_of(unit), codes.database
    above = [level for level in Level if level > unit.level]
    within = {
        level.name.lower(): codes.code_of(batch, level, holder)
        for level in above
        if (holder := packing.holder(batch, items.first, level)) is not None
    }
    active, sent, void = (tuple(store.ranges(database, batch.number, mark, items)) for mark in Mark)
    code = codes.code_of(batch, unit.level, unit.index)
    found = Trace(code, batch, unit.level, unit.index + 1, items, within, active, sent, void)
    if unit.level is not Level.ITEM:
        return found
    reading = Reading(batch, unit.index + 1)
    scans = store.scans(database, batch.number, reading.item)
    return msgspec.structs.replace(
        found,
        scan_count=acts.used(database, reading.scope),
        is_rewarded=acts.used(database, reading.reward_scope) > 0,
        scans=tuple(scans),
        alarms=tuple(_alarms(codes, batch, reading.item, scans)),
    )


def _alarms(codes: Codes, batch: Batch, item: int, scans: list[Seen]) -> list[Raised]:
    provinces = dict.fromkeys(one.province for one in scans if one.province)
    places = [(Alarm.PROVINCES, ""), (Alarm.PEOPLE, ""), *((Alarm.DIVERTED, one) for one in provinces)]
    keys = [alarm_key(batch, item, alarm, province) for alarm, province in places]
    found = [acts.find(codes.acts, codes.database, key) for key in keys]
    raised = [msgspec.msgpack.decode(one.result, type=Raised) for one in found if one is not None]
    return sorted(raised, key=lambda one: (one.at, one.alarm))
