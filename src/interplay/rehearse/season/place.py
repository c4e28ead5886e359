"""The season's stage: a virtual clock and its reactions run by hand, so that the same seed tells the same."""

from contextlib import closing
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path

import msgspec
import yaml

from interplay.bootstrap.door import fire_timers
from interplay.bootstrap.kinds import apply
from interplay.bootstrap.registry import reactions
from interplay.collect.facts.contracts import Payload
from interplay.engine.documents.contracts import Document
from interplay.engine.log.append import Append
from interplay.engine.log.contracts import NewFact
from interplay.engine.log.reactions import catch_up
from interplay.engine.log.read import LogReader
from interplay.engine.timers.api import Fire
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.settings import Brand
from interplay.kernel.time import HOUR
from interplay.rehearse.stage.api import Stage

TOLD_BY = "season"

Who = tuple[str, str]
"""A (kind, value) of an identifier."""


class Place(Stage):
    """The stage of a season: its reactions run by hand."""

    def __init__(self, folder: Path, brand: Brand, seed: int) -> None:
        super().__init__(folder, brand, Micros(0), seed)
        self._reactions = reactions(self.home)
        self._reader = LogReader(self.home.database)

    def apply(self, name: str, **params: str) -> None:
        """Apply documents of the season, with their dates."""
        text = (files("interplay.rehearse.season") / "documents" / name).read_text(encoding="utf-8")
        for word, value in params.items():
            text = text.replace(f"{{{word}}}", value)
        wanted = [
            Document(one.pop("kind"), one.pop("name"), one, file=name, line=1) for one in yaml.safe_load_all(text)
        ]
        apply(self, wanted)

    def tell(self, name: str, *who: Who, at: Micros | None = None, **fields: object) -> None:
        """Let a fact be stored, told by the brand's own systems now or at another time."""
        moment = self.at if at is None else at
        body = msgspec.msgpack.encode(Payload(fields=fields, extra={}, identifiers=who, traits=()))
        digest = blake2b(repr((name, moment, body)).encode(), digest_size=16).digest()
        fact = NewFact(name, moment, moment, who, digest, moment // HOUR, TOLD_BY, body, is_trusted=True)
        self.write(self.append, Append([fact]))

    def subject(self, who: Who) -> SubjectId:
        """Return whose an identifier is, which was told of."""
        found = self._reader.subject_of(self.home.keys.digest(*who))
        if found is None:
            raise AppError("customers.unknown", status=404, kind=who[0], given=who[1])
        return found

    def follow(self) -> None:
        """Fire what is due, and let every reaction deal with everything, also with what the others tell."""
        while self.write(fire_timers(self.home), Fire()):
            pass
        while True:
            until = self._reader.last_position()
            for one in self._reactions:
                catch_up(one, self._reader, self.home.database, self, until)
            if self._reader.last_position() == until:
                return

    def settle_segments(self) -> None:
        """Bring live segments to now; only here there is a warehouse."""
        from interplay.bootstrap.mind import Mind  # a lazy seam: DuckDB, for who plays a season

        with closing(Mind(self.home, self._door.writer)) as mind:
            mind.wait()
            mind.settle()

    def close(self) -> None:
        self._reader.close()
        super().close()
