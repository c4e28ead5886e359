"""One person's rights: everything about her in a file, and nothing of her anywhere."""

import getpass
import os
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from interplay.bootstrap.people import erase_customer, export_customer
from interplay.bootstrap.registry import Rewrite, rewrite
from interplay.collect.facts.api import split
from interplay.faces.cli.screen import AsJson, console, print_json, reach, says_mistakes
from interplay.kernel.errors import AppError
from interplay.unify.erasure import api as erasure

Who = Annotated[str, typer.Argument(metavar="KIND:VALUE", help="For example phone:13800138000")]


def register(customers: typer.Typer) -> None:
    """Add the commands to `interplay customers`."""
    for command in (export, erase):
        customers.command()(command)


@says_mistakes
def export(
    context: typer.Context,
    who: Who,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file of JSON.")],
) -> None:
    """Write everything that is kept about a customer: identifiers, traits, facts, links, decisions, rejects."""
    kind, value = split(who)
    if file.exists():
        raise AppError("customers.export_exists", status=409, given=str(file))
    with reach(context) as access:
        found = export_customer(access, kind, value)
    _write(file, msgspec.json.format(msgspec.json.encode(found), indent=2))
    console.print(f"{file}: {len(found['facts']):,} facts", markup=False)


@says_mistakes
def erase(
    context: typer.Context,
    who: Who,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    reason: Annotated[
        str, typer.Option(help=f"Kept; name nobody in it. At most {erasure.REASON_CHARS_MAX} characters.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Erase a customer for good, in every table, file and backup. It cannot be taken back."""
    kind, value = split(who)
    if not yes:
        typer.confirm(f"Erase the customer with {who} for good?", abort=True)
    with reach(context) as access:
        erased = erase_customer(access, kind, value, actor=getpass.getuser(), reason=reason)
        if access.is_holder:  # a server writes its warehouse anew by itself
            access.ask(rewrite, Rewrite())
    if as_json:
        print_json(erased)
    else:
        console.print(f"erased: {erased.identifiers_count} identifiers and everything that came with them")


def _write(file: Path, content: bytes) -> None:
    """Write a file that only its owner may read."""
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(content)
    except OSError as error:
        raise AppError("customers.export_not_written", given=str(file), reason=str(error.strerror)) from None
