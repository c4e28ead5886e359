"""Points: what somebody holds, adjusting, what ends, months for finance."""

from typing import Annotated

import typer

from interplay.bootstrap import loyalty
from interplay.bootstrap.access import Access
from interplay.bootstrap.loyalty import Asked
from interplay.collect.facts.api import split
from interplay.faces.cli.customers import Customer
from interplay.faces.cli.screen import AsJson, console, local, print_json, print_table, reach, says_mistakes
from interplay.kernel.money import to_text
from interplay.link.points.contracts import Month, PointsBalance

Unit = Annotated[str, typer.Option("--unit", help="The name of the unit's document.")]
Key = Annotated[str | None, typer.Option("--key", help="The same key does it once, however often it is said.")]

points_app = typer.Typer(help="Points and tiers: balances, adjustments, expiry, months.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(points_app, name="points")


@points_app.command("balance")
@says_mistakes
def balance(context: typer.Context, who: Customer, as_json: AsJson = False) -> None:
    """Show what a customer holds of every unit, and her tiers."""
    with reach(context) as access:
        found = loyalty.wallet(access, *split(who))
        if as_json:
            print_json(found)
            return
        currency = access.home.settings.brand.currency
        rows = [
            (one.unit, f"{one.available:,}", f"{one.pending:,}", _money(one.money, currency), _ends(access, one))
            for one in found.balances
        ]
        print_table(("unit", "available", "pending", f"worth {currency}", "expires"), rows)
        if found.tiers:
            tiers = (
                (one.ladder, one.tier, f"{one.amount:,}", "" if one.next is None else f"{one.missing:,} to {one.next}",
                 "" if one.until is None else local(access, one.until))
                for one in found.tiers
            )  # fmt: skip
            print_table(("ladder", "tier", "amount", "next", "held until"), tiers)


@points_app.command("adjust")
@says_mistakes
def adjust(
    context: typer.Context,
    who: Customer,
    amount: Annotated[int, typer.Argument(help="So many points; after -- with a minus they are taken.")],
    reason: Annotated[str, typer.Option(help="Why. It is kept.")],
    asker: Annotated[str, typer.Option("--by", help="Who asks for it.")],
    approver: Annotated[str, typer.Option(help="Who approves it; beyond the unit's limit somebody else.")],
    unit: Unit = "points",
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Give a customer points by hand, or take some."""
    with reach(context) as access:
        asked = Asked(*split(who), key or access.home.world.ids())
        answer = loyalty.adjust(access, asked, unit, amount, reason=reason, asker=asker, approver=approver)
        done = loyalty.done(answer)
    if as_json:
        print_json(loyalty.plain(done))
    else:
        console.print(f"{amount:+,} {unit}" if done.is_new else f"{amount:+,} {unit}: was done before", markup=False)


@points_app.command("expire")
@says_mistakes
def expire(context: typer.Context, as_json: AsJson = False) -> None:
    """Write off what has expired and announce what expires soon, now. A server does so every hour."""
    with reach(context) as access:
        slices = loyalty.expire(access)
        left = loyalty.liability(access)
    if as_json:
        print_json({"slices": slices, "liability": left})
        return
    rows = ((one.unit, f"{one.available:,}", f"{one.pending:,}", f"{one.owed:,}") for one in left)
    print_table(("unit", "available", "pending", "owed"), rows)


@points_app.command("close")
@says_mistakes
def close(
    context: typer.Context,
    month: Annotated[str, typer.Argument(metavar="MONTH", help="For example 2026-01, in the brand's zone.")],
    unit: Unit = "points",
    preview: Annotated[bool, typer.Option("--preview", help="Only show it; also of a month that is not over.")] = False,
    as_json: AsJson = False,
) -> None:
    """Close a month for finance, once, and show it. Closed again, it says whether the ledger still agrees."""
    with reach(context) as access:
        if preview:
            shown = loyalty.show_month(access, unit, month)
            agrees = True
        else:
            closed = loyalty.close(access, unit, month)
            shown, agrees = closed.month, closed.month == closed.now
    if as_json:
        print_json(shown)
    else:
        print_table(("", unit), _rows(shown))
    if not agrees:
        console.print("the ledger has other entries by now than when this month was closed")
        raise typer.Exit(1)


def _money(money: int | None, currency: str) -> str:
    return "" if money is None else to_text(money, currency)


def _ends(access: Access, one: PointsBalance) -> str:
    return "" if one.expires_at is None else f"{one.expiring:,} on {local(access, one.expires_at)}"


def _rows(month: Month) -> list[tuple[str, str]]:
    return [
        ("opening", f"{month.opening:,}"),
        ("earned", f"{month.earned:,}"),
        ("refunded", f"{-month.refunded:,}"),
        ("spent", f"{-month.spent:,}"),
        ("expired", f"{-month.expired:,}"),
        ("adjusted", f"{month.adjusted:,}"),
        ("held", f"{-month.held:,}"),
        ("erased", f"{-month.erased:,}"),
        ("closing", f"{month.closing:,}"),
    ]
