"""Verifying a draw: had every play to be so, by the odds that were published, and is none missing?"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from interplay.acts import chance
from interplay.acts.chance import START, Play
from interplay.acts.contracts import Odds
from interplay.acts.odds import Follower


class Verified(Struct, frozen=True):
    """What came of verifying a draw: how many plays there are, and what is wrong with which."""

    plays: int
    wrong: tuple[tuple[int, str], ...] = ()


def verify(
    campaign: str, secret: bytes, committed: bytes, plays: Iterable[Play], odds: Mapping[str, Odds | None] | None = None
) -> Verified:
    """Say of every play whether it had to be so: what chance picked was given, or else the declared fallback.

    Without `odds`, by their digest, the weights are taken as the plays say them.
    """
    wrong: list[tuple[int, str]] = []
    if chance.commitment(secret) != committed:
        wrong.append((0, "the secret is not the one that was committed to"))
    head, count, follower = START, 0, None if odds is None else Follower(odds)
    for play in plays:
        count += 1
        if play.play != count:
            wrong.append((play.play, "a play is missing before it"))
            count = play.play
        if follower is not None and (why := follower.wrong(play)):
            wrong.append((play.play, why))
        rolled = chance.roll(secret, campaign, play.pseudonym, play.play, sum(play.weights))
        if play.names[chance.pick(play.weights, rolled)] != play.picked:
            wrong.append((play.play, "chance picked something else"))
        if play.given not in (play.picked, play.fallback):
            wrong.append((play.play, "something else was given"))
        if not chance.is_chained(head, play):
            wrong.append((play.play, "the chain is broken"))
        head = play.head
    return Verified(count, tuple(wrong))
