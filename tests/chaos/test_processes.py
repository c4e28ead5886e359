"""Keeper, door and mind: who may hold a data directory, who ends with whom, and who is started again."""

import signal
import socket
import time

import pytest

from interplay.engine.wire.server import socket_path
from tests.serving import HOST, Site, wait_for
from tests.stored import check_folds, names

pytestmark = pytest.mark.slow

GONE_SECONDS_MAX = 2.0
STOP_SECONDS_MAX = 12.0
BOUGHT = 'count("order.completed") >= 1'


def order(message_id="m1", user="u1"):
    return {
        "event": "Order Completed", "userId": user, "messageId": message_id,
        "timestamp": "2026-01-01T00:00:00Z", "properties": {"revenue": 12.5},
    }  # fmt: skip


def test_a_second_server_on_the_same_directory_is_refused_in_words(server):
    refused = server.site.cli("serve", "--port", "0", status=2)
    assert "home.served" in refused.stderr
    assert f"{server.site.url} (process {server.keeper.pid})" in refused.stderr.replace("\n", "")
    assert str(server.site.data) in refused.stderr.replace("\n", "")
    assert server.health() == 200
    assert not server.is_free()


def test_the_command_line_sees_a_fact_posted_just_before(server):
    before = server.count(BOUGHT).count
    assert server.post("/v1/track", order("seen", "somebody new")).status_code == 200
    assert server.site.cli_json("segments", "count", BOUGHT)["count"] == before + 1


def test_the_command_line_writes_through_the_running_server(server):
    key = server.site.cli_json("keys", "make", "tills", "--scope", "write")["key"]
    wait_for(lambda: post_with(server, key) == 200, "the new key to work", seconds_max=5)
    server.site.cli("keys", "revoke", "tills")
    wait_for(lambda: post_with(server, key) == 401, "the revoked key to stop working", seconds_max=5)


def post_with(server, key):
    return server.post("/v1/track", order(), key=key).status_code


@pytest.mark.parametrize("role", ["door", "mind"])
def test_a_killed_process_is_started_again_and_the_port_answers(server, role):
    assert server.post("/v1/track", order()).status_code == 200
    before, buyers = server.pids(), server.count(BOUGHT)
    server.kill(role)
    wait_for(lambda: server.pids().get(role) not in (None, before[role]), f"another {role}")
    server.wait_until_ready()
    assert server.pids().keys() == before.keys()
    assert server.post("/v1/track", order()).json()["results"] == [{"status": "duplicate"}]
    assert server.count(BOUGHT) == buyers
    assert f'"role": "{role}"' in server.words()


def test_a_path_too_long_for_a_socket_works(tmp_path):
    site = Site(tmp_path.joinpath(*["a-folder-with-a-rather-long-name-数据"] * 4, "data"))
    assert len(str(site.data / "run/door.sock").encode()) > 107
    with site.server() as server:
        assert server.post("/v1/track", order()).status_code == 200
        assert site.cli_json("segments", "count", BOUGHT)["count"] == 1
        door = socket_path(site.data, "door")
        assert door.parent.stat().st_mode & 0o077 == 0
    assert not door.exists()
    assert names(check_folds(site.data)) == {"order.completed": 1}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_three_processes_in_order(started, number):
    assert started.post("/v1/track", order()).status_code == 200
    assert started.stop(number) == 0
    assert "Traceback" not in started.words()
    assert "leaked" not in started.words()
    assert list((started.site.data / "run").glob("*.sock")) == []
    assert started.is_free()


def test_a_signal_while_it_starts_ends_it_too(site):
    server = site.server()
    server.start()
    wait_for(lambda: "mind" in server.pids(), "the processes to be started")
    assert server.stop() == 0
    assert server.is_free()


def test_a_client_that_never_finishes_does_not_keep_the_server_from_stopping(started):
    with slow_client(started.site):
        began = time.monotonic()
        assert started.stop() == 0
        assert time.monotonic() - began < STOP_SECONDS_MAX


def test_when_the_keeper_is_killed_door_and_mind_end_and_the_lock_is_free(started):
    with slow_client(started.site):  # even a request under way does not keep the directory
        started.kill("keeper")
        wait_for(lambda: started.is_free(), "the lock to be free", seconds_max=GONE_SECONDS_MAX)
    assert "Traceback" not in started.words(), started.words()


def slow_client(site):
    client = socket.create_connection((HOST, site.port))
    head = f"POST /v1/track HTTP/1.1\r\nhost: x\r\nauthorization: {site.basic()}\r\ncontent-length: 1000\r\n\r\n{{"
    client.sendall(head.encode())
    return client


def test_a_port_in_use_is_said_once_and_ends_the_server(server, site):
    refused = site.cli("serve", "--port", str(server.site.port), status=2)
    (told,) = refused.stderr.splitlines()
    assert f"port {server.site.port}: Address already in use" in told
    assert refused.stdout == ""
    assert site.server().is_free()


def test_nobody_can_take_the_port_while_a_door_is_started_again(started):
    started.kill("door")
    with pytest.raises(OSError, match="in use"):
        socket.create_server((HOST, started.site.port))
    assert started.post("/v1/track", order()).status_code == 200  # it waited for the next door


def test_with_nobody_serving_a_command_does_the_work_itself(site):
    tail = site.cli("facts", "tail", "--json")
    assert (tail.stdout, tail.stderr) == ("[]\n", "")
