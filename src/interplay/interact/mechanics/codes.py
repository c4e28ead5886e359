"""Item codes 一物一码: the code on the pack is the ticket. Each gives its reward once, whoever comes first.

What is printed on a pack is promised to whoever buys it, so nobody is held out; whole batches may be. A code that gives
nothing any more, or whose batch is held out, is scanned all the same: the shopper is told, and a copy is noticed.
"""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from msgspec import Struct

from interplay.acts.contracts import Count, Odds, Refused
from interplay.decide.holdouts.contracts import WITHHELD, Arm
from interplay.interact.codes import api as codes
from interplay.interact.codes.contracts import Place, Reading, Refusal
from interplay.interact.mechanics.contracts import Around, At, Mechanic, Mistake, Plan, Planning, no, unknown
from interplay.interact.mechanics.draw import DrawMechanic, DrawSettings, draw_into
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import LANGS, say

BATCHES_MAX = 1_000
HELD_OUT = "code.held_out"

_draw = DrawMechanic()


class CodesSettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part `codes`: what a code of these batches gives. Always these prizes, or what chance decides."""

    batches: tuple[str, ...]
    prizes: tuple[str, ...] = ()
    draw: DrawSettings | None = None


class CodeMove(Struct, frozen=True, forbid_unknown_fields=True):
    """The code, as it was scanned or typed, and where."""

    code: str
    place: Place = Place()


class CodesMechanic(Mechanic[CodesSettings, CodeMove]):
    """Plays the reward of an item."""

    name = "codes"
    settings = CodesSettings
    move = CodeMove
    draws = True

    def mistakes(self, settings: CodesSettings, around: Around) -> Iterator[Mistake]:
        if not 1 <= len(settings.batches) <= BATCHES_MAX:
            yield ("batches",), AppError("mechanics.bounds", given=len(settings.batches), least=1, most=BATCHES_MAX)
        for number, batch in enumerate(settings.batches):
            if batch not in around.batches:
                yield ("batches", number), unknown(batch, around.batches)
        if bool(settings.prizes) is (settings.draw is not None):
            yield (), AppError("mechanics.codes_one_of")
        for number, prize in enumerate(settings.prizes):
            if prize not in around.prizes:
                yield ("prizes", number), unknown(prize, around.prizes)
        if settings.draw is not None:
            for place, mistake in _draw.mistakes(settings.draw, around):
                yield ("draw", *place), mistake

    def has_draw(self, settings: CodesSettings) -> bool:
        return settings.draw is not None

    def takes(self, settings: CodesSettings) -> frozenset[str]:
        """Two campaigns would both promise the one reward that a code has."""
        return frozenset(settings.batches)

    def odds(self, settings: CodesSettings, zone: ZoneInfo) -> Odds | None:
        return None if settings.draw is None else _draw.odds(settings.draw, zone)

    def play(self, at: At, settings: CodesSettings, move: CodeMove) -> Plan | Refused:
        item = at.look.item(move.code)
        if isinstance(item, Refused):
            return item
        if item.batch.name not in settings.batches:
            return no(Refusal.OTHER_BATCH)
        plan = Planning(at)
        is_first = _scan(plan, at, item, move.place)
        why = _why_nothing(at, item)
        plan.say(
            batch=item.batch.name, product=item.batch.product, item=item.item, is_first=is_first, why=why,
            text={lang: say(why, lang) for lang in LANGS} if why else None,
        )  # fmt: skip
        if why:
            plan.free()
        if why == HELD_OUT:
            plan.tell(WITHHELD, {"arm": Arm.HELD_OUT.value, "offered": at.part})
        elif not why:
            _reward(plan, at, item, settings)
        return plan.done()


def _scan(plan: Planning, at: At, item: Reading, place: Place) -> bool:
    """Count the scan and tell it; return whether it is the first, which the writer makes sure of."""
    is_first = not at.look.used(item.scope)
    count = plan.do(Count(item.scope, cap=1 if is_first else None, refusal=Refusal.MEANWHILE))
    told = codes.tell(item, at.subject, place, str(at.says.get("channel", "")), count)
    plan.tell(told.name, told.fields, told.filled)
    return is_first


def _why_nothing(at: At, item: Reading) -> str:
    """Return why a code gives nothing, or nothing."""
    if at.look.used(item.reward_scope):
        return Refusal.REWARDED.value
    return HELD_OUT if at.is_held_out(item.batch.name) else ""


def _reward(plan: Planning, at: At, item: Reading, settings: CodesSettings) -> None:
    plan.do(Count(item.reward_scope, cap=1, refusal=Refusal.REWARDED))
    for prize in settings.prizes:
        plan.give(prize)
    if settings.draw is not None:
        draw_into(plan, at, settings.draw)
