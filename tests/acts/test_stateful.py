"""Whatever is asked in whatever order, while people are merged and parted: nothing is given twice or goes below."""

import random
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import text

from interplay.acts import api as acts
from interplay.acts.contracts import (
    Claim,
    Count,
    Credit,
    Debit,
    Hand,
    Issue,
    Join,
    Mint,
    Open,
    Receipt,
    Refused,
    Settle,
    Take,
    Undo,
    Use,
    Void,
)
from interplay.acts.pooling import UnitState
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY, MINUTE
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import DecisionKind
from tests.acts.folding import Folding
from tests.acts.giving import Giving
from tests.stores import DoorOnly

PEOPLE = 4
CAP = 5
STOCK = 6
people = st.integers(0, PEOPLE - 1)
amounts = st.integers(1, 40)


class Wallets(RuleBasedStateMachine):
    """A model that knows only totals: what was given, taken, held; the store must agree, whatever happens."""

    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.giving = Giving(DoorOnly(Path(self.folder.name) / "data"))
        self.subjects = [self.giving.somebody(number) for number in range(PEOPLE)]
        self.giving.do(Mint("gifts", STOCK))
        self.balance = 0  # of all customers together
        self.receipts = {}
        self.asked = {}
        self.taken = self.counted = 0
        self.rng = random.Random(1)
        self.folding = Folding(self.giving.door)

    def teardown(self):
        if hasattr(self, "folding"):
            self.folding.check()
            self.giving.door.close()
            self.folder.cleanup()

    def ask(self, *steps, **more):
        key = f"s{len(self.asked)}"
        self.asked[key] = (steps, more)
        answer = self.giving.do(*steps, key=key, body=acts.body_of([key]), **more)
        if isinstance(answer, Receipt):
            self.receipts[key] = answer
        else:
            del self.asked[key]
        return answer

    @rule(who=people, amount=amounts, days=st.sampled_from([None, 1, 3]), wait=st.sampled_from([0, 0, 1]))
    def earn(self, who, amount, days, wait):
        now = self.giving.clock()
        ends = None if days is None else now + (days + wait) * DAY
        step = Credit("points", self.subjects[who], amount, active_from=now + wait * DAY, expires_at=ends)
        assert isinstance(self.ask(step), Receipt)

    @rule(who=people, amount=amounts, is_held=st.booleans(), may_owe=st.sampled_from([False, False, True]))
    def spend(self, who, amount, is_held, may_owe):
        until = self.giving.clock() + MINUTE if is_held else None
        there = self.there(who)
        answer = self.ask(Debit("points", self.subjects[who], amount, may_owe=may_owe), hold_until=until)
        assert isinstance(answer, Receipt) is (may_owe or amount <= there)

    @rule(who=people)
    def take_a_gift(self, who):
        per_head = Count("gifts", cap=CAP, subject=self.subjects[who])
        self.ask(per_head, Take("gifts"), Count("all", cap=STOCK + 1))

    @rule(who=people, to=people)
    def coupon(self, who, to):
        one = self.ask(Issue("coupon:a@1", self.subjects[who]))
        if self.rng.random() < 0.5:
            self.ask(Hand(one.effects[0].unit, self.subjects[who], self.subjects[to]))

    @rule(which=st.integers(0, 30), who=people, is_held=st.booleans())
    def use(self, which, who, is_held):
        until = self.giving.clock() + MINUTE if is_held else None
        self.ask(Use(which, self.subjects[who]), hold_until=until)

    @rule(which=st.integers(0, 30))
    def void(self, which):
        self.ask(Void(which))

    @rule(who=people)
    def claim(self, who):
        assert self.ask(Claim("codes", self.subjects[who])).code == "acts.sold_out"

    @rule(group=st.integers(0, 2), who=people, is_only=st.booleans())
    def link(self, group, who, is_only):
        self.ask(Open("team", f"g{group}", self.subjects[who], members_max=2))
        self.ask(Join("team", f"g{group}", self.subjects[who], is_only))

    @rule(which=st.integers(0, 1000), part=st.sampled_from([None, 1, 7]), how=st.sampled_from(["", "balance", "owe"]))
    def undo(self, which, part, how):
        if self.receipts:
            key = sorted(self.receipts)[which % len(self.receipts)]
            step = None if part is None else 0
            self.ask(Undo(key, step, part, from_balance=how == "balance", may_owe=how == "owe"))

    @rule(who=people, share=st.sampled_from([1, 2, 3]), way=st.sampled_from(["whole", "in parts", "let go"]))
    def there_and_back(self, who, share, way):
        """Whatever is done and taken back leaves everything as it was."""
        before = self.everything()
        mine = [
            one for one in acts.units_of(self.giving.database, [self.subjects[who]]) if one.state is UnitState.OWNED
        ]
        steps = [Count("gifts", subject=self.subjects[who]), Join("team", "g0", self.subjects[who])]
        steps += [Use(one.unit, self.subjects[who]) for one in mine[:1]]
        if (amount := self.there(who) // share) > 0:
            steps.insert(0, Debit("points", self.subjects[who], amount))
        if acts.stock(self.giving.database, "gifts")["available"]:
            steps.append(Take("gifts"))
        if isinstance(self.giving.do(Join("team", "g0", self.subjects[who]), is_dry=True), Refused):
            del steps[[type(one) for one in steps].index(Join)]
        until = self.giving.clock() + MINUTE if way == "let go" else None
        done = self.ask(*steps, hold_until=until)
        assert isinstance(done, Receipt), done
        assert self.everything() != before
        if way == "let go":
            self.giving.settle(done.key, is_kept=False)
        else:
            first = done.effects[0].amount
            if way == "in parts" and isinstance(steps[0], Debit) and first > 1:
                self.ask(Undo(done.key, 0, 1))
                self.ask(Undo(done.key, 0, first - 1))
                for place in range(1, len(steps)):
                    self.ask(Undo(done.key, place))
            else:
                self.ask(Undo(done.key))
        assert self.everything() == before

    def everything(self):
        """Return what everybody has, and what is left and used."""
        tables = {
            "ledger_lots": "lot, remaining", "units": "unit, state, owner", "pools": "pool, available",
            "counters": "scope, used, subject", "links": "kind, name, subject",
        }  # fmt: skip
        with self.giving.database.read() as connection:
            query = "SELECT {} FROM {} ORDER BY 1, 2"
            found = {name: connection.execute(text(query.format(what, name))).all() for name, what in tables.items()}
        found["counters"] = [row for row in found["counters"] if row.used]
        return found

    @rule(which=st.integers(0, 1000), is_kept=st.booleans())
    def settle(self, which, is_kept):
        if self.receipts:
            key = sorted(self.receipts)[which % len(self.receipts)]
            answer = acts.do(self.giving.door.home.acts, self.giving.door, Settle(key, is_kept))
            assert isinstance(answer, (Receipt, Refused))

    @rule(which=st.integers(0, 1000))
    def repeat(self, which):
        if self.receipts:
            key = sorted(self.receipts)[which % len(self.receipts)]
            steps, more = self.asked[key]
            again = self.giving.do(*steps, key=key, body=acts.body_of([key]), **more)
            assert not again.is_new
            assert again.act == self.receipts[key].act
            with pytest.raises(AppError, match="key"):
                self.giving.do(*steps, key=key, body=acts.body_of(["else"]), **more)

    @rule(one=people, other=people, kind=st.sampled_from([DecisionKind.TOGETHER, DecisionKind.APART]))
    def merge(self, one, other, kind):
        with suppress(AppError):
            self.giving.decide(kind, self.subjects[one], self.subjects[other])

    @rule(amount=st.sampled_from([1, MINUTE, DAY]))
    def time(self, amount):
        self.giving.clock.at += amount

    @rule()
    def expire(self):
        home = self.giving.door.home
        expire = acts.expire(home.appender, home.acts.telling, home.acts.wallet)
        self.giving.door.write(expire, acts.Expire("points", "points.expired"))

    @invariant()
    def holds(self):
        if not hasattr(self, "giving"):
            return
        database = self.giving.database
        self.folding.note()
        assert acts.check(database) == []
        totals = acts.totals(database, "points")
        assert sum(totals.values()) == 0
        gifts = acts.stock(database, "gifts")
        assert 0 <= gifts["available"] <= gifts["minted"] == STOCK
        for held in acts.units_of(database, self.subjects):
            assert held.state is not UnitState.WAITING

    def there(self, who):
        """Return what her wallet has, by the map as it is."""
        subjects = identity.customer_of(self.giving.database, self.subjects[who])[1]
        found = acts.balances(self.giving.database, subjects, self.giving.clock(), "points")
        return found[0].available


TestWallets = Wallets.TestCase
TestWallets.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
