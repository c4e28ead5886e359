"""Taking back what has expired: whether it was written off by then makes no difference."""

import pytest

from interplay.acts import api as acts
from interplay.acts.contracts import Credit, Debit, Undo
from interplay.collect.ingest import api as ingest
from interplay.kernel.time import DAY


@pytest.mark.parametrize("is_written_off", [False, True])
@pytest.mark.parametrize("parts", [(100,), (50, 50), (20, 70, 10)])
def test_what_expired_is_taken_where_it_went_and_what_was_spent_from_the_rest(giving, is_written_off, parts):
    anna = giving.somebody()
    giving.do(Credit("points", anna, 100, expires_at=giving.clock() + DAY), key="earned")
    giving.do(Debit("points", anna, 30))
    giving.do(Credit("points", anna, 500))
    giving.clock.at += 2 * DAY
    if is_written_off:
        ask = acts.Expire("points", "points.expired")
        giving.door.write(acts.expire(giving.door.home.appender, ingest.told, giving.door.home.acts.wallet), ask)
    for part in parts:
        assert giving.do(Undo("earned", step=0, amount=part, from_balance=True)).effects[0].amount == part
    assert giving.available(anna) == 470, "the thirty that were spent"
    totals = acts.totals(giving.database, "points")
    assert totals["customers"] == 470
    assert totals["expired"] == 0 if is_written_off else "expired" not in totals


def test_what_paid_a_debt_at_its_expiry_has_not_expired(giving):
    anna = giving.somebody()
    giving.do(
        Credit("points", anna, 50, active_from=giving.clock() + DAY, expires_at=giving.clock() + 2 * DAY), key="a"
    )
    giving.do(Debit("points", anna, 20, may_owe=True))
    giving.clock.at += 3 * DAY
    expire = acts.expire(giving.door.home.appender, ingest.told, giving.door.home.acts.wallet)
    giving.door.write(expire, acts.Expire("points", "points.expired"))
    assert acts.totals(giving.database, "points")["expired"] == 30
    giving.do(Undo("a", step=0, may_owe=True))
    assert acts.totals(giving.database, "points")["expired"] == 0
    assert giving.available(anna) == -20
