"""Eight processes play a campaign over HTTP while the server is killed and people are merged; in the middle it ends.

Nothing is given twice, no limit is passed, no play is missing from the chain, and every repeated key has one answer.
"""

from collections import Counter
from functools import partial

import pytest

from interplay.acts import api as acts
from interplay.bootstrap import campaigns as campaigning
from interplay.bootstrap.access import Access
from interplay.bootstrap.devices import add_device
from interplay.bootstrap.keys import make_key
from interplay.bootstrap.kinds import apply
from interplay.engine.log.append import Append
from interplay.engine.log.read import LogReader
from interplay.engine.secrets.api_keys import Scope
from interplay.interact.campaigns import prizes
from interplay.interact.campaigns.api import odds_of, played
from interplay.interact.campaigns.contracts import Change
from tests.chaos import fighting, playing, shopping
from tests.interact.campaigns.square import LABEL, campaign
from tests.link.points.shop import UNIT
from tests.postgresql import empty_url
from tests.serving import Site
from tests.stores import document, fact, user

PROCESSES = 8
OPERATIONS, OPERATIONS_OF_SOAK = 120, 20_000  # of each process
PLAYED, DRAWS = "campaigns.play", tuple(f"{playing.CAMPAIGN}/{part}" for part in playing.PARTS)
both = partial(pytest.mark.parametrize, "is_shared", [False, True], ids=["sqlite", "postgresql"])
WHEEL = {
    "fallback": "nothing", "pity": {"after": 6, "outcome": "ten"},
    "outcomes": {
        "cup": {"weight": 3, "prizes": ["cup"]}, "ten": {"weight": 3, "prizes": ["ten"]},
        "again": {"weight": 2, "prizes": ["again"]}, "nothing": {"weight": 4},
    },
}  # fmt: skip
DOCUMENTS = (
    {"kind": "store", "name": shopping.STORE, "label": LABEL},
    UNIT,
    campaign(
        playing.CAMPAIGN, starts="2020-01-01", ends="2100-01-01", budget=playing.BUDGET,
        limits={"per_customer_max": playing.EACH_MAX},
        prizes={
            "cup": {"label": LABEL, "goods": "P", "stock": playing.STOCK, "cost": playing.COST, "funder": "brand"},
            "ten": {"label": LABEL, "points": {"unit": "points", "amount": 10}},
            "again": {"label": LABEL, "chances": 2},
        },
        parts={"wheel": {"price": {"free": 10, "chances": 1}, "draw": WHEEL}, "box": {"draw": WHEEL}},
    ),
)  # fmt: skip


@pytest.mark.slow
def test_eight_players_and_kill_9(tmp_path):
    fight(tmp_path, OPERATIONS, is_shared=False)


@pytest.mark.soak
@both()
def test_many_plays_over_http(tmp_path, is_shared):
    fight(tmp_path, OPERATIONS_OF_SOAK, is_shared=is_shared)


def fight(tmp_path, operations, *, is_shared):
    site = Site(tmp_path / "data", empty_url() if is_shared else "", fighting.GENEROUS)
    outs = fighting.fight(
        site, "tests.chaos.playing", prepared(site, operations * 2), processes=PROCESSES, operations=operations,
        meanwhile=fighting.stopping(site, playing.CAMPAIGN, operations * PROCESSES // 4),
    )  # fmt: skip
    check(site, outs)
    site.cli("ledger", "check")


def prepared(site, operations):
    """Let everybody be known, open a till, start the campaign."""
    with Access(site.data) as access:
        apply(access, [document(one) for one in DOCUMENTS])
        people = [fact("customer.identified", user(n), key=n) for n in range(playing.PEOPLE)]
        access.write(access.append, Append(people))
        campaigning.start(access, playing.CAMPAIGN, "test")
        till_key = add_device(access, shopping.STORE, shopping.TILL)
        office_key = make_key(access, shopping.OFFICE, tuple(Scope))
    return shopping.Plan(site.port, till_key, office_key, operations)


def check(site, outs):
    """Compare what everybody was told with what the store says."""
    told = fighting.told(outs)
    with Access(site.data) as access:
        assert acts.check(access.home.database) == []
        receipts = list(_receipts(access))
        plays = [played(access.home.campaigns, one) for one in receipts if one.kind == PLAYED]
        assert 0 < len([key for _, key in told if key.startswith("op")]) <= len(plays)
        won = Counter(one.prize for play in plays for one in play.won)
        assert {"cup", "ten", "again"} <= set(won)
        _check_draws(access, plays)
        _check_prizes(access, won, plays)
        _check_facts(access, won, plays)
        stopped = access.home.campaigns.running(playing.CAMPAIGN).changed_at
        assert all(one.at <= stopped for one in receipts if one.kind == PLAYED)
        campaigning.change(access, playing.CAMPAIGN, Change.SETTLE, "test")
        assert all(acts.opened(access.home.database, access.home.keys, one).secret for one in DRAWS)


def _receipts(access):
    number = 0
    while (receipt := acts.receipt(access.home.acts, access.home.database, number := number + 1)) is not None:
        yield receipt


def _check_draws(access, plays):
    """Every receipt is a play of the chain, by the odds that were published, and every play has its receipt."""
    home = access.home
    found = [acts.verify_draw(home.database, home.keys, one, odds_of(home.campaigns, one)) for one in DRAWS]
    assert [one.wrong for one in found] == [(), ()]
    assert [one.plays for one in found] == [sum(play.part == part for play in plays) for part in playing.PARTS]


def _check_prizes(access, won, plays):
    """Stock, chances, points and money are where the receipts say, within their limits."""
    database = access.home.database
    stock = acts.stock(database, prizes.stock_pool(playing.CAMPAIGN, "cup"))
    assert won["cup"] == playing.STOCK - stock["available"] <= playing.STOCK
    units = [one.unit for play in plays for one in play.won if one.goods]
    assert len(set(units)) == len(units) == won["cup"]
    cost = acts.used(database, prizes.cost_scope(playing.CAMPAIGN))
    assert cost == won["cup"] * playing.COST + won["ten"] * 10 <= playing.BUDGET
    totals = acts.totals(database, prizes.chances_unit(playing.CAMPAIGN))
    assert sum(totals.values()) == 0
    assert -totals["issued"] == 2 * won["again"]
    assert totals["customers"] >= 0
    assert -acts.totals(database, "points")["issued"] == 10 * won["ten"]
    free = sum(acts.used(database, f"play:{DRAWS[0]}:free", 0, [subject]) for subject in range(1, playing.PEOPLE + 1))
    assert free + totals.get("spent", 0) == sum(play.part == "wheel" for play in plays)


def _check_facts(access, won, plays):
    reader = LogReader(access.home.database)
    names = ("draw.played", "prize.given")
    rows = Counter(row.name for row in reader.live_named(0, reader.last_position(), names, 10**6))
    reader.close()
    assert rows == {"draw.played": len(plays), "prize.given": sum(won.values())}
