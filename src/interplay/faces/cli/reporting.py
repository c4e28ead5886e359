"""Reports from the command line."""

from pathlib import Path
from typing import Annotated

import typer

from interplay.faces.cli.screen import At, console, instant, print_json, reach, says_mistakes
from interplay.faces.reports.gathering import AskReport, gather
from interplay.faces.reports.page import page
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import LANGS


def register(app: typer.Typer) -> None:
    app.command()(report)


@says_mistakes
def report(
    context: typer.Context,
    campaign: Annotated[str, typer.Argument(help="A campaign; without one, a report of the period.")] = "",
    out: Annotated[Path, typer.Option(help="The HTML file to be written.")] = Path("report.html"),
    since: Annotated[str | None, typer.Option("--from", help="From this time on; the campaign's, or 30 days.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="And before this time; the campaign's end, or now.")
    ] = None,
    margin: Annotated[float | None, typer.Option(help="What is left of a unit of money, such as 0.6.")] = None,
    at: At = None,
    lang: Annotated[str, typer.Option(help="zh or en")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print what it says as JSON, and write no file.")] = False,
) -> None:
    """Write a report to be printed: what a campaign cost and brought beyond its holdout, or how a period went."""
    if lang not in LANGS:
        raise AppError("cli.lang", given=lang)
    with reach(context) as access:
        ask = AskReport(
            campaign, instant(access, since), instant(access, until), margin, instant(access, at), lang
        )  # fmt: skip
        found = gather(access, ask)
    if as_json:
        print_json(found)
        return
    try:
        out.write_text(page(found), "utf-8")
    except OSError as wrong:
        raise AppError("cli.file", given=str(out), reason=str(wrong.strerror)) from None
    if found.effects is not None:
        console.print(found.effects.conclusion, markup=False)
    elif found.why_not:
        console.print(found.why_not, markup=False)
    console.print(f"{out}", markup=False)
