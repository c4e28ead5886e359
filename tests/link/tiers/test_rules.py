"""Tiers are selected by a table with its edges; windows and ends by the calendar of the brand."""

from zoneinfo import ZoneInfo

import pytest

from interplay.kernel.time import parse_instant
from interplay.link.tiers import rules
from interplay.link.tiers.contracts import Label, LadderDocument, Rung, Span

ZONE = ZoneInfo("Asia/Shanghai")
TABLE = {
    "member": 0,
    "bronze": 100,
    "silver": 500,
    "gold": 1_000,
    "platinum": 5_000,
    "diamond": 10_000,
    "black": 99_999,
}
ANY = Label("会员", "Member")
LADDER = LadderDocument(ANY, "status", tuple(Rung(name, ANY, at) for name, at in TABLE.items()))


@pytest.mark.parametrize(
    ("amount", "tier"),
    [(-1, None), (0, "member"), (99, "member"), *((at, name) for name, at in TABLE.items()),
     *((at - 1, before) for before, at in zip(TABLE, list(TABLE.values())[1:], strict=False)), (10**12, "black")],
)  # fmt: skip
def test_an_amount_makes_the_highest_tier_that_it_reaches(amount, tier):
    place = rules.rank_of(LADDER, amount)
    assert (None if place == rules.NONE else LADDER.tiers[place].name) == tier


@pytest.mark.parametrize(
    ("window", "now", "since"),
    [
        (None, "2026-03-05T12:00", "1970-01-01T08:00"),
        (Span(days=30), "2026-03-05T12:00", "2026-02-03T12:00"),
        (Span(years=1), "2026-03-05T12:00", "2026-01-01"),
        (Span(years=2), "2026-03-05T12:00", "2025-01-01"),
        (Span(years=1), "2025-12-31T23:59:59", "2025-01-01"),
    ],
)
def test_a_window_is_rolling_or_of_the_calendar(window, now, since):
    assert rules.since(window, parse_instant(now, ZONE), ZONE) == parse_instant(since, ZONE)


@pytest.mark.parametrize(
    ("keeps", "grace", "until"),
    [
        (None, 0, None),
        (Span(days=30), 0, "2026-04-04T12:00"),
        (Span(days=30), 10, "2026-04-14T12:00"),
        (Span(years=0), 0, "2027-01-01"),
        (Span(years=1), 31, "2028-02-01"),
    ],
)
def test_a_tier_is_held_until_its_end_and_its_grace(keeps, grace, until):
    ladder = LadderDocument(ANY, "status", LADDER.tiers, keeps=keeps, grace_days=grace)
    found = rules.held_until(ladder, parse_instant("2026-03-05T12:00", ZONE), ZONE)
    assert found == (None if until is None else parse_instant(until, ZONE))


def test_a_day_is_that_of_the_brand():
    ladder = LadderDocument(ANY, "status", LADDER.tiers, weekdays=(5,), days_of_month=(1,))
    days = [parse_instant(text, ZONE) for text in ("2026-03-05", "2026-03-06", "2026-03-01")]
    assert [rules.is_member_day(ladder, rules.day_of(at, ZONE)) for at in days] == [False, True, True]
