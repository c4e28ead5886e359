"""Random lives of a batch, against a model: ranges sent, active, void; codes scanned, played, asked for again."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from interplay.acts import api as acts
from interplay.acts.contracts import Refused
from interplay.interact.codes import api
from interplay.interact.codes.contracts import Mark
from tests.interact.codes.plant import Plant

ITEMS = 60
items = st.integers(1, ITEMS)
people = st.integers(1, 3)
provinces = st.sampled_from(["", "CN-GD", "CN-ZJ", "CN-SC"])
spans = st.tuples(items, items).map(sorted)


class Lives(RuleBasedStateMachine):
    """The model: marks of each item, scans of each code, who was rewarded."""

    def __init__(self):
        super().__init__()
        self.folder = TemporaryDirectory()
        self.plant = Plant(Path(self.folder.name) / "data")
        self.active, self.void, self.sent = set(), set(), {}
        self.scans = {item: [] for item in range(1, ITEMS + 1)}  # (who, province)
        self.rewarded = {}
        self.answers = []  # (again, what it answered)

    @initialize()
    def begin(self):
        self.plant.make(count=ITEMS, active=False, people_max=2)
        self.plant.offered()

    @rule(span=spans)
    def activate(self, span):
        news = self.plant.put(Mark.ACTIVE, *span)
        wanted = set(range(span[0], span[1] + 1))
        assert news == len(wanted - self.active)
        self.active |= wanted

    @rule(span=spans)
    def make_void(self, span):
        last = min(span[1], span[0] + 5)
        wanted = set(range(span[0], last + 1))
        assert self.plant.put(Mark.VOID, span[0], last) == len(wanted - self.void)
        self.void |= wanted

    @rule(span=spans, province=provinces.filter(bool))
    def send(self, span, province):
        wanted = range(span[0], span[1] + 1)
        news = self.plant.send(province, first=span[0], last=span[1])
        assert news == sum(self.sent.get(item) != province for item in wanted)
        self.sent |= dict.fromkeys(wanted, province)

    @rule(item=items, who=people, province=provinces)
    def scan(self, item, who, province):
        key = f"scan{len(self.answers)}"
        found = self.plant.scan(item, who, province, key=key)
        if (no := self._no(item)) is not None:
            assert found.code == no
            return
        self.scans[item].append((who, province))
        assert (found.scan_no, found.is_first) == (len(self.scans[item]), len(self.scans[item]) == 1)
        self.answers.append((lambda: self.plant.scan(item, who, province, key=key), (found.scan_no, found.is_first)))

    @rule(item=items, who=people, province=provinces)
    def buy(self, item, who, province):
        key = f"buy{len(self.answers)}"
        found = self.plant.buy(item, who, province, key=key)
        if (no := self._no(item)) is not None:
            assert found.code == no
            return
        self.scans[item].append((who, province))
        assert bool(found.won) is (item not in self.rewarded)
        assert found.says["is_first"] is (len(self.scans[item]) == 1)
        self.rewarded.setdefault(item, who)
        self.answers.append((lambda: self.plant.buy(item, who, province, key=key), (found.won, found.says)))

    @rule(chance=st.integers(0, 10**6))
    def ask_again(self, chance):
        if self.answers:
            again, before = self.answers[chance % len(self.answers)]
            found = again()
            assert not isinstance(found, Refused), "an answer is for ever"
            assert not found.is_new
            said = (found.scan_no, found.is_first) if hasattr(found, "scan_no") else (found.won, found.says)
            assert said == before

    @rule(item=items)
    def trace(self, item):
        self.plant.look()
        found = api.trace_item(self.plant.codes, "caps", item)
        assert [one.province for one in found.scans] == [province for _, province in self.scans[item]]
        assert (found.scan_count, found.is_rewarded) == (len(self.scans[item]), item in self.rewarded)
        assert bool(found.active) is (item in self.active)
        assert bool(found.void) is (item in self.void)
        assert [one.destination.provinces for one in found.sent] == ([(self.sent[item],)] if item in self.sent else [])
        alarms = {one.alarm.value for one in found.alarms}
        assert ("provinces" in alarms) is (len({province for _, province in self.scans[item] if province}) > 1)
        assert ("people" in alarms) is (len({who for who, _ in self.scans[item]}) > 2)

    @invariant()
    def sums_hold(self):
        (view,) = api.views(self.plant.codes) or [None]
        if view is not None:
            assert (view.active, view.void, view.sent) == (len(self.active), len(self.void), len(self.sent))

    def teardown(self):
        assert self.plant.given()["points"][0] == len(self.rewarded)
        told = self.plant.named("item.scanned")
        assert len(told) == sum(map(len, self.scans.values()))
        assert sum(one["is_first"] for one in told) == sum(bool(some) for some in self.scans.values())
        assert acts.check(self.plant.database) == []
        self.plant.close()
        self.folder.cleanup()

    def _no(self, item):
        if item in self.void:
            return "code.void"
        return None if item in self.active else "code.not_active"


TestLives = Lives.TestCase
TestLives.settings = settings(
    max_examples=6, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
