"""Acts: what a key stands for, taken back; every invariant; and the brand's pause."""

import getpass
from typing import Annotated

import typer

from interplay.acts import api as acts
from interplay.acts.contracts import Refused
from interplay.bootstrap import coupons as couponing
from interplay.faces.cli.screen import AsJson, console, local, print_json, print_table, reach, says_mistakes, stderr
from interplay.kernel.errors import AppError
from interplay.link.coupons import api as coupons

Key = Annotated[str, typer.Argument(metavar="KEY", help="As it was told: cli:…, till:DEVICE/…, api:NAME/…")]

acts_app = typer.Typer(help="Acts: show, reverse.", no_args_is_help=True)
ledger_app = typer.Typer(help="The ledger: check.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(acts_app, name="acts")
    app.add_typer(ledger_app, name="ledger")
    app.command("pause")(pause)
    app.command("resume")(resume)


@acts_app.command("show")
@says_mistakes
def show(context: typer.Context, key: Key, as_json: AsJson = False) -> None:
    """Show the receipt of a key: what was done, when, by whom."""
    with reach(context) as access:
        found = acts.find(access.home.acts, access.home.database, key)
        if found is None:
            raise AppError("coupons.unknown_act", status=404, given=key)
        shown = {
            "act": found.act, "key": found.key, "kind": found.kind, "state": found.state, "at": local(access, found.at),
            "by": found.by, "position": found.position,
        }  # fmt: skip
    if as_json:
        print_json(shown | {"effects": found.effects})
        return
    console.print(f"{found.kind} {found.key}: {found.state}, {shown['at']}, by {found.by or '-'}", markup=False)
    rows = ((one.step, one.amount, one.unit or "", one.lot or "", one.used or "") for one in found.effects)
    print_table(("step", "amount", "unit", "lot", "used"), rows)


@acts_app.command("reverse")
@says_mistakes
def reverse(
    context: typer.Context, key: Key, reason: Annotated[str, typer.Option(help="Why.")], as_json: AsJson = False
) -> None:
    """Take back what an act did, whole. A held one is let go; doing it again changes nothing."""
    with reach(context) as access:
        found = couponing.reverse(access, key, reason, getpass.getuser())
        why = coupons.sentence(access.home.coupons, found, "en") if isinstance(found, Refused) else ""
    if isinstance(found, Refused):
        stderr.print(f"refused {found.code}: {why}", markup=False)
        raise typer.Exit(1)
    if as_json:
        print_json(found)
    else:
        console.print(f"{key} is taken back", markup=False)


@ledger_app.command("check")
@says_mistakes
def check(context: typer.Context, as_json: AsJson = False) -> None:
    """Test every invariant over the whole store: ledger, counters, pools, units, groups. A broken one exits with 1."""
    with reach(context) as access:
        broken = acts.check(access.home.database)
    if as_json:
        print_json(broken)
    elif broken:
        print_table(
            ("invariant", "of", "found", "expected"),
            ((one.invariant, one.what, one.found, one.expected) for one in broken),
        )
    else:
        console.print("every invariant holds")
    if broken:
        raise typer.Exit(1)


@says_mistakes
def pause(context: typer.Context) -> None:
    """Stop all giving: coupons, points, redemptions. Returns and voids go on."""
    with reach(context) as access:
        access.write(acts.pause, True)
    console.print("all giving is paused; go on with: interplay resume")


@says_mistakes
def resume(context: typer.Context) -> None:
    """Let giving go on."""
    with reach(context) as access:
        access.write(acts.pause, False)
    console.print("giving goes on")
