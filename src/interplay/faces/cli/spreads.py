"""How long something takes, and how it is spread over customers."""

from typing import Annotated

import typer

from interplay.faces.cli.measuring import span_text
from interplay.faces.cli.screen import (
    AsJson,
    At,
    console,
    instant,
    print_json,
    print_table,
    reach,
    says_mistakes,
    share_text,
)
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import LANGS, Lang
from interplay.measure.distributions import api as distributions
from interplay.measure.distributions.contracts import AskDistribution, Distribution, DistributionBin, Of
from interplay.measure.funnels import api as funnels
from interplay.measure.intervals import api as interval_questions
from interplay.measure.intervals.contracts import AskIntervals, Intervals, Spread

Since = Annotated[str | None, typer.Option("--from", help="From this time on; 30 days ago.")]
Until = Annotated[str | None, typer.Option("--until", help="And before this time; now.")]
Segment = Annotated[str, typer.Option(help="Of these customers only: a segment, or criteria.")]
InLang = Annotated[str, typer.Option("--lang", help="zh or en")]


def register(app: typer.Typer) -> None:
    app.command()(intervals)
    app.command()(distribution)


@says_mistakes
def intervals(
    context: typer.Context,
    first: Annotated[str, typer.Argument(help="'product.viewed(event.price > 1000)'")],
    then: Annotated[str, typer.Argument(help="'order.completed'; the same fact: between one and the next.")],
    linked: Annotated[str, typer.Option(help="A field of which both have the same value: product_id.")] = "",
    by: Annotated[str, typer.Option(help="A field of the first to group by.")] = "",
    segment: Segment = "",
    since: Since = None,
    until: Until = None,
    at: At = None,
    lang: InLang = "en",
    as_json: AsJson = False,
) -> None:
    """Show how long it is from one fact to the next of another kind."""
    steps = [funnels.read_step(text, "intervals") for text in (first, then)]
    with reach(context) as access:
        ask = AskIntervals(
            steps[0], steps[1], linked, by, instant(access, since), instant(access, until), segment,
            instant(access, at), _spoken(lang),
        )  # fmt: skip
        found = access.ask(interval_questions.ask, ask)
    if as_json:
        print_json(found)
    else:
        _show_intervals(found, by)


@says_mistakes
def distribution(
    context: typer.Context,
    fact: Annotated[str, typer.Argument(help="'order.completed(event.value > 0)'")],
    of: Annotated[Of, typer.Option(help="times, days, or the sum or mean of a field.")] = Of.TIMES,
    field: Annotated[str, typer.Option(help="Of --of sum and --of mean: value.")] = "",
    bins: Annotated[str, typer.Option(help="Where bins begin: '1,2,5,10'.")] = "",
    everybody: Annotated[bool, typer.Option("--all", help="Also those who did it never.")] = False,
    segment: Segment = "",
    since: Since = None,
    until: Until = None,
    at: At = None,
    lang: InLang = "en",
    as_json: AsJson = False,
) -> None:
    """Show how many customers did something how often, on how many days, or to which amount."""
    step = funnels.read_step(fact, "distribution")
    with reach(context) as access:
        ask = AskDistribution(
            step, of, field, _bins(bins), everybody, instant(access, since), instant(access, until), segment,
            instant(access, at), _spoken(lang),
        )  # fmt: skip
        found = access.ask(distributions.ask, ask)
    if as_json:
        print_json(found)
    else:
        _show_distribution(found)


def _spoken(lang: str) -> Lang:
    if lang not in LANGS:
        raise AppError("cli.lang", given=lang)
    return lang


def _bins(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(one) for one in text.split(",")) if text.strip() else ()
    except ValueError:
        raise AppError("cli.bins", given=text) from None


def _show_intervals(found: Intervals, by: str) -> None:
    spread = found.spread
    console.print(
        f"{spread.count:,} times, half within {span_text(spread.median)}, 90 % within {span_text(spread.p90)}, "
        f"mean {span_text(spread.mean)}, from {span_text(spread.least)} to {span_text(spread.most)}"
    )
    console.print(
        f"{found.open:,} wait still; with them half within {span_text(found.median_of_all)}, 90 % within "
        f"{span_text(found.p90_of_all)}"
    )
    bars = ((span_text(one.since), "" if one.until is None else span_text(one.until), f"{one.count:,}")
            for one in found.bins)  # fmt: skip
    print_table(("from", "to before", "times"), bars)
    if by:
        rows = (("(the rest)" if one.is_rest else one.value or "—", *_spread(one.spread), f"{one.open:,}")
                for one in found.groups)  # fmt: skip
        print_table((by, "times", "median", "90 %", "wait still"), rows)
    console.print(found.definition, markup=False)


def _spread(spread: Spread) -> tuple[str, str, str]:
    return f"{spread.count:,}", span_text(spread.median), span_text(spread.p90)


def _show_distribution(found: Distribution) -> None:
    print_table(("", "customers", "share"), ((_bin(one), f"{one.customers.count:,}", share_text(one.customers))
                                             for one in found.bins))  # fmt: skip
    if found.mean is not None and found.median is not None and found.p90 is not None:
        console.print(
            f"{found.customers:,} customers; mean {found.mean:,.2f}, median {found.median:,.2f}, 90 % up to "
            f"{found.p90:,.2f} {found.currency}".rstrip()
        )
    if found.without:
        console.print(f"{found.without:,} more did it without saying so much")
    console.print(found.definition, markup=False)


def _bin(one: DistributionBin) -> str:
    if one.until is None:
        return f"{one.since:,g} or more"
    return f"below {one.until:,g}" if one.since is None else f"{one.since:,g} to below {one.until:,g}"
