"""Cohorts: who comes back, how regularly, and who is new, back again or gone."""

from collections.abc import Iterator, Sequence
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
from interplay.kernel.i18n import LANGS, Lang
from interplay.measure.cohorts import api
from interplay.measure.cohorts.contracts import (
    AskCohorts,
    AskLifecycle,
    AskStickiness,
    Back,
    Cell,
    Cohorts,
    Cut,
    Entry,
    Lifecycle,
    Per,
    Stickiness,
)

Since = Annotated[str | None, typer.Option("--from", help="Periods from the one of this time on.")]
Until = Annotated[str | None, typer.Option("--until", help="And that begin before this time; now.")]
Segment = Annotated[str, typer.Option(help="Of these customers only: a segment, or criteria.")]
Language = Annotated[str, typer.Option(help="zh or en")]
Fact = Annotated[str, typer.Argument(help="'order.completed(event.value > 100)', 'page.viewed | app.opened'")]
Length = Annotated[Per, typer.Option(help="day, week (from Monday) or month of the brand's calendar.")]


def register(app: typer.Typer) -> None:
    for command in (cohorts, stickiness, lifecycle):
        app.command()(command)


@says_mistakes
def cohorts(
    context: typer.Context,
    start: Fact,
    returned: Annotated[str, typer.Option("--returned", help="The fact of coming back; the same when left out.")] = "",
    per: Length = Per.WEEK,
    entry: Annotated[
        Entry, typer.Option(help="first: her first of all; each: the first in each period.")
    ] = Entry.FIRST,
    cut: Annotated[Cut, typer.Option(help="Periods of the calendar, or rolling from each start.")] = Cut.CALENDAR,
    back: Annotated[Back, typer.Option(help="bounded: in this period; unbounded: or in a later one.")] = Back.BOUNDED,
    periods: Annotated[int, typer.Option(help="How many periods after the first are shown.")] = 12,
    since: Since = None,
    until: Until = None,
    by: Annotated[str, typer.Option(help="A field of the start fact to group by.")] = "",
    segment: Segment = "",
    at: At = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Show who comes back, by the period in which they began."""
    spoken = _lang(lang)
    with reach(context) as access:
        ask = AskCohorts(
            api.read_fact(start), api.read_fact(returned) if returned else None, per, entry, cut, back, periods,
            instant(access, since), instant(access, until), by, segment, instant(access, at), spoken,
        )  # fmt: skip
        found = access.ask(api.ask, ask)
    if as_json:
        print_json(found)
    else:
        _show_cohorts(found, by)


@says_mistakes
def stickiness(
    context: typer.Context,
    fact: Fact,
    per: Length = Per.MONTH,
    of: Annotated[Per, typer.Option(help="In how many of its days, or weeks.")] = Per.DAY,
    since: Since = None,
    until: Until = None,
    segment: Segment = "",
    at: At = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Show in how many days or weeks of a period customers are active."""
    spoken = _lang(lang)
    with reach(context) as access:
        times = instant(access, since), instant(access, until)
        ask = AskStickiness(api.read_fact(fact), per, of, *times, segment, instant(access, at), spoken)
        found = access.ask(api.stickiness, ask)
    if as_json:
        print_json(found)
    else:
        _show_stickiness(found, of)


@says_mistakes
def lifecycle(
    context: typer.Context,
    fact: Fact,
    per: Length = Per.WEEK,
    since: Since = None,
    until: Until = None,
    segment: Segment = "",
    at: At = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Show who is new, returning, back again or gone, period by period."""
    spoken = _lang(lang)
    with reach(context) as access:
        times = instant(access, since), instant(access, until)
        ask = AskLifecycle(api.read_fact(fact), per, *times, segment, instant(access, at), spoken)
        found = access.ask(api.lifecycle, ask)
    if as_json:
        print_json(found)
    else:
        _show_lifecycle(found)


def _lang(text: str) -> Lang:
    if text not in LANGS:
        raise AppError("cli.lang", given=text)
    return text


def _show_cohorts(found: Cohorts, by: str) -> None:
    columns = max((len(one.cells) for one in found.cohorts), default=0)
    numbers = [str(number) for number in range(columns)]
    rows = [
        (_begins(one.begins_on, is_open=one.is_open), f"{one.customers:,}", *_cells(one.cells, columns))
        for one in found.cohorts
    ]
    rows.append(("mean", f"{found.entered:,}", *_cells(found.mean, columns)))
    print_table(("began", "customers", *numbers), rows)
    if any(cell.open for cell in found.mean):
        console.print("… goes on; in brackets, how many came so far in a period that is not over")
    means = (
        (number, share_text(cell.returned), f"{cell.returned.count:,} of {cell.returned.of:,}")
        for number, cell in enumerate(found.mean) if cell.returned.of
    )  # fmt: skip
    print_table(("period", "came back", ""), means)
    if by:
        groups = (
            ("(the rest)" if one.is_rest else one.value or "—", f"{one.customers:,}", *_cells(one.cells, columns))
            for one in found.groups
        )
        print_table((by, "customers", *numbers), groups)
    console.print(found.definition, markup=False)


def _cells(cells: Sequence[Cell], columns: int) -> Iterator[str]:
    """Yield the share of those for whom a period is over; where it is for nobody, how many came so far."""
    for cell in cells:
        yield percent(cell.returned) if cell.returned.of else f"({cell.open_returned:,})"
    yield from [""] * (columns - len(cells))


def _begins(day: str, *, is_open: bool) -> str:
    return f"{day} …" if is_open else day


def _show_stickiness(found: Stickiness, of: Per) -> None:
    rows = (
        (
            _begins(one.begins_on, is_open=one.is_open), f"{one.customers:,}",
            "—" if one.mean is None else f"{one.mean:.2f}", "—" if one.ratio is None else f"{one.ratio:.1%}",
            " ".join(f"{count:,}" for count in one.active_in),
        )
        for one in found.periods
    )  # fmt: skip
    print_table(("period", "customers", f"{of.value}s each", "ratio", f"active in 1, 2, 3 … {of.value}s"), rows)
    console.print(found.definition, markup=False)


def _show_lifecycle(found: Lifecycle) -> None:
    rows = (
        (
            _begins(one.begins_on, is_open=one.is_open), f"{one.new:,}", f"{one.returning:,}",
            f"{one.resurrecting:,}", "—" if one.dormant is None else f"{one.dormant:,}",
        )
        for one in found.periods
    )  # fmt: skip
    print_table(("period", "new", "returning", "resurrecting", "dormant"), rows)
    console.print(found.definition, markup=False)
