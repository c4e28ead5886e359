"""Documents: plan and apply a folder."""

from pathlib import Path
from typing import Annotated

import typer

from interplay.bootstrap.kinds import apply_folder, plan_folder
from interplay.engine.documents.contracts import Change
from interplay.faces.cli.screen import AsJson, console, print_json, print_table, reach, says_mistakes

Folder = Annotated[Path, typer.Argument(metavar="DIRECTORY", help="The folder with your documents (*.yaml).")]


def register(app: typer.Typer) -> None:
    app.command()(plan)
    app.command("apply")(apply_)


@says_mistakes
def plan(context: typer.Context, directory: Folder, as_json: AsJson = False) -> None:
    """Say what applying the documents of a folder would change, and whom it would concern."""
    with reach(context) as access:
        _print(plan_folder(access, directory), as_json)


@says_mistakes
def apply_(context: typer.Context, directory: Folder, as_json: AsJson = False) -> None:
    """Make the documents of a folder the current ones: all of them, or none if one is wrong."""
    with reach(context) as access:
        _print(apply_folder(access, directory), as_json)


def _print(changes: list[Change], as_json: bool) -> None:
    if as_json:
        print_json(changes)
        return
    rows = ((c.change.value, c.kind, c.name, c.version, " ".join(c.effects)) for c in changes)
    print_table(("", "kind", "name", "version", "effect"), rows)
    if not changes:
        console.print("no documents there")
