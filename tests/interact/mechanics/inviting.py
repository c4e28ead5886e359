"""A campaign in which customers invite: short ways to invite, accept, order, refund and let time pass."""

from interplay.acts.contracts import Refused
from interplay.bootstrap.door import fire_timers
from interplay.engine.timers.api import Fire
from interplay.kernel.time import DAY, HOUR
from tests.interact.campaigns.square import LABEL
from tests.stores import user

PART = "friends"
NAME = f"spring/{PART}"
PRIZES = {
    "welcome": {"label": LABEL, "points": {"unit": "points", "amount": 50}},
    "thanks": {"label": LABEL, "points": {"unit": "points", "amount": 100}},
    "more": {"label": LABEL, "points": {"unit": "points", "amount": 10}},
}
TERMS = {
    "friend": ["welcome"],
    "referrer": ["thanks"],
    "order": {"value_min": 3_000, "return_days": 7},
}


class Inviting:
    """Customers are numbered; orders are worth so many yuan."""

    def __init__(self, square, prizes=None, ends="2026-01-11", **terms):
        self.square = square
        square.started(ends=ends, prizes=PRIZES | (prizes or {}), parts={PART: {"referral": TERMS | terms}})

    def invite(self, number=1, **more):
        return self.square.play(number, part=PART, move={"invite": "wechat"}, **more)

    def code(self, number=1, **more):
        answer = self.invite(number, **more)
        assert not isinstance(answer, Refused), answer
        return answer.says["code"]

    def accept(self, number, code, **more):
        return self.square.play(number, part=PART, move={"code": code}, **more)

    def join(self, number, inviter, **more):
        return self.accept(number, self.code(inviter), **more)

    def order(self, number, order, value=50, **more):
        self.square.order(order, round(value * 100), user(number), **more)
        self.square.follow()

    def refund(self, order, value=None, *who, **more):
        self.square.refund(order, None if value is None else round(value * 100), *(who or (user(99),)), **more)
        self.square.follow()

    def fire(self):
        while self.square.write(fire_timers(self.square.home), Fire()):
            pass
        self.square.follow()

    def pass_days(self, days):
        self.square.clock.at += int(days * DAY)
        self.fire()

    def close(self):
        """Let the return window pass."""
        self.pass_days(7)
        self.square.clock.at += HOUR
        self.fire()

    def points(self, *numbers):
        return [self.square.available(user(number)) for number in numbers]

    def shows(self, number):
        (part,) = self.square.seen(number).parts
        return part.shows
