"""Campaigns: how they stand, what starting one would change, started, paused, stopped and settled; who won."""

import csv
import getpass
from pathlib import Path
from typing import Annotated

import typer

from interplay.bootstrap import campaigns as campaigning
from interplay.faces.cli.screen import AsJson, console, local, print_json, print_table, reach, says_mistakes
from interplay.interact.campaigns import api as campaigns
from interplay.interact.campaigns.contracts import Change
from interplay.kernel.errors import AppError
from interplay.unify.identity.api import customer_of

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of the campaign's document.")]

campaigns_app = typer.Typer(help="Campaigns: list, check, start, pause, resume, stop, settle.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(campaigns_app, name="campaigns")


@campaigns_app.command("list")
@says_mistakes
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List campaigns, and how each stands."""
    with reach(context) as access:
        found = campaigning.views(access)
    if as_json:
        print_json(found)
        return
    rows = (
        (one.name, one.state, one.version or "", one.document, one.starts, one.ends, one.plays, one.cost)
        for one in found
    )
    print_table(("campaign", "state", "in force", "newest", "starts", "ends", "plays", "cost"), rows)


@campaigns_app.command("check")
@says_mistakes
def check(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Show what starting the newest version of a campaign would change, and where its prizes stand."""
    with reach(context) as access:
        found = campaigning.check(access, name)
    if as_json:
        print_json(found)
        return
    force = "never started" if found.version is None else f"version {found.version} is in force"
    console.print(f"{name}: {found.state}, {force}, version {found.document} is the newest", markup=False)
    for line in found.changes:
        console.print(f"  {line}", markup=False, highlight=False)
    if found.prizes:
        rows = ((one.prize, one.given, "" if one.left is None else one.left) for one in found.prizes)
        print_table(("prize", "given", "left"), rows)


@campaigns_app.command("spread")
@says_mistakes
def spread(
    context: typer.Context, name: Name,
    part: Annotated[str, typer.Argument(metavar="PART", help="The campaign's part that is a referral.")],
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show how a referral spreads: invitations, what came of them, and the K factor, by depth."""
    with reach(context) as access:
        found = campaigning.spread(access, name, part)
    if as_json:
        print_json(found)
        return
    words = (
        ("players", found.players), ("invitations", found.invitations), ("accepted", found.accepted),
        ("ordered", found.ordered), ("rewards promised", found.rewards_pending), ("rewards given", found.rewards_given),
        ("invitations a player", _rate(found.invitations_per_player)), ("accepted of them", _rate(found.conversion)),
        ("K", _rate(found.k)),
    )  # fmt: skip
    print_table(("of the referral", ""), words)
    print_table(("depth", "players", "friends"), ((one.depth, one.players, one.friends) for one in found.levels))


@campaigns_app.command("start")
@says_mistakes
def start(context: typer.Context, name: Name) -> None:
    """Put the newest version in force, frozen as it is. Draws are committed to, stock is put in."""
    _change(context, name, Change.START)


@campaigns_app.command("pause")
@says_mistakes
def pause(context: typer.Context, name: Name) -> None:
    """Stop plays for a while."""
    _change(context, name, Change.PAUSE)


@campaigns_app.command("resume")
@says_mistakes
def resume(context: typer.Context, name: Name) -> None:
    """Let plays go on."""
    _change(context, name, Change.RESUME)


@campaigns_app.command("stop")
@says_mistakes
def stop(context: typer.Context, name: Name) -> None:
    """End a campaign now, before its period is over."""
    _change(context, name, Change.STOP)


@campaigns_app.command("settle")
@says_mistakes
def settle(context: typer.Context, name: Name) -> None:
    """Decide what is left when a campaign has ended, and publish the secrets of its draws."""
    _change(context, name, Change.SETTLE)


@campaigns_app.command("odds")
@says_mistakes
def odds(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Show what is published of a campaign: odds as whole weights, and what its draws are committed to."""
    with reach(context) as access:
        found = campaigning.published(access, name)
    if as_json:
        print_json(found)
        return
    for part in found.odds:
        console.print(f"{part.draw}: {part.plays:,} plays, committed to {part.commitment}", markup=False)
        if part.outcomes:
            pity = "" if part.pity is None else f"; after {part.pity.after} of it in a row {part.pity.outcome}"
            console.print(f"  what is gone gives way to {part.fallback}{pity}", markup=False)
        rows = (
            (one.outcome, one.weight, one.of, f"{one.weight / one.of:.4%}", ", ".join(one.prizes))
            for one in part.outcomes
        )
        print_table(("outcome", "weight", "of", "chance", "prizes"), rows)


@campaigns_app.command("winners")
@says_mistakes
def winners(
    context: typer.Context,
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Made anew; CSV, one prize a line.")],
) -> None:
    """Write the record of winners: when, which customer by number, which prize, in which part."""
    with reach(context) as access:
        database = access.home.database
        found = campaigning.winners(access, name)
        first = next(found, None)
        try:
            with file.open("w", encoding="utf-8", newline="") as out:
                writer = csv.writer(out)
                writer.writerow(("at", "customer", "prize", "part", "unit"))
                count = 0
                for one in (first, *found) if first is not None else ():
                    who = "" if one.subject is None else customer_of(database, one.subject)[0]
                    writer.writerow((local(access, one.at), who, one.prize, one.part, one.unit or ""))
                    count += 1
        except OSError as wrong:
            raise AppError("cli.file", given=str(file), reason=str(wrong.strerror)) from None
    console.print(f"{count:,} prizes of {name} are in {file}", markup=False)


def _change(context: typer.Context, name: str, what: Change) -> None:
    with reach(context) as access:
        state = campaigning.change(access, name, what, getpass.getuser())
        running = access.home.campaigns.running(name)
        plays = campaigns.views(access.home.campaigns)
    played = next(one.plays for one in plays if one.name == name)
    console.print(f"{name} is {state}, version {running.snapshot.version}, {played:,} plays", markup=False)


def _rate(given: float | None) -> str:
    return "—" if given is None else f"{given:.2f}"
