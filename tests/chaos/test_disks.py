"""Disks that are full or cannot be written: the sender is told, nothing acknowledged is lost, and it goes on after."""

import contextlib
import os
import resource
import subprocess

import pytest

from tests.serving import Site, wait_for
from tests.stored import check_folds, message_ids, names

pytestmark = pytest.mark.slow

DISK_BYTES = 24 * 1024 * 1024
POSTS_MAX = 2_000
FILLING = "x" * 20_000


def event(number, filling=""):
    return {
        "event": "Order Completed", "userId": f"u{number}", "messageId": f"m{number}",
        "timestamp": "2026-01-01T00:00:00Z", "properties": {"revenue": 1.5, "note": filling},
    }  # fmt: skip


def post_until_refused(server, first=0):
    """Post until the answer is no; return the ids acknowledged and the refusal."""
    acknowledged = set()
    for number in range(first, first + POSTS_MAX):
        answer = server.post("/v1/track", event(number, FILLING))
        if answer.status_code != 200:
            return acknowledged, answer
        acknowledged.add(f"m{number}")
    raise AssertionError("the disk never became full")


def check_refusal(answer):
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "engine.storage"
    assert problem["status"] == 503


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=False)


def fill(file, left_bytes):
    """Make a file that leaves so much room on its disk."""
    stat = os.statvfs(file.parent)
    with file.open("wb") as out:
        out.write(b"\0" * max(stat.f_bavail * stat.f_frsize - left_bytes, 0))


def test_a_full_disk_refuses_in_words_and_goes_on_when_there_is_room(disk):
    site = Site(disk / "data")
    site.log = disk.with_name("server.log")
    with site.server() as server:
        filler = disk / "filler"
        fill(filler, left_bytes=2 * 1024 * 1024)
        acknowledged, refusal = post_until_refused(server)
        check_refusal(refusal)
        pids = server.pids()
        filler.unlink()
        answer = server.post("/v1/track", event(POSTS_MAX + 1))
        assert answer.json()["results"] == [{"status": "stored"}]
        acknowledged.add(f"m{POSTS_MAX + 1}")
        assert server.pids()["door"] == pids["door"], "the door itself went on"
        server.wait_until_ready()
        assert server.count('count("order.completed") == 1').count == len(acknowledged)
    stored = check_folds(site.data)
    assert acknowledged <= message_ids(stored).keys()
    assert len(stored) - len(acknowledged) <= 1


def test_a_disk_that_is_full_at_the_start_is_said(disk):
    site = Site(disk / "data")
    site.log = disk.with_name("server.log")
    site.cli("facts", "tail")
    filler = disk / "filler"
    fill(filler, left_bytes=0)
    refused = site.cli("segments", "count", 'count("order.completed") >= 1', status=2)
    assert "No space left" in refused.stderr.replace("\n", " ")
    assert "Traceback" not in refused.stderr
    filler.unlink()
    assert site.cli_json("segments", "count", 'count("order.completed") >= 1')["count"] == 0


def test_a_read_only_disk_is_said_by_every_command(disk):
    site = Site(disk / "data")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    for words in (
        ("serve", "--port", str(site.port)),
        ("segments", "count", 'count("order.completed") >= 1'),
        ("doctor",),
    ):
        refused = site.cli(*words, status=2)
        assert "home.not_writable" in refused.stderr, words
        assert "Read-only file system" in refused.stderr.replace("\n", " ")
        assert "Traceback" not in refused.stderr
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    with site.server() as server:
        assert server.post("/v1/track", event(1)).status_code == 200


@pytest.mark.parametrize("role", ["door", "mind"])
def test_a_process_that_may_not_write_any_more_loses_nothing_and_goes_on(started, role):
    """As on a full disk, for those who may not mount one: the system refuses to let any file grow."""
    site = started.site
    assert started.post("/v1/track", event(0)).status_code == 200
    acknowledged = {"m0"}
    limited = started.pids()[role]
    resource.prlimit(limited, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    try:
        for number in range(1, 30):
            answer = started.post("/v1/track", event(number))
            if answer.status_code == 200:
                acknowledged.add(f"m{number}")
            else:
                check_refusal(answer)
        assert len(acknowledged) == (1 if role == "door" else 30)
    finally:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(limited, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    answer = started.post("/v1/track", event(100))
    assert answer.status_code == 200, "the door goes on as soon as it may write"
    acknowledged.add("m100")
    wait_for(lambda: started.health() == 200, "all to be well again")
    assert started.count('count("order.completed") == 1').count == len(acknowledged)
    assert started.stop() == 0
    stored = check_folds(site.data)
    assert message_ids(stored).keys() == acknowledged
    assert names(stored) == {"order.completed": len(acknowledged)}
