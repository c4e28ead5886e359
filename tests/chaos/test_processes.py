"""Keeper, door and mind: who may hold a data directory, who ends with whom, and who is started again."""

import signal
import subprocess
import time

import psutil
import pytest

from interplay.bootstrap.home import Hold
from interplay.engine.wire.server import socket_path
from interplay.kernel.errors import AppError
from tests.serving import Site, is_gone, wait_for
from tests.stored import check_folds, names

pytestmark = pytest.mark.slow

GONE_SECONDS_MAX = 2.0
ORDER = {"event": "Order Completed", "userId": "u1", "messageId": "m1", "properties": {"revenue": 12.5}}


def test_a_second_server_on_the_same_directory_is_refused_in_words(site, server):
    refused = site.cli("serve", "--port", "0", status=2)
    assert "home.held" in refused.stderr
    assert str(site.data) in refused.stderr
    assert server.health() == 200


def test_the_command_line_sees_a_fact_posted_just_before(site, server):
    assert server.post("/v1/track", ORDER).status_code == 200
    counted = site.cli_json("segments", "count", 'count("order.completed") >= 1')
    assert counted == {"count": 1, "unknown": 0, "population": 1}
    shown = site.cli_json("customers", "show", "user_id:u1")
    assert [fact["name"] for fact in shown["timeline"]] == ["order.completed"]


def test_the_command_line_writes_through_the_running_server(site, server):
    key = site.cli_json("keys", "make", "tills", "--scope", "write")["key"]
    wait_for(lambda: post_with(server, key) == 200, "the new key to work", seconds_max=5)
    site.cli("keys", "revoke", "tills")
    wait_for(lambda: post_with(server, key) == 401, "the revoked key to stop working", seconds_max=5)


def post_with(server, key):
    site = server.site
    site.write_key, before = key, site.write_key
    try:
        return server.post("/v1/track", ORDER).status_code
    finally:
        site.write_key = before


def test_a_path_too_long_for_a_socket_works(tmp_path):
    site = Site(tmp_path.joinpath(*["a-folder-with-a-rather-long-name-数据"] * 4, "data"))
    assert len(str(site.data / "run/door.sock").encode()) > 107
    with site.server() as server:
        assert server.post("/v1/track", ORDER).status_code == 200
        assert site.cli_json("segments", "count", 'count("order.completed") >= 1')["count"] == 1
        socket = socket_path(site.data, "door")
        assert socket.parent.stat().st_mode & 0o077 == 0
    assert not socket.exists()
    assert names(check_folds(site.data)) == {"order.completed": 1}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_three_processes_in_order(site, number):
    server = site.server()
    server.start()
    server.wait_until_ready()
    assert server.post("/v1/track", ORDER).status_code == 200
    assert server.stop(number) == 0
    assert "Traceback" not in server.words()
    assert list((site.data / "run").glob("*.sock")) == []
    Hold(site.data).close()


def test_a_signal_while_it_starts_ends_it_too(site):
    server = site.server()
    server.start()
    wait_for(lambda: "mind" in server.pids(), "the processes to be started")
    assert server.stop() == 0
    Hold(site.data).close()


def test_when_the_keeper_is_killed_door_and_mind_end_and_the_lock_is_free(site):
    server = site.server()
    server.start()
    server.wait_until_ready()
    others = [psutil.Process(pid) for role, pid in server.pids().items() if role != "keeper"]
    assert len(others) == 2
    server.kill("keeper")
    wait_for(lambda: all(map(is_gone, others)), "door and mind to end", seconds_max=GONE_SECONDS_MAX)
    Hold(site.data).close()


def test_when_the_keeper_is_killed_a_busy_door_ends_too(site):
    """A client that never finishes its request must not keep the directory locked."""
    server = site.server()
    server.start()
    server.wait_until_ready()
    others = [psutil.Process(pid) for role, pid in server.pids().items() if role != "keeper"]
    with slow_client(site):
        server.kill("keeper")
        wait_for(lambda: all(map(is_gone, others)), "door and mind to end", seconds_max=GONE_SECONDS_MAX)
    Hold(site.data).close()


def slow_client(site):
    import socket

    client = socket.create_connection(("127.0.0.1", site.port))
    head = f"POST /v1/track HTTP/1.1\r\nhost: x\r\nauthorization: {site.basic()}\r\ncontent-length: 1000\r\n\r\n{{"
    client.sendall(head.encode())
    return client


def test_a_client_that_never_finishes_does_not_keep_the_server_from_stopping(site):
    server = site.server()
    server.start()
    server.wait_until_ready()
    with slow_client(site):
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 12


@pytest.mark.parametrize("role", ["door", "mind"])
def test_a_killed_process_is_started_again_and_the_port_answers(site, server, role):
    assert server.post("/v1/track", ORDER).status_code == 200
    before = server.pids()
    server.kill(role)
    wait_for(lambda: server.pids().get(role) not in (None, before[role]), f"another {role}")
    server.wait_until_ready()
    assert server.pids().keys() == before.keys()
    assert server.post("/v1/track", ORDER).json()["results"] == [{"status": "duplicate"}]
    assert server.count('count("order.completed") == 1').count == 1
    assert f"role={role}" in server.words()


def test_nobody_else_can_hold_the_directory_while_one_process_of_it_lives(site, server):
    with pytest.raises(AppError, match="home") as held:
        Hold(site.data)
    assert held.value.code == "home.held"


def test_a_port_in_use_is_said(site, server):
    other = Site(site.data.parent / "other")
    other.port = site.port
    second = other.server()
    second.start()
    wait_for(lambda: "address already in use" in second.words(), "the reason to be said")
    second.stop()


def test_the_answer_to_a_stopped_server_is_one_sentence(site):
    """A command that finds nobody holding the directory does the work itself."""
    run = subprocess.run(
        site.command("facts", "tail", "--json"), capture_output=True, text=True, timeout=60, check=True
    )
    assert run.stdout == "[]\n"
    assert run.stderr == ""
