"""A plant whose goods carry codes: short ways to make, send, activate and scan them, and to look what is amiss."""

from contextlib import closing
from itertools import count

from interplay.collect.facts.api import Declarations
from interplay.engine.log.reactions import catch_up
from interplay.engine.log.read import LogReader
from interplay.interact.codes import api
from interplay.interact.codes.contracts import Destination, Generate, Level, Mark, Packing, Place, Scan, Span
from tests.interact.campaigns.square import Square

PACKING = Packing(box=12, case=4, pallet=10)


class Plant(Square):
    """Items are numbered from 1; a scan is told of by a new key where a test does not say which."""

    def __init__(self, folder, clock=None, url="", random_bytes=None):
        super().__init__(folder, clock, url, random_bytes)
        self._scans = count(1)
        self._reaction = api.reaction(
            self.codes, Declarations(self.database, self.home.settings.brand, self.keys)
        )  # fmt: skip

    @property
    def codes(self):
        return self.home.codes

    def make(self, name="caps", count=1_000, *, product="P-tea", active=True, **more):
        batch = api.generate(
            self.codes, self, Generate(**{"name": name, "product": product, "count": count, "packing": PACKING, **more})
        )
        if active:
            self.put(Mark.ACTIVE, name=name)
        return batch

    def put(self, mark, first=1, last=None, *, name="caps", **more):
        batch = self.codes.batch(name)
        spans = [Span(first - 1, batch.count if last is None else last)]
        return api.put(self.codes, self, batch, mark, spans, **more)

    def send(self, *provinces, first=1, last=None, **more):
        return self.put(Mark.SENT, first, last, destination=Destination(tuple(provinces), **more))

    def code(self, item=1, level=Level.ITEM, name="caps"):
        return self.codes.code_of(self.codes.batch(name), level, item - 1)

    def scan(self, item=1, by=1, province="", *, key=None, code=None, **place):
        ask = Scan(
            key=key or f"s{next(self._scans)}", code=code or self.code(item), subject=self.player(by),
            place=Place(province=province, **place),
        )  # fmt: skip
        return api.scan(self.codes, self, ask)

    def look(self):
        """Let the reaction see every fact there is."""
        with closing(LogReader(self.database)) as reader:
            catch_up(self._reaction, reader, self.database, self.writer, self.rows()[-1].position)

    def alarms(self):
        self.look()
        return [(one["item_no"], one["alarm"]) for one in self.named("item.alarm_raised")]
