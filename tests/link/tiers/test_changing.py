"""Tiers over time: up at once, down with grace, told once, the same by all cards of a person."""

import pytest

from interplay.bootstrap import loyalty
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from tests.stores import user

TIERS = [
    {"name": "silver", "label": {"zh": "银卡", "en": "Silver"}, "at": 100},
    {
        "name": "gold",
        "label": {"zh": "金卡", "en": "Gold"},
        "at": 500,
        "benefits": [{"zh": "双倍积分", "en": "Double"}],
    },
]
LADDER = {
    "kind": "tier", "name": "club", "label": {"zh": "会员", "en": "Club"}, "unit": "status", "tiers": TIERS,
    "window": {"days": 30}, "keeps": {"days": 60}, "grace_days": 10,
}  # fmt: skip
UNIT = {"kind": "points", "name": "status", "label": {"zh": "成长值", "en": "Status"}}
RULE = {"kind": "earning", "name": "growth", "unit": "status", "fact": "order.completed", "points": 1, "per": 100}


def tier(shop, who=None):
    shop.follow()
    (found,) = loyalty.wallet(shop, *(who or user(1))).tiers
    return found.tier


def told(shop):
    shop.follow()
    return [(one.get("tier_from"), one.get("tier"), one["reason"]) for one in shop.facts("tier.changed")]


def test_an_upgrade_holds_at_once_and_is_told_once(shop):
    shop.apply(UNIT, RULE, LADDER)
    shop.order(1, 9_900)
    assert tier(shop) is None
    shop.order(2, 100)
    assert tier(shop) == "silver"
    shop.order(3, 100)
    shop.order(4, 100_000)
    assert tier(shop) == "gold"
    assert told(shop) == [(None, "silver", "upgrade"), ("silver", "gold", "upgrade")]
    (standing,) = loyalty.wallet(shop, *user(1)).tiers
    assert (standing.amount, standing.next, standing.missing) == (1_101, None, 0)
    assert standing.benefits[0].en == "Double"
    assert standing.until == shop.clock.at + 70 * DAY


def test_a_downgrade_waits_for_the_end_and_its_grace_and_is_told_once(shop):
    shop.apply(UNIT, RULE, LADDER)
    shop.order(1, 60_000)
    assert tier(shop) == "gold"
    shop.clock.at += 65 * DAY
    shop.order(2, 15_000)
    shop.clock.at += 5 * DAY - 1
    loyalty.expire(shop)
    assert tier(shop) == "gold"
    shop.clock.at += 1
    assert tier(shop) == "silver", "the instant decides, not the timer"
    for _ in range(2):
        loyalty.expire(shop)
    assert told(shop) == [(None, "gold", "upgrade"), ("gold", "silver", "downgrade")]
    shop.clock.at += 70 * DAY
    loyalty.expire(shop)
    assert tier(shop) is None
    assert told(shop)[2:] == [("silver", None, "downgrade")]
    shop.order(3, 60_000)
    assert told(shop)[3:] == [(None, "gold", "upgrade")], "the same again is told again"


def test_who_still_reaches_her_tier_at_its_end_keeps_it_in_silence(shop):
    shop.apply(UNIT, RULE, LADDER)
    shop.order(1, 60_000)
    shop.follow()
    shop.clock.at += 69 * DAY
    shop.order(2, 60_000)
    shop.follow()
    shop.clock.at += 2 * DAY
    loyalty.expire(shop)
    assert len(told(shop)) == 1
    (standing,) = loyalty.wallet(shop, *user(1)).tiers
    assert (standing.tier, standing.until) == ("gold", shop.clock.at + 70 * DAY)


def test_what_is_spent_or_expired_had_been_given_and_what_is_refunded_had_not(shop):
    shop.apply(
        {**UNIT, "expires": {"days": 1}, "refunds": "negative"}, RULE, {**LADDER, "keeps": {"days": 1}, "grace_days": 0}
    )
    shop.order(1, 60_000)
    shop.follow()
    assert loyalty.spend(shop, loyalty.Asked(*user(1), "k"), "status", 400).is_new
    shop.clock.at += 2 * DAY
    loyalty.expire(shop)
    assert tier(shop) == "gold"
    shop.order(2, 60_000)
    shop.refund(2)
    shop.refund(1, 30_000)
    shop.follow()
    shop.clock.at += 2 * DAY
    loyalty.expire(shop)
    (standing,) = loyalty.wallet(shop, *user(1)).tiers
    assert standing.amount == 300


def test_two_cards_make_one_tier_and_an_unmerge_moves_nothing(shop):
    shop.apply(UNIT, RULE, LADDER)
    shop.order(1, 30_000, user(1))
    shop.order(2, 30_000, user(2))
    assert (tier(shop, user(1)), tier(shop, user(2))) == ("silver", "silver")
    shop.merge(user(1), user(2))
    assert tier(shop, user(1)) == tier(shop, user(2)) == "gold"
    shop.unmerge(user(1), user(2))
    assert (tier(shop, user(1)), tier(shop, user(2))) == ("silver", "silver")


def test_a_tier_multiplies_what_is_earned(shop):
    points = {"kind": "points", "name": "points", "label": {"zh": "积分", "en": "Points"}}
    rule = {
        "kind": "earning", "name": "purchases", "unit": "points", "fact": "order.completed", "points": 1, "per": 100,
        "multipliers": [{"times": "2", "tiers": ["gold"]}],
    }  # fmt: skip
    shop.apply(UNIT, RULE, LADDER, points, rule)
    shop.order(1, 60_000)
    shop.follow()
    shop.order(2, 1_000)
    assert shop.available() == 600 + 20


def test_visits_and_spend_are_units_too(shop):
    visit = {"kind": "earning", "name": "visits", "unit": "status", "fact": "store.checked_in", "fixed": 1}
    shop.apply(UNIT, visit, {**LADDER, "tiers": [{**TIERS[0], "at": 2}]})
    shop.tell("store.checked_in", user(1))
    assert tier(shop) is None
    shop.tell("store.checked_in", user(1))
    assert tier(shop) == "silver"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"unit": "statu"}, "status"),
        ({"tiers": [TIERS[1], TIERS[0]]}, "lowest first"),
        ({"tiers": []}, "1 to 20"),
        ({"tiers": [TIERS[0], {**TIERS[1], "name": "silver"}]}, "two tiers"),
        ({"window": {"days": 1, "years": 1}}, "one of the two"),
        ({"window": {"years": 0}}, "from 1"),
        ({"weekdays": [8]}, "from 1 to 7"),
        ({"grace_days": -1}, "from 0"),
    ],
)
def test_a_ladder_that_cannot_be_is_refused_with_its_place(shop, wrong, code):
    shop.apply(UNIT)
    with pytest.raises(AppError) as refused:
        shop.apply({**LADDER, **wrong})
    assert code in str(refused.value)
    assert "test.yaml" in str(refused.value)
