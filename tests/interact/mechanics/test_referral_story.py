"""Any story of invitations, orders, refunds, merges, pauses and retries ends as a small model says; points add up."""

from dataclasses import dataclass, field
from random import Random

import pytest

from interplay.acts import api as acts
from interplay.acts.contracts import Refused
from interplay.bootstrap.door import fire_timers
from interplay.engine.timers.api import Fire
from interplay.interact.campaigns.contracts import Change
from interplay.kernel.time import DAY, HOUR
from tests.interact.campaigns.square import Square, broken
from tests.interact.mechanics.inviting import Inviting
from tests.stores import user

PEOPLE = 12
STEPS = 100
LEAST = 3_000
WINDOW = 7 * DAY
PRIZES = {"friend": 50, "referrer": 100, "second": 10}


@dataclass
class Promise:
    link: tuple[int, int]  # friend, inviter
    who: int
    above: list[int]
    amount: int
    due: int
    order: str


@dataclass
class Model:
    """What there should be. Links are (friend, inviter), as they were accepted."""

    same: list[int] = field(default_factory=lambda: list(range(PEOPLE)))
    links: list[tuple[int, int]] = field(default_factory=list)
    told: list[tuple[str, str, int, int, int]] = field(default_factory=list)  # not yet followed
    ordered: set[int] = field(default_factory=set)
    values: dict[str, int] = field(default_factory=dict)
    refunded: dict[str, int] = field(default_factory=dict)
    promises: list[Promise] = field(default_factory=list)
    points: dict[int, int] = field(default_factory=dict)
    wait_until: dict[int, int] = field(default_factory=dict)

    def mates(self, one):
        return {other for other in range(PEOPLE) if self.same[other] == self.same[one]}

    def link_of(self, one):
        return next((link for link in self.links if link[0] in self.mates(one)), None)

    def above(self, one):
        found, seen = [], set(self.mates(one))
        while (link := self.link_of(one)) is not None and link[1] not in seen:
            one = link[1]
            found.append(one)
            seen |= self.mates(one)
        return found

    def everybody_above(self, one):
        """Return all who are above by any link: a merge may give somebody two inviters."""
        seen, waiting = set(), [one]
        while waiting:
            for other in self.mates(waiting.pop()) - seen:
                seen.add(other)
                waiting += [link[1] for link in self.links if link[0] == other]
        return seen

    def accept(self, friend, inviter):
        if inviter in self.mates(friend):
            return "referral.self"
        if self.link_of(friend) is not None:
            return "referral.accepted_before"
        if not self.mates(friend).isdisjoint(self.everybody_above(inviter)):
            return "referral.loop"
        self.links.append((friend, inviter))
        return ""

    def follow(self):
        for name, order, who, value, at in self.told:
            if name == "refund":
                self.refunded[order] = self.refunded.get(order, 0) + value
                if self.values.get(order, 0) - self.refunded[order] < LEAST:
                    self.promises = [one for one in self.promises if one.order != order]
            else:
                self.order(order, who, value, at)
        self.told = []

    def order(self, order, who, value, now):
        link = self.link_of(who)
        if link is None or value - self.refunded.get(order, 0) < LEAST or self.ordered & self.mates(who):
            return
        self.ordered.add(who)
        self.values[order] = value
        above = self.above(link[1])
        sides = [("friend", who, []), ("referrer", link[1], [])]
        sides += [("second", above[0], [above[0]])] if above else []
        self.promises += [
            Promise(link, one, others, PRIZES[side], now + WINDOW, order) for side, one, others in sides
        ]  # fmt: skip

    def keep(self, now, *, is_paused):
        """Give what is due; what waits to be followed, or a pause, makes it come again later."""
        for one in list(self.promises):
            due = max(one.due, self.wait_until.get(id(one), 0))
            if due > now:
                continue
            if any(name == "refund" for name, *_ in self.told):
                self.wait_until[id(one)] = now + 60_000_000
            elif self.objects(one):
                self.promises.remove(one)
            elif is_paused:
                self.wait_until[id(one)] = now + HOUR
            else:
                self.promises.remove(one)
                self.points[one.who] = self.points.get(one.who, 0) + one.amount

    def objects(self, promise):
        friend, inviter = promise.link
        mates, others = self.mates(friend), {one for other in promise.above for one in self.mates(other)}
        if mates & (self.mates(inviter) | others) or self.mates(inviter) & others:
            return True
        if self.link_of(friend) != promise.link:
            return True
        return bool(mates & {one for other in self.above(inviter) for one in self.mates(other)})

    def balance(self, one):
        return sum(self.points.get(other, 0) for other in self.mates(one))


