"""Who follows the guide to add a mechanic, and nothing else, has one: files are made as written, its test is run."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.house.pages import ROOT, every_page

GUIDE = "docs/guides/campaigns.md"
MARK = "mechanic="


def written():
    """Yield what the guide has one write: the file, and the text."""
    (page,) = [page for page in every_page() if page.name == GUIDE]
    for example in page.every_example():
        for mark in example.marks:
            if mark.startswith(MARK):
                yield mark.removeprefix(MARK), example.text


def follow(folder):
    """Do what the guide says in a copy of the repository: new files, lines that are added to those that there are."""
    for name in ("src", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name, text in written():
        file = folder / name
        if name.endswith("api.py"):
            line, entry = text.split("\n\n")
            first, mark, rest = file.read_text(encoding="utf8").partition("    for one in (\n")
            assert mark
            imports, start, tail = first.partition("from interplay.interact.mechanics.draw")
            file.write_text(f"{imports}{line}\n{start}" + tail + mark + f"        {entry}" + rest, encoding="utf8")
        else:
            before = file.read_text(encoding="utf8") if file.exists() else ""
            file.write_text(before + text, encoding="utf8")


@pytest.mark.slow
def test_the_mechanic_of_the_guide_passes_its_test(tmp_path):
    follow(tmp_path)
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "src")}
    tests = [name for name, _ in written() if "/test_" in name]
    assert len(tests) == 1
    words = ["-m", "pytest", *tests, "-k", "sqlite", "-p", "no:cacheprovider", "-n", "0", "-rN"]
    done = subprocess.run(
        [sys.executable, *words], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
