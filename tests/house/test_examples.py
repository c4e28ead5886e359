"""The guides are done as written: files are made, commands are run, outputs are compared."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.pages import ROOT, Example, Page, every_page

RUN = ("shell", "run")
PAGES = [page for page in every_page() if page.examples(*RUN)]


def file_of(example: Example) -> str | None:
    return next((mark.removeprefix("file=") for mark in example.marks if mark.startswith("file=")), None)


def run(example: Example, folder: Path) -> str:
    here = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{here}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "120"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", example.text],
        cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, f"{example.text}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_a_guide_can_be_done_as_written(page: Page, tmp_path):
    output = ""
    for example in page.every_example():
        if (name := file_of(example)) is not None:
            (tmp_path / name).write_text(example.text, encoding="utf-8")
        elif (example.language, *example.marks) == RUN:
            output = run(example, tmp_path)
        elif (example.language, *example.marks) == ("json", "output"):
            assert json.loads(output) == json.loads(example.text), f"{page.name}:{example.line}"
        elif (example.language, *example.marks) == ("text", "output"):
            assert output.split() == example.text.split(), f"{page.name}:{example.line}"


def test_the_five_minutes_of_the_readmes_are_among_them():
    assert {ROOT / "README.md", ROOT / "README.zh.md", ROOT / "docs/guides/first-five-minutes.md"} <= {
        p.path for p in PAGES
    }
