"""Coupons: issued, shown, voided, imported; where they all are; a basket quoted and redeemed."""

import getpass
from pathlib import Path
from typing import Annotated, TextIO, TypeVar

import msgspec
import typer
from msgspec import Struct

from interplay.acts.contracts import Refused
from interplay.bootstrap import coupons as couponing
from interplay.bootstrap.access import Access
from interplay.collect.facts.api import split
from interplay.faces.cli.screen import AsJson, console, local, print_json, print_table, reach, says_mistakes, stderr
from interplay.kernel.errors import AppError
from interplay.kernel.money import to_text
from interplay.link.coupons import api as coupons
from interplay.link.coupons.contracts import AskedBasket, Given, Quoted, Redeem, Wish
from interplay.link.quotes.contracts import Quote

Done = TypeVar("Done")

LIST_LINES_MAX = 10_000

Key = Annotated[str | None, typer.Option(metavar="KEY", help="The same key gives the same answer; one is made up.")]
Code = Annotated[str, typer.Argument(metavar="CODE")]

coupons_app = typer.Typer(help="Coupons: issue, show, void, import, sheet.", no_args_is_help=True)


class BasketFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A basket as a file has it, with what is presented for it."""

    currency: str
    lines: tuple[dict[str, object], ...]
    shipping: int = 0
    store: str = ""
    channel: str = ""
    coupons: tuple[str, ...] = ()
    customer: str = ""  # KIND:VALUE
    points: int = 0
    order: str = ""


def register(app: typer.Typer) -> None:
    app.add_typer(coupons_app, name="coupons")
    app.command("quote")(quote)
    app.command("redeem")(redeem)


@coupons_app.command("issue")
@says_mistakes
def issue(
    context: typer.Context,
    template: Annotated[str, typer.Argument(metavar="TEMPLATE", help="The name of the coupon's document.")],
    who: Annotated[list[str] | None, typer.Argument(metavar="KIND:VALUE…")] = None,
    file: Annotated[Path | None, typer.Option("--list", help="A file with one KIND:VALUE a line.")] = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Give customers a coupon each. With the same key again, nobody gets a second one."""
    named = [*(who or ()), *(_lines(file) if file else ())]
    with reach(context) as access:
        found = list(couponing.issue(access, _key(access, key), template, [split(one) for one in named], _by()))
        told = [(f"{one.who[0]}:{one.who[1]}", one.given, _why(access, one.given)) for one in found]
    if as_json:
        print_json([{"customer": name, "coupon": None if why else given, "refused": why} for name, given, why in told])
    else:
        print_table(("customer", "coupon", ""), ((name, _code(given), why) for name, given, why in told))
    if any(why for _, _, why in told):
        raise typer.Exit(1)


@coupons_app.command("show")
@says_mistakes
def show(context: typer.Context, code: Code, as_json: AsJson = False) -> None:
    """Show how a coupon stands. `KIND:VALUE` shows all that a customer has."""
    with reach(context) as access:
        if ":" in code:
            found = couponing.wallet(access, couponing.subject_of(access, split(code)))
        else:
            found = [_or_exit(access, couponing.show(access, code))]
        rows = [
            (one.code, one.template, one.version, one.state, _at(access, one.valid_from), _at(access, one.valid_until))
            for one in found
        ]
    if as_json:
        print_json(found)
    else:
        print_table(("coupon", "template", "version", "state", "from", "until"), rows)


@coupons_app.command("void")
@says_mistakes
def void(
    context: typer.Context,
    code: Code,
    reason: Annotated[str, typer.Option(help="Why.")],
    key: Key = None,
) -> None:
    """Take a coupon back for good that nobody has used."""
    with reach(context) as access:
        found = _or_exit(access, couponing.void(access, _key(access, key), code, reason, _by()))
    console.print(f"coupon {found.unit} of {found.template} is void", markup=False)


