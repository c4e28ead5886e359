"""The socket: the same answers and the same mistakes as in the process itself."""

import os
import socket
import struct
import threading

import pytest
from msgspec import Struct

from interplay.engine.oltp.contracts import Command, Priority
from interplay.engine.wire.client import WireClient
from interplay.engine.wire.contracts import FRAME_BYTES_MAX, Question
from interplay.engine.wire.server import PATH_BYTES_MAX, Served, WireServer, socket_path
from interplay.kernel.errors import AppError


class Ask(Struct):
    text: str
    times: int = 1


class Odd:
    def __str__(self):
        return "odd"


def run(ask, is_bulk):
    match ask.text:
        case "mistake":
            raise AppError("warehouse.behind", status=503, position=1, wanted=2)
        case "odd mistake":
            raise AppError("settings.file", path=Odd(), reason=ValueError("deep"))
        case "bug":
            raise KeyError("a bug")
        case "no answer":
            return object()
        case "bulk":
            return str(is_bulk)
    return ask.text * ask.times


REPEAT = Question("repeat", Ask, str, lambda mind, ask: "")
UNKNOWN = Question("unknown", Ask, str, lambda mind, ask: "")
COMMAND = Command("repeat", Ask, str, lambda tx, ask: "")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run" / "test.sock"


@pytest.fixture
def server(path):
    made = WireServer(path, {"repeat": Served(Ask, run)})
    yield made
    made.close()


@pytest.fixture
def client(server, path):
    made = WireClient(path)
    yield made
    made.close()


def test_an_answer_comes_through(client):
    assert client.ask(REPEAT, Ask("咖啡 ", 3)) == "咖啡 咖啡 咖啡 "
    assert client.submit(COMMAND, Ask("x")).result(5) == "x"
    assert client.submit(COMMAND, Ask("bulk"), Priority.BULK).result(5) == "True"
    assert client.submit(COMMAND, Ask("bulk")).result(5) == "False"


def test_a_mistake_is_the_same_on_both_sides(client):
    with pytest.raises(AppError) as told:
        client.ask(REPEAT, Ask("mistake"))
    meant = AppError("warehouse.behind", status=503, position=1, wanted=2)
    assert (told.value.code, told.value.status, told.value.params) == (meant.code, meant.status, meant.params)
    assert [told.value.text(lang) for lang in ("en", "zh")] == [meant.text(lang) for lang in ("en", "zh")]
    assert client.submit(COMMAND, Ask("mistake")).exception(5).code == "warehouse.behind"


def test_a_mistake_with_parameters_of_any_kind_comes_through(client):
    with pytest.raises(AppError) as told:
        client.ask(REPEAT, Ask("odd mistake"))
    assert str(told.value) == "odd: deep"
    assert client.ask(REPEAT, Ask("x")) == "x"


@pytest.mark.parametrize("text", ["bug", "no answer"])
def test_a_bug_of_the_other_side_is_a_bug_here_and_the_line_stays_open(client, text):
    with pytest.raises(RuntimeError, match="repeat"):
        client.ask(REPEAT, Ask(text))
    assert client.ask(REPEAT, Ask("x")) == "x"


def test_a_question_that_the_other_side_does_not_know_is_a_bug(client):
    with pytest.raises(RuntimeError, match="unknown"):
        client.ask(UNKNOWN, Ask("x"))


def test_large_messages_go_both_ways(client):
    text = "x" * (8 * 1024 * 1024)
    assert client.ask(REPEAT, Ask(text)) == text


@pytest.mark.parametrize("ask", [Ask("x" * (FRAME_BYTES_MAX + 1)), Ask("x" * 1024, FRAME_BYTES_MAX // 1024 + 1)])
def test_a_message_that_is_too_large_says_so_and_the_line_stays_usable(client, ask):
    with pytest.raises(AppError) as told:
        client.ask(REPEAT, ask)
    assert told.value.code == "engine.frame"
    assert str(FRAME_BYTES_MAX) in str(told.value)
    assert client.ask(REPEAT, Ask("x")) == "x"


def test_many_threads_ask_at_once(client):
    wrong = []

    def ask(n):
        for i in range(50):
            if client.ask(REPEAT, Ask(f"{n}-{i} ", 2)) != f"{n}-{i} {n}-{i} ":
                wrong.append((n, i))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []


def test_nobody_there_is_said(tmp_path):
    client = WireClient(tmp_path / "nobody.sock")
    with pytest.raises(AppError) as told:
        client.ask(REPEAT, Ask("x"))
    assert (told.value.code, told.value.status) == ("engine.away", 503)
    assert str(tmp_path / "nobody.sock") in told.value.text("zh")
    assert client.submit(COMMAND, Ask("x")).exception(5).code == "engine.away"


def test_the_other_side_dying_is_said_and_its_successor_is_found(path):
    def die(ask, is_bulk):
        raise SystemExit

    first = WireServer(path, {"repeat": Served(Ask, die)})
    client = WireClient(path)
    with pytest.raises(AppError, match="try again"):
        client.ask(REPEAT, Ask("x"))
    first.close()
    with pytest.raises(AppError, match="try again"):
        client.ask(REPEAT, Ask("x"))
    second = WireServer(path, {"repeat": Served(Ask, run)})
    assert client.ask(REPEAT, Ask("x")) == "x"
    client.close()
    second.close()


def test_a_stranger_who_sends_rubbish_harms_nobody(client, path):
    for rubbish in (
        b"",
        b"\x01",
        struct.pack("<I", 5) + b"\xc1abcd",
        struct.pack("<I", FRAME_BYTES_MAX + 1),
        b"GET / HT",
    ):
        with socket.socket(socket.AF_UNIX) as stranger:
            stranger.connect(str(path))
            stranger.sendall(rubbish)
    assert client.ask(REPEAT, Ask("x")) == "x"


def test_a_left_over_socket_is_replaced_and_private(path):
    path.parent.mkdir()
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(path))
    stale.close()
    server = WireServer(path, {"repeat": Served(Ask, run)})
    assert path.stat().st_mode & 0o777 == 0o600
    server.close()
    assert not path.exists()


def test_a_long_path_has_its_socket_elsewhere_and_in_private(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = tmp_path / ("x" * 90) / "data"
    folder.mkdir(parents=True)
    path = socket_path(folder, "door")
    assert len(os.fsencode(path)) <= PATH_BYTES_MAX or tmp_path in path.parents
    assert path != socket_path(folder.parent, "door")
    assert path == socket_path(folder, "door")
    if len(os.fsencode(path)) < 107:
        server = WireServer(path, {"repeat": Served(Ask, run)})
        assert path.parent.stat().st_mode & 0o777 == 0o700
        server.close()
