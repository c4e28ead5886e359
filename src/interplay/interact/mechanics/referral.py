"""Referral 邀请有礼: a friend accepts by a signed link, orders, and both are rewarded when the order has survived.

Who invited whom is a tree of links of acts, decided by the writer: one inviter for each friend, no circles. What both
get is promised when the order comes, and given when its return window closes.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from interplay.acts.contracts import Count, Join, Open, Refused
from interplay.criteria.contracts import Occurrence
from interplay.interact.mechanics import households, referral_orders, referral_terms
from interplay.interact.mechanics.contracts import Around, At, Mechanic, Mistake, Plan, Planning, no
from interplay.interact.mechanics.invitations import CODE, code_for, inviter_of
from interplay.interact.mechanics.referral_orders import BACK, group_of, kind_of
from interplay.interact.mechanics.referral_terms import NewSettings, ReferralSettings
from interplay.kernel.errors import AppError
from interplay.kernel.ids import SubjectId
from interplay.kernel.time import DAY, day_of, start_of

SENT, ACCEPTED = "referral.sent", "referral.accepted"
VIA_CHARS_MAX = 40


class ReferralMove(Struct, frozen=True, forbid_unknown_fields=True):
    """Invite (by which way), or accept by a code."""

    invite: str = ""
    code: str = ""


class ReferralMechanic(Mechanic[ReferralSettings, ReferralMove]):
    """Invites, accepts, and follows orders and refunds."""

    name = "referral"
    settings = ReferralSettings
    move = ReferralMove
    is_simulated = False

    def mistakes(self, settings: ReferralSettings, around: Around) -> Iterator[Mistake]:
        return referral_terms.mistakes(settings, around)

    def play(self, at: At, settings: ReferralSettings, move: ReferralMove) -> Plan | Refused:
        if bool(move.invite) is bool(move.code) or len(move.invite) > VIA_CHARS_MAX:
            raise AppError("mechanics.referral_move", allowed=VIA_CHARS_MAX)
        return _accept(at, settings, move.code) if move.code else _invite(at, settings, move.invite)

    def follows(self, settings: ReferralSettings) -> frozenset[str]:
        return frozenset({settings.order.fact})

    def hears(self, settings: ReferralSettings) -> frozenset[str]:  # noqa: ARG002
        return BACK

    def follow(self, at: At, settings: ReferralSettings, fact: Occurrence) -> Plan | None:
        return referral_orders.follow(at, settings, fact)

    def objection(self, at: At, settings: ReferralSettings, about: Mapping[str, Any]) -> str:
        return referral_orders.objection(at, settings, about)

    def show(self, at: At, settings: ReferralSettings) -> dict[str, Any]:
        group = group_of(at)
        shown = {} if group is None else _said(at, settings, group)
        return shown | {
            "friends": at.look.used(at.scope("friends"), whose=at.wallet),
            "is_invited": bool(at.look.links(kind_of(at.name), at.wallet)),
            "rewards": at.look.used(at.scope("rewards"), whose=at.wallet),
        }


def _invite(at: At, settings: ReferralSettings, via: str) -> Plan:
    plan, group = Planning(at), group_of(at)
    if group is None:
        first = min(at.wallet)
        group = str(first)
        plan.do(Open(kind_of(at.name), group, first))
    plan.do(Count(at.scope("invitations")), at.mine("invitations:customer"))
    households.note(plan, at, households.of_move(at, settings.household))
    plan.tell(SENT, {"share_via": via})
    plan.say(**_said(at, settings, group))
    return plan.done()


def _accept(at: At, settings: ReferralSettings, code: str) -> Plan | Refused:
    inviter = inviter_of(at.look.digest, at.name, code)
    if inviter is None:
        return no("referral.unknown_code")
    kind, theirs = kind_of(at.name), at.look.wallet(inviter)
    if inviter in at.wallet:
        return no("referral.self")
    if at.look.links(kind, at.wallet):
        return no("referral.accepted_before")
    if not _is_new(at, settings.new):
        return no("referral.not_new")
    marks = households.of_move(at, settings.household)
    if households.are_one(at, settings.household, marks, at.wallet, theirs):
        return no("referral.household")
    plan = Planning(at)
    plan.do(*_limits(at, settings, inviter), Join(kind, str(inviter), at.subject, is_only=True, loop="referral.loop"))
    plan.do(Count(at.scope("accepted")))
    households.note(plan, at, marks)
    plan.tell(ACCEPTED, {"depth": 1 + len(at.look.above(kind, theirs))})
    return plan.done()


def _limits(at: At, settings: ReferralSettings, inviter: SubjectId) -> Iterator[Count]:
    yield Count(at.scope("friends"), 1, settings.friends_max, subject=inviter, refusal="referral.friends_full")
    if (most := settings.friends_per_day_max) is not None:
        day = start_of(day_of(at.now, at.zone), at.zone)
        yield Count(at.scope("friends:day"), 1, most, day, inviter, "referral.friends_full_today")


def _is_new(at: At, settings: NewSettings) -> bool:
    if settings.segment and settings.segment not in at.segments:
        return False
    if settings.days_max is None:
        return True
    since = at.look.since(at.wallet)
    return since is not None and since > at.now - settings.days_max * DAY


def _said(at: At, settings: ReferralSettings, group: str) -> dict[str, Any]:
    code = code_for(at.look.digest, at.name, SubjectId(int(group)))
    return {"code": code} | ({"link": settings.link.replace(CODE, code)} if settings.link else {})
