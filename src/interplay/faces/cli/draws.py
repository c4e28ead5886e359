"""Draws: what there is, what is published of one, and whether every play had to be so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from interplay.acts import api as acts
from interplay.acts.api import Verified
from interplay.faces.cli.screen import AsJson, console, local, print_json, print_table, reach, says_mistakes
from interplay.interact.campaigns import api as campaigns
from interplay.kernel.errors import AppError

Campaign = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The name of the draw's campaign.")]

draws_app = typer.Typer(help="Draws: list, export, verify.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(draws_app, name="draws")


@draws_app.command("list")
@says_mistakes
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List draws, the latest first. The commitment is what to publish before the first play."""
    with reach(context) as access:
        found = acts.all_draws(access.home.database, access.home.keys)
        if as_json:
            print_json(found)
            return
        rows = (
            (one.campaign, one.plays, local(access, one.opened_at), one.revealed_at and local(access, one.revealed_at),
             one.commitment)
            for one in found
        )  # fmt: skip
        print_table(("campaign", "plays", "opened", "revealed", "commitment"), rows)


@draws_app.command("export")
@says_mistakes
def export(
    context: typer.Context,
    campaign: Campaign,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Made anew; one draw or play a line, as JSON.")],
) -> None:
    """Write what is published of a draw: commitment, weights, plays, and the secret once it is revealed."""
    with reach(context) as access:
        lines = acts.publish(access.home.database, access.home.keys, campaign)
        first = next(lines)
        try:
            with file.open("wb") as out:
                out.write(first + b"\n")
                count = sum(out.write(line + b"\n") > 0 for line in lines)
        except OSError as wrong:
            raise AppError("cli.file", given=str(file), reason=str(wrong.strerror)) from None
    console.print(f"{count:,} plays of {campaign} are in {file}", markup=False)


@draws_app.command("verify")
@says_mistakes
def verify(
    context: typer.Context,
    campaign: Annotated[
        str | None, typer.Argument(metavar="CAMPAIGN", help="A draw of the data directory, revealed or not.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="What was published of a draw, instead; no data directory is needed.")
    ] = None,
    promise: Annotated[
        list[Path] | None,
        typer.Option(help="A page of the campaign's promise that was kept; the plays have to be by its odds."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify that every play of a draw had to be so by its odds, and that none is left out. If not, it exits with 1."""
    if (campaign is None) is (file is None) or (promise and file is None):
        raise AppError("cli.draw_one_of")
    if file is not None:
        pages = [odds for one in promise or () for odds in acts.read_page(b"".join(_lines(one)))]
        draw, found = acts.verify_published(_lines(file), pages)
        campaign = draw.campaign
    else:
        with reach(context) as access:
            odds = campaigns.odds_of(access.home.campaigns, campaign or "")
            found = acts.verify_draw(access.home.database, access.home.keys, campaign or "", odds)
    if as_json:
        print_json({"campaign": campaign, "plays": found.plays, "wrong": found.wrong})
    else:
        _say(campaign or "", found)
        if file is not None and not promise:
            console.print("weights were taken as the file says them; give --promise to hold them to what was promised")
    if found.wrong:
        raise typer.Exit(1)


def _say(campaign: str, found: Verified) -> None:
    for play, what in found.wrong:
        console.print(f"play {play}: {what}", markup=False)
    if not found.wrong:
        console.print(f"all {found.plays:,} plays of {campaign} had to be so, and none is missing", markup=False)


def _lines(file: Path) -> Iterator[bytes]:
    try:
        with file.open("rb") as lines:
            yield from lines
    except OSError as wrong:
        raise AppError("cli.file", given=str(file), reason=str(wrong.strerror)) from None
