"""A campaign that was played is verified by its published odds: by the brand, the product, and the script of the guide.

The forger here is the brand itself: it has the secret, and makes numbers, picks and chain fit after each change.
"""

import json
from copy import deepcopy

import msgspec
import pytest

from interplay.interact.campaigns import api
from interplay.interact.campaigns.contracts import Change
from interplay.kernel.time import DAY
from tests.faces.cli.published import alone, chained_again, read, run, write
from tests.interact.campaigns.square import Square
from tests.stores import user
from tests.understand.memberships.words import segment

DRAW = "spring/wheel"
PLAYERS = 6
ODDS = {
    "outcomes": {
        "cup": {"weight": 30, "prizes": ["cup"], "from_play": 5},
        "points": {"weight": 200, "prizes": ["points"], "opens": "2026-01-03 09:30"},
        "nothing": {"weight": 770},
    },
    "fallback": "nothing", "segments": {"vip": {"cup": 200, "nothing": 600}}, "pity": {"after": 4, "outcome": "points"},
}  # fmt: skip
LATER = {**ODDS, "outcomes": {**ODDS["outcomes"], "cup": {"weight": 50, "prizes": ["cup"]}, "nothing": {"weight": 750}},
         "segments": {}}  # fmt: skip


def kept(square, folder, name):
    """Keep the page of the promise as it is now."""
    page = folder / name
    page.write_bytes(msgspec.json.encode(api.published(square.state, "spring")))
    return page


