"""What simulated players bring: nothing, or, where the code on a pack is the ticket, one that nobody has played yet."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from interplay.engine.oltp.contracts import Submitting
from interplay.interact.campaigns import api as campaigns
from interplay.interact.campaigns.contracts import Snapshot
from interplay.interact.codes import api as codes
from interplay.interact.codes.contracts import Batch, Generate, Level, Mark, Span


def make(running: codes.Codes, writing: Submitting, batches: Sequence[Batch]) -> None:
    """Make batches as they are elsewhere, all of them active: who buys has a code that works."""
    for one in batches:
        ask = Generate(
            name=one.name, product=one.product, count=one.count, packing=one.packing, url=one.url,
            people_max=one.people_max,
        )  # fmt: skip
        codes.put(running, writing, codes.generate(running, writing, ask), Mark.ACTIVE, [Span(0, one.count)])


def can_play(snapshot: Snapshot, part: str) -> bool:
    """Return whether there is something that a simulated player can bring."""
    return campaigns.is_simulated(snapshot, part) or snapshot.content.parts[part].codes is not None


class Moves:
    """The moves of one run. When all codes of a part are played, they are played again, and give nothing."""

    def __init__(self, running: codes.Codes, snapshot: Snapshot) -> None:
        self._running = running
        self._parts = snapshot.content.parts
        self._played: Counter[str] = Counter()

    def next(self, part: str) -> dict[str, Any]:
        """Return the move of the next play of a part."""
        if (settings := self._parts[part].codes) is None:
            return {}
        batches = [self._running.batch(name) for name in settings.batches]
        index = self._played[part] % sum(one.count for one in batches)
        self._played[part] += 1
        for batch in batches:
            if index < batch.count:
                return {"code": self._running.code_of(batch, Level.ITEM, index)}
            index -= batch.count
        raise AssertionError("an index below the sum is in one of them")
