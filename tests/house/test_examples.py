"""The guides are done as written: files are made, commands are run, servers started, outputs compared."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.house.pages import ROOT, Example, Page, every_page
from tests.house.ready import ready
from tests.postgresql import empty_url

PAGES = [page for page in every_page() if page.examples("shell", "run")]
PORT_IN_GUIDES = "8000"
DATABASE_IN_GUIDES = re.compile(r"postgresql://\S+")
KEY_IN_GUIDES = "wk_…"
SECONDS_TO_START_MAX = 60


class Doing:
    """A reader with a guide: an empty folder, a shell, and a server when the guide says so."""

    def __init__(self, folder: Path, commands: Path) -> None:
        self.folder = folder
        self._commands = commands
        self.output = ""
        self._write_key = ""
        self._server: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = str(free.getsockname()[1])

    def do(self, example: Example) -> None:
        for mark in example.marks:
            if mark.startswith("file="):
                path = self.folder / mark.removeprefix("file=")
                path.parent.mkdir(exist_ok=True)
                path.write_text(example.text, encoding="utf-8")
        match example.language, *example.marks:
            case "shell", "run":
                self.output = self._run(["bash", "-euo", "pipefail", "-c", example.text])
                found = re.search(r"\bwk_\S{20,}", self.output)
                self._write_key = found[0] if found else self._write_key
            case "shell", "postgresql":
                text = DATABASE_IN_GUIDES.sub(lambda _: f"'{empty_url()}'", example.text)
                self.output = self._run(["bash", "-euo", "pipefail", "-c", text])
            case "shell", "serve":
                self._serve(example.text)
            case "python", "run":
                self._run([sys.executable, "-c", example.text])
            case "python", "send":
                text = example.text.replace(PORT_IN_GUIDES, self._port).replace(KEY_IN_GUIDES, self._write_key)
                self._run([sys.executable, "-c", text])
            case "json", "output":
                assert json.loads(self.output) == json.loads(example.text)

    def facts(self) -> set[str]:
        return {
            fact["name"] for fact in json.loads(self._run(["interplay", "--data", "shop", "facts", "tail", "--json"]))
        }

    def rejects(self) -> list[object]:
        return json.loads(self._run(["interplay", "--data", "shop", "rejects", "list", "--json"]))

    def stop(self) -> None:
        if self._server is not None:
            self._server.terminate()
            assert self._server.wait(timeout=30) == 0

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(
            command, cwd=self.folder, env=_environment(self._commands), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, f"{command[-1]}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _serve(self, text: str) -> None:
        command = text.replace(PORT_IN_GUIDES, self._port)
        self._server = subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=self.folder, env=_environment())
        for _ in range(SECONDS_TO_START_MAX * 5):
            try:
                if httpx.get(f"http://127.0.0.1:{self._port}/health").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            assert self._server.poll() is None
            time.sleep(0.2)
        raise AssertionError("the server did not start")


def _environment(*before: Path) -> dict[str, str]:
    path = os.pathsep.join([*map(str, before), str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "COLUMNS": "120"}


@pytest.fixture(scope="module")
def commands(tmp_path_factory):
    with ready(tmp_path_factory.mktemp("ready")) as folder:
        yield folder


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_a_guide_can_be_done_as_written(page: Page, tmp_path, commands):
    reader = Doing(tmp_path, commands)
    try:
        for example in page.every_example():
            reader.do(example)
        if page.path.name == "sending-facts.md":
            assert {"customer.identified", "order.completed", "product.viewed"} <= reader.facts()
            assert reader.rejects() == []
    finally:
        reader.stop()


def test_what_a_newcomer_reads_first_is_among_them():
    first = {"README.md", "README.zh.md", "docs/guides/first-five-minutes.md", "docs/guides/sending-facts.md"}
    assert first <= {page.path.relative_to(ROOT).as_posix() for page in PAGES}
