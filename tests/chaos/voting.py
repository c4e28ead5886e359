"""`python -m tests.chaos.voting PLAN SEED OPERATIONS OUT`: voters who ask over HTTP for what all of them ask.

As `playing`: what operation n is follows from n alone, so that several processes send each ballot, again and again; now
and then two customers are merged or told apart, and many change their mind.
"""

import random
import sys
from pathlib import Path

import msgspec

from tests.chaos.shopping import OFFICE, Asking, Plan

PEOPLE = 10
CAMPAIGN = "spring"
CHOICES = ("latte", "mocha", "flat")


class Voters(Asking):
    """One process of voters."""

    def operation(self, number: int) -> None:
        rng = random.Random(number)
        who = {"kind": "user_id", "value": f"u{rng.randrange(PEOPLE)}"}
        if not rng.randrange(15):
            other = {"kind": "user_id", "value": f"u{rng.randrange(PEOPLE)}"}
            what = rng.choice(["merge", "unmerge"])
            self.ask(f"/api/identities/{what}", {"one": who, "other": other, "reason": "story"}, OFFICE, "")
            return
        part = rng.choice(("drink", "team"))
        choices = rng.sample(CHOICES, rng.choice((1, 2)) if part == "team" else 1)
        ballot = {"customer": who, "move": {"choices": choices}}
        self.once(number, f"/api/campaigns/{CAMPAIGN}/parts/{part}/plays", ballot, OFFICE)

    def other(self, body: dict) -> dict:
        return body | {"move": {"bet": 1}}


if __name__ == "__main__":
    said = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Plan)
    Voters(said, int(sys.argv[2]), Path(sys.argv[4])).run(int(sys.argv[3]))
