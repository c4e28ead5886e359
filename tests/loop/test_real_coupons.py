"""A year of a grocery chain: its campaigns' coupons are issued, and every redemption with evidence is replayed."""

import os
from collections import Counter, defaultdict
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from interplay.acts import api as acts
from interplay.acts.contracts import Refused
from interplay.engine.log.read import LogReader
from interplay.kernel.time import iso, to_micros
from interplay.link.coupons import api
from interplay.link.coupons.contracts import LIST_MAX, AskedBasket, Issue
from interplay.link.quotes.contracts import Line
from tests.link.coupons.shop import Shop, template
from tests.stores import Clock, DoorOnly, fact, user

DATA = Path(os.environ.get("INTERPLAY_DATA", ""))
END = datetime(2018, 6, 1, tzinfo=UTC)
OFF = 10
"""What a coupon takes off, in cents: the data do not say."""

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.soak,
    pytest.mark.timeout(3_600),
    pytest.mark.skipif(not DATA.name, reason="INTERPLAY_DATA does not name the folder with the data"),
]

REDEMPTIONS = """
WITH redemptions AS (
  SELECT row_number() OVER (ORDER BY redemption_date, household_id, coupon_upc, campaign_id) AS number, *
  FROM read_parquet('{0}/coupon_redemptions.parquet')
), baskets AS (
  SELECT number, arg_min(basket_id, (transaction_timestamp, basket_id)) AS basket
  FROM redemptions JOIN read_parquet('{0}/transactions.parquet') AS bought
    ON bought.household_id = redemptions.household_id
    AND CAST(transaction_timestamp AS DATE) = CAST(redemption_date AS DATE)
  JOIN read_parquet('{0}/coupons.parquet') AS eligible
    ON eligible.coupon_upc = redemptions.coupon_upc AND eligible.campaign_id = redemptions.campaign_id
    AND eligible.product_id = bought.product_id
  GROUP BY number
)
SELECT number, household_id, coupon_upc, campaign_id, redemption_date, basket
FROM redemptions LEFT JOIN baskets USING (number) ORDER BY number
"""


class Chain:
    """The chain's data, and the shop that lives through them."""

    def __init__(self, door):
        self.folder = DATA / "completejourney"
        self.data = duckdb.connect()
        self.shop = Shop(door)
        self.subjects = {}
        self.codes = defaultdict(list)  # (campaign, coupon, household) → codes that she has
        self.outcomes = Counter()

    def rows(self, query):
        return self.data.execute(query.format(self.folder)).fetchall()

    def table(self, name):
        return f"read_parquet('{self.folder}/{name}.parquet')"

    def prepare(self):
        """Apply a template for each coupon of each campaign, and hear of every household."""
        ends = self.rows(f"SELECT campaign_id, end_date FROM {self.table('campaign_descriptions')}")
        self.ends = {campaign: end + timedelta(days=1) for campaign, end in ends}
        coupons = self.rows(f"SELECT DISTINCT campaign_id, coupon_upc FROM {self.table('coupons')} ORDER BY 1, 2")
        self.coupons = defaultdict(list)
        for campaign, coupon in coupons:
            self.coupons[campaign].append(coupon)
        self.shop.apply(*(self.template(campaign, coupon) for campaign, coupon in coupons))
        for (household,) in self.rows(f"SELECT DISTINCT household_id FROM {self.table('campaigns')} ORDER BY 1"):
            self.subjects[household] = None
        stored = self.shop.door.store(*(fact("customer.identified", user(one)) for one in self.subjects))
        assert len(stored) == len(self.subjects) == 1_559
        with closing(LogReader(self.shop.door.database)) as reader:
            for household in self.subjects:
                self.subjects[household] = reader.subject_of(self.shop.door.keys.digest(*user(household)))

    def template(self, campaign, coupon):
        terms = {
            "benefit": {"amount": {"off_amount": OFF}}, "categories": {"only": [f"coupon {coupon}"]},
            "valid_until": iso(moment(self.ends[campaign])), "per_basket_max": 2,
        }  # fmt: skip
        return template(
            f"c{campaign}-{coupon}", terms=terms, campaign=f"campaign {campaign}", per_customer_max=2, claimable=True
        )

    def issue(self, campaign):
        households = self.rows(
            f"SELECT DISTINCT household_id FROM {self.table('campaigns')} WHERE campaign_id = {campaign} ORDER BY 1"
        )
        pairs = [(coupon, household) for coupon in self.coupons[campaign] for (household,) in households]
        for start in range(0, len(pairs), LIST_MAX):
            some = pairs[start : start + LIST_MAX]
            asks = [
                Issue(
                    key=f"{campaign}:{coupon}:{household}", template=f"c{campaign}-{coupon}",
                    subject=self.subjects[household],
                )
                for coupon, household in some
            ]  # fmt: skip
            answers = api.issue_all(self.shop.coupons, self.shop.door, asks)
            for (coupon, household), given in zip(some, answers, strict=True):
                self.codes[campaign, coupon, household].append(given.code)
        return len(pairs)

    def replay(self, basket, redemptions):
        """Redeem what came with one basket together, as the till did."""
        household = redemptions[0][1]
        codes = []
        for _, _, coupon, campaign, _, _ in redemptions:
            mine = self.codes[campaign, coupon, household]
            if not mine:  # the second of two: the limit allows it
                claimed = self.shop.claim(self.subjects[household], template=f"c{campaign}-{coupon}")
                assert claimed.is_new
                mine.append(claimed.code)
                self.outcomes["claimed"] += 1
            codes.append(mine.pop(0))
        store, bought = self.basket(basket, {coupon for _, _, coupon, *_ in redemptions})
        done = self.shop.redeem(
            *codes, wanted=bought, subject=self.subjects[household], key=f"basket {basket}", order=str(basket),
            store=str(store),
        )  # fmt: skip
        assert not isinstance(done, Refused), (done, redemptions)
        self.outcomes["redeemed"] += len(done.coupons)
        self.outcomes["cost"] += sum(one.cost for one in done.coupons)

    def basket(self, basket, coupons):
        lines = self.rows(
            "SELECT product_id, sales_value + retail_disc + coupon_disc + coupon_match_disc, store_id"
            f" FROM {self.table('transactions')} WHERE basket_id = {basket}"
        )
        eligible = defaultdict(list)
        named = ", ".join(map(str, coupons))
        for product, coupon in self.rows(
            f"SELECT DISTINCT product_id, coupon_upc FROM {self.table('coupons')} WHERE coupon_upc IN ({named})"
        ):
            eligible[product].append(f"coupon {coupon}")
        made = tuple(
            Line(str(n), str(product), 1, round(value * 100), categories=tuple(eligible[product]))
            for n, (product, value, _) in enumerate(lines)
        )
        return lines[0][2], AskedBasket("CNY", made)


