"""Chance that can be verified: the outcome of a play follows from a secret that was committed to before the first play.

    commitment   SHA-256 of the secret, published when the draw is opened; the secret itself when it is closed
    roll         HMAC-SHA256(secret, campaign, pseudonym, play, try) as 64 bits, drawn again above the last whole
                 multiple of the weights' sum, so that every weight is exact
    chain        SHA-256 over the head before and everything a play says; plays are numbered without a gap

Who has the secret and the plays can say of each what it had to be, and that none was left out.
"""

import hmac
from collections.abc import Iterable, Sequence
from hashlib import sha256

import msgspec
from msgspec import Struct

from interplay.acts.contracts import Draw

SECRET_BYTES = 32
START = bytes(32)  # the head before the first play


class Play(Struct, frozen=True, array_like=True):
    """One play as it is kept and shown: what could be, what chance picked, what was given."""

    play: int
    pseudonym: str
    names: tuple[str, ...]
    weights: tuple[int, ...]
    fallback: str
    picked: str
    given: str
    head: bytes


class Verified(Struct, frozen=True):
    """What came of verifying a draw: how many plays there are, and what is wrong with which."""

    plays: int
    wrong: tuple[tuple[int, str], ...] = ()


def commitment(secret: bytes) -> bytes:
    """Return what is published before the first play."""
    return sha256(secret).digest()


def preview_secret(secret: bytes) -> bytes:
    """Return the secret of previews: they must not tell what the next play will be."""
    return sha256(b"preview" + secret).digest()


def weights(draw: Draw, play: int, now: int, misses: int) -> tuple[int, ...]:
    """Return the weight of each outcome at this play. The sum is always the same, but for pity."""
    if draw.pity_after is not None and misses >= draw.pity_after:
        return tuple(int(one.name == draw.pity) for one in draw.outcomes)
    found = [one.weight if play >= one.from_play and now >= one.opens_at else 0 for one in draw.outcomes]
    rest = sum(one.weight for one in draw.outcomes) - sum(found)
    return tuple(
        weight + (rest if one.name == draw.fallback else 0) for weight, one in zip(found, draw.outcomes, strict=True)
    )


def roll(secret: bytes, campaign: str, pseudonym: str, play: int, total: int) -> int:
    """Return a number in [0, total), each as likely as any other."""
    limit = 2**64 // total * total
    tries = 0
    while True:
        said = msgspec.msgpack.encode((campaign, pseudonym, play, tries))
        number = int.from_bytes(hmac.digest(secret, said, "sha256")[:8], "big")
        if number < limit:
            return number % total
        tries += 1


def pick(weights_of: Sequence[int], rolled: int) -> int:
    """Return the place of the outcome that a roll falls on."""
    for place, weight in enumerate(weights_of):
        if rolled < weight:
            return place
        rolled -= weight
    raise ValueError("the roll is beyond the weights")


def chained(head: bytes, play: Play) -> bytes:
    """Return the head of the chain after a play, whose own `head` is not looked at."""
    said = (head, play.play, play.pseudonym, play.names, play.weights, play.fallback, play.picked, play.given)
    return sha256(msgspec.msgpack.encode(said)).digest()


def verify(campaign: str, secret: bytes, committed: bytes, plays: Iterable[Play]) -> Verified:
    """Say of every play whether it had to be so: what chance picked was given, or else the declared fallback."""
    wrong: list[tuple[int, str]] = []
    if commitment(secret) != committed:
        wrong.append((0, "the secret is not the one that was committed to"))
    head, count = START, 0
    for play in plays:
        count += 1
        if play.play != count:
            wrong.append((play.play, "a play is missing before it"))
            count = play.play
        rolled = roll(secret, campaign, play.pseudonym, play.play, sum(play.weights))
        if play.names[pick(play.weights, rolled)] != play.picked:
            wrong.append((play.play, "chance picked something else"))
        if play.given not in (play.picked, play.fallback):
            wrong.append((play.play, "something else was given"))
        if chained(head, play) != play.head:
            wrong.append((play.play, "the chain is broken"))
        head = play.head
    return Verified(count, tuple(wrong))
