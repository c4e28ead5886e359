"""Audiences: members of a segment into a file or to a URL, and those that are sent on schedule."""

import os
from pathlib import Path
from typing import Annotated

import typer

from interplay.automate.audiences import api as audiences
from interplay.automate.audiences.contracts import AUDIENCE, COLUMNS, AudienceView, Export
from interplay.bootstrap import endpoints
from interplay.bootstrap.access import Access
from interplay.faces.cli.screen import (
    AsJson,
    At,
    console,
    instant,
    local,
    print_json,
    print_table,
    reach,
    says_mistakes,
)
from interplay.faces.cli.signing import Rotate, show_secret
from interplay.kernel.errors import AppError

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of the audience's document.")]

URLS = ("https://", "http://")

audiences_app = typer.Typer(help="Audiences: segments that are sent on schedule.", no_args_is_help=True)


def register(app: typer.Typer, segments_app: typer.Typer) -> None:
    segments_app.command()(export)
    app.add_typer(audiences_app, name="audiences")


@says_mistakes
def export(
    context: typer.Context,
    criteria: Annotated[str, typer.Argument(metavar="CRITERIA", help="Criteria, or the name of a segment.")],
    to: Annotated[str, typer.Argument(metavar="TO", help="A new file, or a URL that takes a PUT.")],
    columns: Annotated[
        str, typer.Option(help="customer, kinds of identifiers, traits, with commas between them.")
    ] = ",".join(COLUMNS),
    consent: Annotated[
        str | None, typer.Option(metavar="PURPOSE:CHANNEL", help="Only who has given it; none: everybody.")
    ] = None,
    at: At = None,
    excel: Annotated[bool, typer.Option("--excel", help="Begin with a mark by which Excel knows UTF-8.")] = False,
    sign_as: Annotated[str | None, typer.Option(metavar="NAME", help="Whose secret signs what goes to a URL.")] = None,
    unsigned: Annotated[bool, typer.Option("--unsigned", help="The URL itself is the secret.")] = False,
) -> None:
    """Write the customers who match as CSV, into a file or to a URL."""
    named = tuple(one.strip() for one in columns.split(","))
    with reach(context) as access:
        ask = Export(criteria, named, consent, instant(access, at), excel)
        if "://" in to and not to.startswith(URLS):
            raise AppError("delivery.url.scheme", given=to)
        if not to.startswith(URLS):
            size = _write(access, ask, Path(to))
        elif sign_as is None and not unsigned:
            raise AppError("audiences.sign_as")
        else:
            size = endpoints.put_export(access, ask, to, sign_as)
    console.print(f"{to}: {size:,} bytes", markup=False)


@audiences_app.command("list")
@says_mistakes
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List audiences and how their deliveries stand."""
    with reach(context) as access:
        views = audiences.listed(access.home.database)
        if as_json:
            print_json(views)
            return
        rows = (
            (
                one.name, one.segment, one.every, one.next_at and local(access, one.next_at),
                ", ".join(f"{state.value} {count}" for state, count in sorted(one.counts.items())),
                _state_of(one),
            )
            for one in views
        )  # fmt: skip
        print_table(("audience", "segment", "every", "next", "deliveries", ""), rows)


@audiences_app.command("secret")
@says_mistakes
def secret(context: typer.Context, name: Name, rotate: Rotate = False, as_json: AsJson = False) -> None:
    """Make the secret that signs. It is shown once."""
    show_secret(context, AUDIENCE, name, is_rotating=rotate, as_json=as_json)


@audiences_app.command("resume")
@says_mistakes
def resume(context: typer.Context, name: Name) -> None:
    """Send again to a URL that answered 410 (gone)."""
    with reach(context) as access:
        was_stopped = endpoints.resume(access, AUDIENCE, name)
    console.print(f"{name} is sent again" if was_stopped else f"{name} had not been stopped", markup=False)


@audiences_app.command("run")
@says_mistakes
def run(context: typer.Context, name: Name) -> None:
    """Export and send an audience now; a server that runs does it."""
    with reach(context) as access:
        endpoints.run_now(access, name)
    console.print(f"{name} waits to be exported by the server", markup=False)


def _state_of(view: AudienceView) -> str | None:
    """Return what keeps an audience from being sent, or how it failed last."""
    if view.stopped_at is not None:
        return f"stopped: the other side answered 410; interplay audiences resume {view.name}"
    return view.last_failure if view.has_secret else "no secret: interplay audiences secret NAME"


def _write(access: Access, ask: Export, file: Path) -> int:
    """Write a file that only its owner may read, whole or not at all; return its bytes."""
    pieces = audiences.lines(endpoints.exporting(access), ask, access.home.world.now())
    first = next(pieces)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise AppError("audiences.file_there", status=409, given=str(file)) from None
    except OSError as error:
        raise AppError("audiences.not_written", given=str(file), reason=str(error.strerror)) from None
    try:
        with os.fdopen(handle, "wb") as out:
            return out.write(first) + sum(out.write(piece) for piece in pieces)
    except BaseException as error:
        file.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise AppError("audiences.not_written", given=str(file), reason=str(error.strerror)) from None
        raise
