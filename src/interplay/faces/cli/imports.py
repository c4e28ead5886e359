"""`interplay import`: a file and its mapping."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from interplay.bootstrap.access import Access
from interplay.collect.facts.api import Declarations
from interplay.collect.imports import api as imports
from interplay.faces.cli.screen import AsJson, console, print_json, reach, says_mistakes, stderr
from interplay.unify.identity import api as identity

COLUMNS = ("{task.description}", "{task.fields[rows]:,} rows", "{task.fields[facts]:,} facts")

NOTHING_BUT_REJECTS = 1  # an exit status


def register(app: typer.Typer) -> None:
    app.command("import")(import_)


@says_mistakes
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, JSON lines, JSON or Parquet.")],
    mapping: Annotated[Path, typer.Option(help="The document that says what its columns mean.")],
    encoding: Annotated[str | None, typer.Option(help="Over the mapping's, e.g. gb18030.")] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Where rejected rows go; FILE.rejects.jsonl in the current folder by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Import a file. Importing it again changes nothing; an interrupted import goes on where it stopped.

    Exits with 0 when there are facts of the file in the log, some rows being rejected or none; with 1 when rows were
    rejected and no fact came of any other; with 2 when the import could not be done.
    """
    rejects_file = rejects or Path(f"{file.name}.rejects.jsonl")
    columns = (*map(TextColumn, COLUMNS), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with (
        reach(context) as access,
        Progress(*columns, console=stderr, disable=as_json, transient=True) as bar,
    ):
        task = bar.add_task(file.name, total=1.0, rows=0, facts=0)

        def report(progress: imports.Progress) -> None:
            bar.update(task, completed=progress.fraction, rows=progress.rows, facts=progress.facts)

        done = import_file(access, file, mapping, rejects_file, encoding=encoding, report=report)
    if as_json:
        print_json(done)
    else:
        _say(done, rejects_file)
    if done.rejected and not (done.stored or done.duplicates or done.resumed_after):
        raise typer.Exit(NOTHING_BUT_REJECTS)


def import_file(
    access: Access,
    file: Path,
    mapping: Path,
    rejects_file: Path,
    *,
    encoding: str | None = None,
    report: Callable[[imports.Progress], None] | None = None,
) -> imports.Progress:
    """Import a file into a data directory, whoever holds it; rejected rows go to `rejects_file`, written anew."""
    document, text = imports.load(mapping)
    home = access.home
    now = home.world.now()
    declared = Declarations(home.database, home.settings.brand, home.keys).current().declared
    reading = imports.Reading(declared, home.settings.brand, now, encoding=encoding)
    blocked = identity.blocked_values(home.database, home.settings.brand)
    sink = imports.LogSink(
        home.database, home.keys, access, access.append,
        source=document.source, received_at=now, rejects_file=rejects_file, blocked=blocked,
    )  # fmt: skip
    return imports.run(file, document, reading, sink, text=text, report=report)


def _say(done: imports.Progress, rejects_file: Path) -> None:
    console.print(
        f"{done.rows:,} rows read: {done.stored:,} facts stored, {done.duplicates:,} were there already,"
        f" {done.rejected:,} rows rejected"
    )
    if done.differing:
        console.print(
            f"{done.differing:,} of those that were there already are stored with another content;"
            " what is stored stays as it is"
        )
    for reason, count in done.ignored.items():
        console.print(f"{count:,} rows left out: {reason}", markup=False)
    if done.resumed_after:
        console.print(f"an interrupted import of this file went on after its chunk {done.resumed_after}")
    if done.rejected:
        console.print(f"rejected rows, with line, field and reason: {rejects_file}", markup=False)
