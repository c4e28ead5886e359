"""The odds of a draw as they are published before anybody plays, and what weights they come to at a play.

A play names its odds by their digest and is chained with it, so whoever kept the published odds can say whether the
weights of every play are those that were promised. What only the brand knows stays out: who is in a segment.
"""

from collections.abc import Mapping

from interplay.acts import chance
from interplay.acts.chance import Play
from interplay.acts.contracts import Draw, Odds, Outcome
from interplay.kernel.ids import SubjectId

NOBODY = SubjectId(0)


class Follower:
    """Follows the plays of a draw in their order and says of each with which weights it had to be played."""

    def __init__(self, known: Mapping[str, Odds | None]) -> None:
        self._known = known  # digest → odds; "": a draw whose weights nobody can know before, such as of votes
        self._is_pity = any(one is not None and one.pity is not None for one in known.values())
        self._ends: dict[str, list[tuple[int, str]]] = {}  # pseudonym → (play, given), the earliest first

    def wrong(self, play: Play) -> str:
        """Return what is wrong with the odds of the next play, or nothing."""
        why = self._wrong(play)
        if self._is_pity:
            self._ends.setdefault(play.pseudonym, []).append((play.play, play.given))
        return why

    def _wrong(self, play: Play) -> str:
        if play.odds not in self._known:
            return "its odds are none that were published"
        if (odds := self._known[play.odds]) is None:
            return ""
        if (play.names, play.fallback) != (tuple(one.outcome for one in odds.outcomes), odds.fallback):
            return "its outcomes are not those of its odds"
        wanted = chance.weights(_draw(odds, play.segment), play.play, play.at, self._misses(play, odds))
        return "" if wanted == play.weights else "its weights are not those of its odds"

    def _misses(self, play: Play, odds: Odds) -> int:
        """Return how many of her last plays in a row ended with the fallback, of all pseudonyms that she had."""
        if odds.pity is None:
            return 0
        hers = [end for one in (play.pseudonym, *play.others) for end in self._ends.get(one, ())[-odds.pity.after :]]
        latest = sorted(hers, reverse=True)[: odds.pity.after]
        return next((place for place, (_, given) in enumerate(latest) if given != odds.fallback), len(latest))


def _draw(odds: Odds, segment: str) -> Draw:
    """Return the draw that somebody in a segment plays, without what it gives."""
    outcomes = tuple(
        Outcome(one.outcome, one.segments.get(segment, one.weight), from_play=one.from_play, opens_at=one.opens_at)
        for one in odds.outcomes
    )
    after, outcome = (None, "") if odds.pity is None else (odds.pity.after, odds.pity.outcome)
    return Draw("", NOBODY, outcomes, odds.fallback, after, outcome)
