"""Who is who: merge, unmerge, why, and what waits for a review."""

import getpass
from typing import Annotated

import typer

from interplay.bootstrap.access import Access
from interplay.bootstrap.people import decide
from interplay.collect.facts.api import split
from interplay.faces.cli.screen import AsJson, console, local, print_json, print_table, reach, says_mistakes
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import LANGS
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import ListReviews, WhyCustomer
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import Decided, DecisionKind

Who = Annotated[str, typer.Argument(metavar="KIND:VALUE", help="For example phone:13800138000")]
Other = Annotated[str, typer.Argument(metavar="KIND:VALUE", help="The other identifier.")]
Reason = Annotated[str, typer.Option(help="Why; kept with the decision.")]


def register(customers: typer.Typer) -> None:
    """Add the commands to `interplay customers`."""
    for command in (merge, unmerge, why, reviews):
        customers.command()(command)


@says_mistakes
def merge(context: typer.Context, one: Who, other: Other, reason: Reason = "", as_json: AsJson = False) -> None:
    """Make the customers of two identifiers one. Nothing is copied: `unmerge` takes them apart again."""
    with reach(context) as access:
        decided = _decide(access, DecisionKind.TOGETHER, one, other, reason)
    if as_json:
        print_json(decided)
    else:
        console.print(f"{one} and {other} are customer {decided.one} now", markup=False)


@says_mistakes
def unmerge(context: typer.Context, one: Who, other: Other, reason: Reason = "", as_json: AsJson = False) -> None:
    """Take two identifiers of one customer apart; each keeps what its own facts say is its own."""
    with reach(context) as access:
        decided = _decide(access, DecisionKind.APART, one, other, reason)
    if as_json:
        print_json(decided)
    else:
        console.print(f"{one} is customer {decided.one}, {other} is customer {decided.other} now", markup=False)


@says_mistakes
def why(
    context: typer.Context,
    who: Who,
    lang: Annotated[str, typer.Option(help="zh or en")] = "en",
    as_json: AsJson = False,
) -> None:
    """Say why these identifiers are one customer: by which facts and decisions."""
    if lang not in LANGS:
        raise AppError("cli.lang", given=lang)
    with reach(context) as access:
        kind, value = split(who)
        view = access.ask(profiles.why, WhyCustomer(kind, value))
        if as_json:
            print_json(view)
            return
        console.print(f"customer {view.customer}")
        print_table(("identifier", ""), ((one.kind, one.value) for one in view.identifiers))
        for sentence in identity.sentences(view, lang, access.home.world.zone):
            console.print(sentence, markup=False)


@says_mistakes
def reviews(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=1_000)] = 20,
    as_json: AsJson = False,
) -> None:
    """List links that wait for staff: `merge` or `unmerge` the two to decide."""
    with reach(context) as access:
        found = access.ask(profiles.list_reviews, ListReviews(limit))
        if as_json:
            print_json(found)
            return
        rows = (
            (local(access, link.at), f"{link.one.kind}:{link.one.value}", f"{link.other.kind}:{link.other.value}")
            for link in found
        )
        print_table(("time", "identifier", "came together with"), rows)


def _decide(access: Access, kind: DecisionKind, one: str, other: str, reason: str) -> Decided:
    return decide(access, kind, split(one), split(other), actor=getpass.getuser(), reason=reason)
