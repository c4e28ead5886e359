"""What was published of a draw, in the hands of a verifier without Interplay, and of a forger who has the secret."""

import json
import subprocess
import sys

import msgspec
from typer.testing import CliRunner

from interplay.acts import chance
from interplay.acts.publishing import PublishedPlay
from interplay.faces.cli.main import app
from tests.house.pages import every_page


def run(data, *words, status=0):
    ask = ["--data", str(data)] if data else []
    done = CliRunner().invoke(app, [*ask, *words], env={"COLUMNS": "250"})
    assert status is ... or done.exit_code == status, done.output
    return done.stdout + done.stderr


def alone(folder, file, *pages):
    """Run the script of the guide as who has Python and nothing else."""
    (page,) = [page for page in every_page() if page.path.name == "draws.md"]
    (script,) = [one for one in page.examples("python") if "file=verify_draw.py" in one.marks]
    (folder / "verify_draw.py").write_text(script.text, encoding="utf8")
    words = [sys.executable, "-I", "-S", str(folder / "verify_draw.py"), str(file), *map(str, pages)]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, env={"PYTHONUTF8": "1"})


def read(file):
    return [json.loads(line) for line in file.read_text(encoding="utf8").splitlines()]


def write(file, lines):
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf8")
    return file


def chained_again(lines):
    """Number plays anew, let chance pick by the weights that they have now, and make the chain and its head fit."""
    draw, plays = lines[0], lines[1:]
    head, secret = chance.START, bytes.fromhex(draw["secret"])
    for number, play in enumerate(plays, 1):
        play["play"] = number
        rolled = chance.roll(secret, draw["campaign"], play["pseudonym"], number, sum(play["weights"]))
        picked = play["names"][chance.pick(play["weights"], rolled)]
        if picked != play["picked"]:
            play["picked"] = play["given"] = picked
        head = chance.chained(head, msgspec.convert(play, PublishedPlay).as_kept())
        play["head"] = head.hex()
    draw["plays"], draw["head"] = len(plays), head.hex()
