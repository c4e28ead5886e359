"""The challenge: a proof of work by ALTCHA's protocol (https://altcha.org). It costs a person little, a farm its time.

It is for one customer in one campaign, until a moment that it says, and once.
"""

from base64 import b64decode
from collections.abc import Sequence
from urllib.parse import parse_qs

import msgspec
from altcha.v1 import ChallengeOptions, create_challenge, verify_solution

from interplay.acts.contracts import Count
from interplay.interact.abuse.contracts import Challenge, Guard, Refusal
from interplay.interact.abuse.looking import Watch
from interplay.kernel.ids import SubjectId
from interplay.kernel.time import MINUTE, SECOND, from_micros

LIFE = 10 * MINUTE
SOLUTION_CHARS_MAX = 2_000
NONCE_BYTES = 12


class Solution(msgspec.Struct, frozen=True):
    """What the widget sends, as base64 of JSON. `took` and the like are its own."""

    algorithm: str
    challenge: str
    number: int
    salt: str
    signature: str


def challenge(watch: Watch, guard: Guard, campaign: str, wallet: Sequence[SubjectId]) -> Challenge:
    """Return a new challenge for somebody who wants to play."""
    wanted = ChallengeOptions(
        max_number=guard.challenge_work_max,
        hmac_key=_key(watch),
        salt=watch.world.random_bytes(NONCE_BYTES).hex(),
        number=watch.world.rng.randrange(guard.challenge_work_max),
        expires=from_micros(watch.world.now() + LIFE),
        params={"for": _whom(watch, campaign, wallet)},
    )
    made = create_challenge(wanted)
    return Challenge(made.algorithm, made.challenge, made.max_number, made.salt, made.signature)


def solved(watch: Watch, campaign: str, wallet: Sequence[SubjectId], text: str) -> Count | None:
    """Return the step that uses a solution up, or None where it is none, too old, or somebody else's."""
    if not text or len(text) > SOLUTION_CHARS_MAX:
        return None
    try:
        given = msgspec.json.decode(b64decode(text, validate=True), type=Solution)
    except ValueError:
        return None
    is_right, _ = verify_solution(msgspec.to_builtins(given), _key(watch), check_expires=False)
    said = parse_qs(given.salt.partition("?")[2])
    expires = said.get("expires", ["0"])[0]
    if not is_right or said.get("for") != [_whom(watch, campaign, wallet)] or not expires.isdecimal():
        return None
    if int(expires) * SECOND <= watch.world.now():
        return None
    return Count(f"challenge:{given.signature[:32]}", cap=1, refusal=Refusal.SOLVED.value)


def _key(watch: Watch) -> bytes:
    return watch.keys.derived("altcha")


def _whom(watch: Watch, campaign: str, wallet: Sequence[SubjectId]) -> str:
    return watch.digest("challenge", f"{campaign}\0{min(wallet)}").hex()
