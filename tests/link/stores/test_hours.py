"""When a store is open: edges, midnight, single days, and clocks that are moved."""

from datetime import UTC, datetime

import pytest

from interplay.kernel.errors import AppError
from interplay.kernel.time import to_micros
from interplay.link.stores import api as stores
from interplay.link.stores import rules
from interplay.link.stores.contracts import Label, Place, Store

WEEK = {"mon-thu": ["09:00-12:00", "13:00-21:00"], "fri": ["18:00-02:00"], "sat": ["00:00-24:00"][:0]}


def local(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-02T08:59", False),  # a Monday
        ("2026-03-02T09:00", True),
        ("2026-03-02T11:59:59", True),
        ("2026-03-02T12:00", False),
        ("2026-03-02T20:59", True),
        ("2026-03-02T21:00", False),
        ("2026-03-06T17:59", False),
        ("2026-03-06T18:00", True),
        ("2026-03-07T01:59", True),  # Friday's, after midnight
        ("2026-03-07T02:00", False),
        ("2026-03-08T01:00", False),  # nobody opened on Saturday
    ],
)
def test_hours_include_their_start_and_exclude_their_end(at, expected):
    assert rules.is_open(rules.hours(WEEK, {}), local(at)) is expected


def test_a_single_day_takes_the_place_of_its_weekday():
    found = rules.hours(WEEK, {"2026-03-02": [], "2026-03-08": ["10:00-01:00"]})
    assert not rules.is_open(found, local("2026-03-02T10:00"))
    assert rules.is_open(found, local("2026-03-09T00:30"))
    assert not rules.is_open(found, local("2026-03-09T01:00"))


def test_a_day_of_24_hours_is_open_to_its_end():
    found = rules.hours({"sat": ["00:00-24:00"]}, {})
    assert rules.is_open(found, local("2026-03-07T23:59:59"))
    assert not rules.is_open(found, local("2026-03-08T00:00"))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-01T05:30", True),  # 01:30 in New York, the first time
        ("2026-11-01T06:30", True),  # 01:30 again, an hour later
        ("2026-11-01T07:00", False),  # 02:00
        ("2026-03-08T06:59", True),  # 01:59, before the hour that does not exist
        ("2026-03-08T07:00", False),  # 03:00
    ],
)
def test_a_store_follows_the_clocks_of_its_place(at, expected):
    store = Store(
        "ny", Label("纽约", "New York"), Place(), "America/New_York", rules.hours({"sun": ["01:00-02:00"]}, {}), ()
    )
    assert stores.is_open(store, to_micros(local(at).replace(tzinfo=UTC))) is expected


def test_nobody_knows_whether_a_store_without_hours_is_open():
    assert stores.is_open(Store("x", Label("某店", "X"), Place(), "Asia/Shanghai", None, ()), 0) is None


@pytest.mark.parametrize("text", ["9:00-21:00", "09:00", "09:00-09:00", "25:00-26:00", "24:00-01:00", "09:00-24:01",
                                  "09:60-10:00", "09:00-21:00 ", ""])  # fmt: skip
def test_what_is_no_time_is_said(text):
    with pytest.raises(AppError) as wrong:
        rules.span(text)
    assert wrong.value.code == "stores.hours"


@pytest.mark.parametrize("text", ["monday", "fri-mon", "mon-", "-mon", "mon-fri-sat", ""])
def test_what_is_no_weekday_is_said(text):
    with pytest.raises(AppError) as wrong:
        rules.weekdays(text)
    assert wrong.value.code == "stores.weekday"


@pytest.mark.parametrize(
    ("week", "days"),
    [
        ({"mon": ["09:00-12:00", "11:59-13:00"]}, {}),
        ({"sun": ["20:00-02:00"], "mon": ["01:00-09:00"]}, {}),  # over the end of the week
        ({"mon": []}, {"2026-01-01": ["09:00-12:00", "10:00-11:00"]}),
    ],
)
def test_no_store_is_open_twice_at_once(week, days):
    with pytest.raises(AppError) as wrong:
        rules.hours(week, days)
    assert wrong.value.code == "stores.overlap"
