"""Draw 抽奖: a wheel, a nine-grid, a scratch card, a blind box. Chance decides, by exact whole weights.

Losing is an outcome like others. An outcome whose prize is gone gives way to the declared fallback, never to an error.
"""

from collections.abc import Iterator
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct

from interplay.acts.contracts import AMOUNT_MAX, Odds, OutcomeOdds, Pity, Refused, Tell
from interplay.interact.mechanics.contracts import Around, At, Mechanic, Mistake, Nothing, Plan, Planning, unknown
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import parse_instant

OUTCOMES_MAX = 100
PLAYED = "draw.played"


class Look(StrEnum):
    """How it looks; it is played alike."""

    WHEEL = "wheel"
    GRID = "grid"
    SCRATCH = "scratch"
    BOX = "box"


class OutcomeSettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing that a play may end with. Its chance is its weight over the sum of all weights."""

    weight: int
    prizes: tuple[str, ...] = ()
    from_play: int = 1  # not before this play of all plays
    opens: str | None = None  # not before this instant


class PitySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """After so many plays in a row that ended with the fallback, the next ends with this outcome."""

    after: int
    outcome: str


class DrawSettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part `draw`.

    `segments`: segment → weights of outcomes for who is in it; the first that she is in applies, and the rest stays.
    """

    outcomes: dict[str, OutcomeSettings]
    fallback: str
    segments: dict[str, dict[str, int]] = {}
    look: Look = Look.WHEEL
    pity: PitySettings | None = None


class DrawMechanic(Mechanic[DrawSettings, Nothing]):
    """Plays a draw of acts: committed to before the first play, verifiable after the last."""

    name = "draw"
    settings = DrawSettings
    draws = True

    def mistakes(self, settings: DrawSettings, around: Around) -> Iterator[Mistake]:
        outcomes = settings.outcomes
        if not 2 <= len(outcomes) <= OUTCOMES_MAX:
            yield ("outcomes",), AppError("mechanics.bounds", given=len(outcomes), least=2, most=OUTCOMES_MAX)
        yield from _of_weights(settings, around)
        if settings.fallback not in outcomes:
            yield ("fallback",), unknown(settings.fallback, outcomes)
        for name, one in outcomes.items():
            yield from _of_outcome(name, one, settings, around)
        if settings.pity is not None:
            if settings.pity.outcome not in outcomes:
                yield ("pity", "outcome"), unknown(settings.pity.outcome, outcomes)
            if settings.pity.after < 1:
                yield ("pity", "after"), AppError("mechanics.bounds", given=settings.pity.after, least=1, most=10**6)

    def odds(self, settings: DrawSettings, zone: ZoneInfo) -> Odds:
        return _odds(settings, zone)

    def play(self, at: At, settings: DrawSettings, move: Nothing) -> Plan | Refused:  # noqa: ARG002
        plan = Planning(at)
        draw_into(plan, at, settings)
        return plan.done()


def draw_into(plan: Planning, at: At, settings: DrawSettings) -> None:
    """Let chance decide in a plan: its next step is the draw, by the odds that were published."""
    segment = next((who for who in settings.segments if who in at.segments), "")
    tells = {
        name: Tell(
            PLAYED, at.subject, {**at.says, "draw_id": at.name, "prize_id": name, "is_win": bool(one.prizes)},
            {"play_no": (-1, "used")},
        )
        for name, one in settings.outcomes.items()
    }  # fmt: skip
    plan.draw(_odds(settings, at.zone), segment, tells)


def _odds(settings: DrawSettings, zone: ZoneInfo) -> Odds:
    total, pity = sum(one.weight for one in settings.outcomes.values()), settings.pity
    outcomes = tuple(
        OutcomeOdds(
            name, one.weight, total, one.prizes, one.from_play, one.opens, _opens_at(one, zone),
            {who: weights.get(name, one.weight) for who, weights in settings.segments.items()},
        )
        for name, one in settings.outcomes.items()
    )  # fmt: skip
    return Odds(outcomes, settings.fallback, None if pity is None else Pity(pity.after, pity.outcome))


def _opens_at(one: OutcomeSettings, zone: ZoneInfo) -> Micros:
    return Micros(0) if one.opens is None else parse_instant(one.opens, zone)


def _of_weights(settings: DrawSettings, around: Around) -> Iterator[Mistake]:
    """Every segment plays with the same sum, so that a weight is read as the same chance by everybody."""
    total = sum(one.weight for one in settings.outcomes.values())
    if not 0 < total <= AMOUNT_MAX:
        yield ("outcomes",), AppError("mechanics.weights", given=total, most=AMOUNT_MAX)
    for segment, weights in settings.segments.items():
        here = ("segments", segment)
        if segment not in around.segments:
            yield here, unknown(segment, around.segments)
        for name, weight in weights.items():
            if name not in settings.outcomes:
                yield (*here, name), unknown(name, settings.outcomes)
            elif not 0 <= weight <= AMOUNT_MAX:
                yield (*here, name), AppError("mechanics.bounds", given=weight, least=0, most=AMOUNT_MAX)
        theirs = sum(weights.get(name, one.weight) for name, one in settings.outcomes.items())
        if theirs != total:
            yield here, AppError("mechanics.segment_weights", segment=segment, given=theirs, allowed=total)


def _of_outcome(name: str, one: OutcomeSettings, settings: DrawSettings, around: Around) -> Iterator[Mistake]:
    here = ("outcomes", name)
    if one.weight < 0:
        yield (*here, "weight"), AppError("mechanics.bounds", given=one.weight, least=0, most=AMOUNT_MAX)
    for number, prize in enumerate(one.prizes):
        if prize not in around.prizes:
            yield (*here, "prizes", number), unknown(prize, around.prizes)
        elif name == settings.fallback and prize in around.stocked:
            yield (*here, "prizes", number), AppError("mechanics.fallback_stock", prize=prize)
    if one.from_play < 1:
        yield (*here, "from_play"), AppError("mechanics.bounds", given=one.from_play, least=1, most=10**9)
    if one.opens is not None:
        try:
            opens = parse_instant(one.opens, around.zone)
        except AppError as wrong:
            yield (*here, "opens"), wrong
        else:
            if not around.starts_at <= opens < around.ends_at:
                yield (*here, "opens"), AppError("mechanics.opens_outside", given=one.opens)
    if name == settings.fallback and (one.from_play > 1 or one.opens is not None):
        yield here, AppError("mechanics.fallback_waits", outcome=name)
