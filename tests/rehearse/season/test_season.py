"""A season is what it says: counted in the ledger, in facts and by the simulation; and its directory can be used."""

from datetime import UTC, datetime

import pytest

from interplay.acts import api as acts
from interplay.bootstrap import campaigns
from interplay.bootstrap.access import Access
from interplay.decide.experiments import api as experiments
from interplay.decide.experiments.contracts import AskEffects, Estimate, Verdict
from interplay.interact.campaigns.contracts import State
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, to_micros
from interplay.rehearse.brand.api import owner
from interplay.rehearse.season.api import season
from interplay.rehearse.season.counting import difference

UNTIL = to_micros(datetime(2026, 3, 1, 12, tzinfo=UTC))
PEOPLE = 120


def test_the_difference_of_shares_is_that_of_newcombes_paper():
    """Table II, method 10, of his 56/70 and 48/80."""
    found = difference((56, 70), (48, 80))
    assert (round(found.mean, 4), round(found.low, 4), round(found.high, 4)) == (0.2, 0.0524, 0.3339)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("season") / "caps"
    return folder, season(folder, owner(), seed=1, people=PEOPLE, until=UNTIL)


@pytest.mark.slow
def test_every_number_is_the_same_in_ledger_facts_and_simulation(played):
    _, told = played
    assert [claim for claim, is_so in told.claims.items() if not is_so] == []
    assert sum(one.published for one in told.chances) == pytest.approx(1)
    assert sum(one.picked for one in told.chances) == sum(one.given for one in told.chances) == told.codes.played
    assert 0 < told.recognized < told.customers
    five, eight = told.coupons
    assert five.given >= five.redeemed + five.expired > five.redeemed > five.partly_refunded
    assert eight.given == told.offered.people >= eight.redeemed > 0
    assert min(told.codes.copies_refused, told.codes.diverted, told.friends.given, told.cheats.stopped) > 0
    assert told.cheats.stopped / told.cheats.prizes > 0.5
    assert told.cheats.honest_challenged / told.cheats.honest < 0.05
    assert 0 < told.held_out.people < told.offered.people
    assert [one.rank for one in told.board] == [1, 2, 3]
    assert told.difference.low < told.difference.mean < told.difference.high


@pytest.mark.slow
def test_what_it_leaves_is_a_data_directory_like_any_other(played):
    folder, told = played
    with Access(folder) as access:
        database = access.home.database
        assert {one.name: one.state for one in campaigns.views(access)} == dict.fromkeys(
            ("caps", "thanks"), State.SETTLED
        )
        assert acts.check(database) == []
        assert acts.verify_draw(database, access.home.keys, "caps/cap").plays == told.codes.played


@pytest.mark.slow
def test_the_planted_effect_of_the_second_campaign_is_recovered(tmp_path_factory):
    """Of who is offered it half order, of the others a quarter: the interval has the difference and not 0."""
    folder = tmp_path_factory.mktemp("season") / "many"
    told = season(folder, owner(), seed=3, people=1_000, until=UNTIL)
    with Access(folder) as access:
        found = access.ask(experiments.ask, AskEffects("thanks", at=Micros(UNTIL + 7 * DAY)))
    (share,) = (one for one in found.metrics if one.metric == "share(order.completed)")
    assert {one.arm: one.customers for one in found.arms} == {
        "held_out": told.held_out.people, "offered": told.offered.people,
    }  # fmt: skip
    (compared,) = share.compared
    assert isinstance(compared.difference, Estimate)
    truth = told.offered.truth - told.held_out.truth
    assert 0 < compared.difference.low < truth < compared.difference.high
    assert compared.verdict is Verdict.MORE
    assert (found.mixed, found.contaminated.count) == (0, 0)
