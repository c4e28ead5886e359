"""A ladder whose tiers get other names: what was held of the old ones ends, and holds up nobody else."""

from interplay.bootstrap import loyalty
from interplay.kernel.time import DAY
from tests.link.tiers.test_changing import LADDER, RULE, TIERS, UNIT, tier, told
from tests.stores import user


def test_tiers_that_the_ladder_has_no_more_end_and_hold_up_no_other(shop):
    shop.apply(UNIT, RULE, LADDER)
    for number in range(loyalty.TIERS_AT_ONCE_MAX):
        shop.order(number, 10_000, user(number + 1))
    shop.follow()
    shop.apply({**LADDER, "tiers": [{**TIERS[0], "name": "bronze", "at": 1_000}, {**TIERS[1], "at": 5_000}]})
    shop.order("gold", 600_000, user(99))
    assert tier(shop, user(99)) == "gold"
    shop.clock.at += 100 * DAY
    assert loyalty.expire(shop) < 5
    assert told(shop)[-1] == ("gold", None, "downgrade")
    assert tier(shop, user(1)) is None
