"""Entries from the command line: listed, looked at, decided, judged."""

import json

import pytest
from typer.testing import CliRunner

from interplay.faces.cli.main import app
from tests.interact.campaigns.square import Square
from tests.interact.contests.gallery import enter, opened


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "data"
    with Square(folder) as square:
        opened(square, {"ends": "2099-01-01"}, votes=None)
        for number in range(1, 4):
            enter(square, number, title=f"Swan {number}")

    def run(*words, status=0):
        done = CliRunner().invoke(app, ["--data", str(folder), *map(str, words)])
        assert done.exit_code == status, done.output
        return json.loads(done.stdout) if "--json" in words else done.output

    return run


def test_staff_look_at_entries_decide_and_judge(run, tmp_path):
    contest = ("spring", "barista")
    waiting = run("entries", "list", *contest, "--state", "waiting", "--json")
    assert [(one["entry"], one["title"]) for one in waiting] == [(1, "Swan 1"), (2, "Swan 2"), (3, "Swan 3")]
    assert "Swan 2" in run("entries", "list", *contest)
    run("entries", "photo", waiting[0]["photos"][0]["digest"], tmp_path / "swan.jpg")
    assert (tmp_path / "swan.jpg").read_bytes().startswith(b"\xff\xd8\xff")
    assert "2 of 2 entries are shown" in run("entries", "moderate", *contest, 1, 2, "--to", "shown")
    assert "0 of 2 entries" in run("entries", "moderate", *contest, 1, 2, "--to", "shown")
    assert "contests.reason" in run("entries", "moderate", *contest, 3, "--to", "rejected", status=2)
    assert "contests.decision" in run("entries", "moderate", *contest, 3, "--to", "waiting", status=2)
    run("entries", "moderate", *contest, 3, "--to", "rejected", "--reason", "not coffee")
    run("entries", "judge", *contest, 2, 9, "--juror", "wang")
    assert [(one["entry"], one["score"]) for one in run("entries", "standing", *contest, "--json")] == [
        (2, 90_000_000), (1, 0),
    ]  # fmt: skip
    assert "90.000000" in run("entries", "standing", *contest)
    assert "contests.no_photo" in run("entries", "photo", "none", tmp_path / "x.jpg", status=2)
