"""`python -m tests.chaos.shopping PLAN SEED OPERATIONS OUT`: a till and an office that ask over HTTP for what all ask.

What operation n is follows from n alone, so that eight processes ask for each of them, at once and again and again,
now and then with another body; what is settled or taken back may be an operation that nobody has asked for yet.
Whoever is not answered asks again. What every key was answered is written down.
"""

import http.client
import json
import random
import sys
import time
from pathlib import Path

from msgspec import Struct

TILL, OFFICE = "till-1", "office"
PEOPLE = 12
POINTS_GIVEN = 3_000
POINTS = 100
SHARED = "HELLO"
STORE = "s1"
SPRING_MAX, SPRING_EACH_MAX, SHARED_MAX, BUDGET = 80, 12, 120, 350_000
BASKET = {
    "currency": "CNY",
    "lines": [
        {"line": "1", "product": "tea", "quantity": 1, "unit_price": 20_000},
        {"line": "2", "product": "cup", "quantity": 2, "unit_price": 7_500},
    ],
}
NEAR = 40
"""How far away the operation may be that another one settles or takes back."""
TRIES_MAX = 2_000
PAUSE_SECONDS = 0.05
ALONE = (429, 500, 502, 503)


class Plan(Struct):
    """Where to ask, and how many operations there are in all."""

    port: int
    till_key: str
    office_key: str
    operations: int


class Asking:
    """One process that asks."""

    OTHERWISE = ("acts.key_reused", "campaigns.move")

    def __init__(self, plan: Plan, seed: int, out: Path) -> None:
        self._plan = plan
        self._rng = random.Random(seed)
        self._connection = http.client.HTTPConnection("127.0.0.1", plan.port, timeout=60)
        self._found: dict[str, object] = {}
        self._out = out.open("w")

    def run(self, operations: int) -> None:
        for _ in range(operations):
            self.operation(self._rng.randrange(self._plan.operations))
        self._out.close()

    def operation(self, number: int) -> None:
        rng = random.Random(number)
        who = {"kind": "user_id", "value": f"u{rng.randrange(PEOPLE)}"}
        other = max(0, number + rng.randrange(-NEAR, NEAR // 4))
        match rng.randrange(12):
            case 0:
                self.issue(number, who)
            case 1:
                self.once(number, "/api/coupons/claim", {"customer": who, "template": "spring"}, OFFICE)
            case 2 | 3 | 4:
                points = rng.choice([0, POINTS])
                self.order(number, [SHARED], who, points, rng.choice([None, 1, 300]))
            case 5 | 6:
                given = self.issue(other, who)
                if given is not None:
                    self.order(number, [given["code"]], None, 0, rng.choice([None, 300]))
            case 7 | 8:
                settled = {"redemption": f"till:{TILL}/op{other}"}
                self.once(number, "/api/till/commit", settled, TILL, is_own=False)
            case 9 | 10:
                back = {"redemption": f"till:{TILL}/op{other}", "lines": rng.choice([None, {"2": 1}])}
                self.once(number, "/api/till/reverse", back, TILL, is_own=False)
            case _:
                where = f"/api/customers/user_id/{who['value']}/points/spend"
                self.once(number, where, {"unit": "points", "points": rng.randrange(1, 60)}, OFFICE)

    def issue(self, number: int, who: dict) -> dict | None:
        """Give a coupon under a key of its own, to whoever this number's is; return it."""
        who = {"kind": "user_id", "value": f"u{random.Random(number).randrange(PEOPLE)}"}
        body = {"template": "spring", "customers": [who]}
        return self.once(number, "/api/coupons/issue", body, OFFICE, prefix="give")

    def order(self, number: int, codes: list, who: dict | None, points: int, seconds: int | None) -> None:
        """Quote, then commit or hold as quoted; what did not apply is left, so that the body is always the same."""
        asked = {"basket": BASKET, "coupons": codes, "customer": who, "points": points}
        quoted = self.ask("/api/till/quote", asked, TILL, "")
        if quoted["coupons"] != codes or quoted["points"] != points:
            return
        order = asked | {"fingerprint": quoted["fingerprint"], "order": f"O{number}"}
        if seconds is None:
            self.once(number, "/api/till/commit", {"order": order}, TILL)
        else:
            self.once(number, "/api/till/hold", order | {"seconds": seconds}, TILL)

    def once(self, number: int, path: str, body: dict, by: str, *, prefix="op", is_own=True) -> dict | None:
        """Ask under the operation's key; whatever it is answered, it is answered again."""
        key = f"{prefix}{number}"
        if is_own and key in self._found and self._rng.random() < 0.1:
            told = self.ask(path, self.other(body), by, key)
            assert told.get("code") in self.OTHERWISE, (path, key, told)
        answer = self.ask(path, body, by, key)
        answer = answer[0]["coupon"] if isinstance(answer, list) else answer
        if answer.get("refused") or answer.get("status", 200) >= 400:
            assert key not in self._found or not is_own, (key, answer, self._found[key])
            return None
        said = {name: value for name, value in answer.items() if name not in ("is_new", "state", "refused")}
        if is_own or said.get("lines"):
            assert self._found.setdefault(key, said) == said, (key, self._found[key], said)
            self._out.write(json.dumps([by, key, said], sort_keys=True) + "\n")
        return answer

    def other(self, body: dict) -> dict:
        """Return another asking, under the same key a mistake."""
        return _other(body)

    def ask(self, path: str, body: dict, by: str, key: str) -> dict:
        """Return what is answered, a mistake too; while the server is away, ask again."""
        secret = self._plan.till_key if by == TILL else self._plan.office_key
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json", "Idempotency-Key": key}
        for _ in range(TRIES_MAX):
            try:
                self._connection.request("POST", path, json.dumps(body), headers)
                response = self._connection.getresponse()
                said = response.read()
                if response.status not in ALONE:
                    return json.loads(said)
            except (OSError, http.client.HTTPException):
                self._connection.close()
            time.sleep(PAUSE_SECONDS)
        raise AssertionError("nobody answered")


def _other(body: dict) -> dict:
    """Return another asking: another customer, another amount, another order."""
    if "order" in body and isinstance(body["order"], dict):
        return body | {"order": _other(body["order"])}
    if "fingerprint" in body:
        return body | {"order": "another"}
    if "customers" in body:
        return body | {"template": "spring2"}
    if "points" in body:
        return body | {"points": body["points"] + 1}
    return body | {"template": "spring2"}


if __name__ == "__main__":
    said = json.loads(Path(sys.argv[1]).read_text())
    Asking(Plan(**said), int(sys.argv[2]), Path(sys.argv[4])).run(int(sys.argv[3]))
