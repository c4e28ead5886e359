"""How the command line speaks: tables for people, JSON for scripts, mistakes in red on the other stream."""

import functools
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from interplay.bootstrap.access import Access
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import from_micros, parse_instant
from interplay.measure.certainty.contracts import Share

P = ParamSpec("P")
R = TypeVar("R")

WHOLE_CELLS_MAX = 40

console = Console(highlight=False, soft_wrap=True, emoji=False)
stderr = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
At = Annotated[str | None, typer.Option("--at", help="As of this time (ISO 8601); now when left out.")]


def says_mistakes(command: Callable[P, R]) -> Callable[P, R]:
    """Print an AppError as one sentence and exit with 2."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except AppError as error:
            stderr.print(f"[red]error[/] {error.code}:", end=" ")
            stderr.print(str(error), markup=False)
            raise typer.Exit(2) from None

    return run


def reach(context: typer.Context) -> Access:
    """Open the directory that `--data` names."""
    access = Access(folder_of(context))
    if (done := access.upgraded) is not None:
        stderr.print(f"the tables were brought from {done.former} to {done.tables};", end=" ")
        stderr.print(f"the data as they were are in {done.backup}", markup=False)
    return access


def folder_of(context: typer.Context) -> Path:
    """Return the directory that `--data` (or INTERPLAY_DIR) names."""
    folder = context.find_root().params["data"]
    if folder is None:
        raise AppError("cli.no_data")
    return Path(folder)


def instant(access: Access, text: str | None) -> Micros | None:
    """Return the time of `--at`, read in the brand's zone."""
    return None if text is None else parse_instant(text, access.home.world.zone)


def local(access: Access, at: int) -> str:
    """Return an instant as the brand's clocks show it."""
    return from_micros(at).astimezone(access.home.world.zone).strftime("%Y-%m-%d %H:%M:%S")


def print_json(value: Any) -> None:
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows. What people sent is shown as it is, without what would steer the terminal."""
    shown = [[cell if isinstance(cell, Text) else _plain(cell) for cell in row] for row in rows]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, name in enumerate(columns):
        widest = max((row[place].cell_len for row in shown), default=0)
        # What comes first is what people copy, a code or a name: it is not folded where other columns can be.
        table.add_column(name, overflow="fold", min_width=None if place else min(widest, WHOLE_CELLS_MAX))
    for row in shown:
        table.add_row(*row)
    console.print(table)


def share_text(share: Share) -> str:
    """Return a share with its interval."""
    return percent(share) if share.share is None else f"{percent(share)} ({share.low:.1%}–{share.high:.1%})"


def percent(share: Share) -> str:
    return "—" if share.share is None else f"{share.share:.1%}"


def _plain(cell: object) -> Text:
    shown = "" if cell is None else str(cell)
    return Text("".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in shown))
