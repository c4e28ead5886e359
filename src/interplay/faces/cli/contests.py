"""Entries of contests: listed, shown, hidden, rejected, judged; how they stand."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from interplay.bootstrap import contests as contesting
from interplay.faces.cli.screen import AsJson, console, local, print_json, print_table, reach, says_mistakes
from interplay.interact.contests.contracts import ENTRIES_AT_ONCE_MAX, EntryState, Judge, Moderate
from interplay.kernel.errors import AppError

LINES_MAX = 10_000

Campaign = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The name of the campaign's document.")]
Part = Annotated[str, typer.Argument(metavar="PART", help="The name of its part that is a contest.")]
Entries = Annotated[list[int], typer.Argument(metavar="ENTRY…", help="Numbers of entries.")]

entries_app = typer.Typer(help="Entries of contests: list, moderate, photo, judge, standing.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(entries_app, name="entries")


@entries_app.command("list")
@says_mistakes
def list_(
    context: typer.Context,
    campaign: Campaign,
    part: Part,
    state: Annotated[EntryState | None, typer.Option(help="Only those in a state.")] = None,
    as_json: AsJson = False,
) -> None:
    """List entries by number. What waits is the queue of moderation."""
    states = tuple(EntryState) if state is None else (state,)
    with reach(context) as access:
        found = contesting.entries(access, campaign, part, states, 0, LINES_MAX)
        if as_json:
            print_json(found)
            return
        rows = (
            (one.entry, one.state, local(access, one.submitted_at), one.title, one.text, len(one.photos), one.reason)
            for one in found
        )
        print_table(("entry", "state", "submitted", "title", "text", "photos", "reason"), rows)


@entries_app.command("moderate")
@says_mistakes
def moderate(
    context: typer.Context,
    campaign: Campaign,
    part: Part,
    entries: Entries,
    to: Annotated[EntryState, typer.Option(help="shown, hidden or rejected.")],
    reason: Annotated[str, typer.Option(help="Why; who entered reads it. Not needed where they are shown.")] = "",
) -> None:
    """Show, hide or reject entries. Decided again alike, nothing changes."""
    with reach(context) as access:
        changed = 0
        for start in range(0, len(entries), ENTRIES_AT_ONCE_MAX):
            some = tuple(entries[start : start + ENTRIES_AT_ONCE_MAX])
            ask = Moderate(f"{campaign}/{part}", some, to, reason, getpass.getuser())
            changed += len(contesting.moderate(access, campaign, part, ask))
    console.print(f"{changed:,} of {len(entries):,} entries are {to.value} now")


@entries_app.command("photo")
@says_mistakes
def photo(
    context: typer.Context,
    digest: Annotated[str, typer.Argument(metavar="DIGEST", help="As `entries list --json` has it.")],
    file: Annotated[Path, typer.Argument(metavar="FILE.jpg", help="Made anew.")],
) -> None:
    """Write a photo of an entry, shown or not, into a file."""
    with reach(context) as access:
        content = contesting.picture(access, digest, is_staff=True)
    try:
        file.write_bytes(content)
    except OSError as wrong:
        raise AppError("cli.file", given=str(file), reason=str(wrong.strerror)) from None
    console.print(f"{len(content):,} bytes are in {file}", markup=False)


@entries_app.command("judge")
@says_mistakes
def judge(
    context: typer.Context,
    campaign: Campaign,
    part: Part,
    entry: Annotated[int, typer.Argument(metavar="ENTRY")],
    points: Annotated[int, typer.Argument(metavar="POINTS", help="1 to 10.")],
    juror: Annotated[str | None, typer.Option(help="Whose points they are; yours when left out.")] = None,
) -> None:
    """Give a juror's points to an entry that is shown. Later points take the place of earlier ones."""
    by = juror or getpass.getuser()
    with reach(context) as access:
        contesting.judge(access, campaign, part, Judge(f"{campaign}/{part}", entry, by, points))
    console.print(f"entry {entry} has {points} points of {by}", markup=False)


@entries_app.command("standing")
@says_mistakes
def standing(context: typer.Context, campaign: Campaign, part: Part, as_json: AsJson = False) -> None:
    """Show the entries that qualify as they stand now, the best first."""
    with reach(context) as access:
        found = contesting.standing(access, campaign, part, LINES_MAX)
    if as_json:
        print_json(found)
        return
    rows = (
        (place, one.entry, one.votes, one.points, one.jurors, f"{one.score / 10**6:.6f}")
        for place, one in enumerate(found, 1)
    )
    print_table(("place", "entry", "votes", "points", "jurors", "score"), rows)
