"""Staff: invite, list, reset, change roles, close accounts, and read who changed what."""

from typing import Annotated

import typer

from interplay.bootstrap import accounts
from interplay.bootstrap.accounts import Invitation
from interplay.engine.staff import api as staffing
from interplay.engine.staff import audit
from interplay.engine.staff.contracts import Role
from interplay.faces.cli.screen import AsJson, console, local, print_json, print_table, reach, says_mistakes

FIRST = 2**63 - 1
LINES_MAX = 1_000
staff_app = typer.Typer(help="Staff: who may sign in, as what, and who changed what.", no_args_is_help=True)
Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The e-mail that she signs in with.")]


def register(app: typer.Typer) -> None:
    app.add_typer(staff_app, name="staff")


@staff_app.command("invite")
@says_mistakes
def invite(
    context: typer.Context,
    email: Email,
    role: Annotated[Role, typer.Option(help="What she is, and so what she may do.")],
    as_json: AsJson = False,
) -> None:
    """Invite somebody. The token is shown once and good for a week; with it she sets her password."""
    with reach(context) as access:
        _print_invitation(accounts.invite(access, email, role), as_json)


@staff_app.command("reset")
@says_mistakes
def reset(
    context: typer.Context,
    email: Email,
    drop_second_factor: Annotated[
        bool, typer.Option("--drop-second-factor", help="Ask for no codes any more: her phone is lost as well.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Let somebody set another password. The token is shown once."""
    with reach(context) as access:
        _print_invitation(accounts.reset(access, email, drops_second_factor=drop_second_factor), as_json)


@staff_app.command("list")
@says_mistakes
def list_users(context: typer.Context, as_json: AsJson = False) -> None:
    """List who works here."""
    with reach(context) as access:
        found = staffing.users(access.home.database)
        rows = [
            {
                "email": one.email, "name": one.name, "role": one.role, "has_second_factor": one.has_second_factor,
                "created_at": local(access, one.created_at), "is_disabled": one.disabled_at is not None,
            }
            for one in found
        ]  # fmt: skip
    if as_json:
        print_json(rows)
        return
    shown = (
        (one["email"], one["name"], one["role"], "codes" if one["has_second_factor"] else "", one["created_at"],
         "disabled" if one["is_disabled"] else "")
        for one in rows
    )  # fmt: skip
    print_table(("e-mail", "name", "role", "", "since", ""), shown)


@staff_app.command("role")
@says_mistakes
def set_role(
    context: typer.Context, email: Email, role: Annotated[Role, typer.Argument(help="What she is from now on.")]
) -> None:
    """Give somebody another role, at once."""
    with reach(context) as access:
        accounts.change(access, email, role=role)
    console.print(f"{email} is {role} now", markup=False)


@staff_app.command("disable")
@says_mistakes
def disable(context: typer.Context, email: Email) -> None:
    """Close an account: whoever is signed in with it is out."""
    with reach(context) as access:
        accounts.change(access, email, is_disabled=True)
    console.print(f"{email} cannot sign in any more", markup=False)


@staff_app.command("enable")
@says_mistakes
def enable(context: typer.Context, email: Email) -> None:
    """Open a closed account again, with its password."""
    with reach(context) as access:
        accounts.change(access, email, is_disabled=False)
    console.print(f"{email} can sign in again", markup=False)


@staff_app.command("audit")
@says_mistakes
def show_audit(
    context: typer.Context,
    who: Annotated[str | None, typer.Option(help="Of this e-mail or this key only.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=LINES_MAX, help="How many lines.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List who changed what, the newest first."""
    with reach(context) as access:
        found = audit.entries(access.home.database, FIRST, limit, who)
        if as_json:
            print_json(found)
            return
        rows = ((local(access, one.at), one.who, one.action, one.place, one.status or "?") for one in found)
        print_table(("at", "who", "action", "place", "status"), rows)


def _print_invitation(made: Invitation, as_json: bool) -> None:
    if as_json:
        print_json(made)
    else:
        console.print(made.token)
