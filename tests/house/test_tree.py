"""What lies in the tree: nothing of one machine, nothing empty, nothing that only works here."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MACHINE_PATH = re.compile(r"(?<![\w.$}/])/(?:work|root|farm|home/\w+|Users/\w+|tmp/[a-zA-Z])\b")
BESIDE = ".." + "/shared"


def committed() -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in run.stdout.splitlines() if (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """Return the committed text files by path."""
    contents = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in committed()}
    return {name: content.decode("utf-8") for name, content in contents.items() if b"\0" not in content}


def lines_with(texts: dict[str, str], pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_file_names_a_path_of_one_machine(texts):
    others = {name: text for name, text in texts.items() if name != "tests/house/test_tree.py"}
    assert lines_with(others, MACHINE_PATH) == []


@pytest.mark.parametrize(
    ("line", "is_told"),
    [
        ("cd /home/ann/interplay", True),
        ("see /docs/home/x", False),
        ("https://a.example/root/x", False),
        ("x = '/root'", True),
    ],
)
def test_a_path_of_one_machine_is_recognised(line, is_told):
    assert bool(MACHINE_PATH.search(line)) is is_told


def test_only_the_ci_script_looks_beside_the_checkout(texts):
    pattern = re.compile(re.escape(BESIDE) + r"|/shared/data")
    assert {place.partition(":")[0] for place in lines_with(texts, pattern)} <= {".ci/run", "tests/house/test_tree.py"}


def test_the_lock_pins_everything_by_hash_and_names_no_registry(texts):
    lock = texts["requirements.lock"]
    assert "://" not in lock
    assert "-index-url" not in lock
    for entry in re.split(r"\n(?=\S)", lock.strip()):
        assert re.match(r"[a-z0-9][a-z0-9._-]*(\[[a-z0-9,-]+\])?==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry


def test_the_lock_has_every_dependency_of_the_project(texts):
    project = tomllib.loads(texts["pyproject.toml"])
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.match(r"[A-Za-z0-9._-]+", spec)[0].lower() for spec in wanted}
    locked = set(re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==", texts["requirements.lock"], re.MULTILINE))
    assert names - locked == set()


def test_no_folder_of_the_package_is_empty():
    folders = [p for p in (ROOT / "src").rglob("*") if p.is_dir() and "__pycache__" not in p.parts]
    assert [f for f in folders if not any(p.name != "__pycache__" for p in f.iterdir())] == []


def test_every_stage_and_slice_says_what_it_is_in_both_languages():
    package = ROOT / "src/interplay"
    for file in sorted(
        [*package.glob("__init__.py"), *package.glob("*/__init__.py"), *package.glob("*/*/__init__.py")]
    ):
        text = file.read_text(encoding="utf-8")
        assert text.startswith('"""'), file
        assert re.search(r"[一-鿿]", text), f"{file} does not say what it is in Chinese"


def test_nothing_is_left_unfinished_in_the_package(texts):
    marks = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b|NotImplementedError")
    assert lines_with({n: t for n, t in texts.items() if n.startswith("src/")}, marks) == []


def test_make_help_names_every_target(texts):
    makefile = texts["Makefile"]
    targets = set(re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[1].split()) - {"help", "lint"}
    assert targets == set(re.findall(r'@echo "make (\w+) ', makefile))
