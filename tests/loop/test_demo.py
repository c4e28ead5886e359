"""`interplay demo` as users run it: it reports the truth and keeps its word, a second run doubles nothing, and it stops
in order."""

import json
import signal
import socket
import subprocess
import sys
from html import escape
from pathlib import Path

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from interplay.bootstrap.home import Hold
from interplay.faces.cli.demo import deeds, misuse, telling
from interplay.faces.cli.demo.checking import Compared
from interplay.faces.cli.demo.contracts import Summary
from interplay.faces.cli.demo.story import Story
from interplay.rehearse.brand.api import guest_order

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "interplay.faces.cli", "demo"]
SECONDS_MAX = 240
DOORS = {"segment", "sensors", "orders"}
SCENES = ["moment", "loyalty", "rights", "caps"]
PRECISION_MIN, RECALL_MIN = 0.999, 0.98


def own_port():
    """Return the words that let a demo serve on a port of its own: another test may serve meanwhile."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return ["--port", str(free.getsockname()[1])]


def demo(*args):
    return subprocess.run(
        [*COMMAND, *args, *own_port()], capture_output=True, text=True, check=False, timeout=SECONDS_MAX
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def first(folder):
    done = demo("--once", "--json", "--people", "600", "--days", "90", "--dir", str(folder))
    assert done.returncode == 0, done.stderr + done.stdout
    assert_no_byte_is_left(folder, json.loads(done.stdout)["rights"])  # before a second run sends it all again
    return json.loads(done.stdout)


def assert_no_byte_is_left(folder, rights):
    """Look for whoever was erased by what the export says, which itself shows that looking finds something."""
    export = Path(rights["file"]).read_bytes()
    values = [one["value"].removeprefix("+86").encode() for one in json.loads(export)["identifiers"]]
    assert len(values) == rights["exported_identifiers"] >= 3
    assert all(value in export for value in values)
    files = [path for path in (folder / "data").rglob("*") if path.is_file()]
    assert {"interplay.sqlite", "warehouse.duckdb"} <= {path.name for path in files}
    assert [(path.name, value) for path in files for value in values if value in path.read_bytes()] == []


@pytest.fixture(scope="module")
def second(first, folder):
    """The same folder again, without --once: it serves on, until Ctrl-C."""
    running = subprocess.Popen(
        [*COMMAND, "--json", "--dir", str(folder), *own_port()], stdout=subprocess.PIPE, text=True
    )
    try:
        summary = json.loads(running.stdout.readline())
        summary["is_served"] = httpx.get(f"{summary['places']['url']}/health").status_code == httpx.codes.OK
        running.send_signal(signal.SIGINT)
        summary["status"] = running.wait(SECONDS_MAX)
    finally:
        running.kill()
        running.stdout.close()
    return summary


def test_every_total_is_the_true_one(first):
    assert first["is_true"]
    assert [total for total in first["totals"] if total["found"] != total["truth"]] == []
    totals = {total["name"]: total["found"] for total in first["totals"]}
    assert totals["facts"] == first["stored"]
    assert totals["orders.known"] > 0
    assert totals["orders.known.value"] > 0
    assert totals["orders.anonymous"] > 0


def test_every_door_took_everything(first):
    assert {flow["door"] for flow in first["flows"]} == DOORS
    for flow in first["flows"]:
        assert flow["stored"] > 0
        assert flow["duplicates"] == 0
        assert flow["rejected"] == 0, flow["reason"]
        assert flow["facts_per_second"] > 0


def test_what_was_sent_once_more_changed_nothing(first):
    for flow in first["again"]:
        assert flow["items"] > 0
        assert flow["stored"] == 0
        assert flow["duplicates"] > 0


def test_the_bad_event_is_refused_with_a_reason(first):
    assert first["bad_event"]["code"] == "fact.field.type"
    assert "thirty-two yuan" in first["bad_event"]["reason"]


def test_who_is_one_was_found_to_be_one(first):
    linking = first["linking"]
    assert linking["precision"] >= PRECISION_MIN
    assert linking["recall"] >= RECALL_MIN
    assert linking["of_all"] > 0.8
    assert linking["devices"] > linking["devices_joined"] >= linking["devices_right"] > 0
    assert linking["devices_right"] / linking["devices_joined"] >= PRECISION_MIN


def test_segments_have_members_and_one_is_explained(first):
    assert len(first["segments"]) == 8
    assert sum(segment["count"] > 0 for segment in first["segments"]) >= 4
    assert len(first["member"]["sentences"]) >= 1


@pytest.mark.parametrize("is_serving", [True, False])
def test_an_address_is_told_only_while_somebody_answers_there(first, folder, capsys, is_serving):
    telling.tell(msgspec.convert(first, Summary), "en", is_serving=is_serving)
    told = capsys.readouterr().out
    assert ("/health" in told) is is_serving
    assert (f"--data {folder}/data serve" in told) is not is_serving
    assert f"stays in {folder}; delete" in told


def test_a_segment_changes_by_one_order(first):
    moment = first["moment"]
    assert set(moment["claims"].values()) == {True}, moment["claims"]
    moves = {move["segment"]: move for move in moment["moves"]}
    left, entered = moves["browsed_not_bought"], moves["newcomers"]
    assert (left["fact"], left["because"]) == ("segment.left", "fact")
    assert (entered["fact"], entered["because"]) == ("segment.entered", "fact")
    sizes = {segment["name"]: segment["count"] for segment in first["segments"]}
    assert (left["customers_before"], left["customers_after"]) == (
        sizes["browsed_not_bought"],
        left["customers_before"] - 1,
    )
    assert (entered["customers_before"], entered["customers_after"]) == (sizes["newcomers"], sizes["newcomers"] + 1)
    assert all(move["milliseconds"] > moment["answered_milliseconds"] > 0 for move in moves.values())
    assert "Order completed" in left["reason"]
    assert "Order completed" in entered["reason"]


def test_one_person_is_merged_unmerged_exported_and_erased(first):
    rights = first["rights"]
    assert set(rights["claims"].values()) == {True}, rights["claims"]
    person, device = rights["apart"]
    assert device["identifiers"] == [rights["device"]]
    assert sorted([*person["identifiers"], *device["identifiers"]]) == rights["merged"]["identifiers"]
    assert rights["exported_facts"] == rights["merged"]["facts"] == person["facts"] + device["facts"]
    assert "demo merged" in rights["why"]
    assert rights["files_searched"] >= 4
    assert Path(rights["data"]).name == "data"


def test_the_warehouse_adds_up_to_the_truth_without_whoever_was_erased(first):
    before = {total["name"]: total["found"] for total in first["totals"]}
    after = {total["name"]: total for total in first["rights"]["totals"]}
    assert [total for total in after.values() if total["found"] != total["truth"]] == []
    bought = first["loyalty"]["bought"]
    added = 1 + bought["online_orders"] + bought["till_orders"] + bought["returns"]  # 1: the order of the moment
    assert after["facts"]["found"] == before["facts"] + added  # erased facts stay as numbers
    came_in = first["moment"]["value"] + bought["paid"]
    assert after["orders.known.value"]["found"] < before["orders.known.value"] + came_in


def test_points_and_coupons_are_given_and_used_as_said(first):
    loyalty = first["loyalty"]
    assert [claim for claim, is_so in loyalty["claims"].items() if not is_so] == []
    bought, wallet = loyalty["bought"], loyalty["wallet"]
    assert bought["issued"] == bought["members"] == 72
    assert bought["tills"] == 12
    assert min(bought["online_orders"], bought["till_orders"], bought["lost_answers"], bought["returns"]) >= 10
    assert 0 < bought["coupons_back"] < bought["coupons_used"] <= bought["issued"] + bought["claimed"]
    assert 0 < bought["points_back"] < bought["points_used"]
    assert min(wallet["earned_online"], wallet["earned_in_store"], wallet["spent"]) > 0
    assert [one.partition(":")[0] for one in wallet["known_by"]] == ["user_id", "card_no", "phone"]


def test_the_balance_sheet_adds_up(first):
    """Added up here once more, from what is shown."""
    loyalty = first["loyalty"]
    for line in loyalty["coupons"]:
        assert line["given"] == line["open"] + line["used"] + line["expired"] + line["void"], line
    lines = {line["template"]: line for line in loyalty["coupons"]}
    assert lines["leaflet"]["given"] == lines["leaflet"]["expired"] == 500
    assert lines["first-thirty"]["given"] == 30
    assert sum(lines[name]["given"] for name in ("welcome-back", "pastry", "first-thirty")) == (
        loyalty["bought"]["issued"] + loyalty["bought"]["claimed"]
    )
    used = loyalty["bought"]["coupons_used"] - loyalty["bought"]["coupons_back"]
    assert used - 2 <= sum(line["used"] for line in lines.values()) <= used + 2
    points = loyalty["points"]
    gone = points["taken_back"] + points["spent"] + points["expired"] + points["held"] + points["erased"]
    open_now = points["pending"] + points["available"] + points["owed"]
    assert points["given"] - gone + points["adjusted"] == open_now
    assert [points["given"], points["taken_back"]] == loyalty["points_true"]
    assert points["spent"] == loyalty["bought"]["points_used"] - loyalty["bought"]["points_back"]
    assert min(points[name] for name in ("given", "taken_back", "spent", "expired", "pending", "available")) > 0


def test_every_refusal_has_its_reason_and_its_fact(first):
    refusals = {one["code"]: one for one in first["loyalty"]["refusals"]}
    assert refusals.keys() >= misuse.ONCE | misuse.IN_QUOTES | {"coupon.handed_out"}
    assert all(one["text"] for one in refusals.values())
    assert {code: refusals[code]["answers"] for code in misuse.ONCE} == dict.fromkeys(misuse.ONCE, 1)
    for code, one in refusals.items():
        assert one["facts"] == (0 if code in misuse.NOT_ACTS else one["answers"]), code
    assert all(refusals[code]["quotes"] > 0 for code in misuse.IN_QUOTES)


def test_a_second_day_has_other_guests_and_never_more_than_was_printed(first, second):
    one, other = first["loyalty"], second["loyalty"]
    assert [claim for claim, is_so in other["claims"].items() if not is_so] == []
    assert set(one["wallet"]["known_by"]).isdisjoint(other["wallet"]["known_by"])
    lines = {line["template"]: line for line in other["coupons"]}
    assert lines["first-thirty"]["given"] == 30
    assert lines["welcome-back"]["given"] > 72


def test_a_second_run_stores_nothing_new(first, second):
    assert second["stored"] == 0
    assert second["is_true"]
    assert second["totals"] == first["rights"]["totals"]
    assert second["linking"]["people"] == first["linking"]["people"] - 1
    assert second["linking"]["precision"] >= PRECISION_MIN
    assert second["linking"]["recall"] >= RECALL_MIN
    assert {flow["door"]: flow["duplicates"] for flow in second["flows"]} == {
        flow["door"]: flow["stored"] for flow in first["flows"]
    }


def test_a_second_run_shows_other_people(first, second):
    assert second["moment"]["device"] != first["moment"]["device"]
    assert second["rights"]["known_by"] != first["rights"]["known_by"]


def test_a_season_under_the_caps_is_counted_right_and_played_once(first, second, folder):
    season = first["caps"]
    assert [claim for claim, is_so in season["claims"].items() if not is_so] == []
    assert second["caps"] == season
    assert min(season["recognized"], season["friends"]["given"], season["cheats"]["stopped"]) > 0
    assert [one["rank"] for one in season["board"]] == [1, 2, 3]
    assert season["held_out"]["people"] > 0
    told = subprocess.run(
        [sys.executable, "-m", "interplay.faces.cli", "--data", str(folder / "caps"), "ledger", "check"],
        capture_output=True, text=True, check=False, timeout=SECONDS_MAX,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr


def test_the_report_of_the_second_campaign_is_written_in_both_languages(first, capsys):
    report = first["report"]
    for lang, word in (("en", "What it brought beyond the holdout"), ("zh", "相对留出组带来的增量")):
        text = Path(report["files"][lang]).read_text("utf-8")
        assert word in text
        assert escape(report["said"][lang].splitlines()[0]) in text
        telling.tell(msgspec.convert(first, Summary), lang, is_serving=False)
        assert report["said"][lang].splitlines()[0][:40] in capsys.readouterr().out.replace("\n", " ")
    assert report["cost"] > 0


@pytest.mark.parametrize("scene", SCENES)
def test_what_is_not_as_said_is_named(first, scene, capsys):
    claim = next(iter(first[scene]["claims"]))
    summary = first | {scene: first[scene] | {"claims": first[scene]["claims"] | {claim: False}}}
    told = msgspec.convert(summary, Summary)
    telling.tell(told, "en", is_serving=False)
    assert f"Not as said: {claim}\n" in capsys.readouterr().out
    parts = {name: getattr(told, name) for name in Compared.__struct_fields__}
    assert not Compared(**parts).is_true


def test_the_scenes_are_told_in_chinese(first, capsys):
    telling.tell(msgspec.convert(first, Summary), "zh", is_serving=False)
    told = capsys.readouterr().out
    assert "“新客”：" in told
    assert "拆分，" in told
    assert "一个钱包：" in told
    assert "待生效" in told
    assert "Not as said" not in told


def test_it_serves_on_and_stops_in_order(second, folder):
    assert second["is_served"]
    assert second["status"] == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{second['places']['url']}/health")
    Hold(folder / "data").close()  # nobody holds the directory


def test_another_story_does_not_fit_into_the_folder(first, folder):
    done = demo("--once", "--people", "601", "--dir", str(folder))
    assert done.returncode == 2
    assert "601" in done.stderr


def test_what_an_interrupted_run_meant_to_do_is_done_by_the_next(second, folder):
    """It wrote down whom it would erase and what she would order, and ended there."""
    story = msgspec.json.decode((folder / "demo.json").read_bytes(), type=Story)
    truth = story.told().truth
    done = deeds.read(folder / "deeds.json")
    shared = frozenset().union(*truth.households)
    number = next(n for n, tally in truth.known.items() if n and tally.value and n not in shared | done.erased)
    message, value = guest_order(99, "c0ffee", story.until)
    ordered = (*done.orders, deeds.Placed(-1, value, message))
    deeds.write(folder / "deeds.json", replace(done, orders=ordered, erased=done.erased | {number}))
    ended = demo("--once", "--json", "--dir", str(folder))
    summary = json.loads(ended.stdout)
    totals = {total["name"]: total for total in summary["totals"]}
    assert [total for total in totals.values() if total["found"] != total["truth"]] == []
    assert [claim for scene in SCENES for claim, is_so in summary[scene]["claims"].items() if not is_so] == []
    assert ended.returncode == 0
    assert totals["facts"]["found"] == second["rights"]["totals"][0]["found"] + 1


def test_what_is_not_true_ends_with_1(second, folder):
    """An order that the truth does not know of, for instance."""
    done = deeds.read(folder / "deeds.json")
    deeds.write(folder / "deeds.json", replace(done, orders=()))
    ended = demo("--once", "--dir", str(folder))
    assert ended.returncode == 1, ended.stderr
    assert "differs" in ended.stdout
    assert "Not as said: totals" in ended.stdout
