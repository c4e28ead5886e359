"""Whatever is asked in whatever order, while people are merged and parted: no coupon is used twice, no cap exceeded."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from interplay.acts import api as acts
from interplay.acts.contracts import Refused
from interplay.kernel.time import DAY, SECOND
from interplay.link.coupons import api
from tests.link.coupons.shop import OFF_20, Shop, basket, template
from tests.stores import DoorOnly, user
from tests.unify.people import People

PEOPLE = 4
TOTAL_MAX, CUSTOMER_MAX, BUDGET = 14, 6, 24_000
HOLD_SECONDS = 60
VALID_DAYS = 5
people = st.integers(0, PEOPLE - 1)
some = st.integers(0, 10**6)


class Coupons(RuleBasedStateMachine):
    """A model that knows of every coupon whose it is and where; the shop must agree, whatever happens."""

    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.shop = Shop(DoorOnly(Path(self.folder.name) / "data"))
        self.people = People(self.shop.door)
        self.subjects = [self.shop.somebody(number) for number in range(PEOPLE)]
        self.people.follow()
        self.shop.apply(
            template(
                "spring", transferable=True, claimable=True, valid_days=VALID_DAYS, total_max=TOTAL_MAX,
                per_customer_max=CUSTOMER_MAX, budget=BUDGET, terms=OFF_20 | {"per_basket_max": 2},
            )
        )  # fmt: skip
        self.is_one = False  # are the first two people one
        self.coupons = {}  # code → [state, owner, order, valid_until]
        self.orders = {}  # key → [state, codes, lines left, money left to pay back]
        self.had, self.total = [0] * PEOPLE, 0
        self.asked = []

    def teardown(self):
        if hasattr(self, "shop"):
            self.shop.door.close()
            self.folder.cleanup()

    def same(self, one, other):
        return one == other or (self.is_one and {one, other} == {0, 1})

    def has_room(self, who):
        return sum(count for other, count in enumerate(self.had) if self.same(who, other)) < CUSTOMER_MAX

    def once(self, ask):
        """Ask, and ask again: the second answer is the first."""
        key = f"s{len(self.asked)}"
        answer = ask(key)
        if not isinstance(answer, Refused):
            self.asked.append((ask, key, answer))
            again = ask(key)
            assert not again.is_new if hasattr(again, "is_new") else again == answer
        return answer, key

    def pick(self, which):
        return list(self.coupons)[which % len(self.coupons)]  # in the order in which they were given: codes are chance

    def spent(self):
        return sum(2000 * len(codes) for state, codes, *_ in self.orders.values() if state in ("held", "done"))

    @rule(who=people, is_claimed=st.booleans())
    def give(self, who, is_claimed):
        give = (lambda key: self.shop.claim(self.subjects[who], template="spring", key=key)) if is_claimed else (
            lambda key: self.shop.issue(self.subjects[who], key=key)
        )  # fmt: skip
        answer, _ = self.once(give)
        may = self.total < TOTAL_MAX and self.has_room(who)
        assert isinstance(answer, Refused) is not may, answer
        if may:
            self.had[who] += 1
            self.total += 1
            self.coupons[answer.code] = ["owned", who, answer.valid_until]

    @rule(which=some, who=people, to=people)
    @precondition(lambda self: self.coupons)
    def transfer(self, which, who, to):
        code = self.pick(which)
        state, owner, until = self.coupons[code]
        answer, _ = self.once(lambda key: self.shop.transfer(code, self.subjects[who], self.subjects[to], key=key))
        is_hers = self.same(who, to)
        may = state == "owned" and self.same(owner, who) and self.shop.clock() < until
        may = may and (is_hers or self.has_room(to))
        assert isinstance(answer, Refused) is not may, answer
        if may:
            self.coupons[code][1] = to
            self.had[to] += not is_hers

    @rule(which=some, other=some, who=st.one_of(st.none(), people), is_held=st.booleans())
    @precondition(lambda self: self.coupons)
    def redeem(self, which, other, who, is_held):
        codes = tuple(dict.fromkeys((self.pick(which), self.pick(other))))
        owners = [self.coupons[code][1] for code in codes]
        shopper = owners[0] if who is None else who
        subject = None if who is None else self.subjects[who]
        seconds = HOLD_SECONDS if is_held else None
        answer, key = self.once(
            lambda key: self.shop.redeem(
                *codes, wanted=basket(9000, 8000, quantity=2), subject=subject, key=key, hold_seconds=seconds
            )
        )
        may = (
            all(self.coupons[code][0] == "owned" for code in codes)
            and all(self.same(shopper, owner) for owner in owners)
            and all(self.shop.clock() < self.coupons[code][2] for code in codes)
            and self.spent() + self.worn() + 2000 * len(codes) <= BUDGET
        )
        assert isinstance(answer, Refused) is not may, answer
        if may:
            state = "held" if is_held else "done"
            for code in codes:
                self.coupons[code][0] = "held" if is_held else "used"
            left = {"l0": 2, "l1": 2}
            self.orders[key] = [state, codes, left, answer.quote.payable, self.shop.clock() + HOLD_SECONDS * SECOND, 0]

    def worn(self):
        """Return by how much what came back in part has lowered the cost, as a number below zero."""
        return -sum(order[5] for order in self.orders.values() if order[0] == "done")

    @rule(which=some, is_kept=st.booleans())
    @precondition(lambda self: self.orders)
    def settle(self, which, is_kept):
        key = list(self.orders)[which % len(self.orders)]
        order = self.orders[key]
        if order[0] != "held":
            return
        is_late = self.shop.clock() >= order[4]
        answer = self.shop.commit(key) if is_kept else self.shop.take_back(key)
        assert isinstance(answer, Refused) is (is_kept and is_late), answer
        order[0] = "done" if is_kept and not is_late else "gone"
        for code in order[1]:
            self.coupons[code][0] = "used" if order[0] == "done" else "owned"

    @rule(which=some, line=st.sampled_from(["l0", "l1", None]))
    @precondition(lambda self: self.orders)
    def take_back(self, which, line):
        key = list(self.orders)[which % len(self.orders)]
        order = self.orders[key]
        if order[0] not in ("done", "returned"):
            return
        lines = None if line is None else {line: 1}
        answer, _ = self.once(lambda back: self.shop.take_back(key, key=back, lines=lines))
        may = order[0] == "done" and (line is None or order[2][line] > 0)
        assert isinstance(answer, Refused) is not may, answer
        if not may:
            return
        order[3] -= answer.refund.money
        order[5] += sum(share.money for share in answer.refund.shares)
        order[2] = {name: 0 if line is None else left - (name == line) for name, left in order[2].items()}
        assert order[3] >= 0
        assert answer.is_whole is not any(order[2].values())
        if answer.is_whole:
            assert (order[3], order[5]) == (0, 2000 * len(order[1])), "the sums are the order's"
            order[0] = "returned"
            for code in order[1]:
                self.coupons[code][0] = "owned"

    @rule(which=some)
    @precondition(lambda self: self.coupons)
    def void(self, which):
        code = self.pick(which)
        answer, _ = self.once(lambda key: self.shop.void(code, key=key))
        assert isinstance(answer, Refused) is (self.coupons[code][0] != "owned"), answer
        if not isinstance(answer, Refused):
            self.coupons[code][0] = "void"

    @rule()
    def merge_or_part(self):
        (self.people.unmerge if self.is_one else self.people.merge)(user(0), user(1))
        self.is_one = not self.is_one

    @rule(days=st.sampled_from([0, 0, 1]))
    def wait(self, days):
        """Let time pass; whatever is held longer than it may is let go by its timer."""
        self.shop.clock.at += days * DAY + HOLD_SECONDS * SECOND
        for key, order in self.orders.items():
            if order[0] == "held":
                assert isinstance(self.shop.commit(key), Refused)
                order[0] = "gone"
                for code in order[1]:
                    self.coupons[code][0] = "owned"

    @rule(which=some)
    @precondition(lambda self: self.asked)
    def ask_again(self, which):
        ask, key, first = self.asked[which % len(self.asked)]
        again = ask(key)
        if hasattr(first, "refund"):
            assert again.refund == first.refund
        elif hasattr(first, "quote"):
            assert again.quote == first.quote
        else:
            assert again.unit == first.unit

    @invariant()
    def everything_adds_up(self):
        if not hasattr(self, "shop"):
            return
        assert acts.check(self.shop.door.database) == []
        sheet = api.sheet(self.shop.coupons)
        states = [one[0] for one in self.coupons.values()]
        for line in sheet.lines:
            assert line.given == line.held + line.owned + line.expired + line.used + line.void == len(states)
            found = (line.held, line.owned + line.expired, line.used, line.void)
            assert found == tuple(states.count(name) for name in ("held", "owned", "used", "void"))
        assert [one.cost for one in sheet.spent] == [self.spent() + self.worn()]


TestCoupons = Coupons.TestCase
TestCoupons.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip
