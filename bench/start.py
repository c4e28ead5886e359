"""From the shell to an answer: `interplay segments count`, with a server and without, beside a bare script."""

import subprocess
import sys
from pathlib import Path

from bench import shop
from bench.figures import Figure, Limit, Settings, alternating
from bench.processes import interplay, served
from bench.segments import BEHAVIOUR, BEHAVIOUR_SQL
from bench.store import shop_store
from interplay.engine.olap.contracts import FILE_NAME as WAREHOUSE_NAME
from interplay.kernel.time import iso

TIMES = 5
SCRIPT = "import sys, duckdb; print(duckdb.connect(sys.argv[1], read_only=True).execute(sys.argv[2]).fetchall())"


def measure(settings: Settings) -> list[Figure]:
    """Run the command, whole processes each time."""
    folder = shop_store(settings).folder
    question = interplay(folder, "segments", "count", BEHAVIOUR, "--at", iso(shop.UNTIL), "--json")
    script = [sys.executable, "-c", SCRIPT, str(folder / WAREHOUSE_NAME), BEHAVIOUR_SQL]
    settings.say("start: interplay segments count …")
    alone, bare = alternating([lambda: _run(question), lambda: _run(script)], TIMES, warm_ups=1)
    with served(folder, Path(settings.folder / "serve.log")):
        (reached,) = alternating([lambda: _run(question)], TIMES, warm_ups=1)
    limit = Limit("python, duckdb and the SQL", bare)
    return [
        Figure(row="command line", what="segments count, nothing running", value=alone, unit="s", limit=limit),
        Figure(row="command line", what="segments count, a server running", value=reached, unit="s", limit=limit),
    ]


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