def play(square, rounds):
    for _ in range(rounds):
        for number in range(1, PLAYERS + 1):
            square.play(number)


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Two versions of odds, a segment, pity, an outcome that opens later, stock that ends, a merge in between."""
    folder = tmp_path_factory.mktemp("promised")
    with Square(folder / "data") as square:
        square.apply(segment("vip", 'count("order.completed", within="90d") >= 1'))
        square.started(parts={"wheel": {"draw": ODDS}})
        square.state.rehearse_segments({square.player(2): ["vip"]})
        before = kept(square, folder, "before.json")
        play(square, 4)
        square.merge(user(1), user(3))
        play(square, 3)
        square.clock.at += 2 * DAY + DAY // 2
        play(square, 6)
        square.unmerge(user(1), user(3))
        play(square, 3)
        square.started(parts={"wheel": {"draw": LATER}})
        later = kept(square, folder, "later.json")
        play(square, 12)
        square.change(Change.STOP)
        after = kept(square, folder, "after.json")
        square.change(Change.SETTLE)
    run(folder / "data", "draws", "export", DRAW, str(folder / "wheel.jsonl"))
    return folder / "data", folder / "wheel.jsonl", (before, later, after)


def by_both(folder, file, pages):
    """Return what the product and the script say: nothing, or what is wrong."""
    words = [word for page in pages for word in ("--promise", str(page))]
    found = json.loads(run(None, "draws", "verify", "--file", str(file), *words, "--json", status=...))
    done = alone(folder, file, *pages)
    assert bool(found["wrong"]) is (done.returncode != 0), (found, done.stderr)
    assert not done.returncode or "AssertionError" in done.stderr
    return found["wrong"]


def test_every_play_is_as_promised_whoever_looks(story, tmp_path):
    data, file, pages = story
    assert "had to be so" in run(data, "draws", "verify", DRAW)
    assert by_both(tmp_path, file, pages) == []
    plays = read(file)[1:]
    assert len(plays) == 28 * PLAYERS
    assert len({one["odds"] for one in plays}) == 2
    assert {one["segment"] for one in plays} == {"", "vip"}
    assert [one for one in plays if one["others"]], "who was merged counts with what she was before"
    assert [one for one in plays if one["weights"] == [0, 1, 0]], "somebody had pity"
    assert [one for one in plays if one["picked"] == "cup" and one["given"] == "nothing"], "cups were gone"


def test_the_page_that_staff_export_is_the_page_that_anybody_reads(story):
    data, _, (*_, after) = story
    page = json.loads(run(data, "campaigns", "odds", "spring", "--json"))
    assert page["odds"] == json.loads(after.read_bytes())["odds"]
    (odds,) = page["odds"]
    assert (odds["fallback"], odds["pity"]) == ("nothing", {"after": 4, "outcome": "points"})


def test_nobody_is_named_in_what_is_published(story):
    _, file, pages = story
    text = file.read_text(encoding="utf8") + "".join(page.read_text(encoding="utf8") for page in pages)
    assert not [number for number in range(1, PLAYERS + 1) for name in user(number) if str(name) in text]
    assert not {"subject", "customer", "act", "device"} & set(read(file)[1])


def a_kinder_weight(lines):
    lines[20]["weights"] = [1000, 0, 0]


def the_odds_of_a_segment_without_it(lines):
    one = next(one for one in lines[1:] if one["segment"] == "vip" and len(set(one["weights"])) == 3)
    one["segment"] = ""


def pity_too_early(lines):
    one = next(one for one in lines[60:] if one["weights"] != [0, 1, 0])
    one["weights"] = [0, 1, 0]


def no_pity(lines):
    one = next(one for one in lines[1:] if one["weights"] == [0, 1, 0])
    one["weights"] = next(other["weights"] for other in lines[1:] if other["odds"] == one["odds"])


def another_order_of_outcomes(lines):
    lines[20]["names"].reverse()
    lines[20]["weights"].reverse()


def another_fallback(lines):
    lines[20]["fallback"] = "points"


def odds_that_nobody_saw(lines):
    lines[20]["odds"] = "00" * 32


def odds_of_its_own(lines):
    lines[20]["odds"] = ""


def one_left_out(lines):
    del lines[20]


def the_last_left_out(lines):
    del lines[-3:]


def all_left_out(lines):
    del lines[1:]


def an_outcome_swapped(lines):
    lines[20]["given"] = "cup" if lines[20]["picked"] != "cup" else "points"


@pytest.mark.parametrize(
    "change",
    [
        a_kinder_weight, the_odds_of_a_segment_without_it, pity_too_early, no_pity, another_order_of_outcomes,
        another_fallback, odds_that_nobody_saw, odds_of_its_own, one_left_out, the_last_left_out, all_left_out,
        an_outcome_swapped,
    ],
)  # fmt: skip
def test_a_brand_that_forges_its_own_draw_is_found_out_by_both(story, tmp_path, change):
    _, file, pages = story
    lines = read(file)
    change(lines)
    chained_again(lines)
    assert by_both(tmp_path, write(tmp_path / "forged.jsonl", lines), pages)


def a_weight(odds):
    odds["outcomes"][0]["weight"] += 1


def a_prize(odds):
    odds["outcomes"][2]["prizes"] = ["cup"]


def the_day_it_opens(odds):
    odds["outcomes"][1]["opens_at"] -= 1


def the_weights_of_a_segment(odds):
    odds["outcomes"][0]["segments"]["vip"] += 1


def the_pity(odds):
    odds["pity"]["after"] += 1


def the_commitment(odds):
    odds["commitment"] = "00" * 32


def the_draw(odds):
    odds["draw"] = "spring/other"


@pytest.mark.parametrize(
    "change", [a_weight, a_prize, the_day_it_opens, the_weights_of_a_segment, the_pity, the_commitment, the_draw]
)
def test_a_page_that_was_altered_afterwards_is_found_by_both(story, tmp_path, change):
    _, file, (before, later, after) = story
    page = deepcopy(json.loads(before.read_bytes()))
    change(page["odds"][0])
    altered = tmp_path / "altered.json"
    altered.write_text(json.dumps(page), encoding="utf8")
    assert by_both(tmp_path, file, (altered, later, after))


def test_plays_by_odds_of_which_no_page_is_there_are_said(story, tmp_path):
    _, file, (before, _, _) = story
    wrong = by_both(tmp_path, file, (before,))
    assert {what for _, what in wrong} == {"its odds are none that were published"}


def test_a_page_that_is_none_is_refused_in_words(story, tmp_path):
    _, file, _ = story
    page = tmp_path / "page.json"
    page.write_text('{"odds": [{"draw": 1}]}', encoding="utf8")
    said = run(None, "draws", "verify", "--file", str(file), "--promise", str(page), status=2)
    assert "acts.draw_page" in said
    assert "cli.draw_one_of" in run(None, "draws", "verify", DRAW, "--promise", str(page), status=2)
