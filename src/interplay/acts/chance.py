"""Chance that can be verified: the outcome of a play follows from a secret that was committed to before the first play.

    commitment   SHA-256 of the secret, published when the draw is opened; the secret itself when it is closed
    roll         HMAC-SHA256(secret, campaign, pseudonym, play, try) as 64 bits, drawn again above the last whole
                 multiple of the weights' sum, so that every weight is exact
    chain        SHA-256 over the head before and everything a play says, as JSON; plays are numbered without a gap

Who has the secret and the plays can say of each what it had to be, and that none was left out.
"""

import hmac
from collections.abc import Sequence
from hashlib import sha256

import msgspec
from msgspec import Struct

from interplay.acts.contracts import Draw
from interplay.kernel.ids import Micros

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
    at: Micros = Micros(0)  # only where an outcome opens at an instant: nobody shall be found by it
    others: tuple[str, ...] = ()  # only with pity: further pseudonyms of hers, from before she was known as one
    odds: str = ""  # the digest of what was published of them
    segment: str = ""  # whose weights these are


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
    said = (
        head.hex(), play.play, play.pseudonym, play.names, play.weights, play.fallback, play.picked, play.given,
        play.at, play.others, play.odds, play.segment,
    )  # fmt: skip
    return sha256(msgspec.json.encode(said)).digest()


def is_chained(head: bytes, play: Play) -> bool:
    """Return whether a play's own head is the one that follows. Without odds, it may be of a former version."""
    if chained(head, play) == play.head:
        return True
    said = (head, play.play, play.pseudonym, play.names, play.weights, play.fallback, play.picked, play.given)
    says_no_more = (play.at, play.others, play.odds, play.segment) == (Micros(0), (), "", "")
    return says_no_more and sha256(msgspec.msgpack.encode(said)).digest() == play.head
