"""Who gives an order back gives the tier back that it made."""

import pytest

from interplay.bootstrap import loyalty
from interplay.kernel.time import DAY
from tests.link.tiers.test_changing import LADDER, RULE, TIERS, UNIT, tier, told
from tests.stores import user

REFUNDED = {**UNIT, "refunds": "negative"}


def test_a_tier_that_was_reached_with_a_refunded_order_ends_with_the_refund(shop):
    shop.apply(REFUNDED, RULE, LADDER)
    shop.order(1, 20_000)
    shop.follow()
    shop.order(2, 60_000)
    assert tier(shop) == "gold"
    shop.refund(2, 20_000)
    assert tier(shop) == "gold", "what is left still makes it"
    shop.refund(2, 40_000)
    assert tier(shop) == "silver"
    assert told(shop)[-1] == ("gold", "silver", "downgrade")
    assert shop.facts("tier.changed")[-1]["expires_at"] == loyalty.wallet(shop, *user(1)).tiers[0].until
    shop.refund(1)
    assert tier(shop) is None
    assert told(shop)[-1] == ("silver", None, "downgrade")


def test_a_refund_after_the_window_of_the_order_still_takes_its_tier(shop):
    shop.apply(REFUNDED, RULE, LADDER)
    shop.order(1, 60_000)
    assert tier(shop) == "gold"
    shop.clock.at += 40 * DAY
    shop.refund(1)
    assert tier(shop) is None


def test_what_was_earned_since_keeps_a_tier_up(shop):
    shop.apply(REFUNDED, RULE, LADDER)
    shop.order(1, 60_000)
    assert tier(shop) == "gold"
    shop.clock.at += 40 * DAY
    shop.order(2, 60_000)
    shop.refund(1)
    assert tier(shop) == "gold"


@pytest.mark.parametrize("is_dearer", [True, False])
def test_other_thresholds_and_an_unmerge_take_no_tier_when_something_else_is_refunded(shop, is_dearer):
    shop.apply(REFUNDED, RULE, LADDER)
    shop.order(1, 30_000, user(1))
    shop.order(2, 25_000, user(2))
    shop.merge(user(1), user(2))
    shop.order(3, 1_000, user(1))
    assert tier(shop) == "gold"
    if is_dearer:
        shop.apply({**LADDER, "tiers": [TIERS[0], {**TIERS[1], "at": 5_000}]})
    else:
        shop.unmerge(user(1), user(2))
    shop.refund(3)
    assert tier(shop, user(1)) == "gold", "it was held before, and is"
