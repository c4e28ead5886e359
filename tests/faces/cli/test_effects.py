"""What an import gives: nothing without being told to; what is shown first, once, when it is."""

import os
import pty
import subprocess
import sys

import pytest

from tests.faces.cli.test_commands import MAPPING, ORDERS, Cli

DOCUMENTS = """
kind: points
name: points
label: {zh: 积分, en: Points}
worth: {points: 1, money: 2}
---
kind: earning
name: purchases
unit: points
fact: order.completed
points: 1
per: 100
caps: {customer: 50}
"""


@pytest.fixture
def cli(tmp_path):
    made = Cli(tmp_path)
    made.run("init", made.data, "--brand", "Corner")
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents/points.yaml").write_text(DOCUMENTS, encoding="utf-8")
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (tmp_path / "orders.yaml").write_text(MAPPING, encoding="utf-8")
    made("apply", tmp_path / "documents")
    made.words = (
        "import", tmp_path / "orders.csv", "--mapping", tmp_path / "orders.yaml", "--rejects", tmp_path / "rejects",
    )  # fmt: skip
    return made


def points(cli, who="user_id:li"):
    return next(one["available"] for one in cli.json("points", "balance", who)["balances"])


def test_an_import_gives_nothing_and_says_so_in_both_languages(cli):
    assert "nothing is given for imported facts" in cli(*cli.words)
    assert "不触发任何发放" in cli(*cli.words, "--lang", "zh")
    effects = cli.json(*cli.words)["effects"]
    assert not effects["is_wanted"]
    assert effects["given"] is None
    assert set(effects["text"]) == {"zh", "en"}
    assert points(cli) == 0
    assert "cli.lang" in cli.run("--data", cli.data, *cli.words, "--lang", "fr", status=2).output


def test_what_an_import_gives_is_shown_with_its_cost_and_given_once(cli):
    """25.50 and 30.00 are 25 and 30 points, cut off at 50; 10.00 of somebody else are 10; 99.00 are nobody's."""
    said = cli(*cli.words, "--with-effects")
    assert "60" in said
    assert "1.20 CNY" in said
    assert "given now: 60 points, for 3 facts" in said
    assert (points(cli), points(cli, "user_id:wang")) == (50, 10)
    again = cli.json(*cli.words, "--with-effects")["effects"]
    assert again["foreseen"] == {"units": [], "refunds": 0}
    assert "尚未发放" in again["text"]["zh"]
    cli("rebuild")
    assert (points(cli), points(cli, "user_id:wang")) == (50, 10)


def test_effects_may_be_wanted_of_what_was_imported_before(cli):
    assert cli.json(*cli.words)["stored"] == 4
    done = cli.json(*cli.words, "--with-effects")
    assert (done["stored"], done["effects"]["given"]["amounts"]) == (0, {"points": 60})


def test_a_pause_of_all_giving_refuses_effects_and_they_can_be_had_afterwards(cli):
    cli("pause")
    assert "points.paused" in cli.run("--data", cli.data, *cli.words, "--with-effects", status=2).output
    assert points(cli) == 0
    cli("resume")
    assert cli.json(*cli.words, "--with-effects")["effects"]["given"]["facts"] == 3


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "given"), [(b"n\n", 0), (b"y\n", 50)])
def test_somebody_at_a_terminal_is_asked(cli, answer, given):
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "interplay.faces.cli", "--data", str(cli.data), *map(str, cli.words)]
    with subprocess.Popen(
        [*command, "--with-effects"], stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        os.write(ours, answer)
        said, asked = run.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert run.returncode == 0
    assert b"Give this now?" in asked
    assert (b"nothing was given" in said) is (given == 0)
    assert points(cli) == given
