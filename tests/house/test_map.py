"""The committed import contracts, tried on a small house with one wall broken at a time."""

import os
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

GOOD_HOUSE = {
    "__init__.py": "",
    "kernel/__init__.py": "",
    "kernel/time.py": "",
    "criteria/__init__.py": "",
    "criteria/api.py": "from interplay.criteria import parse\n",
    "criteria/parse.py": "from interplay.kernel import time\n",
    "collect/__init__.py": "",
    "collect/facts/__init__.py": "",
    "collect/facts/api.py": "from interplay.collect.facts import store\nfrom interplay.criteria import api\n",
    "collect/facts/routes.py": "",
    "collect/facts/store.py": "",
    "collect/ingest/__init__.py": "",
    "collect/ingest/api.py": "from interplay.collect.facts import api\n",
    "link/__init__.py": "",
    "link/coupons/__init__.py": "",
    "link/coupons/api.py": "from interplay.collect.facts import api\n",
    "decide/__init__.py": "",
    "decide/holdouts/__init__.py": "",
    "decide/holdouts/api.py": "",
    "bootstrap/__init__.py": "from interplay.collect.facts import routes\n",
}


def build(folder: Path, changes: dict[str, str]) -> Path:
    for name, code in {**GOOD_HOUSE, **changes}.items():
        file = folder / "interplay" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code)
    shutil.copy(ROOT / ".importlinter", folder)
    return folder


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports; "
               "sys.exit(lint_imports(no_cache=True, no_logo=True))"]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=60)


def test_a_good_house_keeps_every_contract(tmp_path):
    run = lint(build(tmp_path, {}))
    assert run.returncode == 0, run.stdout + run.stderr
    assert "0 broken" in run.stdout


@pytest.mark.parametrize(
    ("module", "code", "contract"),
    [
        ("kernel/time.py", "from interplay.collect.facts import api\n", "The map"),
        ("criteria/parse.py", "from interplay.link.coupons import api\n", "The map"),
        ("link/coupons/api.py", "from interplay.decide.holdouts import api\n", "The map"),
        ("attic/__init__.py", "", "The map"),
        ("collect/facts/store.py", "from interplay.collect.ingest import api\n", "No cycles"),
        ("criteria/parse.py", "from interplay.criteria import api\n", "No cycles"),
        ("collect/ingest/api.py", "from interplay.collect.facts import store\n", "A slice"),
        ("collect/ingest/api.py", "from interplay.criteria.parse import parse\n", "A slice"),
        ("link/coupons/api.py", "from interplay.collect.facts import routes\n", "A slice"),
    ],
)
def test_a_broken_wall_is_told(tmp_path, module, code, contract):
    run = lint(build(tmp_path, {module: code}))
    told = [line for line in run.stdout.splitlines() if line.endswith("BROKEN")]
    assert run.returncode == 1, run.stdout + run.stderr
    assert any(line.startswith(contract) for line in told), run.stdout


def test_the_contracts_name_every_stage_of_the_package():
    config = ConfigParser()
    config.read(ROOT / ".importlinter")
    layers = config["importlinter:contract:map"]["layers"]
    named = {name.strip(" ()") for line in layers.splitlines() for name in line.split("|")} - {""}
    there = {p.name for p in (ROOT / "src/interplay").iterdir() if p.is_dir() and not p.name.startswith("_")}
    assert there <= named
