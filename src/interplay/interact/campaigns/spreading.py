"""How far a referral spreads: who plays, invites, accepts, orders and is rewarded; the K factor, by depth. 裂变系数。

K = i × c: invitations sent by each player, times the share of invitations that was accepted (the viral coefficient of
D. Skok, "Lessons Learned – Viral Marketing", 2009). Above 1 each generation is larger than the one before. Where one
link goes to a group of people, more may accept than were counted as invited; then c is above 1, and K is right all the
same, since it comes to accepted ÷ players.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct

from interplay.acts import api as acts
from interplay.interact.campaigns import promising
from interplay.interact.campaigns.playing import part_of
from interplay.interact.campaigns.standing import Campaigns
from interplay.kernel.errors import AppError
from interplay.kernel.ids import CustomerId, SubjectId
from interplay.unify.identity.api import customers_by_subject

REFERRAL = "referral"
LEVELS_MAX = 100


class Level(Struct, frozen=True):
    """Players so many steps below who came by themselves, and how many friends they brought."""

    depth: int
    players: int
    friends: int


class Spread(Struct, frozen=True):
    """How a referral part spreads. Rates are None while there is nothing to divide by."""

    campaign: str
    part: str
    players: int
    invitations: int
    accepted: int
    ordered: int
    rewards_pending: int
    rewards_given: int
    invitations_per_player: float | None
    conversion: float | None
    k: float | None
    levels: tuple[Level, ...] = ()


def spread(state: Campaigns, campaign: str, name: str) -> Spread:
    """Return how a referral part spreads. Raises AppError `campaigns.unknown`, `campaigns.part` (404)."""
    content = state.running(campaign).snapshot.content
    _, mechanic = part_of(state.running(campaign).snapshot, name)
    if mechanic.name != REFERRAL:
        allowed = ", ".join(one for one, part in content.parts.items() if getattr(part, REFERRAL) is not None)
        raise AppError("campaigns.part", status=404, given=name, allowed=allowed or "—")
    full, scope = f"{campaign}/{name}", f"play:{campaign}/{name}"
    counted = acts.used_of(state.database, [f"{scope}:{one}" for one in ("invitations", "ordered", "rewarded")])
    inviters = inviters_of(state, full)
    kind, known = f"{REFERRAL}:{full}", customers_by_subject(state.database)
    owners = (_customer(known, one) for one in acts.owners(state.database, kind))
    players = {*owners, *inviters}
    invitations, accepted = counted.get(f"{scope}:invitations", 0), len(inviters)
    pending = promising.pending(state, full)
    return Spread(
        campaign, name, len(players), invitations, accepted, counted.get(f"{scope}:ordered", 0), pending,
        counted.get(f"{scope}:rewarded", 0) - pending, _rate(invitations, len(players)),
        _rate(accepted, invitations), _rate(accepted, len(players)), tuple(_levels(players, inviters)),
    )  # fmt: skip


def inviters_of(state: Campaigns, name: str) -> dict[CustomerId, CustomerId]:
    """Return who invited whom in a part, by friend; of somebody who was invited twice before a merge, the first."""
    known = customers_by_subject(state.database)
    found: dict[CustomerId, CustomerId] = {}
    for link in acts.every_link(state.database, f"{REFERRAL}:{name}"):
        friend, inviter = _customer(known, link.subject), _customer(known, SubjectId(int(link.group)))
        if friend != inviter:
            found.setdefault(friend, inviter)
    return found


def _levels(players: Iterable[CustomerId], inviters: Mapping[CustomerId, CustomerId]) -> Iterable[Level]:
    depths: dict[CustomerId, int] = {}
    for player in players:
        _find_depth(player, inviters, depths)
    counts = Counter(depths[player] for player in players)
    friends = Counter(depths[inviter] for inviter in inviters.values())
    return (Level(depth, counts[depth], friends[depth]) for depth in sorted(counts)[:LEVELS_MAX])


def _find_depth(player: CustomerId, inviters: Mapping[CustomerId, CustomerId], depths: dict[CustomerId, int]) -> None:
    """Note how deep a player stands, and all above her. A circle that a merge has closed begins where it is met."""
    way: list[CustomerId] = []
    on_way = set[CustomerId]()
    while player not in depths and player in inviters and player not in on_way:
        way.append(player)
        on_way.add(player)
        player = inviters[player]
    depth = depths.setdefault(player, 0) if player not in on_way else -1
    for one in reversed(way):
        depth += 1
        depths[one] = depth


def _customer(known: Mapping[SubjectId, CustomerId], subject: SubjectId) -> CustomerId:
    return known.get(subject, CustomerId(subject))


def _rate(part: int, of: int) -> float | None:
    return part / of if of else None
