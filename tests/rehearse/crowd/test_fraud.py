"""What abuse control catches and whom it troubles, measured on a simulated crowd. docs/guides/abuse.md states it."""

import pytest

from interplay.rehearse.crowd.api import FULL, SMALL, crowd
from interplay.rehearse.crowd.contracts import CHEATS, HONEST, Kind
from tests.interact.campaigns.square import Square
from tests.rehearse.crowd.fairground import GUARD, Seen, play

CAUGHT_MIN = {
    Kind.FARM: 0.90, Kind.WIDE_FARM: 0.75, Kind.PROXIED_FARM: 0.45, Kind.RING: 0.35, Kind.STUFFER: 0.80,
}  # fmt: skip
"""Share of plays that were refused or challenged. The first of a farm look like anybody."""
CHALLENGED_MAX, WAITING_MAX = 0.05, 0.03
"""Shares of honest people who ever solved a challenge, and of whom ever a prize waited."""


def troubled(found: dict[Kind, Seen]) -> tuple[float, float]:
    """Return which share of honest people was ever challenged, and for which a prize ever waited."""
    people = sum(len(found[kind].accounts) for kind in HONEST)
    challenged = sum(len(found[kind].challenged) for kind in HONEST)
    return challenged / people, sum(len(found[kind].waiting) for kind in HONEST) / people


def check(found: dict[Kind, Seen]) -> None:
    caught = {kind: found[kind].caught for kind in CAUGHT_MIN if kind in found}
    assert {kind: share for kind, share in caught.items() if share < CAUGHT_MIN[kind]} == {}
    challenged, waiting = troubled(found)
    assert challenged <= CHALLENGED_MAX
    assert waiting <= WAITING_MAX


def test_the_same_seed_tells_the_same_crowd_and_another_seed_another():
    assert crowd(1, SMALL) == crowd(1, SMALL)
    assert crowd(1, SMALL).visits != crowd(2, SMALL).visits


def test_a_crowd_has_everybody_and_farms_have_fifty_devices():
    one = crowd(1)
    kinds = {account.number: account.kind for account in one.accounts}
    assert set(kinds.values()) == {*HONEST, *CHEATS}
    for kind in (Kind.FARM, Kind.WIDE_FARM, Kind.PROXIED_FARM):
        assert len({visit.device for visit in one.visits if kinds[visit.account] is kind}) == 50
    assert [visit.seconds for visit in one.visits] == sorted(visit.seconds for visit in one.visits)


def test_farms_rings_and_stuffers_are_caught_and_families_offices_and_campuses_are_left_alone(tmp_path):
    with Square(tmp_path / "data") as square:
        check(play(square, crowd(1, SMALL), GUARD))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, 6))
def test_the_full_crowd(tmp_path, seed):
    with Square(tmp_path / "data") as square:
        found = play(square, crowd(seed, FULL), GUARD)
    check(found)
    for kind, seen in found.items():
        print(f"{kind.value:14}{seen.caught:8.1%}{seen.paid:8.1%}{seen.share(seen.challenged):8.1%}")
