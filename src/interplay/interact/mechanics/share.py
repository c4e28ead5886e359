"""Share 分享有礼: a signed link, visits by it counted once for each visitor, and a reward for so many of them.

Whoever has enough takes her reward when she likes: nothing is decided in a hurry while a link is hot. What counts is
people as they are known then, so two visitors who turned out to be one are one.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from interplay.acts.contracts import Count, Join, Open, Refused
from interplay.interact.mechanics import households
from interplay.interact.mechanics.contracts import Around, At, Mechanic, Mistake, Plan, Planning, no, unknown
from interplay.interact.mechanics.households import HouseholdSettings
from interplay.interact.mechanics.invitations import CODE, code_for, inviter_of
from interplay.kernel.errors import AppError
from interplay.kernel.ids import SubjectId
from interplay.kernel.time import day_of, start_of

SHARED, VISITED = "content.shared", "share.visited"
VIA_CHARS_MAX = 40
REWARDS_MAX = 20
VISITORS_MAX = 10**6
PEOPLE_SHOWN_MAX = 1_000


class Reward(Struct, frozen=True, forbid_unknown_fields=True):
    """What so many visitors earn, once."""

    visitors: int
    prizes: tuple[str, ...]


class ShareSettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part `share`: steps of rewards, and how many visitors count."""

    rewards: tuple[Reward, ...]
    content_id: str = ""
    visitors_max: int | None = None
    visitors_per_day_max: int | None = None
    household: HouseholdSettings = HouseholdSettings()
    link: str = ""  # `https://…{code}`


class ShareMove(Struct, frozen=True, forbid_unknown_fields=True):
    """Share (by which way), come by a code, or take the reward for so many visitors."""

    share: str = ""
    code: str = ""
    claim: int = 0


class ShareMechanic(Mechanic[ShareSettings, ShareMove]):
    """Each visitor counts for one who shared, the first by whose link she came."""

    name = "share"
    settings = ShareSettings
    move = ShareMove
    is_simulated = False

    def mistakes(self, settings: ShareSettings, around: Around) -> Iterator[Mistake]:
        if not 1 <= len(settings.rewards) <= REWARDS_MAX:
            yield ("rewards",), AppError("mechanics.bounds", given=len(settings.rewards), least=1, most=REWARDS_MAX)
        before = 0
        for number, reward in enumerate(settings.rewards):
            here = ("rewards", number)
            if not before < reward.visitors <= VISITORS_MAX:
                given = reward.visitors
                yield (
                    (*here, "visitors"),
                    AppError("mechanics.bounds", given=given, least=before + 1, most=VISITORS_MAX),
                )
            before = reward.visitors
            if not reward.prizes:
                yield (*here, "prizes"), AppError("mechanics.no_prizes")
            for place, prize in enumerate(reward.prizes):
                if prize not in around.prizes:
                    yield (*here, "prizes", place), unknown(prize, around.prizes)
        for word in ("visitors_max", "visitors_per_day_max"):
            if (given := getattr(settings, word)) is not None and not 1 <= given <= VISITORS_MAX:
                yield (word,), AppError("mechanics.bounds", given=given, least=1, most=VISITORS_MAX)
        if settings.household.fields:
            yield ("household", "fields"), AppError("mechanics.no_orders")
        if settings.link and settings.link.count(CODE) != 1:
            yield ("link",), AppError("mechanics.link", given=settings.link)

    def play(self, at: At, settings: ShareSettings, move: ShareMove) -> Plan | Refused:
        if sum((bool(move.share), bool(move.code), move.claim > 0)) != 1 or len(move.share) > VIA_CHARS_MAX:
            raise AppError("mechanics.share_move", allowed=VIA_CHARS_MAX)
        if move.share:
            return _share(at, settings, move.share)
        return _visit(at, settings, move.code) if move.code else _claim(at, settings, move.claim)

    def show(self, at: At, settings: ShareSettings) -> dict[str, Any]:
        group, visitors = _group(at), _visitors(at)
        return ({} if group is None else _said(at, settings, group)) | {
            "visitors": visitors,
            "rewards": [
                {
                    "visitors": one.visitors, "prizes": list(one.prizes), "is_earned": visitors >= one.visitors,
                    "is_taken": bool(at.look.used(at.scope(f"reward:{one.visitors}"), whose=at.wallet)),
                }
                for one in settings.rewards
            ],
        }  # fmt: skip


