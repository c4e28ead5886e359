"""Draws in the writer: the next play's number, what chance picks, what can be given of it."""

from collections.abc import Callable

import msgspec

from interplay.acts import chance
from interplay.acts.chance import Play
from interplay.acts.contracts import Draw, Effect, RefusedError, Step
from interplay.acts.doing import Doing, marks
from interplay.acts.store import draws
from interplay.engine.secrets.subject_keys import NOBODY, SubjectKeys
from interplay.kernel.ids import Micros

FIND = "SELECT secret, plays, head FROM draw_campaigns WHERE campaign = ? AND revealed_at IS NULL"
COUNT = "UPDATE draw_campaigns SET plays = plays + 1, head = ? WHERE campaign = ? AND plays = ?"
LAST = "SELECT given, subject FROM draws WHERE campaign = ? AND subject IN ({}) ORDER BY play DESC LIMIT ?"

Do = Callable[[Doing, int, Step], Effect]


def draw(doing: Doing, place: int, step: Draw, keys: SubjectKeys, do: Do, *, is_dry: bool) -> Effect:
    """Play once. Raises RefusedError when there is no such draw, or not even the fallback can be given."""
    if doing.is_held:
        raise RefusedError("acts.not_held")
    found = doing.raw.execute(FIND, (step.campaign,)).fetchone()
    if found is None:
        raise RefusedError("acts.no_draw", campaign=step.campaign)
    sealed, plays, head = found
    secret = keys.open(NOBODY, sealed)
    assert secret is not None, "what is sealed for nobody can be opened"
    number = plays + 1
    hers = min(doing.wallet(step.subject))
    misses, others = _misses(doing, step)
    pseudonym = _pseudonym(keys, step, hers)
    weights = chance.weights(step, number, doing.now, misses)
    used = chance.preview_secret(secret) if is_dry else secret
    picked = chance.pick(weights, chance.roll(used, step.campaign, pseudonym, number, sum(weights)))
    given, inner = _give(doing, step, picked, do)
    names = tuple(one.name for one in step.outcomes)
    play = Play(
        number, pseudonym, names, weights, step.fallback, names[picked], names[given], b"",
        doing.now if any(one.opens_at for one in step.outcomes) else Micros(0),
        tuple(_pseudonym(keys, step, one) for one in sorted(others - {hers})), step.odds, step.segment,
    )  # fmt: skip
    play = msgspec.structs.replace(play, head=chance.chained(head, play))
    doing.raw.execute(COUNT, (play.head, step.campaign, plays))
    row = (step.campaign, number, doing.act, hers, play.given, msgspec.msgpack.encode(play))
    doing.raw.insert_many(draws, [row])
    return Effect(place, 1, used=number, former=given, inner=inner, name=play.given)


def _give(doing: Doing, step: Draw, picked: int, do: Do) -> tuple[int, tuple[Effect, ...]]:
    """Do what the outcome says, or what the fallback says where that cannot be done."""
    fallback = next(place for place, one in enumerate(step.outcomes) if one.name == step.fallback)
    mark = doing.mark()
    try:
        with doing.tally.kept(), doing.tx.part():
            return picked, _all(doing, step.outcomes[picked].steps, do)
    except RefusedError:
        doing.back_to(mark)
        if picked == fallback:
            raise
    return fallback, _all(doing, step.outcomes[fallback].steps, do)


def _all(doing: Doing, steps: tuple[Step, ...], do: Do) -> tuple[Effect, ...]:
    return tuple(do(doing, place, step) for place, step in enumerate(steps))


def _pseudonym(keys: SubjectKeys, step: Draw, subject: int) -> str:
    return keys.digest(f"draw:{step.campaign}", str(subject)).hex()


def _misses(doing: Doing, step: Draw) -> tuple[int, set[int]]:
    """Return how many of her last plays in a row ended with the fallback, and as which subjects she played them."""
    if step.pity_after is None:
        return 0, set()
    wallet = doing.wallet(step.subject)
    found = doing.raw.execute(LAST.format(marks(len(wallet))), (step.campaign, *wallet, step.pity_after)).fetchall()
    misses = next((place for place, (given, _) in enumerate(found) if given != step.fallback), len(found))
    return misses, {subject for _, subject in found}
