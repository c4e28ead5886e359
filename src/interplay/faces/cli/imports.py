"""`interplay import`: a file and its mapping, and with `--with-effects` what its facts give."""

from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from msgspec import Struct
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from interplay.bootstrap.access import Access
from interplay.collect.facts.api import Declarations
from interplay.collect.imports import api as imports
from interplay.faces.cli import effects
from interplay.faces.cli.effects import Effects
from interplay.faces.cli.screen import AsJson, console, print_json, reach, says_mistakes, stderr
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import LANGS
from interplay.kernel.ids import Position
from interplay.unify.identity import api as identity

COLUMNS = ("{task.description}", "{task.fields[rows]:,} rows", "{task.fields[facts]:,} facts")

NOTHING_BUT_REJECTS = 1  # an exit status


class Imported(imports.Progress, frozen=True, kw_only=True):
    """An import's summary for scripts."""

    effects: Effects


class Asked(Struct, frozen=True):
    """Which file is imported, and how."""

    file: Path
    mapping: Path
    rejects: Path
    encoding: str | None


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
    with_effects: Annotated[
        bool, typer.Option("--with-effects", help="Give what the facts give by rules, once; shown and asked first.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before giving.")] = False,
    lang: Annotated[str, typer.Option(help="zh or en, of what is said about giving")] = "en",
    as_json: AsJson = False,
) -> None:
    """Import a file. Importing it again changes nothing; an interrupted import goes on where it stopped.

    Imported facts are history and give nothing, unless --with-effects says so: then what they would have given live, by
    the rules that stood when they came in, once.

    Exits with 0 when there are facts of the file in the log, some rows being rejected or none; with 1 when rows were
    rejected and no fact came of any other; with 2 when the import could not be done.
    """
    if lang not in LANGS:
        raise AppError("cli.lang", given=lang)
    asked = Asked(file, mapping, rejects or Path(f"{file.name}.rejects.jsonl"), encoding)
    positions = array("q") if with_effects else None
    with reach(context) as access:
        done = _import(access, asked, positions, is_quiet=as_json)
        if not as_json:
            _say(done, asked.rejects)
        told = (
            effects.none()
            if positions is None
            else effects.give(access, list(map(Position, positions)), lang, is_asked=not yes, is_quiet=as_json)
        )
    if as_json:
        print_json(Imported(**msgspec.structs.asdict(done), effects=told))
    else:
        console.print(told.text[lang], markup=False)
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
    heard: imports.Heard = lambda _: None,
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
        source=document.source, received_at=now, rejects_file=rejects_file, blocked=blocked, heard=heard,
    )  # fmt: skip
    return imports.run(file, document, reading, sink, text=text, report=report)


def _import(access: Access, asked: Asked, positions: "array[int] | None", *, is_quiet: bool) -> imports.Progress:
    """Import a file under a progress bar, and note where all of its facts stand when `positions` wants to know.

    An import that went on where an earlier one had stopped has heard of the later facts only, so the file, which is
    finished then, is read once more.
    """
    columns = (*map(TextColumn, COLUMNS), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr, disable=is_quiet, transient=True) as bar:
        task = bar.add_task(asked.file.name, total=1.0, rows=0, facts=0)

        def run() -> imports.Progress:
            return import_file(
                access, asked.file, asked.mapping, asked.rejects, encoding=asked.encoding,
                report=lambda now: bar.update(task, completed=now.fraction, rows=now.rows, facts=now.facts),
                heard=(lambda _: None) if positions is None else positions.extend,
            )  # fmt: skip

        done = run()
        if positions is not None and done.resumed_after:
            del positions[:]
            run()
    return done


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
