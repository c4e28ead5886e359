"""A day of points and coupons for people to read: what was done, the balance sheet, and every no with its reason."""

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from interplay.faces.cli.demo.contracts import CouponLine, Loyalty, PointsSheet, Refusal
from interplay.faces.cli.demo.layout import called, line, not_as_said, table, title
from interplay.faces.cli.screen import console
from interplay.kernel.i18n import Lang, say

YUAN = 100  # fen


def tell(loyalty: Loyalty, lang: Lang) -> None:
    """Print the scene."""
    bought, wallet = loyalty.bought, loyalty.wallet
    title("demo.loyalty", lang)
    line("demo.loyalty.given", lang, members=bought.members, issued=bought.issued, claimed=bought.claimed)
    line(
        "demo.loyalty.bought", lang, online=bought.online_orders, store=bought.till_orders, tills=bought.tills,
        paid=bought.paid / YUAN, coupons=bought.coupons_used, points=bought.points_used, lost=bought.lost_answers,
    )  # fmt: skip
    line(
        "demo.loyalty.back", lang, returns=bought.returns, coupons=bought.coupons_back, points=bought.points_back
    )  # fmt: skip
    line(
        "demo.loyalty.wallet", lang, person=wallet.person, online=wallet.earned_online, store=wallet.earned_in_store,
        spent=wallet.spent, names=say("demo.comma", lang).join(wallet.known_by), available=wallet.available,
        pending=wallet.pending,
    )  # fmt: skip
    console.print()
    _coupons(loyalty.coupons, lang)
    console.print()
    _points(loyalty.points, loyalty.points_true, lang)
    console.print()
    _refusals(loyalty.refusals, lang)
    if loyalty.claims["ledger"]:
        line("demo.ledger", lang)
    not_as_said(loyalty.claims, lang)


def _coupons(lines: Sequence[CouponLine], lang: Lang) -> None:
    rows = table(
        lang, "demo.sheet.coupons", "demo.sheet.given", "demo.sheet.open", "demo.sheet.used", "demo.sheet.expired",
        "demo.sheet.void", "demo.sheet.cost",
    )  # fmt: skip
    for one in lines:
        numbers = (one.given, one.open, one.used, one.expired, one.void)
        rows.add_row(
            escape(called(one.label, lang)), *(f"{number:,}" for number in numbers), f"¥{one.cost / YUAN:,.2f}"
        )
    console.print(rows)


def _points(sheet: PointsSheet, truth: tuple[int, int], lang: Lang) -> None:
    """Show where the points went; what the story knows stands beside it."""
    given, taken_back = (f"{number:,}" for number in truth)
    rows = table(lang, "demo.sheet.points", "", "demo.truth")
    rows.add_row(say("demo.sheet.points.given", lang), f"{sheet.given:,}", given)
    rows.add_row(say("demo.sheet.points.taken_back", lang), f"{sheet.taken_back:,}", taken_back)
    rows.add_row(say("demo.sheet.points.spent", lang), f"{sheet.spent:,}")
    rows.add_row(say("demo.sheet.points.expired", lang), f"{sheet.expired:,}")
    if sheet.erased:
        rows.add_row(say("demo.sheet.points.erased", lang), f"{sheet.erased:,}")
    if sheet.adjusted or sheet.held:
        rows.add_row(say("demo.sheet.points.adjusted", lang), f"{sheet.adjusted - sheet.held:,}")
    rows.add_row(say("demo.sheet.points.pending", lang), f"{sheet.pending:,}")
    rows.add_row(say("demo.sheet.points.available", lang), f"{sheet.available + sheet.owed:,}")
    worth = say("demo.sheet.points.money", lang, money=sheet.money / YUAN)
    console.print(rows)
    console.print(f"  {worth}", markup=False)


def _refusals(refusals: Sequence[Refusal], lang: Lang) -> None:
    rows = Table(box=None, pad_edge=False, header_style="dim")
    rows.add_column(say("demo.refusals", lang), overflow="fold")
    for key in ("demo.refusals.answers", "demo.refusals.facts", "demo.refusals.quotes"):
        rows.add_column(say(key, lang), justify="right", no_wrap=True)
    for one in refusals:
        counts = (f"{number:,}" if number else "" for number in (one.answers, one.facts, one.quotes))
        rows.add_row(f"{escape(one.text)} [dim]{one.code}[/]", *counts)
    console.print(rows)
