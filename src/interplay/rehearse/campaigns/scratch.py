"""A stage for one run, gone afterwards.

It lies in memory where the system offers that: what is thrown away needs no disk.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from interplay.bootstrap.kinds import apply
from interplay.collect.facts.contracts import Identifier
from interplay.collect.ingest import api as ingest
from interplay.engine.documents.contracts import Document
from interplay.engine.log.append import Append
from interplay.engine.log.read import LogReader
from interplay.interact.codes.contracts import Batch
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.settings import Brand
from interplay.rehearse.campaigns import moves
from interplay.rehearse.stage.api import MEMORY, PREFIX, Stage

PLAYERS_AT_ONCE = 500
KNOWN = "customer.identified"


class Scratch(Stage):
    """The stage of one run, with players."""

    def players(self, count: int) -> list[SubjectId]:
        """Let so many customers be known; return their subjects."""
        found: list[SubjectId] = []
        with closing(LogReader(self.home.database)) as reader:
            for start in range(0, count, PLAYERS_AT_ONCE):
                whom = [Identifier("user_id", f"player-{n}") for n in range(start, min(start + PLAYERS_AT_ONCE, count))]
                before = reader.last_position()
                self.write(self.append, Append([ingest.stated(self.home.world, KNOWN, who, {}) for who in whom]))
                rows = reader.live_named(before, reader.last_position(), (KNOWN,), PLAYERS_AT_ONCE)
                found += [row.subject for row in rows if row.subject is not None]
        return found


@contextmanager
def scratch(
    brand: Brand,
    documents: Sequence[Document],
    at: Micros,
    seed: int,
    batches: Sequence[Batch] = (),
    within: Path | None = MEMORY,
) -> Iterator[Scratch]:
    """Lend a data directory in which there are these documents and batches of codes, and nobody is known."""
    with (
        TemporaryDirectory(prefix=PREFIX, dir=within) as folder,
        closing(Scratch(Path(folder) / "data", brand, at, seed)) as lent,
    ):
        moves.make(lent.home.codes, lent, batches)
        apply(lent, documents)
        yield lent
