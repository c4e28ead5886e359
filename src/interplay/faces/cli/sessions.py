"""Customer sessions: who may sign tokens for customers."""

from pathlib import Path
from typing import Annotated

import typer

from interplay.bootstrap import sessions as signing
from interplay.faces.cli.screen import AsJson, console, local, print_json, print_table, reach, says_mistakes
from interplay.faces.cli.signing import Rotate, show_secret
from interplay.kernel.errors import AppError
from interplay.link.sessions import api as sessions
from interplay.link.sessions.contracts import SESSIONS

Name = Annotated[str, typer.Argument(metavar="NAME", help="The iss of its tokens.")]

sessions_app = typer.Typer(help="Customer sessions: who may sign tokens for customers.", no_args_is_help=True)
issuers_app = typer.Typer(help="Backends that sign tokens for customers: add, list, revoke.", no_args_is_help=True)
sessions_app.add_typer(issuers_app, name="issuers")


def register(app: typer.Typer) -> None:
    app.add_typer(sessions_app, name="sessions")


@sessions_app.command("secret")
@says_mistakes
def secret(context: typer.Context, rotate: Rotate = False, as_json: AsJson = False) -> None:
    """Make the secret that signs phone codes on their way to your own system. It is shown once."""
    show_secret(context, SESSIONS, SESSIONS, is_rotating=rotate, as_json=as_json)


@sessions_app.command("wechat")
@says_mistakes
def wechat(
    context: typer.Context,
    app_id: Annotated[str, typer.Argument(metavar="APP_ID", help="Of the mini-program or the official account.")],
    secret_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the AppSecret stands; asked for when left out.")
    ] = None,
) -> None:
    """Keep the AppSecret of an app of WeChat's, sealed. Again: another one takes its place."""
    try:
        text = typer.prompt("AppSecret", hide_input=True) if secret_file is None else secret_file.read_text("utf8")
    except (OSError, UnicodeDecodeError):
        raise AppError("sessions.wechat_secret") from None
    with reach(context) as access:
        signing.set_wechat_secret(access, app_id, text)
    console.print(f"the secret of {app_id} is kept", markup=False)


@issuers_app.command("add")
@says_mistakes
def add(
    context: typer.Context,
    name: Name,
    public_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="PEM: RSA or P-256. Left out: a shared secret is made.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let a backend sign tokens for customers. A shared secret is shown once."""
    try:
        pem = None if public_key is None else public_key.read_text("utf8")
    except (OSError, UnicodeDecodeError):
        raise AppError("sessions.public_key") from None
    with reach(context) as access:
        algorithm, secret = signing.add_issuer(access, name, pem)
    if as_json:
        print_json({"name": name, "algorithm": algorithm, "secret": secret})
    else:
        console.print(secret or f"{name} signs by {algorithm.value}", markup=False)


@issuers_app.command("list")
@says_mistakes
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List them, revoked ones too."""
    with reach(context) as access:
        found = sessions.issuers(access.home.database)
        if as_json:
            print_json(found)
            return
        rows = (
            (one.name, one.algorithm.value, local(access, one.created_at), one.revoked_at and "revoked")
            for one in found
        )
        print_table(("issuer", "signs by", "added", ""), rows)


@issuers_app.command("revoke")
@says_mistakes
def revoke(context: typer.Context, name: Name) -> None:
    """Take a backend's right to sign. Sessions that it began go on."""
    with reach(context) as access:
        signing.revoke_issuer(access, name)
    console.print(f"{name} is revoked", markup=False)
