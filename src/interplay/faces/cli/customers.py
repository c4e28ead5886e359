"""Customers: find and show one, and what staff states: tags, notes, consents."""

from typing import Annotated

import typer

from interplay.bootstrap import staff
from interplay.bootstrap.access import Access
from interplay.bootstrap.staff import Who
from interplay.collect.facts.api import split
from interplay.engine.log.contracts import Stored
from interplay.faces.cli.screen import (
    AsJson,
    At,
    console,
    instant,
    local,
    print_json,
    print_table,
    reach,
    says_mistakes,
)
from interplay.faces.cli.wording import Wording
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import LANGS, say
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import FindCustomers, ShowConsents, ShowCustomer
from interplay.unify.consent import api as consent
from interplay.unify.consent.contracts import Consent, Statement

Customer = Annotated[str, typer.Argument(metavar="KIND:VALUE", help="For example email:a@example.com")]
Author = Annotated[str | None, typer.Option(help="Who says so.")]
Term = Annotated[str | None, typer.Option(metavar="PURPOSE:CHANNEL", help="For example marketing:sms, or marketing:*")]

customers_app = typer.Typer(help="Customers: one person, by any identifier.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(customers_app, name="customers")


@customers_app.command("find")
@says_mistakes
def find(
    context: typer.Context,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="A phone number, an e-mail, a card, … of any kind.")],
    lang: Annotated[str, typer.Option(help="zh or en")] = "en",
    as_json: AsJson = False,
) -> None:
    """Find customers by an identifier, whatever kind it is."""
    if lang not in LANGS:
        raise AppError("cli.lang", given=lang)
    with reach(context) as access:
        found = access.ask(profiles.find_customers, FindCustomers(value))
    if as_json:
        print_json(found)
    elif not found:
        console.print(say("customers.nobody", lang, given=value), markup=False)
    else:
        rows = ((one.customer, _pairs(one.matched), _pairs(one.identifiers)) for one in found)
        print_table(("customer", "found by", "identifiers"), rows)


@customers_app.command("show")
@says_mistakes
def show(
    context: typer.Context,
    who: Customer,
    at: At = None,
    facts: Annotated[int, typer.Option(min=0, max=1_000, help="How many of the newest facts.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show a customer: identifiers, traits, tags, notes, consents, the newest facts."""
    with reach(context) as access:
        kind, value = split(who)
        view = access.ask(profiles.show, ShowCustomer(kind, value, instant(access, at), facts))
        if as_json:
            print_json(view)
            return
        console.print(f"customer {view.customer}: {view.facts_count:,} facts")
        print_table(("identifier", ""), view.identifiers)
        wording = Wording(access)
        print_table(("trait", ""), wording.traits(view.traits))
        if view.tags:
            print_table(("tag", "since"), ((one.tag, local(access, one.at)) for one in view.tags))
        if view.notes:
            rows = ((local(access, one.at), one.author, one.text) for one in view.notes)
            print_table(("time", "author", "note"), rows)
        granted = [f"{one.purpose}:{one.channel}" for one in view.consents if one.is_granted]
        console.print(f"consent: {', '.join(granted) or 'none'}", markup=False)
        timeline = ((wording.time(fact), fact.name, wording.fields(fact)) for fact in view.timeline)
        print_table(("time", "fact", "fields"), timeline)


@customers_app.command("tag")
@says_mistakes
def tag(
    context: typer.Context,
    who: Customer,
    name: Annotated[str, typer.Argument(metavar="TAG", help="One line of text.")],
    remove: Annotated[bool, typer.Option("--remove", help="Take the tag away.")] = False,
    author: Author = None,
    as_json: AsJson = False,
) -> None:
    """Give a customer a tag, or take it away."""
    with reach(context) as access:
        stored = staff.tag(access, Who(*split(who)), name, is_removed=remove, author=author)
    if as_json:
        print_json(_plain(stored))
    else:
        console.print(f"{who} {'no longer has' if remove else 'has'} the tag {name.strip()}", markup=False)


@customers_app.command("note")
@says_mistakes
def note(
    context: typer.Context,
    who: Customer,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="It is personal: it stays out of the warehouse.")],
    author: Author = None,
    as_json: AsJson = False,
) -> None:
    """Write something down about a customer."""
    with reach(context) as access:
        stored = staff.note(access, Who(*split(who)), text, author=author)
    if as_json:
        print_json(_plain(stored))
    else:
        console.print(f"noted about {who}", markup=False)


@customers_app.command("consent")
@says_mistakes
def show_or_state_consent(
    context: typer.Context,
    who: Customer,
    grant: Term = None,
    withdraw: Term = None,
    text_version: Annotated[str | None, typer.Option(help="The version of the text that was agreed to.")] = None,
    evidence: Annotated[str | None, typer.Option(help="Where it was said: a form, a call, a till.")] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Show how consent stands and what was stated; or state that the customer granted or withdrew it."""
    with reach(context) as access:
        asked = grant or withdraw
        if asked is None:
            if text_version is not None or evidence is not None:
                raise AppError("cli.consent_of_what")
            _show_consents(access, who, at, as_json)
            return
        if at is not None or (grant is not None and withdraw is not None):
            raise AppError("cli.consent_both")
        purpose, channel = consent.split(asked)
        is_granted = grant is not None
        stored = staff.state_consent(
            access, Who(*split(who)), purpose, channel, is_granted=is_granted, text_version=text_version,
            evidence=evidence,
        )  # fmt: skip
        if as_json:
            print_json(_plain(stored))
        else:
            console.print(f"{who} has {'granted' if is_granted else 'withdrawn'} {asked}", markup=False)


def _show_consents(access: Access, who: str, at: str | None, as_json: bool) -> None:
    kind, value = split(who)
    view = access.ask(profiles.show_consents, ShowConsents(kind, value, instant(access, at)))
    if as_json:
        print_json(view)
        return
    columns = ("consent", "", "by", "time", "source", "text", "evidence")
    print_table(columns, (_standing(access, one) for one in view.current))
    if view.history:
        rows = ((f"{one.purpose}:{one.channel}", *_stated(access, one)) for one in view.history)
        print_table(("stated", "", "time", "source", "text", "evidence"), rows)


def _standing(access: Access, one: Consent) -> tuple[object, ...]:
    name = f"{one.purpose}:{one.channel}"
    if one.statement is None:
        return name, "granted" if one.is_granted else "denied", f"default in {one.region}", "", "", "", ""
    word, *rest = _stated(access, one.statement)
    return name, word, "statement", *rest


def _stated(access: Access, one: Statement) -> tuple[object, ...]:
    word = "granted" if one.is_granted else "withdrawn"
    return word, local(access, one.at), one.source, one.text_version, one.evidence


def _plain(stored: Stored) -> dict[str, int | bool]:
    return {"position": stored.position, "is_new": stored.is_new}


def _pairs(identifiers: tuple[tuple[str, str], ...]) -> str:
    return " ".join(f"{kind}:{value}" for kind, value in identifiers)
