"""What simulated players bring: what the mechanic makes up for them, or, where the code on a pack is the ticket, one
that nobody has played yet.
"""

import random
from collections import Counter
from collections.abc import Sequence

from interplay.engine.oltp.contracts import Submitting
from interplay.interact.campaigns import api as campaigns
from interplay.interact.campaigns.contracts import Snapshot
from interplay.interact.codes import api as codes
from interplay.interact.codes.contracts import Batch, Generate, Level, Mark, Span
from interplay.interact.mechanics.contracts import Simulated, Turn, one_move


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
    if snapshot.content.parts[part].codes is not None:
        return True
    return campaigns.turn_of(snapshot, part, Simulated(lambda _: 0, 0)) is not None


class Moves:
    """The moves of one run. When all codes of a part are played, they are played again, and give nothing.

    They have a chance of their own, so who plays what when does not hang on what they bring.
    """

    def __init__(self, running: codes.Codes, snapshot: Snapshot, seed: int, right_percent: int) -> None:
        self._running = running
        self._snapshot = snapshot
        rng = random.Random(f"moves {seed}")  # noqa: S311 - it is to be repeated by its seed
        self._player = Simulated(rng.randrange, right_percent)
        self._played: Counter[str] = Counter()

    def next(self, part: str) -> Turn:
        """Return the next turn of a part that can be played."""
        settings = self._snapshot.content.parts[part].codes
        if settings is not None:
            return one_move(code=self._code(part, settings.batches))
        turn = campaigns.turn_of(self._snapshot, part, self._player)
        assert turn is not None
        return turn

    def _code(self, part: str, names: Sequence[str]) -> str:
        batches = [self._running.batch(name) for name in names]
        index = self._played[part] % sum(one.count for one in batches)
        self._played[part] += 1
        for batch in batches:
            if index < batch.count:
                return self._running.code_of(batch, Level.ITEM, index)
            index -= batch.count
        raise AssertionError("an index below the sum is in one of them")