def moment(at):
    return to_micros(at.replace(tzinfo=UTC))  # the data's clock has no zone


def test_every_coupons_life_adds_up(tmp_path):
    with DoorOnly(tmp_path / "data", clock=Clock(moment(datetime(2016, 11, 1, tzinfo=UTC)))) as door:
        chain = Chain(door)
        starts = chain.rows(f"SELECT start_date, campaign_id FROM {chain.table('campaign_descriptions')} ORDER BY 1, 2")
        chain.prepare()
        issued = 0
        redemptions = chain.rows(REDEMPTIONS)
        with_evidence = [one for one in redemptions if one[5] is not None]
        missing = [one for one in redemptions if one[5] is None]
        assert (len(redemptions), len(with_evidence), len(missing)) == (2_102, 1_594, 508)
        by_basket = defaultdict(list)
        for one in with_evidence:
            by_basket[one[5]].append(one)
        baskets = sorted(by_basket.items(), key=lambda one: (one[1][0][4], one[0]))
        for start, campaign in starts:
            baskets = play_until(chain, baskets, start)
            chain.shop.clock.at = moment(start)
            issued += chain.issue(campaign)
        assert play_until(chain, baskets, END.replace(tzinfo=None)) == []
        assert issued == 800_199
        assert chain.outcomes["redeemed"] == 1_594
        door.store(*(evidence_missing(one) for one in missing))
        chain.shop.clock.at = moment(END)
        check_sheet(chain, issued)


def play_until(chain, baskets, until):
    """Redeem every basket of before `until`; return those that are left."""
    for number, (basket, redemptions) in enumerate(baskets):
        at = redemptions[0][4]
        if at >= until:
            return baskets[number:]
        chain.shop.clock.at = moment(at + timedelta(hours=12))
        chain.replay(basket, redemptions)
    return []


def evidence_missing(redemption):
    """Return what the data say of a redemption that no basket shows: said, and without effect."""
    number, household, coupon, campaign, at, _ = redemption
    fields = {"coupon_id": str(coupon), "campaign_id": f"campaign {campaign}", "reason": "evidence missing"}
    return fact("coupon.redeemed", user(household), key=("redemption", number), at=moment(at), fields=fields)


def check_sheet(chain, issued):
    door, outcomes = chain.shop.door, chain.outcomes
    sheet = api.sheet(chain.shop.coupons)
    total = {
        name: sum(getattr(one, name) for one in sheet.lines)
        for name in ("given", "waiting", "held", "owned", "expired", "used", "void")
    }
    assert total == {
        "given": issued + outcomes["claimed"], "waiting": 0, "held": 0, "owned": 0, "void": 0, "used": 1_594,
        "expired": issued + outcomes["claimed"] - 1_594,
    }  # fmt: skip
    by_campaign = Counter()
    for one in sheet.spent:
        by_campaign[one.campaign] += one.cost
    assert sum(by_campaign.values()) == outcomes["cost"]
    told = chain.shop.told("coupon.redeemed")
    ours = [one for one in told if "template" in one]
    assert (len(ours), len(told)) == (1_594, 2_102)
    assert Counter(one["reason"] for one in told if "reason" in one) == {"evidence missing": 508}
    costs = Counter()
    for one in ours:
        assert one["store_id"]
        costs[one["campaign_id"]] += one["cost"]
    assert +costs == +by_campaign
    assert acts.check(door.database) == []
