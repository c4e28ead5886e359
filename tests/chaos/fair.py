"""`python -m tests.chaos.fair PLAN SEED OPERATIONS OUT`: visitors of a fair who ask over HTTP for what all of them ask.

Every kind of play is there but the draw and the vote, which have stories of their own. As `playing`: what operation n
is follows from n alone, so that several processes ask for each, again and again; now and then two visitors are merged.
"""

import random
import sys
from pathlib import Path

import msgspec

from tests.chaos.shopping import OFFICE, Asking, Plan

PEOPLE, SHARERS, ENTRIES = 12, 3, 6
CAMPAIGN = "fair"
SHARES = 400
"""Keys of their own for the links that others come by."""


class FairPlan(Plan):
    """The codes that are on the packs."""

    codes: list[str]


class Visitors(Asking):
    """One process of visitors."""

    def operation(self, number: int) -> None:
        rng = random.Random(number)
        who, other = (f"u{rng.randrange(PEOPLE)}" for _ in range(2))
        if not rng.randrange(20):
            told = self.ask(f"/api/identities/{rng.choice(['merge', 'unmerge'])}", {
                "one": _named(who), "other": _named(other), "reason": "story",
            }, OFFICE, "")  # fmt: skip
            assert told.get("decision") or str(told.get("code")).startswith("identity."), told
            return
        if not rng.randrange(20):
            told = self.ask(f"/api/campaigns/{CAMPAIGN}/parts/stage/entries/moderate", {
                "entries": [rng.randrange(1, ENTRIES + 1)], "reason": "story",
                "decision": rng.choice(["shown", "shown", "shown", "hidden", "rejected"]),
            }, OFFICE, "")  # fmt: skip
            assert "entries" in told or str(told.get("code")).startswith("contest"), told
            return
        part = rng.choice(
            ("days", "quiz", "quiz", "poll", "packs", "packs", "links", "friends", "board", "stage", "stage")
        )
        move = self.move(part, number, rng)
        if move is not None:
            self.play(number, part, f"u{number % SHARERS}" if "claim" in move else who, move)

    def move(self, part: str, number: int, rng: random.Random) -> dict | None:
        """Return what a visitor brings; None where somebody's link is to be had no more."""
        match part:
            case "quiz":
                right = rng.choice(["x", "yes"])
                return {"answers": rng.choice([None, {"q0": [right], "q1": [right]}])}
            case "poll":
                answers = rng.choice([{"a": "no"}, {"a": "yes"}, {"a": "yes", "b": rng.randrange(11)}])
                return {"answers": answers, "complete": rng.random() < 0.5}
            case "packs":
                return {"code": code_of(self._plan, number)}
            case "links":
                code = self.link(part, {"share": "wechat"}, rng)
                return rng.choice([{"claim": 2}, code and {"code": code}])
            case "friends":
                code = self.link(part, {"invite": "wechat"}, rng)
                return code and {"code": code}
            case "stage":
                return rng.choice([{"enter": {"title": f"Brew {number}"}}, {"vote": [rng.randrange(1, ENTRIES + 1)]}])
            case "board":
                return {"score": rng.randrange(1, 100)}
        return {}

    def link(self, part: str, move: dict, rng: random.Random) -> str | None:
        """Return the code of somebody's link: asked for under a key of its own, it stays the same."""
        number = rng.randrange(SHARES)
        told = self.play(number, part, f"u{number % SHARERS}", move, prefix=part)
        return told and told["says"]["code"]

    def play(self, number: int, part: str, who: str, move: dict, *, prefix: str = "op") -> dict | None:
        body = {"customer": _named(who), "move": move}
        return self.once(number, f"/api/campaigns/{CAMPAIGN}/parts/{part}/plays", body, OFFICE, prefix=prefix)

    def other(self, body: dict) -> dict:
        return body | {"move": {"bet": 1}}


def code_of(plan: FairPlan, number: int) -> str:
    """Return the code that operation n scans, where it scans one."""
    return plan.codes[number % len(plan.codes)]


def _named(who: str) -> dict:
    return {"kind": "user_id", "value": who}


if __name__ == "__main__":
    said = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=FairPlan)
    Visitors(said, int(sys.argv[2]), Path(sys.argv[4])).run(int(sys.argv[3]))
