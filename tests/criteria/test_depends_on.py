"""What an answer depends on: the facts to read, and how far back."""

import pytest

from interplay.criteria.api import depends_on
from interplay.kernel.time import DAY
from tests.criteria.shop import ORDER, criterion, shop
from tests.criteria.strategies import NOW


def found(text):
    return depends_on(criterion(text), shop())


def test_nested_segments_and_computed_traits_are_included():
    every = found('not segment("outsiders") and profile.mean_spend > 1 and profile.age > 1 and points("gold") > 1')
    assert every.segments == {"outsiders", "staff"}
    assert every.traits == {"is_staff", "age"}
    assert every.computed == {"mean_spend"}
    assert every.facts == {ORDER}
    assert every.fields == {(ORDER, "value")}
    assert every.features == {("points", "gold")}


def test_fields_of_where_belong_to_the_counted_fact():
    every = found('count("order.completed", where=event.channel == "web") > 1 or sequence("cart.added", "door.opened")')
    assert every.fields == {(ORDER, "channel")}
    assert every.facts == {ORDER, "cart.added", "door.opened"}


@pytest.mark.parametrize(
    ("text", "earliest"),
    [
        ('count("order.completed", within="30d") > 1', NOW - 30 * DAY + 1),
        ('count("order.completed", within="30d") > 1 or count("cart.added", within="90d") > 1', NOW - 90 * DAY + 1),
        ('count("order.completed", between=("2025-01-01T00:00Z", "2026-01-01")) > 1', NOW - 365 * DAY),
        ('sequence("order.completed", "cart.added", within="7d")', NOW - 7 * DAY + 1),
        ('count("order.completed", within="30d") > count("order.completed")', None),
        ("profile.age > 1", NOW),
    ],
)
def test_the_earliest_instant_that_matters(text, earliest):
    assert found(text).earliest(NOW) == earliest
