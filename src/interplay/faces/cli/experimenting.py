"""What campaigns brought."""

from typing import Annotated

import typer

from interplay.decide.experiments import api as experiments
from interplay.decide.experiments.contracts import AskEffects, Compared, Effects, Estimate, Looks, Unit
from interplay.faces.cli.screen import AsJson, At, console, instant, print_json, print_table, reach, says_mistakes
from interplay.faces.reports.numbers import plain
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import LANGS
from interplay.kernel.ids import Micros
from interplay.kernel.time import parse_duration


def register(app: typer.Typer) -> None:
    app.command()(effects)


@says_mistakes
def effects(
    context: typer.Context,
    campaign: Annotated[str, typer.Argument(help="The campaign, as facts have it; none with --global.")] = "",
    period: Annotated[
        str, typer.Option("--global", help="All campaigns together, in a period of their holdout such as 2026-Q4.")
    ] = "",
    metric: Annotated[
        list[str] | None,
        typer.Option(help="share(FACT), count(FACT) or sum(FACT, FIELD); of its goal where none is said. Repeatable."),
    ] = None,
    within: Annotated[str | None, typer.Option(help="After her exposure, such as 14d; as its goal says.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="Of who met it at this time or later.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="And before this time.")] = None,
    looks: Annotated[Looks, typer.Option(help="daily: look as often as you like; once: at one moment.")] = Looks.DAILY,
    cuped: Annotated[bool, typer.Option(help="Adjust by what each did in the same time before.")] = True,
    winsorize: Annotated[float | None, typer.Option(help="Cut sums at this upper percentile, such as 0.99.")] = None,
    margin: Annotated[float | None, typer.Option(help="What is left of a unit of money, such as 0.6.")] = None,
    planned: Annotated[str, typer.Option(help="Planned weights: 'held_out=10,offered=90'.")] = "",
    at: At = None,
    lang: Annotated[str, typer.Option(help="zh or en")] = "en",
    as_json: AsJson = False,
) -> None:
    """Show what a campaign brought beyond its holdout, and how sure that is."""
    if lang not in LANGS:
        raise AppError("cli.lang", given=lang)
    with reach(context) as access:
        ask = AskEffects(
            campaign, tuple(map(experiments.read_metric, metric or ())),
            None if within is None else Micros(parse_duration(within)), instant(access, since), instant(access, until),
            looks, cuped, winsorize, margin, experiments.read_planned(planned), instant(access, at), lang, period,
        )  # fmt: skip
        found = access.ask(experiments.ask, ask)
        currency = access.home.settings.brand.currency
    if as_json:
        print_json(found)
    else:
        _show(found, currency)


def _show(found: Effects, currency: str) -> None:
    arms = ((one.arm, f"{one.customers:,}", f"{one.immature:,}") for one in found.arms)
    print_table(("arm", "customers", "window still open"), arms)
    for metric in found.metrics:
        values = {one.arm: one.value for one in metric.arms}
        rows = [(found.control, plain(values[found.control], metric.unit, currency), "", "", "")]
        rows.extend(_row(one, values[one.arm], metric.unit, currency) for one in metric.compared)
        print_table((metric.metric, "value", "difference", "relative", "variance saved"), rows)
    if found.metrics:
        costs = ((one.arm, plain(one.cost, Unit.MONEY, currency), _number(one.profit, Unit.MONEY, currency))
                 for one in found.money)  # fmt: skip
        print_table(("arm", "cost of gifts per customer", "profit per customer"), costs)
    if found.mixed:
        console.print(f"{found.mixed:,} were merged and had met several sides: left out")
    console.print(found.conclusion, markup=False)
    console.print(found.definition, markup=False)


def _row(one: Compared, value: float | None, unit: Unit, currency: str) -> tuple[str, str, str, str, str]:
    lift = one.lift
    relative = f"{lift.value:+.1%} ({lift.low:+.1%} to {lift.high:+.1%})" if isinstance(lift, Estimate) else "—"
    return (
        one.arm, plain(value, unit, currency), _number(one.difference, unit, currency), relative,
        f"{one.variance_saved:.0%}",
    )  # fmt: skip


def _number(found: object, unit: Unit, currency: str) -> str:
    if not isinstance(found, Estimate):
        return "—"
    value, low, high = (plain(one, unit, currency) for one in (found.value, found.low, found.high))
    return f"{value} ({low} to {high})"
