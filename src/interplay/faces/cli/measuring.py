"""Measuring: funnels."""

from typing import Annotated

import typer

from interplay.faces.cli.screen import (
    AsJson,
    At,
    console,
    instant,
    percent,
    print_json,
    print_table,
    reach,
    says_mistakes,
    share_text,
)
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import LANGS
from interplay.kernel.ids import Micros
from interplay.kernel.time import parse_duration
from interplay.measure.funnels import api as funnels
from interplay.measure.funnels.contracts import AskFunnel, Excluded, From, Funnel, GroupedBy, Mode

Since = Annotated[str | None, typer.Option("--from", help="Attempts that begin at this time or later; 30 days ago.")]
Until = Annotated[str | None, typer.Option("--until", help="And before this time; now.")]


def register(app: typer.Typer) -> None:
    app.command()(funnel)


@says_mistakes
def funnel(
    context: typer.Context,
    steps: Annotated[str, typer.Argument(help="'product.viewed(event.price > 1000) > cart.added? > order.completed'")],
    within: Annotated[str, typer.Option(help="The window of an attempt, such as 7d or 12h.")] = "7d",
    since: Since = None,
    until: Until = None,
    mode: Annotated[Mode, typer.Option(help="ordered; strict: nothing between; unordered: any order.")] = Mode.ORDERED,
    window: Annotated[From, typer.Option(help="It begins with the first step, or anew with each step.")] = From.FIRST,
    exclude: Annotated[
        list[str] | None,
        typer.Option(help="A fact that ends an attempt; between two steps: 'order.cancelled:2-3'. Repeatable."),
    ] = None,
    linked: Annotated[str, typer.Option(help="A field of which all facts have the same value: order_id.")] = "",
    by: Annotated[str, typer.Option(help="A field to group by.")] = "",
    by_of: Annotated[GroupedBy, typer.Option(help="Of the fact of the first or the last step.")] = GroupedBy.FIRST,
    segment: Annotated[str, typer.Option(help="Of these customers only: a segment, or criteria.")] = "",
    at: At = None,
    lang: Annotated[str, typer.Option(help="zh or en")] = "en",
    as_json: AsJson = False,
) -> None:
    """Show how many customers come how far, on a way of several steps."""
    if lang not in LANGS:
        raise AppError("cli.lang", given=lang)
    with reach(context) as access:
        ask = AskFunnel(
            funnels.read_steps(steps), Micros(parse_duration(within)), mode, window, instant(access, since),
            instant(access, until), tuple(map(_excluded, exclude or ())), linked, by, by_of, segment,
            instant(access, at), lang,
        )  # fmt: skip
        found = access.ask(funnels.ask, ask)
    if as_json:
        print_json(found)
    else:
        _show(found, by)


def _excluded(text: str) -> Excluded:
    """Return an excluded fact of `FACT(condition):2-3`."""
    fact, colon, between = text.rpartition(":")
    after, _, before = between.partition("-")
    if not (colon and after.isdecimal() and before.isdecimal()):
        fact, after, before = text, "1", ""
    (step,) = funnels.read_steps(fact)
    return Excluded(step.facts, step.where, int(after), int(before) if before else None)


def _show(found: Funnel, by: str) -> None:
    rows = (
        (
            number, one.step, f"{one.customers:,}", share_text(one.of_first), percent(one.of_before),
            span_text(one.seconds_median), span_text(one.seconds_p90),
        )
        for number, one in enumerate(found.steps, 1)
    )  # fmt: skip
    print_table(("", "step", "customers", "of the first", "of those before", "median", "90 %"), rows)
    times = f"; half within {span_text(found.seconds_median)}, 90 % within {span_text(found.seconds_p90)}"
    console.print(
        f"{found.converted.count:,} of {found.entered:,} came to the end, {share_text(found.converted)}"
        f"{times if found.converted.count else ''}"
    )
    if found.immature.entered:
        console.print(
            f"{found.immature.entered:,} more began so lately that their window is open; so far "
            f"{found.immature.converted:,} came to the end"
        )
    if found.void:
        console.print(f"{found.void:,} more were ended by an excluded fact")
    if found.items is not None:
        counts = " > ".join(f"{count:,}" for count in found.items.steps)
        console.print(f"by customer and value: {counts}; {found.items.unlinked:,} facts have no value")
    if by:
        groups = (
            ("(the rest)" if one.is_rest else one.value or "—", " > ".join(f"{count:,}" for count in one.steps),
             share_text(one.converted))
            for one in found.groups
        )  # fmt: skip
        print_table((by, "customers", "came to the end"), groups)
    console.print(found.definition, markup=False)


def span_text(seconds: float | None) -> str:
    """Return a time in the unit that suits it."""
    if seconds is None:
        return "—"
    for unit, letter in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= unit:
            return f"{seconds / unit:.1f} {letter}"
    return f"{seconds:.1f} s"
