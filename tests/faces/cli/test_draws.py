"""A finished draw is verified from the store, from what was published of it, and by somebody who has no Interplay."""

import json

import msgspec
import pytest

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Credit, Draw, Outcome
from tests.faces.cli.published import alone, read, run, write
from tests.stores import DoorOnly, fact, user

CAMPAIGN = "春节大转盘 spring"
PLAYS = 300


def play(door, subjects, number):
    subject = subjects[number % len(subjects)]
    outcomes = (
        Outcome("cup", 1), Outcome("a" * 40, 70_000), Outcome("points", 300, (Credit("points", subject, 10),)),
        Outcome("nothing", 5 * 10**9), *(Outcome(f"o{n}", n, from_play=n) for n in range(1, 14)),
    )  # fmt: skip
    draw = Draw(CAMPAIGN, subject, outcomes, "nothing", pity_after=20, pity="points")
    acts.do(door.home.acts, door, Act(f"k{number}", "test", acts.body_of(number), (draw,)))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A draw of plays with small and large weights, pity, and more outcomes than a short array has."""
    folder = tmp_path_factory.mktemp("draws") / "data"
    with DoorOnly(folder) as door:
        door.write(acts.open_draw(door.keys), CAMPAIGN)
        door.store(*(fact("customer.identified", user(n), key=n) for n in range(3)))
        for number in range(PLAYS):
            play(door, (1, 2, 3), number)
    return folder


@pytest.fixture(scope="module")
def finished(data):
    with DoorOnly(data) as door:
        door.write(acts.reveal, CAMPAIGN)
    return data


@pytest.fixture(scope="module")
def published(finished, tmp_path_factory):
    file = tmp_path_factory.mktemp("published") / "spring.jsonl"
    assert f"{PLAYS} plays" in run(finished, "draws", "export", CAMPAIGN, str(file))
    return file


def changed(published, folder, change):
    lines = read(published)
    return write(folder / "changed.jsonl", change(lines) or lines)


@pytest.fixture(scope="module")
def page(finished, tmp_path_factory):
    """The page of a draw whose weights nobody could know before."""
    with DoorOnly(finished) as door:
        odds = acts.published_odds(acts.opened(door.database, door.keys, CAMPAIGN), None)
    file = tmp_path_factory.mktemp("page") / "promise.json"
    file.write_bytes(msgspec.json.encode({"odds": [odds]}))
    return file


def test_a_draw_that_goes_on_is_verified_by_its_brand_and_by_nobody_else_yet(data, tmp_path):
    assert f"all {PLAYS} plays" in run(data, "draws", "verify", CAMPAIGN)
    listed = json.loads(run(data, "draws", "list", "--json"))
    assert [(one["campaign"], one["plays"], one["secret"]) for one in listed] == [(CAMPAIGN, PLAYS, None)]
    file = tmp_path / "now.jsonl"
    run(data, "draws", "export", CAMPAIGN, str(file))
    assert json.loads(file.read_text(encoding="utf8").splitlines()[0])["secret"] is None
    assert "acts.not_revealed" in run(None, "draws", "verify", "--file", str(file), status=2)


def test_a_finished_draw_is_verified_from_its_file_without_a_data_directory(published, finished):
    found = json.loads(run(None, "draws", "verify", "--file", str(published), "--json"))
    assert found == {"campaign": CAMPAIGN, "plays": PLAYS, "wrong": []}
    assert f"all {PLAYS} plays" in run(finished, "draws", "verify", CAMPAIGN)
    first = json.loads(published.read_text(encoding="utf8").splitlines()[0])
    assert json.loads(run(finished, "draws", "list", "--json"))[0]["commitment"] == first["commitment"]


def test_the_script_of_the_guide_verifies_it_without_interplay(published, page, tmp_path):
    done = alone(tmp_path, published, page)
    assert done.returncode == 0, done.stderr
    assert f"all {PLAYS} plays" in done.stdout


def another_winner(lines):
    lines[7]["picked"] = lines[7]["given"] = "cup"


def another_gift(lines):
    lines[7]["given"] = "cup"


def kinder_weights(lines):
    lines[7]["weights"][0] += 10**9


def one_left_out(lines):
    del lines[7]


def the_last_left_out(lines):
    return lines[:-1]


def another_secret(lines):
    lines[0]["secret"] = "00" * 32


@pytest.mark.parametrize(
    "change", [another_winner, another_gift, kinder_weights, one_left_out, the_last_left_out, another_secret]
)
def test_whatever_is_changed_is_found_by_both(published, page, tmp_path, change):
    file = changed(published, tmp_path, change)
    assert "play" in run(None, "draws", "verify", "--file", str(file), status=1)
    done = alone(tmp_path, file, page)
    assert done.returncode == 1
    assert "AssertionError" in done.stderr


def broken_line(lines):
    lines[3] = {"play": 3}


def no_weights(lines):
    lines[3]["weights"], lines[3]["names"] = [], []


def huge_weights(lines):
    lines[3]["weights"][0] = 2**60


def no_hex(lines):
    lines[0]["secret"] = "secret"


@pytest.mark.parametrize("change", [broken_line, no_weights, huge_weights, no_hex])
def test_a_file_that_is_none_is_refused_in_words(published, tmp_path, change):
    said = run(None, "draws", "verify", "--file", str(changed(published, tmp_path, change)), status=2)
    assert "acts.draw_file" in said


def test_what_is_not_there_is_said(finished, tmp_path):
    assert "acts.no_draw" in run(finished, "draws", "verify", "nothing", status=2)
    assert "acts.no_draw" in run(finished, "draws", "export", "nothing", str(tmp_path / "f"), status=2)
    assert "cli.file" in run(None, "draws", "verify", "--file", str(tmp_path / "no"), status=2)
    assert "cli.draw_one_of" in run(finished, "draws", "verify", status=2)
