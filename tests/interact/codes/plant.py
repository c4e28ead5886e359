"""A plant whose goods carry codes: short ways to make, send, activate and scan them, and to look what is amiss."""

from itertools import count

from interplay.interact.codes import api
from interplay.interact.codes.contracts import Destination, Generate, Level, Mark, Packing, Place, Scan, Span
from tests.interact.campaigns.square import Square

PACKING = Packing(box=12, case=4, pallet=10)


class Plant(Square):
    """Items are numbered from 1; a scan is told of by a new key where a test does not say which."""

    def __init__(self, folder, clock=None, url="", random_bytes=None):
        super().__init__(folder, clock, url, random_bytes)
        self._scans = count(1)

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
        """Let the reactions see every fact there is."""
        self.follow()

    def offered(self, name="spring", **more):
        """Start a campaign in which each code of `caps` gives ten points, unless a test says otherwise."""
        parts = {"cap": {"codes": {"batches": ["caps"], "prizes": ["points"]}}}
        return self.started(name, **{"parts": parts, **more})

    def buy(self, item=1, by=1, province="", *, key=None, code=None, **more):
        """Play the code of an item."""
        move = {"code": code or self.code(item), "place": {"province": province}}
        return self.play(by, key, part="cap", move=move, **more)

    def alarms(self):
        self.look()
        return [(one["item_no"], one["alarm"]) for one in self.named("item.alarm_raised")]
