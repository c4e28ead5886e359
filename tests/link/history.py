"""A history of acts, points, coupons, tiers and draws, made of a seed alone: what is asked never follows an answer's
luck, so that two stores that answer alike are asked alike.
"""

import random

import msgspec

from interplay.acts import api as acts
from interplay.acts.contracts import (
    Act,
    Claim,
    Count,
    Credit,
    Debit,
    Draw,
    Hand,
    Issue,
    Join,
    Mint,
    Open,
    Outcome,
    Refused,
    Settle,
    Take,
    Undo,
    Use,
    Void,
)
from interplay.bootstrap import coupons as couponing
from interplay.bootstrap import loyalty
from interplay.bootstrap.door import fire_timers
from interplay.engine.timers.api import Fire
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY, MINUTE
from interplay.link.coupons import api as coupons
from tests.link.coupons.shop import OFF_20, basket, template
from tests.link.coupons.shop import Shop as CouponShop
from tests.link.tiers.test_changing import LADDER
from tests.stores import user

PEOPLE = 6
CAMPAIGN = "wheel"
CODES = [f"PRINTED{number:02}" for number in range(12)]
POINTS = {
    "kind": "points", "name": "points", "label": {"zh": "积分", "en": "Points"}, "worth": {"points": 10, "money": 100},
    "pending_days": 1, "expires": {"days": 9}, "notice_days": 3, "adjust_alone_max": 40,
}  # fmt: skip
STATUS = {"kind": "points", "name": "status", "label": {"zh": "成长值", "en": "Status"}}
DOCUMENTS = (
    POINTS, STATUS, LADDER | {"window": {"days": 6}, "keeps": {"days": 5}, "grace_days": 1},
    {"kind": "earning", "name": "buy", "unit": "points", "fact": "order.completed", "points": 3, "per": 1_000,
     "caps": {"customer": 700}, "multipliers": [{"times": "1.5", "tiers": ["gold"]}]},
    {"kind": "earning", "name": "grow", "unit": "status", "fact": "order.completed", "points": 1, "per": 100},
    {"kind": "promotion", "name": "sale", "label": {"zh": "九五折", "en": "5% off"}, "funder": "brand",
     "terms": {"benefit": {"percent": {"off_percent": "5"}}}},
    template(
        transferable=True, claimable=True, valid_days=6, total_max=60, per_customer_max=12, budget=90_000,
        terms=OFF_20 | {"per_basket_max": 2},
    ),
    template("printed", codes="imported"),
    template("all", codes="shared", code="HELLO", per_customer_max=3),
)  # fmt: skip


