"""What the doors do with what came in: facts to the log, the rest to the dead letters."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from interplay.collect.ingest import store
from interplay.collect.ingest.body import packed, unpack
from interplay.collect.ingest.contracts import KeptReject, Received, SealedReject
from interplay.collect.ingest.leaving import RejectsData
from interplay.collect.ingest.segment import Call, write_key
from interplay.collect.ingest.segment import receive as from_segment
from interplay.collect.ingest.sensors import receive as from_sensors
from interplay.collect.ingest.staff import OWN_SOURCES, PLATFORM_ONLY, STAFF_ONLY, is_own_source, stated, told
from interplay.engine.log.contracts import NewFact, Origin
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import NOBODY, SubjectKeys
from interplay.engine.timers.api import Timer, schedule
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY

REJECTS_KEPT_DAYS = 90
REJECTS_AT_ONCE_MAX = 1_000
PURGE_TIMER = "rejects.purge"

_encode = msgspec.msgpack.Encoder().encode


class _RejectBody(Struct, frozen=True, array_like=True):
    place: int
    params: dict[str, str | int]
    raw: bytes


class KeepRejects(Struct, frozen=True, array_like=True):
    rejects: tuple[SealedReject, ...]


def to_new_fact(
    received: Received,
    source: str,
    received_at: Micros,
    origin: Origin = Origin.LIVE,
    blocked: frozenset[tuple[str, str]] = frozenset(),
    *,
    is_trusted: bool,
) -> NewFact:
    """Return a received fact as the log takes it. Identifiers that are nobody's stay in its body and name nobody.

    `is_trusted` says whether its sender may say who is who.
    """
    identifiers = received.payload.identifiers
    if not blocked.isdisjoint(identifiers):
        identifiers = tuple([one for one in identifiers if one not in blocked])
    return NewFact(
        received.name,
        received.at,
        received_at,
        identifiers,
        received.digest,
        received.hour,
        source,
        received.body,
        origin,
        is_trusted=is_trusted,
    )


def seal_reject(
    keys: SubjectKeys,
    *,
    door: str,
    source: str,
    received_at: Micros,
    code: str,
    place: int,
    params: dict[str, str | int],
    raw: bytes,
) -> SealedReject:
    """Return a reject as it is kept."""
    return SealedReject(received_at, door, source, code, keys.seal(NOBODY, _encode(_RejectBody(place, params, raw))))


def rejects(database: Database, keys: SubjectKeys, rows_max: int, before: int | None = None) -> list[KeptReject]:
    """Return dead letters, the newest first; `before` a reject's number pages back."""
    return [_opened(keys, sealed) for sealed in store.newest(database, rows_max, before)]


def rejects_count(database: Database) -> int:
    return store.count(database)


def purge_rejects(tx: Tx, _: Timer) -> None:
    """Forget dead letters after `REJECTS_KEPT_DAYS`; look again in a day."""
    now = tx.world.now()
    store.purge(tx, now - REJECTS_KEPT_DAYS * DAY)
    schedule(tx, Timer(PURGE_TIMER, "", Micros(now + DAY)))


def _keep(tx: Tx, ask: KeepRejects) -> None:
    store.keep(tx, ask.rejects)


def _start_purging(tx: Tx, _: None) -> None:
    schedule(tx, Timer(PURGE_TIMER, "", Micros(tx.world.now() + DAY)))


keep_rejects = Command("rejects.keep", KeepRejects, None, _keep)
start_purging = Command("rejects.start_purging", type(None), None, _start_purging)


def _opened(keys: SubjectKeys, sealed: SealedReject) -> KeptReject:
    opened = keys.open(NOBODY, sealed.body)
    body = msgspec.msgpack.decode(opened or b"", type=_RejectBody)
    return KeptReject(
        sealed.reject, sealed.received_at, sealed.door, sealed.source, sealed.code, body.place, body.params, body.raw
    )


customer_data = RejectsData(_opened)


def batched(rejects: Sequence[SealedReject]) -> list[KeepRejects]:
    """Return the commands' messages that keep these rejects, in slices."""
    starts = range(0, len(rejects), REJECTS_AT_ONCE_MAX)
    return [KeepRejects(tuple(rejects[start : start + REJECTS_AT_ONCE_MAX])) for start in starts]


__all__ = [
    "OWN_SOURCES",
    "PLATFORM_ONLY",
    "STAFF_ONLY",
    "Call",
    "KeepRejects",
    "KeptReject",
    "batched",
    "customer_data",
    "from_segment",
    "from_sensors",
    "is_own_source",
    "keep_rejects",
    "packed",
    "purge_rejects",
    "rejects",
    "rejects_count",
    "seal_reject",
    "start_purging",
    "stated",
    "to_new_fact",
    "told",
    "unpack",
    "write_key",
]