@coupons_app.command("import")
@says_mistakes
def import_(
    context: typer.Context,
    template: Annotated[str, typer.Argument(metavar="TEMPLATE", help="One with codes: imported.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="One code a line.")],
    as_json: AsJson = False,
) -> None:
    """Import codes that were made elsewhere. Codes that are known already are said, and stay as they are."""
    with reach(context) as access, _opened(file) as lines:
        found = coupons.import_codes(access.home.coupons, access, template, lines)
    if as_json:
        print_json(found)
    else:
        console.print(f"{found.new:,} new codes, {found.known:,} known already, {found.bad:,} lines are no codes")
        for word, numbers in (("known already", found.known_lines), ("no code", found.bad_lines)):
            if numbers:
                console.print(f"  {word}: lines {', '.join(map(str, numbers[:20]))}{' …' * (len(numbers) > 20)}")
    if found.known or found.bad:
        raise typer.Exit(1)


@coupons_app.command("sheet")
@says_mistakes
def sheet(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the balance sheet: where all coupons are, and what they have cost."""
    with reach(context) as access:
        found = coupons.sheet(access.home.coupons)
        currency = access.home.settings.brand.currency
    if as_json:
        print_json(found)
        return
    columns = ("given", "waiting", "held", "owned", "expired", "used", "void")
    rows = ((one.template, one.version, *(f"{getattr(one, name):,}" for name in columns)) for one in found.lines)
    print_table(("template", "version", *columns), rows)
    spent = (
        (one.template, one.funder, one.campaign, to_text(one.cost, currency),
         "" if one.budget is None else to_text(one.budget, currency), f"{one.on_the_spot:,}")
        for one in found.spent
    )  # fmt: skip
    print_table(("template", "funder", "campaign", "cost", "budget", "used without a coupon"), spent)


Basket = Annotated[Path, typer.Argument(metavar="BASKET.json", help="currency, lines, store, coupons, customer, …")]


@says_mistakes
def quote(
    context: typer.Context,
    file: Basket,
    is_best: Annotated[bool, typer.Option("--best", help="Find the best combination.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what a basket costs with its coupons, what applies, and why the rest does not."""
    with reach(context) as access:
        found = couponing.quote(access, _wish(access, _read(file), is_best=is_best))
        if as_json:
            print_json({"quote": found.quote, "not_used": found.not_used})
            return
        _print_quote(access, found)


@says_mistakes
def redeem(
    context: typer.Context,
    file: Basket,
    key: Key = None,
    fingerprint: Annotated[
        str | None, typer.Option(help="Of the quote; without it every coupon has to apply, whatever it then costs.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a basket an order: use its coupons and spend its points, once."""
    with reach(context) as access:
        basket, name = _read(file), _key(access, key)
        ask = Redeem(
            key=name, wish=_wish(access, basket, is_best=False), order=basket.order, by=_by(), fingerprint=fingerprint
        )  # fmt: skip
        found = _or_exit(access, couponing.redeem(access, ask))
        currency = access.home.settings.brand.currency
    if as_json:
        print_json(found)
        return
    said = "" if found.is_new else " (as before)"
    console.print(f"redeemed as {found.key}{said}: {to_text(found.quote.payable, currency)} to pay", markup=False)


def _print_quote(access: Access, found: Quoted) -> None:
    currency = found.quote.currency
    rows = (
        (line.line, line.product, line.quantity, to_text(line.price, currency),
         to_text(line.price - line.payable, currency), to_text(line.payable, currency))
        for line in found.quote.lines
    )  # fmt: skip
    print_table(("line", "product", "quantity", "price", "off", "to pay"), rows)
    for applied in found.quote.applied:
        shown = found.codes.get(applied.source, "")
        console.print(f"applied: {applied.name} {shown} −{to_text(applied.money, currency)}", markup=False)
    for name, why in _reasons(access, found.quote, found):
        console.print(f"not applied: {name}: {why}", markup=False)
    console.print(f"to pay: {to_text(found.quote.payable, currency)}   fingerprint {found.quote.fingerprint}")


def _reasons(access: Access, quoted: Quote, found: Quoted) -> list[tuple[str, str]]:
    said = [(one.code, coupons.sentence(access.home.coupons, one.refused, "en")) for one in found.not_used]
    return said + [(one.name, one.reason.text("en", quoted.currency)) for one in quoted.refused]


def _read(file: Path) -> BasketFile:
    try:
        return msgspec.json.decode(file.read_bytes(), type=BasketFile)
    except (OSError, msgspec.DecodeError) as wrong:
        raise AppError("cli.basket", given=str(file), reason=str(wrong)) from None


def _wish(access: Access, basket: BasketFile, *, is_best: bool) -> Wish:
    subject = couponing.subject_of(access, split(basket.customer)) if basket.customer else None
    try:
        asked = msgspec.convert(
            {"currency": basket.currency, "lines": basket.lines, "shipping": basket.shipping}, AskedBasket
        )
    except msgspec.ValidationError as wrong:
        raise AppError("cli.basket", given="lines", reason=str(wrong)) from None
    return Wish(
        basket=asked, codes=basket.coupons, subject=subject, points=basket.points, store=basket.store,
        channel=basket.channel, is_best=is_best,
    )  # fmt: skip


def _lines(file: Path) -> list[str]:
    with _opened(file) as lines:
        found = [line.strip() for line in lines if line.strip()]
    if len(found) > LIST_LINES_MAX:
        raise AppError("coupons.list", given=len(found), allowed=LIST_LINES_MAX)
    return found


def _opened(file: Path) -> TextIO:
    try:
        return file.open(encoding="utf8")
    except OSError as wrong:
        raise AppError("cli.basket", given=str(file), reason=str(wrong.strerror)) from None


def _key(access: Access, given: str | None) -> str:
    return f"cli:{given or access.home.world.ids()}"


def _by() -> str:
    return getpass.getuser()


def _or_exit(access: Access, found: Done | Refused) -> Done:
    """Return what was done, or say why not and exit with 1."""
    if isinstance(found, Refused):
        why = coupons.sentence(access.home.coupons, found, "en")
        stderr.print(f"refused {found.code}: {why}", markup=False)
        raise typer.Exit(1)
    return found


def _why(access: Access, given: Given | Refused | AppError) -> str:
    if isinstance(given, Refused):
        return coupons.sentence(access.home.coupons, given, "en")
    return str(given) if isinstance(given, AppError) else ""


def _code(given: Given | Refused | AppError) -> str:
    return given.code if isinstance(given, Given) else ""


def _at(access: Access, at: int | None) -> str:
    return local(access, at) if at else ""
