"""What the doors have in common: facts to the writer, rejects to the dead letters, and counts of both."""

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from interplay.collect.facts.api import Declarations, lacks_rate
from interplay.collect.ingest import api as ingest
from interplay.collect.ingest.contracts import EVENT_BYTES_MAX, Door, Received, Rejected
from interplay.engine.log.append import Append
from interplay.engine.log.contracts import Origin, Stored
from interplay.engine.oltp.contracts import GroupCommand
from interplay.engine.secrets.api_keys import ApiKey
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.faces.http.waiting import AsyncWriter
from interplay.kernel.context import World
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import MINUTE, SECOND

FACT_NAMES_MAX = 10_000  # of undeclared facts; each is a word that is kept for ever
STRANGERS_KEPT_PER_MINUTE_MAX = 5  # rejects of callers without a key
STRANGERS_BYTES_KEPT_MAX = 1024  # of what such a caller sent; they must neither fill the disk nor bury others' rejects
DECLARATIONS_READ_AFTER = SECOND // 2

Item = Stored | Rejected
Read = Callable[[Door, Micros], list[Received | Rejected]]


class Doorkeeping:
    """Shared by all doors of the process. Make it inside the event loop."""

    def __init__(
        self,
        world: World,
        writer: AsyncWriter,
        append: GroupCommand[Append, list[Stored]],
        declarations: Declarations,
        keys: SubjectKeys,
        names: Sequence[str],
        blocked: Callable[[], frozenset[tuple[str, str]]],
    ) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()  # (door, stored | duplicate | rejected) → items
        self.without_rate: Counter[str] = Counter()  # door → facts whose amounts are in a currency without a rate
        self._world = world
        self._writer = writer
        self._append = append
        self._declarations = declarations
        self._keys = keys
        self._names = set(names) - ingest.STAFF_ONLY - ingest.PLATFORM_ONLY
        self._current = declarations.current()
        self._read_blocked = blocked
        self._blocked = blocked()
        self._read_at = world.now()
        self._strangers: Counter[int] = Counter()

    async def take(self, door: str, key: ApiKey, read: Read) -> list[Item]:
        """Read a request's items and store what can be stored; return one result per item, in order."""
        source, is_trusted = key.name, key.is_trusted
        now = self._world.now()
        self._refresh(now)
        read_items = read(Door(self._current.catalogue, source), now)
        items = [self._checked(index, item) for index, item in enumerate(read_items)]
        received = [item for item in items if isinstance(item, Received)]
        facts = [
            ingest.to_new_fact(item, source, now, Origin.LIVE, self._blocked, is_trusted=is_trusted)
            for item in received
        ]
        stored: list[Stored] = []
        if facts:
            stored = await self._writer.run(self._append, Append(facts))
        rejected = [item for item in items if isinstance(item, Rejected)]
        if rejected:
            await self.keep(door, source, rejected)
        new = sum(one.is_new for one in stored)
        self.counts[door, "stored"] += new
        self.counts[door, "duplicate"] += len(stored) - new
        self.without_rate[door] += sum(
            self._lacks_rate(item) for item, one in zip(received, stored, strict=True) if one.is_new
        )
        where = iter(stored)
        return [item if isinstance(item, Rejected) else next(where) for item in items]

    async def keep(self, door: str, source: str, rejected: Sequence[Rejected]) -> None:
        """Put rejects into the dead letters; of callers without a key only so many a minute, and their start."""
        now = self._world.now()
        self.counts[door, "rejected"] += len(rejected)
        if not source and not self._has_room_for_stranger(now):
            return
        bytes_max = EVENT_BYTES_MAX if source else STRANGERS_BYTES_KEPT_MAX
        sealed = [
            ingest.seal_reject(
                self._keys, door=door, source=source, received_at=now,
                code=one.code, place=one.index, params=one.params, raw=one.raw[:bytes_max],
            )
            for one in rejected
        ]  # fmt: skip
        for batch in ingest.batched(sealed):
            await self._writer.run(ingest.keep_rejects, batch)

    def _lacks_rate(self, item: Received) -> bool:
        if "currency" not in item.payload.fields:  # most facts
            return False
        kind = self._current.declared.facts.get(item.name)
        return kind is not None and lacks_rate(kind, item.payload.fields, self._world.brand.currency)

    def _checked(self, index: int, item: Received | Rejected) -> Received | Rejected:
        """Refuse what is for staff to say, and names beyond the limit: made-up ones must not fill the dictionary."""
        if isinstance(item, Rejected) or item.name in self._names:
            return item
        error = None
        if item.name in ingest.STAFF_ONLY:
            error = AppError("ingest.staff_only", name=item.name)
        elif item.name in ingest.PLATFORM_ONLY:
            error = AppError("ingest.platform_only", name=item.name)
        elif len(self._names) >= FACT_NAMES_MAX and item.name not in self._current.declared.facts:
            error = AppError("ingest.names", name=item.name, allowed=FACT_NAMES_MAX)
        if error is not None:
            return Rejected.because(error, index, msgspec.json.encode(item.payload))
        self._names.add(item.name)
        return item

    def _refresh(self, now: Micros) -> None:
        if abs(now - self._read_at) > DECLARATIONS_READ_AFTER:
            self._current = self._declarations.current()
            self._blocked = self._read_blocked()
            self._read_at = now

    def _has_room_for_stranger(self, now: Micros) -> bool:
        minute = now // MINUTE
        if minute not in self._strangers:
            self._strangers.clear()
        self._strangers[minute] += 1
        return self._strangers[minute] <= STRANGERS_KEPT_PER_MINUTE_MAX
