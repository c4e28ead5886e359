"""Prizes that wait, on the command line: listed with their reasons, looked at one by one, decided in bulk."""

import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from interplay.faces.cli.main import app
from interplay.kernel.time import to_micros
from tests.interact.campaigns.square import PRIZES, SURE, Square
from tests.stores import Clock

FARM = 5


@pytest.fixture
def data(tmp_path):
    """A farm of one device: the first account looks like anybody."""
    with Square(tmp_path / "data", Clock(to_micros(datetime.now(UTC)))) as square:
        guard = {"accounts_per_device_max": 1, "challenge": "off"}
        prizes = {**PRIZES, "cup": {**PRIZES["cup"], "stock": 100}}
        square.started(guard=guard, prizes=prizes, parts={"wheel": {"draw": SURE}}, ends="2036-01-01")
        for number in range(FARM):
            square.play(number, device="rack")
    return tmp_path / "data"


def run(data, *words, typed=None):
    done = CliRunner().invoke(app, ["--data", str(data), "abuse", *words], input=typed, env={"COLUMNS": "250"})
    assert done.exit_code == 0, done.output
    return done.stdout


def listed(data, *words):
    return json.loads(run(data, "list", "--json", *words))


def test_what_waits_is_listed_by_device_and_reason(data):
    assert "spring" in run(data, "list", "--lang", "zh")
    assert len(listed(data)) == FARM - 1
    assert len(listed(data, "--device", "rack", "--reason", "abuse.shared_device")) == FARM - 1
    assert listed(data, "--device", "other") == []


def test_one_after_the_other_is_approved_rejected_and_left(data):
    said = run(data, "review", typed="approve\nreject\nskip\nquit\n")
    assert "1 approved" in said
    assert "1 rejected" in said
    assert len(listed(data)) == FARM - 3


def test_a_bulk_decision_says_how_many(data):
    first = str(listed(data)[0]["act"])
    assert "1 approved" in run(data, "approve", first)
    assert "0 approved" in run(data, "approve", first)
    assert f"{FARM - 2} rejected" in run(data, "reject", "--device", "rack", "--note", "fifty phones")
    assert listed(data) == []


def test_it_is_explained(data):
    said = run(data, "explain", "spring", "user_id:u4")
    assert "suspected in spring" in said
    assert "5 accounts were on one of her devices" in said
    assert "其设备上出现过 5 个账号" in run(data, "explain", "spring", "user_id:u4", "--lang", "zh")
    assert json.loads(run(data, "explain", "spring", "user_id:u4", "--json"))["signals"]["device_accounts"] == FARM
