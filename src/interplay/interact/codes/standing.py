"""What the use cases of item codes work with: acts, the key, the moment, and the batches there are."""

from bisect import bisect_right
from contextlib import closing

from interplay.acts.api import Acts
from interplay.acts.contracts import Refused
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.interact.codes import codec, packing, store
from interplay.interact.codes.contracts import Batch, Level, Mark, Reading, Refusal, Unit
from interplay.kernel.context import World
from interplay.kernel.crockford import printed
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros


class Codes:
    """One for each data directory. Batches never change, so those that were read once are remembered."""

    def __init__(self, acts: Acts, database: Database, keys: SubjectKeys, world: World) -> None:
        self.acts = acts
        self.database = database
        self.world = world
        self.codec = codec.Codec(keys.derived(codec.PURPOSE))
        self._batches: list[Batch] = []

    def now(self) -> Micros:
        return self.world.now()

    def batches(self) -> list[Batch]:
        """Return every batch, the oldest first."""
        self._batches = store.batches(self.database)
        return self._batches

    def known(self) -> list[Batch]:
        """Return every batch, also those made since by another process."""
        last = store.last_batch(self.database)
        return self._batches if self._batches and self._batches[-1].number == last else self.batches()

    def batch(self, name: str) -> Batch:
        """Return a batch. Raises AppError `codes.batch` (404)."""
        for known in (self._batches, None):
            found = next((one for one in known or self.batches() if one.name == name), None)
            if found is not None:
                return found
        raise AppError("codes.batch", status=404, given=name)

    def numbered(self, batch: int) -> Batch | None:
        """Return a batch by its number."""
        for known in (self._batches, None):
            found = next((one for one in known or self.batches() if one.number == batch), None)
            if found is not None:
                return found
        return None

    def unit(self, text: str) -> Unit | Refused:
        """Return what a code is on. One that looks like ours and was not made by us is forged."""
        given = codec.read(text)
        if not given:
            return Refused(Refusal.FORM)
        number = next((found for one in given if (found := self.codec.number(one)) is not None), None)
        if number is None:
            return Refused(Refusal.FORGED)
        return self._at(self._batches, number) or self._at(self.batches(), number) or Refused(Refusal.UNKNOWN)

    def reading(self, text: str) -> Reading | Refused:
        """Return the item that a code is on, if it may be scanned: it is active, and not void."""
        unit = self.unit(text)
        if isinstance(unit, Refused):
            return unit
        if unit.level is not Level.ITEM:
            return Refused(Refusal.NOT_ITEM)
        with closing(self.database.connect_reader()) as raw:
            if store.mark_of(raw, unit.batch.number, Mark.VOID, unit.index) is not None:
                return Refused(Refusal.VOID)
            if store.mark_of(raw, unit.batch.number, Mark.ACTIVE, unit.index) is None:
                return Refused(Refusal.NOT_ACTIVE)
        return Reading(unit.batch, unit.index + 1)

    def code_of(self, batch: Batch, level: Level, index: int) -> str:
        """Return the code of an item, a box, a case or a pallet, as it is printed."""
        return printed(self.codec.code(packing.number_of(batch, level, index)))

    @staticmethod
    def _at(batches: list[Batch], number: int) -> Unit | None:
        place = bisect_right(batches, number, key=lambda one: one.first)
        return packing.unit_of(batches[place - 1], number) if place else None
