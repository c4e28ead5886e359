"""`python -m tests.chaos.playing PLAN SEED OPERATIONS OUT`: players who ask over HTTP for what all of them ask.

As `shopping`: what operation n is follows from n alone, so that eight processes ask for each, again and again; now and
then two customers are merged or told apart. What every key was answered is written down.
"""

import random
import sys
from pathlib import Path

import msgspec

from tests.chaos.shopping import OFFICE, TILL, Asking, Plan

PEOPLE = 12
CAMPAIGN = "spring"
STOCK, BUDGET, COST = 25, 40_000, 900
EACH_MAX = 60
PARTS = ("wheel", "box")


class Players(Asking):
    """One process of players."""

    def operation(self, number: int) -> None:
        rng = random.Random(number)
        who = {"kind": "user_id", "value": f"u{rng.randrange(PEOPLE)}"}
        path = f"campaigns/{CAMPAIGN}/parts/{rng.choice(PARTS)}/plays"
        match rng.randrange(24):
            case 0:
                other = {"kind": "user_id", "value": f"u{rng.randrange(PEOPLE)}"}
                what = rng.choice(["merge", "unmerge"])
                told = self.ask(f"/api/identities/{what}", {"one": who, "other": other, "reason": "story"}, OFFICE, "")
                assert told.get("decision") or str(told.get("code")).startswith("identity."), told
            case 1 | 2 | 3 | 4:
                played = self.once(number, f"/api/till/{path}", {"customer": who}, TILL)
                for won in (played or {}).get("won", ()):
                    if won["goods"] and rng.random() < 0.5:
                        self.once(number, "/api/till/prizes/collect", {"code": won["code"]}, TILL, prefix="collect")
            case _:
                self.once(number, f"/api/{path}", {"customer": who}, OFFICE)

    def other(self, body: dict) -> dict:
        return body | {"code": "X"} if "code" in body else body | {"move": {"bet": 1}}


if __name__ == "__main__":
    said = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Plan)
    Players(said, int(sys.argv[2]), Path(sys.argv[4])).run(int(sys.argv[3]))
