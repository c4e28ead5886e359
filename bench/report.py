"""The report: a table for the screen, the same as Markdown, and JSON for comparing runs."""

import os
import platform
import sqlite3
import subprocess
from collections.abc import Sequence
from pathlib import Path

import duckdb
import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from bench.figures import Figure, Settings

COLUMNS = ("row", "what", "measured", "limit, same run", "share", "target", "")
FASTER_IS_SMALLER = frozenset({"s", "MiB", "% of one"})


class Machine(Struct, frozen=True):
    """Where and of what a run was."""

    commit: str
    seed: int
    facts: int
    is_quick: bool
    processor: str
    processors: int
    memory_gib: float
    load: float  # of the machine when the run began; above 0.5 the figures say little
    system: str
    python: str
    sqlite: str
    duckdb: str


class Report(Struct, frozen=True):
    machine: Machine
    figures: Sequence[Figure]


def machine(settings: Settings) -> Machine:
    return Machine(
        commit=_commit(),
        seed=settings.seed,
        facts=settings.facts,
        is_quick=settings.is_quick,
        processor=_processor(),
        processors=os.cpu_count() or 0,
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3, 1),
        load=round(os.getloadavg()[0], 2),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        duckdb=duckdb.__version__,
    )


def write(folder: Path, report: Report) -> None:
    """Write `report.json` and `report.md`."""
    folder.mkdir(parents=True, exist_ok=True)
    encoded = msgspec.json.encode(report)
    (folder / "report.json").write_bytes(msgspec.json.format(encoded, indent=2))
    (folder / "report.md").write_text(markdown(report), encoding="utf8")


def show(report: Report) -> None:
    """Print the table."""
    table = Table(*COLUMNS, box=None, header_style="bold", pad_edge=False)
    for figure in report.figures:
        table.add_row(*_cells(figure))
        if figure.details:
            table.add_row("", f"[dim]{_details(figure)}[/]")
    Console(width=max(Console().width, 150), highlight=False).print(table)


def markdown(report: Report) -> str:
    about = " · ".join(f"{name} {value}" for name, value in msgspec.to_builtins(report.machine).items())
    lines = ["# Benchmark", "", about, "", f"| {' | '.join(COLUMNS)} |", "|" + "---|" * len(COLUMNS)]
    for figure in report.figures:
        row, what, *rest = _cells(figure)
        lines.append(f"| {' | '.join((row, f'{what}<br>{_details(figure)}' if figure.details else what, *rest))} |")
    return "\n".join(lines) + "\n"


def _cells(figure: Figure) -> tuple[str, ...]:
    limit = "" if figure.limit is None else f"{_number(figure.limit.value)} {figure.unit} ({figure.limit.what})"
    mark = "" if figure.is_met is None else "✓" if figure.is_met else "✗"
    return (
        figure.row,
        figure.what,
        f"{_number(figure.value)} {figure.unit}",
        limit,
        _share(figure),
        figure.target,
        mark,
    )


def _share(figure: Figure) -> str:
    if figure.ratio is None:
        return ""
    return f"{figure.ratio:.2f} ×" if figure.unit in FASTER_IS_SMALLER else f"{figure.ratio:.0%}"


def _details(figure: Figure) -> str:
    return " · ".join(f"{name} {_number(value)}" for name, value in figure.details.items())


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _commit() -> str:
    done = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
