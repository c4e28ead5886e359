"""How surveys, votes and leaderboards stand, from the command line."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated

import typer

from interplay.bootstrap import results
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
from interplay.interact.surveys.api import Result

Campaign = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The name of the campaign's document.")]
Part = Annotated[str, typer.Argument(metavar="PART", help="The name of its part.")]


def register(campaigns_app: typer.Typer) -> None:
    campaigns_app.command("answers")(answers)
    campaigns_app.command("votes")(votes)
    campaigns_app.command("board")(board)


@says_mistakes
def answers(context: typer.Context, campaign: Campaign, part: Part, as_json: AsJson = False) -> None:
    """Show how a survey was answered: people by answer, NPS, CSAT, quotas. What people wrote is not shown."""
    with reach(context) as access:
        found = results.survey(access, campaign, part)
    if as_json:
        print_json(found)
        return
    console.print(f"{found.people:,} people have answered, {found.completed:,} all of it", markup=False)
    for name, quota in found.quotas.items():
        console.print(f"quota {name}: {quota.used:,} of {quota.most:,}", markup=False)
    print_table(("question", "answer", "people"), (row for one in found.questions for row in _rows(one)))


@says_mistakes
def votes(context: typer.Context, campaign: Campaign, part: Part, as_json: AsJson = False) -> None:
    """Show how a vote stands, whoever else may see it."""
    with reach(context) as access:
        found = results.vote(access, campaign, part)
    if as_json:
        print_json(found)
        return
    print_table(("place", "choice", "votes"), ((one.place, one.choice, one.votes) for one in found))


@says_mistakes
def board(
    context: typer.Context,
    campaign: Campaign,
    part: Part,
    at: At = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 20,
    after: Annotated[int, typer.Option(min=0, help="Page on: the last rank of the page before.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Show who stands where on a leaderboard: of this period, or of the one of `--at`."""
    with reach(context) as access:
        found = results.board(access, campaign, part, instant(access, at), after, limit)
        if as_json:
            print_json(found)
            return
        if found.since is None or found.until is None:
            console.print("no season then")
            return
        period = f"{local(access, found.since)} until {local(access, found.until)}"
        console.print(f"{found.people:,} people, {period}", markup=False)
        rows = ((one.rank, one.customer, one.identifier, one.score, local(access, one.at)) for one in found.ranks)
        print_table(("rank", "customer", "identifier", "score", "reached"), rows)


def _rows(one: Result) -> Iterator[tuple[str, str, str]]:
    if one.answered is None:
        yield one.question, "(in words: not counted)", ""
        return
    yield one.question, "", f"{one.answered:,}"
    yield from (("", answer, f"{people:,}") for answer, people in one.answers.items())
    if one.others:
        yield "", "(others)", f"{one.others:,}"
    for word, score in (("NPS", one.nps and one.nps.score), ("CSAT", one.csat and one.csat.score)):
        if isinstance(score, Fraction):
            yield "", word, f"{float(score):.1f}"
