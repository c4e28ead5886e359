"""`python -m bench [NAME…] [--quick] [--facts N] [--customers N]`: measure, print, write `build/bench/report.*`."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from bench import (
    acts,
    attribution,
    boards,
    building,
    closures,
    codes,
    cohorts,
    effects,
    files,
    funnels,
    idle,
    live,
    matching,
    metrics,
    people,
    plays,
    postgres,
    posts,
    quotes,
    report,
    segments,
    start,
)
from bench.figures import Figure, Settings

FOLDER = Path("build/bench")
FACTS = 10_000_000
FACTS_QUICK = 1_000_000
MEASURES: dict[str, Callable[[Settings], list[Figure]]] = {
    "building": building.measure,
    "posts": posts.measure,
    "files": files.measure,
    "closures": closures.measure,
    "quotes": quotes.measure,
    "codes": codes.measure,
    "segments": segments.measure,
    "funnels": funnels.measure,
    "metrics": metrics.measure,
    "effects": effects.measure,
    "attribution": attribution.measure,
    "cohorts": cohorts.measure,
    "people": people.measure,
    "live": live.measure,
    "acts": acts.measure,
    "boards": boards.measure,
    "plays": plays.measure,
    "matching": matching.measure,
    "postgres": postgres.measure,
    "idle": idle.measure,
    "start": start.measure,
}


def main(words: list[str]) -> None:
    """Run the measurements named, all by default. A target that is missed is marked, and fails nothing."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASURES))
    parser.add_argument("--quick", action="store_true", help="1 M facts, seconds instead of minutes")
    parser.add_argument("--facts", type=int, help="how many facts are stored already")
    parser.add_argument("--customers", type=int, help="of how many customers; a twentieth of the facts by default")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the stores and the report go")
    asked = parser.parse_args(words)
    if unknown := [name for name in asked.names if name not in MEASURES]:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(MEASURES)}")
    settings = Settings(
        folder=asked.folder.absolute(),
        facts=asked.facts or (FACTS_QUICK if asked.quick else FACTS),
        is_quick=asked.quick,
        say=Console(stderr=True, highlight=False, style="dim").print,
        customers_asked=asked.customers,
        data=Path(os.environ["INTERPLAY_DATA"]) if os.environ.get("INTERPLAY_DATA") else None,
    )
    settings.folder.mkdir(parents=True, exist_ok=True)
    machine = report.machine(settings)
    figures: list[Figure] = []
    for name in asked.names or MEASURES:
        figures += MEASURES[name](settings)
        report.write(settings.folder, report.Report(machine, figures))
    report.show(report.Report(machine, figures))


if __name__ == "__main__":
    main(sys.argv[1:])
