"""The secret that signs what an endpoint is sent: the same for webhooks and audiences."""

from typing import Annotated

import typer

from interplay.bootstrap import endpoints
from interplay.faces.cli.screen import console, print_json, reach

Rotate = Annotated[bool, typer.Option("--rotate", help="Another one; the former signs beside it for a day.")]


def show_secret(context: typer.Context, kind: str, name: str, *, is_rotating: bool, as_json: bool) -> None:
    """Make the secret of an endpoint and show it, this once."""
    with reach(context) as access:
        text = endpoints.make_secret(access, kind, name, is_rotating=is_rotating)
    if as_json:
        print_json({"name": name, "secret": text})
    else:
        console.print(text, markup=False)
