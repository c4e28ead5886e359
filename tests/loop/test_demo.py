"""`interplay demo` as users run it: it reports the truth, a second run doubles nothing, and it stops in order."""

import json
import signal
import subprocess
import sys

import httpx
import msgspec
import pytest

from interplay.bootstrap.home import Hold
from interplay.faces.cli.demo import telling
from interplay.faces.cli.demo.contracts import Summary

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "interplay.faces.cli", "demo"]
SECONDS_MAX = 120
DOORS = {"segment", "sensors", "orders"}


def demo(*args):
    return subprocess.run([*COMMAND, *args], capture_output=True, text=True, check=False, timeout=SECONDS_MAX)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def first(folder):
    done = demo("--once", "--json", "--people", "300", "--days", "30", "--dir", str(folder))
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def second(first, folder):
    """The same folder again, without --once: it serves on, until Ctrl-C."""
    running = subprocess.Popen([*COMMAND, "--json", "--dir", str(folder)], stdout=subprocess.PIPE, text=True)
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
    assert linking["precision"] >= 0.999
    assert linking["recall"] >= 0.98
    assert linking["of_all"] > 0.8


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


def test_a_second_run_stores_nothing_new(first, second):
    assert second["stored"] == 0
    assert second["is_true"]
    assert second["totals"] == first["totals"]
    assert second["linking"] == first["linking"]
    assert {flow["door"]: flow["duplicates"] for flow in second["flows"]} == {
        flow["door"]: flow["stored"] for flow in first["flows"]
    }


def test_it_serves_on_and_stops_in_order(second, folder):
    assert second["is_served"]
    assert second["status"] == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{second['places']['url']}/health")
    Hold(folder / "data").close()  # nobody holds the directory


def test_another_story_does_not_fit_into_the_folder(first, folder):
    done = demo("--once", "--people", "301", "--dir", str(folder))
    assert done.returncode == 2
    assert "301" in done.stderr
