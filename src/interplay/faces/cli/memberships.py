"""Live segments: sizes, history, overlap, and those that a customer is in."""

import time
from typing import Annotated

import typer

from interplay.bootstrap.access import Access
from interplay.collect.facts.api import split
from interplay.faces.cli.screen import AsJson, console, local, print_json, print_table, reach, says_mistakes
from interplay.understand.memberships import api as memberships
from interplay.understand.memberships.contracts import (
    COMPUTED,
    ENTERED,
    HISTORY_MAX,
    Change,
    ListLive,
    Overlap,
    SegmentsOf,
    ShowHistory,
)

LOOK_SECONDS = 0.2
COLUMNS = ("position", "time", "", "customer", "because", "version", "customers")


def register(segments: typer.Typer, customers: typer.Typer) -> None:
    """Add the commands to `interplay segments` and `interplay customers`."""
    for command in (live, history, overlap):
        segments.command()(command)
    customers.command("segments")(of_customer)


@says_mistakes
def live(context: typer.Context, as_json: AsJson = False) -> None:
    """List the live segments and how many customers are in them at this moment."""
    with reach(context) as access:
        views = access.ask(memberships.list_live, ListLive())
        if as_json:
            print_json(views)
            return
        rows = (
            (v.name, v.label.zh, v.label.en, f"{v.customers:,}", v.version, local(access, v.computed_at)) for v in views
        )
        print_table(("segment", "名称", "label", "customers", "version", "computed"), rows)


@says_mistakes
def history(
    context: typer.Context,
    segment: Annotated[str, typer.Argument(help="The name of a live segment.")],
    customer: Annotated[str | None, typer.Option(metavar="KIND:VALUE", help="Only of this customer.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=HISTORY_MAX)] = 20,
    follow: Annotated[bool, typer.Option("--follow", help="Go on as it happens, until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show who entered and left a live segment, the newest first."""
    kind, value = split(customer) if customer else (None, None)
    with reach(context) as access:
        found = access.ask(memberships.show_history, ShowHistory(segment, kind, value, limit))
        if as_json:
            print_json(found)
        else:
            print_table(COLUMNS, (_row(access, one) for one in found))
        while follow:
            time.sleep(LOOK_SECONDS)
            last = found[0].position if found else 0
            found = access.ask(memberships.show_history, ShowHistory(segment, kind, value, HISTORY_MAX))
            for one in reversed([one for one in found if one.position > last]):
                console.print(*_row(access, one), markup=False)


@says_mistakes
def overlap(
    context: typer.Context,
    segments: Annotated[
        list[str] | None, typer.Argument(help="Names of live segments; all of them by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Count the customers who are in both, for every two live segments."""
    with reach(context) as access:
        view = access.ask(memberships.overlap, Overlap(tuple(segments or ())))
    if as_json:
        print_json(view)
        return
    rows = (
        (name, *(f"{count:,}" for count in counts)) for name, counts in zip(view.segments, view.common, strict=True)
    )
    print_table(("", *view.segments), rows)


@says_mistakes
def of_customer(
    context: typer.Context,
    customer: Annotated[str, typer.Argument(metavar="KIND:VALUE", help="For example phone:13800138000")],
    as_json: AsJson = False,
) -> None:
    """List the live segments that a customer is in."""
    with reach(context) as access:
        found = access.ask(memberships.segments_of, SegmentsOf(*split(customer)))
        if as_json:
            print_json(found)
            return
        rows = (
            (one.segment, one.label.zh, one.label.en, "" if one.since is None else local(access, one.since))
            for one in found
        )
        print_table(("segment", "名称", "label", "since"), rows)


def _row(access: Access, one: Change) -> tuple[object, ...]:
    word = "computed" if one.what == COMPUTED else "entered" if one.what == ENTERED else "left"
    who = "" if one.kind is None else f"{one.kind}:{one.value or ''}"
    size = "" if one.customers is None else f"{one.customers:,}"
    return one.position, local(access, one.at), word, who, one.because or "", one.version, size