def kind_of(name: str) -> str:
    """Return the kind of a part's links."""
    return f"share:{name}"


def _share(at: At, settings: ShareSettings, via: str) -> Plan:
    plan, group = Planning(at), _group(at)
    if group is None:
        first = min(at.wallet)
        group = str(first)
        plan.do(Open(kind_of(at.name), group, first))
    plan.do(Count(at.scope("shares")))
    households.note(plan, at, households.of_move(at, settings.household))
    plan.tell(SHARED, {"share_via": via} | ({"content_id": settings.content_id} if settings.content_id else {}))
    plan.say(**_said(at, settings, group))
    return plan.done()


def _visit(at: At, settings: ShareSettings, code: str) -> Plan | Refused:
    sharer = inviter_of(at.look.digest, at.name, code)
    if sharer is None:
        return no("share.unknown_code")
    kind = kind_of(at.name)
    if sharer in at.wallet:
        return no("share.own")
    if at.look.links(kind, at.wallet):
        return no("share.visited_before")
    marks = households.of_move(at, settings.household)
    if households.are_one(at, settings.household, marks, at.wallet, at.look.wallet(sharer)):
        return no("share.own")
    plan = Planning(at)
    plan.do(Count(at.scope("visitors"), 1, settings.visitors_max, subject=sharer, refusal="share.visitors_full"))
    if (most := settings.visitors_per_day_max) is not None:
        day = start_of(day_of(at.now, at.zone), at.zone)
        plan.do(Count(at.scope("visitors:day"), 1, most, day, sharer, "share.visitors_full"))
    plan.do(Join(kind, str(sharer), at.subject, is_only=True), Count(at.scope("visits")))
    plan.tell(VISITED, {"content_id": settings.content_id} if settings.content_id else {})
    return plan.done()


def _claim(at: At, settings: ShareSettings, visitors: int) -> Plan | Refused:
    reward = next((one for one in settings.rewards if one.visitors == visitors), None)
    if reward is None:
        return no("share.no_reward", visitors=visitors)
    if at.look.used(at.scope(f"reward:{visitors}"), whose=at.wallet):
        return no("share.taken")
    found = at.look.used(at.scope("visitors"), whose=at.wallet)  # visits: never fewer than people, and one look
    if found >= visitors:
        found = at.look.brought(kind_of(at.name), at.wallet, visitors)
    if found < visitors:
        return no("share.too_few", visitors=found, needed=visitors)
    plan = Planning(at)
    plan.go_on()  # what she shared was the play, with its limits and its price
    plan.do(at.mine(f"reward:{visitors}", 1, refusal="share.taken"), Count(at.scope("rewarded")))
    for prize in reward.prizes:
        plan.give(prize)
    return plan.done()


def _visitors(at: At) -> int:
    """Return how many people came by her links; where they are many, how many visits counted."""
    visits = at.look.used(at.scope("visitors"), whose=at.wallet)
    return visits if visits > PEOPLE_SHOWN_MAX else at.look.brought(kind_of(at.name), at.wallet, visits)


def _group(at: At) -> str | None:
    found = at.look.opened(kind_of(at.name), [str(one) for one in at.wallet])
    return found[0] if found else None


def _said(at: At, settings: ShareSettings, group: str) -> dict[str, Any]:
    code = code_for(at.look.digest, at.name, SubjectId(int(group)))
    return {"code": code} | ({"link": settings.link.replace(CODE, code)} if settings.link else {})
