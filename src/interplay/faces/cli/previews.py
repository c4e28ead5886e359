"""Rehearsing a campaign from the command line."""

from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from interplay.faces.cli.screen import AsJson, console, print_json, print_table, reach, says_mistakes, stderr
from interplay.kernel.errors import AppError
from interplay.kernel.money import to_text
from interplay.rehearse.campaigns.api import preview
from interplay.rehearse.campaigns.contracts import (
    PLAYS,
    RIGHT_PERCENT,
    RUNS,
    SEED,
    Interval,
    Pattern,
    Preview,
    PreviewAsk,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of the campaign's document.")]


def register(campaigns_app: typer.Typer) -> None:
    campaigns_app.command("preview")(preview_)


@says_mistakes
def preview_(
    context: typer.Context,
    name: Name,
    plays: Annotated[int, typer.Option(help="How many plays are expected in the period.")] = PLAYS,
    runs: Annotated[int, typer.Option(help="How often the whole period is run.")] = RUNS,
    players: Annotated[int | None, typer.Option(help="By how many customers; a third of the plays.")] = None,
    segment: Annotated[
        list[str] | None, typer.Option(metavar="NAME=PERCENT", help="How many percent of them are in a segment.")
    ] = None,
    pattern: Annotated[Pattern, typer.Option(help="When they play.")] = Pattern.EVENING,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answer.")] = SEED,
    right: Annotated[
        int, typer.Option(metavar="PERCENT", help="How many questions of a quiz they know.")
    ] = RIGHT_PERCENT,
    as_json: AsJson = False,
) -> None:
    """Rehearse a campaign: odds against outcomes, stock by day, cost, when prizes are sold out. Nothing is done."""
    ask = PreviewAsk(
        campaign=name, plays=plays, runs=runs, players=players, seed=seed, pattern=pattern,
        segments=dict(map(_segment, segment or ())), right_percent=right,
    )  # fmt: skip
    columns = (TextColumn("rehearsing"), BarColumn(), TimeRemainingColumn())
    with reach(context) as access, Progress(*columns, console=stderr, transient=True) as bar:
        task = bar.add_task("rehearsing", total=1.0)
        found = preview(access, ask, lambda share: bar.update(task, completed=share))
        currency = access.home.settings.brand.currency
    if as_json:
        print_json(found)
    else:
        _show(found, currency)


def _segment(text: str) -> tuple[str, int]:
    name, _, percent = text.partition("=")
    if not percent.isdigit() or int(percent) > 100:
        raise AppError("rehearse.segment", given=text)
    return name, int(percent)


def _show(found: Preview, currency: str) -> None:
    console.print(
        f"{found.campaign}, version {found.version}: {found.runs} runs of {found.plays:,} plays by {found.players:,}"
        f" players, seed {found.seed}, {found.seconds:.1f} s",
        markup=False,
    )
    for part in found.parts:
        if not part.is_simulated:
            left_out = "is left out: what players bring to it cannot be made up, so all plays are of the other parts"
            console.print(f"{part.part}: {part.mechanic} {left_out}", markup=False)
            continue
        p = "" if part.p_value is None else f", χ² p = {part.p_value:.3f}"
        console.print(f"{part.part}: {part.mechanic}, {part.plays:,} plays{p}", markup=False)
        print_table(
            ("outcome", "expected", "picked", "given", "share", "95 %"),
            ((one.outcome, f"{one.expected:,.1f}", one.picked, one.given, f"{one.share.mean:.4%}",
              f"{one.share.low:.4%} – {one.share.high:.4%}") for one in part.outcomes),
        )  # fmt: skip
    if found.is_guarded:
        console.print("guard: left out; a rehearsal's players have no devices, so nobody is suspected", markup=False)
    print_table(
        ("prize", "given in a run", "stock", "sold out", "after days"),
        ((one.prize, _interval(one.given), "" if one.stock is None else one.stock, f"{one.sold_out_runs}/{found.runs}",
          "" if one.sold_out_days is None else _interval(one.sold_out_days)) for one in found.prizes),
    )  # fmt: skip
    low, mean, high = (to_text(round(one), currency) for one in (found.cost.low, found.cost.mean, found.cost.high))
    worst = "nothing limits it" if found.worst is None else to_text(found.worst, currency)
    console.print(f"cost {mean} {currency} a run, {low} – {high}; at worst: {worst}", markup=False)
    for code, count in found.refused.items():
        console.print(f"  {count:,} refused: {code}", markup=False)
    names = [one.prize for one in found.prizes if one.stock is not None]
    print_table(
        ("day", "plays", *(f"{name} left" for name in names)),
        ((day.day, f"{day.plays:,.0f}", *(f"{day.left[name]:,.1f}" for name in names)) for day in found.days),
    )


def _interval(one: Interval) -> str:
    return f"{one.mean:,.1f} ({one.low:,.1f} – {one.high:,.1f})"
