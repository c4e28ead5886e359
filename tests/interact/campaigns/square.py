"""A market square with one campaign: short ways to start it, to play, and to look what came of it."""

from typing import Any

from interplay.acts import api as acts
from interplay.acts.contracts import Refused
from interplay.collect.facts.api import Declarations
from interplay.interact.campaigns import api
from interplay.interact.campaigns.contracts import Change, Play
from tests.link.points.shop import RULE, Shop
from tests.stores import fact, user

LABEL = {"zh": "春", "en": "Spring"}
WHEEL: dict[str, Any] = {
    "outcomes": {
        "cup": {"weight": 1, "prizes": ["cup"]},
        "points": {"weight": 3, "prizes": ["points"]},
        "nothing": {"weight": 6},
    },
    "fallback": "nothing",
}
SURE: dict[str, Any] = {
    "outcomes": {"cup": {"weight": 1, "prizes": ["cup"]}, "nothing": {"weight": 0}}, "fallback": "nothing",
}  # fmt: skip
"""A wheel that gives cups as long as there are some."""
PRIZES: dict[str, Any] = {
    "cup": {"label": LABEL, "goods": "P-cup", "stock": 2, "cost": 900, "funder": "brand"},
    "points": {"label": LABEL, "points": {"unit": "points", "amount": 10}},
}


def campaign(name="spring", **more):
    """Return a campaign's document: a wheel from today for ten days, unless a test says otherwise."""
    content = {
        "kind": "campaign", "name": name, "label": LABEL,
        "goal": {"text": LABEL, "metric": {"fact": "order.completed", "field": "value"}},
        "starts": "2026-01-01", "ends": "2026-01-11", "texts": {"title": LABEL, "rules": LABEL},
        "prizes": PRIZES, "parts": {"wheel": {"draw": WHEEL}},
    }  # fmt: skip
    return {key: value for key, value in {**content, **more}.items() if value is not None}


class Square(Shop):
    """Players are numbered; keys are made where a test does not say which."""

    def __init__(self, folder, clock=None, url="", random_bytes=None):
        super().__init__(folder, clock, url, random_bytes)
        self._keys = 0
        self.open(rule=RULE | {"enabled": False})

    @property
    def state(self):
        return self.home.campaigns

    def started(self, name="spring", **more):
        self.apply(campaign(name, **more))
        return api.start(self.state, self, name, "staff")

    def player(self, number=1):
        """Return the subject of a customer, who is told of first where she is new."""
        if self.subject(user(number)) is None:
            self.store(fact("customer.identified", user(number)))
            self.follow()
        return self.subject(user(number))

    def play(self, number=1, key=None, *, campaign="spring", part="wheel", move=None, **more):
        self._keys += 1
        ask = Play(
            key=key or f"k{self._keys}", campaign=campaign, part=part, subject=self.player(number), move=move or {},
            **more,
        )  # fmt: skip
        return api.play(self.state, self, ask)

    def change(self, what, name="spring"):
        if what is Change.SETTLE:
            return api.settle(self.state, self, name, "staff")
        return api.change(self.state, self, name, what, "staff")

    def seen(self, number=1, name="spring", channel="web", place=""):
        return api.seen(self.state, self, name, self.player(number), channel, place)

    def given(self, name="spring"):
        return {one.prize: (one.given, one.left) for one in api.prizes_of(self.state, name)}

    def named(self, name):
        """Return the fields of every fact of a name."""
        current = self._current()
        found = [(row, current.projector.payload(row)) for row in self.rows()]
        return [payload.fields for row, payload in found if payload is not None and row.name == name]

    def _current(self):
        return Declarations(self.database, self.home.settings.brand, self.keys).current()


class Between:
    """Does something else once, after a play was planned and before it is written."""

    def __init__(self, writing, meanwhile):
        self._writing = writing
        self._meanwhile = [meanwhile]

    def submit(self, command, ask, *priority):
        while self._meanwhile:
            self._meanwhile.pop()()
        return self._writing.submit(command, ask, *priority)


def why(answer):
    assert isinstance(answer, Refused), answer
    return answer.code


def broken(square):
    return acts.check(square.database)