class Story:
    """Does one thing after the other to a square and to the model."""

    def __init__(self, square, seed):
        self.random = Random(seed)
        self.square = square
        more = {name: {"label": {"zh": "礼", "en": "Gift"}, "points": {"unit": "points", "amount": amount}}
                for name, amount in PRIZES.items()}  # fmt: skip
        self.inviting = Inviting(square, more, "2028-01-01", **{name: [name] for name in PRIZES})
        for number in range(PEOPLE):
            square.player(number)
        self.model = Model()
        self.is_paused = False
        self.orders = []
        self.codes = {}
        self.keys = 0

    def step(self):
        if self.is_paused and self.random.random() < 0.4:
            self.pause()
            return
        names, weights = zip(*WEIGHTS.items(), strict=True)
        getattr(self, self.random.choices(names, weights)[0])()

    def accept(self):
        friend, inviter = (self.random.randrange(PEOPLE) for _ in range(2))
        if inviter not in self.codes:
            answer = self.inviting.invite(inviter)
            if isinstance(answer, Refused):
                assert answer.code in ("acts.paused", "campaign.paused"), answer
                return
            self.codes[inviter] = answer.says["code"]
        self.keys += 1
        key = f"story{self.keys}"
        answer = self.inviting.accept(friend, self.codes[inviter], key=key)
        if getattr(answer, "code", "") in ("acts.paused", "campaign.paused"):
            return
        assert getattr(answer, "code", "") == self.model.accept(friend, inviter)
        if not isinstance(answer, Refused) and self.random.random() < 0.3:
            assert not self.inviting.accept(friend, self.codes[inviter], key=key).is_new

    def order(self):
        who, value = self.random.randrange(PEOPLE), self.random.choice((1_000, 3_000, 5_000, 9_000))
        order = f"o{len(self.orders)}"
        self.orders.append(order)
        if self.random.random() < 0.2:
            self._refund(order)
        for _ in range(self.random.choice((1, 1, 2))):  # a sender that repeats itself
            self.square.order(order, value, user(who), key=f"key-{order}")
        self.model.told.append(("order", order, who, value, self.square.clock()))
        self._sometimes_follow()

    def refund(self):
        if self.orders:
            self._refund(self.random.choice(self.orders))
            self._sometimes_follow()

    def _refund(self, order):
        value = self.random.choice((500, 2_000, 9_000))
        self.square.refund(order, value, user(self.random.choice((0, 1, 99))))
        self.model.told.append(("refund", order, 0, value, self.square.clock()))

    def merge(self):
        one, other = (self.random.randrange(PEOPLE) for _ in range(2))
        self._follow()
        if self.model.same[one] != self.model.same[other]:
            self.square.merge(user(one), user(other))
            old, new = self.model.same[other], self.model.same[one]
            self.model.same = [new if same == old else same for same in self.model.same]

    def time(self):
        self._follow()  # an order is dated by when it is followed
        self.square.clock.at += self.random.choice((HOUR, DAY, 4 * DAY, 8 * DAY))
        if self.random.random() < 0.3 and self.orders:
            self._refund(self.random.choice(self.orders))
        self._fire()

    def pause(self):
        self._follow()
        self.is_paused = not self.is_paused
        self.square.write(acts.pause, self.is_paused)

    def stop_and_go(self):
        self._follow()
        self.square.change(Change.PAUSE)
        if self.orders:
            self._refund(self.random.choice(self.orders))
            self._follow()
        self.square.change(Change.RESUME)

    def _sometimes_follow(self):
        if self.random.random() < 0.7:
            self._follow()

    def _follow(self):
        self.square.follow()
        if not self.is_paused:
            self.model.follow()

    def _fire(self):
        self.square.write(fire_timers(self.square.home), Fire(1_000))
        self.model.keep(self.square.clock(), is_paused=self.is_paused)

    def end(self):
        if self.is_paused:
            self.pause()
        for _ in range(3):
            self._follow()
            self.square.clock.at += 8 * DAY
            self._fire()
        assert self.model.promises == []


WEIGHTS = {"accept": 30, "order": 30, "refund": 4, "merge": 4, "time": 8, "pause": 2, "stop_and_go": 2}


@pytest.mark.parametrize("seed", range(4))
def test_any_story_ends_as_the_model_says(tmp_path, seed):
    tell(tmp_path, seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 300))
def test_many_stories_end_as_the_model_says(tmp_path, seed):
    tell(tmp_path, seed)


def tell(folder, seed):
    with Square(folder / "data") as square:
        story = Story(square, seed)
        for _ in range(STEPS):
            story.step()
        story.end()
        found = [square.available(user(number)) for number in range(PEOPLE)]
        assert found == [story.model.balance(number) for number in range(PEOPLE)]
        assert broken(square) == []