class History:
    """What happens in one shop, and everything that anybody was told."""

    def __init__(self, shop, seed):
        self.shop = shop
        self.coupons = CouponShop(shop)
        self.told = []
        self._rng = random.Random(seed)
        self._keys = self._numbers = 0
        self._is_paused = False
        self._asks, self._codes, self._orders, self._receipts, self._units = {}, [], [], [], []
        self._begin()

    def _begin(self):
        self.shop.apply(*DOCUMENTS)
        self._subjects = [self.coupons.somebody(number) for number in range(PEOPLE)]
        self.shop.follow()
        self.say("codes", lambda: coupons.import_codes(self.coupons.coupons, self.shop, "printed", CODES))
        self.shop.write(acts.open_draw(self.shop.keys), CAMPAIGN)
        self.do((Mint("cups", 25),))

    def play(self, steps):
        """Let so many things happen."""
        deeds = [
            *[self.order, self.redeem] * 3, *[self.claim, self.draw, self.raw, self.repeat, self.wait] * 2,
            self.refund, self.spend, self.adjust, self.issue, self.transfer, self.void, self.settle, self.take_back,
            self.undo, self.reverse, self.other_body, self.know, self.end, self.fire, self.pause,
        ]  # fmt: skip
        for _ in range(steps):
            deed = self._rng.choice(deeds)
            deed()
        self.shop.follow()

    def say(self, name, work):
        """Do something, and write down what was answered, a mistake too."""
        try:
            answer = work()
        except AppError as mistake:
            answer = [mistake.code, mistake.status, mistake.params]
        self.told.append((name, msgspec.json.encode(answer, enc_hook=repr, order="deterministic").decode()))
        return None if isinstance(answer, list | Refused) else answer

    def ask(self, name, work, *places):
        """Ask under a new key; `work(key, is_else)` asks the same again, or something else under the same key."""
        self._keys += 1
        key = f"k{self._keys}"
        self._asks[key] = (name, work)
        answer = self.say(name, lambda: work(key, False))
        for place in places if answer is not None else ():
            place.append((key, answer))
        return answer

    def who(self):
        return self._rng.randrange(PEOPLE)

    def one_of(self, some):
        return self._rng.choice(some) if some else ("nothing", None)

    def order(self):
        self._numbers += 1
        self.shop.order(self._rng.randrange(self._numbers + 1), self._rng.randrange(1, 40_000), user(self.who()))
        self.shop.follow()

    def refund(self):
        self.shop.refund(self._rng.randrange(self._numbers + 1), self._rng.randrange(1, 20_000), user(self.who()))
        self.shop.follow()

    def spend(self):
        who, amount, is_money = user(self.who()), self._rng.randrange(1, 90), self._rng.random() < 0.3

        def work(key, is_else):
            asked = loyalty.Asked(*who, key)
            return loyalty.spend(self.shop, asked, "points", amount + is_else, is_money=is_money)

        self.ask("spend", work, self._receipts)

    def adjust(self):
        who, amount = user(self.who()), self._rng.choice([-60, -9, 8, 70])
        approver = self._rng.choice(["li", "wang"])

        def work(key, is_else):
            asked = loyalty.Asked(*who, key)
            return loyalty.adjust(
                self.shop, asked, "points", amount + is_else, reason="sorry", asker="li", approver=approver
            )

        self.ask("adjust", work, self._receipts)

    def issue(self):
        who, given = self._subjects[self.who()], []
        self.ask("issue", lambda key, is_else: self.coupons.issue(who + is_else, key=key), given)
        self._codes += [one.code for _, one in given]

    def claim(self):
        who, given, code = self._subjects[self.who()], [], self._rng.choice([*CODES, "", "", "PRINTED99", "HELLO"])
        what = {"code": code} if code else {"template": self._rng.choice(["spring", "printed"])}
        self.ask("claim", lambda key, is_else: self.coupons.claim(who + is_else, key=key, **what), given)
        self._codes += [code or one.code for _, one in given]

    def code(self):
        return self._rng.choice([*self._codes, *self._codes, *CODES, "HELLO", "FORGED"])

    def transfer(self):
        code, giver, to = self.code(), self._subjects[self.who()], self._subjects[self.who()]
        self.ask("transfer", lambda key, is_else: self.coupons.transfer(code, giver, to + is_else, key=key))

    def void(self):
        code = self.code()
        self.ask("void", lambda key, is_else: self.coupons.void(code, key=key, reason=f"mistake {is_else}"))

    def redeem(self):
        rng = self._rng
        codes = tuple(dict.fromkeys(self.code() for _ in range(rng.randrange(3))))
        subject = rng.choice([None, self._subjects[self.who()]])
        wish = {
            "wanted": basket(*(rng.randrange(3_000, 9_999) for _ in range(rng.randrange(1, 4))), quantity=2),
            "subject": subject, "points": rng.choice([0, 0, 10, 40]) if subject else 0, "store": "s1",
        }  # fmt: skip
        seconds = rng.choice([None, None, 60])
        quoted = self.say("quote", lambda: self.coupons.quote(*codes, **wish, is_best=rng.random() < 0.3))
        fingerprint = quoted.quote.fingerprint if quoted is not None and rng.random() < 0.7 else None

        def work(key, is_else):
            return self.coupons.redeem(
                *codes, **wish, key=key, order=f"O{is_else}", fingerprint=fingerprint, hold_seconds=seconds
            )

        self.ask("redeem", work, self._orders)

    def settle(self):
        key, is_kept = self.one_of(self._orders)[0], self._rng.random() < 0.7
        commit = coupons.commit if is_kept else coupons.let_go
        self.say("settle", lambda: commit(self.coupons.coupons, self.shop, key, "s1"))

    def take_back(self):
        redemption = self.one_of(self._orders)[0]
        lines = self._rng.choice([None, {"l0": 1}, {"l0": 2, "l1": 1}])

        def work(key, is_else):
            wanted = {"l0": 9} if is_else else lines
            return self.coupons.take_back(redemption, key=key, lines=wanted)

        self.ask("take back", work)

    def draw(self):
        who = self._subjects[self.who()]
        outcomes = (
            Outcome("cup", 3, (Take("cups"), Count("cups", subject=who, cap=4))),
            Outcome("points", 3, (Credit("points", who, 10, expires_at=self.shop.clock() + 2 * DAY),)),
            Outcome("nothing", 4),
        )
        self.do((Draw(CAMPAIGN, who, outcomes, "nothing", pity_after=4, pity="points"),), subject=who)

    def raw(self):
        """Ask for an act of a few steps, some of them held."""
        rng, who, other = self._rng, self._subjects[self.who()], self._subjects[self.who()]
        unit = self.one_of(self._units)[1] or 10**6
        kinds = (
            Credit("stars", who, rng.randrange(1, 50), expires_at=self.shop.clock() + rng.randrange(1, 5) * DAY),
            Debit("stars", who, rng.randrange(1, 50), may_owe=rng.random() < 0.2),
            Debit("points", who, rng.randrange(1, 20)), Take("cups"), Count("all", rng.randrange(1, 4), 60),
            Count("each", subject=who, cap=9, window=self.shop.clock() // DAY * DAY), Issue("tickets", who),
            Claim("tickets", who), Use(unit, who), Hand(unit, who, other), Void(unit),
            Open("team", f"t{rng.randrange(4)}", who, members_max=3), Join("team", f"t{rng.randrange(4)}", who),
        )  # fmt: skip
        until = self.shop.clock() + 30 * MINUTE if rng.random() < 0.3 else None
        self.do(tuple(rng.sample(kinds, rng.randrange(1, 4))), subject=who, hold_until=until)

    def undo(self):
        key, _ = self.one_of(self._receipts)
        how = self._rng.choice([{}, {"step": 0}, {"step": 0, "amount": 3}, {"from_balance": True}, {"may_owe": True}])
        self.do((Undo(key, **how),))

    def reverse(self):
        key = self.one_of([*self._receipts, *self._orders])[0]
        if self._rng.random() < 0.5:
            settle = Settle(key, is_kept=self._rng.random() < 0.6)
            self.say("settle", lambda: acts.do(self.shop.home.acts, self.shop, settle))
        else:
            self.say("reverse", lambda: couponing.reverse(self.shop, key, "mistake", "li"))

    def do(self, steps, **more):
        def work(key, is_else):
            act = Act(key, "test", acts.body_of([key, is_else]), steps, gives=True, **more)
            return acts.do(self.shop.home.acts, self.shop, act)

        receipt = self.ask("do", work, self._receipts)
        if receipt is not None:
            self._units += [(receipt.key, one.unit) for one in receipt.effects if one.unit]

    def repeat(self, *, is_else=False):
        if self._asks:
            key = self._rng.choice(list(self._asks))
            name, work = self._asks[key]
            self.say(f"{name} again", lambda: work(key, is_else))

    def other_body(self):
        self.repeat(is_else=True)

    def know(self):
        """Say of two that they are one, or are not."""
        one, other = self._rng.sample(range(PEOPLE), 2)
        decide = self._rng.choice([self.shop.merge, self.shop.unmerge])
        self.say("people", lambda: decide(user(one), user(other)))

    def wait(self):
        self.shop.clock.at += self._rng.choice([MINUTE, 45 * MINUTE, DAY])

    def end(self):
        self.say("end", lambda: loyalty.expire(self.shop))

    def fire(self):
        self.say("fire", lambda: self.shop.write(fire_timers(self.shop.home), Fire()))

    def pause(self):
        """Stop all giving, seldom, and for a short while."""
        self._is_paused = not self._is_paused and self._rng.random() < 0.3
        self.say("pause", lambda: self.shop.write(acts.pause, self._is_paused))

    def erase(self, number):
        """Erase somebody; what was asked before is asked once more."""
        shop = self.shop
        self.say("erase", lambda: shop.erase(self._subjects[number]))
        for _ in range(20):
            self.repeat()

    def wallets(self):
        """Return what everybody has."""
        found = [loyalty.wallet(self.shop, *user(number)) for number in range(PEOPLE)]
        return msgspec.json.encode(found, enc_hook=repr, order="deterministic").decode()
