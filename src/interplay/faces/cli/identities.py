"""Who is who: merge, unmerge, why, and what waits for a review."""

import getpass
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TimeElapsedColumn

from interplay.bootstrap import matching
from interplay.bootstrap.access import Access
from interplay.bootstrap.people import decide
from interplay.collect.facts.api import split
from interplay.criteria.contracts import Trait
from interplay.faces.cli.screen import AsJson, console, local, print_json, print_table, reach, says_mistakes, stderr
from interplay.faces.cli.wording import Wording
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import LANGS, Lang
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import ListReviews, Review, WhyCustomer
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import Decided, DecisionKind, Named
from interplay.unify.matching.api import labels, sentence, shown
from interplay.unify.matching.contracts import LIMIT, LIMIT_MAX, MIN_PROBABILITY, Compare, Compared, Measured

Who = Annotated[str, typer.Argument(metavar="KIND:VALUE", help="For example phone:13800138000")]
Other = Annotated[str, typer.Argument(metavar="KIND:VALUE", help="The other identifier.")]
Reason = Annotated[str, typer.Option(help="Why; kept with the decision.")]


def register(customers: typer.Typer) -> None:
    """Add the commands to `interplay customers`."""
    for command in (merge, unmerge, why, reviews, match):
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
    lang: Annotated[str, typer.Option(help="zh or en")] = "en",
    as_json: AsJson = False,
) -> None:
    """List pairs that wait for staff, by a fact or by likeness: `merge` or `unmerge` the two to decide."""
    if lang not in LANGS:
        raise AppError("cli.lang", given=lang)
    with reach(context) as access:
        found = access.ask(profiles.list_reviews, ListReviews(limit))
        if as_json:
            print_json(found)
            return
        traits = Wording(access).declared.traits
        rows = (
            (local(access, one.at), _name(one.one), _name(one.other), _why_waiting(one, lang, traits)) for one in found
        )
        print_table(("time", "identifier", "and", "why"), rows)


@says_mistakes
def match(
    context: typer.Context,
    min_probability: Annotated[float, typer.Option(help="Above 0 and below 1.")] = MIN_PROBABILITY,
    limit: Annotated[
        int, typer.Option(help=f"How many pairs at most, the most probable first; up to {LIMIT_MAX:,}.")
    ] = LIMIT,
    truth: Annotated[
        Path | None,
        typer.Option(help="A CSV of `identifier,person`: say how good the pairs are beside it, and keep none."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find customers who are probably one person, by name, birthday and the like; `reviews` lists them for staff.

    Nobody is merged. The pairs of this run take the place of those of the last one.
    """
    ask = Compare(min_probability, limit)
    with (
        reach(context) as access,
        Progress(BarColumn(), TimeElapsedColumn(), console=stderr, disable=as_json, transient=True) as bar,
    ):
        task = bar.add_task("", total=1.0)

        def report(done: float) -> None:
            bar.update(task, completed=done)

        if truth is None:
            compared = matching.match(access, ask, report)
        else:
            measured = matching.measure(access, ask, labels(truth), report)
    if as_json:
        print_json(compared if truth is None else measured)
    elif truth is None:
        _say_compared(compared)
    else:
        _say_measured(measured)


def _say_compared(compared: Compared) -> None:
    learned = "learned from the list" if compared.is_learned else "stated: too few customers to learn from"
    console.print(f"{compared.customers_count:,} customers compared; weights {learned}")
    print_table(
        ("compared by", "customers who have it"), ((one.name, f"{one.filled_count:,}") for one in compared.columns)
    )
    if compared.left_out_count:
        console.print(f"{compared.left_out_count:,} less probable pairs were left out: see --limit")
    console.print(
        f"{len(compared.proposals):,} pairs wait for a review;"
        f" {compared.refused_count:,} likely ones do not: decided, waiting already, or against the rules"
    )


def _say_measured(measured: Measured) -> None:
    console.print(
        f"{measured.labelled_count:,} labelled identifiers ({measured.unknown_count:,} more are nobody's),"
        f" {measured.pairs_count:,} pairs of one person; {measured.customers_count:,} customers compared"
    )
    rows = (
        (
            f"{one.min_probability:g}",
            f"{one.found_count:,}",
            f"{one.right_count:,}",
            *map(_rate, (one.precision, one.recall, one.f1)),
        )
        for one in measured.qualities
    )
    print_table(("probability from", "pairs found", "right", "precision", "recall", "F1"), rows)


def _rate(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.3f}"


def _name(one: Named) -> str:
    return f"{one.kind}:{one.value}"


def _why_waiting(one: Review, lang: Lang, traits: Mapping[str, Trait]) -> str:
    if one.probability is None:
        return one.fact or ""
    return f"{shown(one.probability)}: {sentence(one.reasons, lang, traits)}"


def _decide(access: Access, kind: DecisionKind, one: str, other: str, reason: str) -> Decided:
    return decide(access, kind, split(one), split(other), actor=getpass.getuser(), reason=reason)
