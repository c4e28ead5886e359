"""Running and keeping: serve, doctor, backup, restore, rebuild, warehouse export, keys."""

import threading
import time
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.progress import Progress
from rich.text import Text

from interplay.bootstrap import backups, checks, migrating
from interplay.bootstrap.keys import make_key
from interplay.bootstrap.registry import Rebuild, rebuild_all
from interplay.bootstrap.serving import serve as serve_processes
from interplay.engine.secrets import api_keys
from interplay.engine.secrets.api_keys import RevokeKey, Scope
from interplay.faces.cli.screen import (
    AsJson,
    console,
    folder_of,
    local,
    print_json,
    print_table,
    reach,
    says_mistakes,
    stderr,
)
from interplay.kernel.settings import load
from interplay.understand.warehouse import api as warehouse
from interplay.understand.warehouse.contracts import Export

ANNOUNCE_TRIES_MAX = 600

PROCESSES = {"door": "interplay.faces.http.process", "mind": "interplay.bootstrap.mind_process"}


class Role(StrEnum):
    """What a server runs."""

    ALL = "all"
    DOOR = "door"
    MIND = "mind"


keys_app = typer.Typer(help="API keys: make, list, revoke.", no_args_is_help=True)
warehouse_app = typer.Typer(help="The warehouse: export it.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    for command in (serve, doctor, backup, restore, rebuild):
        app.command()(command)
    app.command("migrate-to")(migrate_to)
    app.add_typer(keys_app, name="keys")
    app.add_typer(warehouse_app, name="warehouse")


@says_mistakes
def serve(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(help="Over the setting serve.port.")] = None,
    host: Annotated[str | None, typer.Option(help="Over the setting serve.host.")] = None,
    role: Annotated[Role, typer.Option(help="On PostgreSQL, doors and minds may be run apart, several of each.")] = (
        Role.ALL
    ),
) -> None:
    """Run the server: the door (HTTP and the writer) and the mind (reactions and the warehouse)."""
    folder = folder_of(context)
    processes = PROCESSES if role is Role.ALL else {role.value: PROCESSES[role.value]}
    settings = load(folder).serve
    host, port = host or settings.host, port or settings.port
    announcer = threading.Thread(target=_announce, args=(host, port), daemon=True)
    raise typer.Exit(serve_processes(folder, processes, host, port, on_listening=announcer.start))


def _announce(host: str, port: int) -> None:
    """Say when the server answers."""
    address = f"http://{host}:{port}"
    for _ in range(ANNOUNCE_TRIES_MAX):
        with suppress(httpx.HTTPError):
            if httpx.get(f"{address}/health", timeout=1.0).status_code == httpx.codes.OK:
                console.print(f"Interplay answers at {address} (Ctrl-C stops it)")
                return
        time.sleep(0.1)


@says_mistakes
def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Check the data directory: files, keys, tables, log and warehouse; say what to do about what is wrong."""
    findings = checks.examine_folder(folder_of(context))
    if as_json:
        print_json(findings)
    else:
        rows = ((_mark(one), one.what, one.found, one.to_do) for one in findings)
        print_table(("", "what", "found", "what to do"), rows)
    if not all(one.is_well for one in findings):
        raise typer.Exit(1)


def _mark(finding: checks.Finding) -> Text:
    if not finding.is_well:
        return Text("ill", "red")
    return Text("note", "yellow") if finding.to_do else Text("well", "green")


@says_mistakes
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")],
    keys: Annotated[Path | None, typer.Option(help="Also copy the key file, to another place than the backup.")] = None,
) -> None:
    """Write a consistent copy of the data, without the keys that open the bodies of facts."""
    with reach(context) as access:
        size = backups.backup(access.home, file, keys)
    console.print(f"{file}: {size:,} bytes", markup=False)
    if keys is None:
        console.print("The key file is not in it: keep a copy of subjects.keys in another place (--keys FILE).")


@says_mistakes
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    keys: Annotated[Path | None, typer.Option(help="The key file; the one in the data directory by default.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Also where data are: the former directory is kept beside the new one.")
    ] = False,
    database: Annotated[
        str, typer.Option(help="postgresql://USER@HOST/NAME, an empty database; SQLite in the folder by default.")
    ] = "",
) -> None:
    """Put a backup's data into a new data directory, or in the place of another's."""
    former = backups.restore(folder_of(context), file, keys, is_replacing=replace, url=database)
    if former is not None:
        console.print(f"the data that were there are now in {former}", markup=False)
    console.print(f"{folder_of(context)} is as it was in {file}; the warehouse is rebuilt when next used", markup=False)


@says_mistakes
def migrate_to(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="postgresql://USER@HOST/NAME, an empty database.")],
    as_json: AsJson = False,
) -> None:
    """Move the exact state from SQLite to PostgreSQL and check every row; all of it or nothing."""
    folder = folder_of(context)
    load(folder)  # says what is wrong with the directory before anything is counted
    with Progress(console=stderr, disable=as_json, transient=True) as progress:
        rows = progress.add_task("rows", total=migrating.rows_count(folder) * migrating.MOVES_OF_A_ROW)
        moved = migrating.migrate(folder, url, lambda count: progress.advance(rows, count))
    if as_json:
        print_json({name: one.rows for name, one in moved.items()})
        return
    print_table(("table", "rows"), ((name, f"{one.rows:,}") for name, one in moved.items() if one.rows))
    console.print(f"{folder} is in PostgreSQL now. Delete the former file when you are content: it forgets nobody.")


@says_mistakes
def rebuild(context: typer.Context) -> None:
    """Fold customers and the warehouse from the log again."""
    with reach(context) as access:
        marks = access.ask(rebuild_all, Rebuild())
    console.print(f"rebuilt from {marks.position:,} positions of the log")


@warehouse_app.command("export")
@says_mistakes
def export(
    context: typer.Context,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A folder for Parquet files.")],
    as_json: AsJson = False,
) -> None:
    """Write the warehouse as Parquet, facts partitioned by month; later exports add what is new."""
    with reach(context) as access:
        exported = access.ask(warehouse.export, Export(str(directory.absolute())))
    if as_json:
        print_json(exported)
    else:
        console.print(f"{exported.facts:,} facts, {exported.members:,} members, {exported.traits:,} trait changes")


@keys_app.command("make")
@says_mistakes
def make(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="For whom it is.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; may be given several times.")],
    as_json: AsJson = False,
) -> None:
    """Make an API key. It is shown once."""
    with reach(context) as access:
        secret = make_key(access, name, tuple(dict.fromkeys(scope)))
    if as_json:
        print_json({"name": name, "key": secret})
    else:
        console.print(secret)


@keys_app.command("list")
@says_mistakes
def list_keys(context: typer.Context, as_json: AsJson = False) -> None:
    """List API keys: their names and what they may do."""
    with reach(context) as access:
        keys = list(api_keys.all_keys(access.home.database).values())
        if as_json:
            print_json(keys)
            return
        rows = (
            (key.name, " ".join(key.scopes), local(access, key.created_at), key.revoked_at and "revoked")
            for key in keys
        )
        print_table(("name", "scopes", "made", ""), rows)


@keys_app.command("revoke")
@says_mistakes
def revoke(context: typer.Context, name: Annotated[str, typer.Argument(help="The key's name.")]) -> None:
    """Revoke an API key."""
    with reach(context) as access:
        access.write(api_keys.revoke, RevokeKey(name))
    console.print(f"{name} is revoked", markup=False)
