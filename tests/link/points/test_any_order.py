"""Whatever happens in whatever order: every invariant of the ledger, and a model that anybody can read."""

from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from interplay.acts import api as acts
from interplay.acts.contracts import Receipt
from interplay.bootstrap import loyalty
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from interplay.link.points import rules
from interplay.link.points.contracts import Month
from tests.acts.folding import Folding
from tests.link.points.shop import Shop
from tests.postgresql import new_url
from tests.stores import user

PEOPLE = st.integers(0, 2)
MONEY = st.integers(1, 20_000)
START = 1_767_225_600_000_000


class PointsMachine(RuleBasedStateMachine):
    """Three people; orders, refunds, spendings; days pass; people are merged and parted."""

    new_url = staticmethod(str)  # a file

    def __init__(self):
        super().__init__()
        self._folder = TemporaryDirectory()
        self.shop = Shop(Path(self._folder.name) / "data", url=self.new_url())
        self.orders = {}  # number → money
        self.refunded = {}
        self.keys = 0
        self.folding = Folding(self.shop)
        self.spent = {}  # key → (person, amount, was it done)

    @initialize(policy=st.sampled_from(["only_pending", "within_balance", "negative"]), pending=st.sampled_from([0, 3]))
    def open(self, policy, pending):
        unit = {"refunds": policy, "pending_days": pending, "expires": {"days": 20}, "adjust_alone_max": 1_000}
        self.policy = policy
        self.shop.open(unit=unit, rule={"points": 3, "per": 1_000})
        for number in range(3):
            self.shop.tell("customer.identified", user(number))

    @rule(who=PEOPLE, money=MONEY, number=st.integers(0, 3))
    def order(self, who, money, number):
        self.shop.order(number, money, user(who))
        if self.orders.get(number, 0) * 3 < 1_000:  # one that gave nothing yet may give when it is told again
            self.orders[number] = money

    @rule(who=PEOPLE, money=MONEY, number=st.integers(0, 3))
    def refund(self, who, money, number):
        self.shop.refund(number, money, user(who))
        self.refunded[number] = self.refunded.get(number, 0) + money

    @rule(who=PEOPLE, amount=st.integers(1, 100))
    def spend(self, who, amount):
        before = self.shop.available(user(who))
        self.keys += 1
        answer = self.shop.spend(f"s{self.keys}", amount, user(who))
        assert isinstance(answer, Receipt) is (before >= amount)
        self.spent[f"s{self.keys}"] = (who, amount, before >= amount)

    @rule(number=st.integers(1, 50))
    def spend_again(self, number):
        key = f"s{number}"
        if key in self.spent and self.spent[key][2]:
            who, amount, _ = self.spent[key]
            before = self.shop.available(user(who))
            assert not self.shop.spend(key, amount, user(who)).is_new
            assert self.shop.available(user(who)) == before

    @rule(who=PEOPLE, amount=st.integers(-50, 50).filter(bool))
    def adjust(self, who, amount):
        self.keys += 1
        self.shop.adjust(f"a{self.keys}", amount, who=user(who))

    @rule(one=PEOPLE, other=PEOPLE)
    def merge(self, one, other):
        if one != other:
            before = self.total()
            with suppress(AppError):  # they are one already, or others of theirs are two
                self.shop.merge(user(one), user(other))
            assert self.total() == before

    @rule(one=PEOPLE, other=PEOPLE)
    def unmerge(self, one, other):
        if one != other:
            before = self.total()
            with suppress(AppError):  # they are two already
                self.shop.unmerge(user(one), user(other))
            assert self.total() == before

    @rule(days=st.integers(1, 9))
    def wait(self, days):
        self.shop.clock.at += days * DAY

    @rule()
    def expire(self):
        before = {number: self.shop.available(user(number)) for number in range(3)}
        loyalty.expire(self.shop)
        assert {number: self.shop.available(user(number)) for number in range(3)} == before

    @invariant()
    def everything_adds_up(self):
        self.shop.follow()
        assert acts.check(self.shop.database) == []
        totals = acts.totals(self.shop.database, "points")
        assert sum(totals.values()) == 0
        assert self.told("points.earned") == sum(money * 3 // 1_000 for money in self.orders.values())
        self.refunds_are_shares()
        self.folding.note()
        if self.policy != "negative":
            assert all(self.shop.available(user(number)) >= 0 for number in range(3))

    def refunds_are_shares(self):
        most = sum(
            rules.share(money * 3 // 1_000, money, self.refunded.get(number, 0))
            for number, money in self.orders.items()
        )
        taken = self.told("points.refunded")
        assert taken <= most
        if self.policy == "negative":
            assert taken == most

    def told(self, name):
        return sum(one["amount"] for one in self.shop.facts(name))

    def total(self):
        self.shop.follow()
        return acts.totals(self.shop.database, "points").get("customers", 0)

    def teardown(self):
        if self.orders:
            self.shop.clock.at = max(self.shop.clock.at, START + 400 * DAY)
            loyalty.expire(self.shop)
            tables = [loyalty.show_month(self.shop, "points", f"2026-{month:02}") for month in range(1, 13)]
            self.check_months(tables)
        self.folding.check()
        self.shop.close()
        self._folder.cleanup()

    def check_months(self, tables: list[Month]):
        for one in tables:
            assert rules.closing_of(one) == one.closing
        for one, following in pairwise(tables):
            assert one.closing == following.opening


class SharedPointsMachine(PointsMachine):
    """The same on PostgreSQL."""

    new_url = staticmethod(new_url)


FEW = settings(
    max_examples=4,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
PointsMachine.TestCase.settings = FEW
SharedPointsMachine.TestCase.settings = settings(FEW, max_examples=2)
TestPoints = PointsMachine.TestCase
TestPointsOnPostgresql = pytest.mark.slow(SharedPointsMachine.TestCase)
