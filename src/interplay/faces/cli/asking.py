"""Questions: segments, facts, rejects."""

import getpass
from typing import Annotated

import typer

from interplay.bootstrap.registry import PreviewPurge, PurgeNow, Rewrite, preview_purge, purge_now, rewrite
from interplay.collect.facts.api import split
from interplay.collect.ingest import api as ingest
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
    stderr,
)
from interplay.faces.cli.wording import Wording, identifiers, place
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import LANGS
from interplay.kernel.ids import CustomerId
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import CountFacts, ListFacts
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import CountSegment, ExplainMember, ListCuts, ListMembers, ListSegments

Criteria = Annotated[str, typer.Argument(metavar="CRITERIA", help="Criteria, or the name of a segment.")]

segments_app = typer.Typer(help="Segments: count, list, explain.", no_args_is_help=True)
facts_app = typer.Typer(help="Facts: what came in.", no_args_is_help=True)
rejects_app = typer.Typer(help="Rejects: what came in and became no fact, and why.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(segments_app, name="segments")
    app.add_typer(facts_app, name="facts")
    app.add_typer(rejects_app, name="rejects")


@segments_app.command("count")
@says_mistakes
def count(context: typer.Context, criteria: Criteria, at: At = None, as_json: AsJson = False) -> None:
    """Count the customers who match, and those of whom it is unknown."""
    with reach(context) as access:
        answer = access.ask(segments.count, CountSegment(criteria, instant(access, at)))
        cuts = access.ask(segments.list_cuts, ListCuts(criteria))
    for cut in cuts:
        stderr.print(f"note: {cut.sentence('en')}", markup=False)
    if as_json:
        print_json(answer)
    else:
        console.print(f"{answer.count:,} of {answer.population:,} customers match; of {answer.unknown:,} it is unknown")


@segments_app.command("members")
@says_mistakes
def members(
    context: typer.Context,
    criteria: Criteria,
    at: At = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 20,
    after: Annotated[int, typer.Option(help="Page on: the last customer of the page before.")] = 0,
    as_json: AsJson = False,
) -> None:
    """List customers who match."""
    with reach(context) as access:
        ask = ListMembers(criteria, instant(access, at), CustomerId(after), limit)
        found = access.ask(segments.list_members, ask)
    if as_json:
        print_json(found)
    else:
        print_table(("customer", "identifier"), ((one.customer, f"{one.kind}:{one.value}") for one in found))


@segments_app.command("explain")
@says_mistakes
def explain(
    context: typer.Context,
    criteria: Criteria,
    customer: Annotated[str, typer.Option(metavar="KIND:VALUE", help="For example phone:13800138000")],
    at: At = None,
    lang: Annotated[str, typer.Option(help="zh or en")] = "en",
    as_json: AsJson = False,
) -> None:
    """Say why a customer matches, or not."""
    if lang not in LANGS:
        raise AppError("cli.lang", given=lang)
    with reach(context) as access:
        kind, value = split(customer)
        ask = ExplainMember(criteria, kind, value, instant(access, at), lang)
        explained = access.ask(segments.explain_member, ask)
    if as_json:
        print_json(explained)
    else:
        for sentence in explained.sentences:
            console.print(sentence, markup=False)


@segments_app.command("list")
@says_mistakes
def list_(context: typer.Context, at: At = None, as_json: AsJson = False) -> None:
    """List the segments that were applied, with their sizes."""
    with reach(context) as access:
        views = access.ask(segments.list_segments, ListSegments(at=instant(access, at)))
    if as_json:
        print_json(views)
        return
    rows = ((v.name, v.label.zh, v.label.en, v.answer and v.answer.count, v.answer and v.answer.unknown) for v in views)
    print_table(("segment", "名称", "label", "customers", "unknown"), rows)


@facts_app.command("tail")
@says_mistakes
def tail(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=1_000)] = 20,
    name: Annotated[str | None, typer.Option(help="Only facts of this name.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the facts that came in last."""
    with reach(context) as access:
        views = access.ask(profiles.list_facts, ListFacts(limit, name=name))
        if as_json:
            print_json(views)
            return
        words = Wording(access)
        rows = (
            (v.position, words.time(v), v.name, v.source, identifiers(v.identifiers[:1]), words.fields(v))
            for v in views
        )
        print_table(("position", "time", "fact", "source", "who", "fields"), rows)


@facts_app.command("purge")
@says_mistakes
def purge(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take out facts that are older than their retention period. A server does so once a day."""
    with reach(context) as access:
        told = access.ask(preview_purge, PreviewPurge())
        done = None if dry_run else access.ask(purge_now, PurgeNow(getpass.getuser()))
        if done is not None and access.is_holder:  # a server writes its warehouse anew by itself
            access.ask(rewrite, Rewrite())
    if as_json:
        print_json(told if done is None else done)
        return
    if dry_run:
        print_table(("fact", "older than its period"), ((name, f"{count:,}") for name, count in told.facts.items()))
    console.print(
        f"{sum(told.facts.values()):,} facts would go" if done is None else f"{done.facts_count:,} facts purged"
    )


@facts_app.command("catalogue")
@says_mistakes
def catalogue(context: typer.Context, as_json: AsJson = False) -> None:
    """List every kind of fact, declared or only received, and how many there are."""
    with reach(context) as access:
        counts = access.ask(profiles.count_facts, CountFacts())
        declared = Wording(access).declared.facts
    kinds = [(name, True, counts.get(name, 0), kind.zh, kind.en) for name, kind in declared.items()]
    kinds += [(name, False, counts[name], name, name) for name in sorted(counts.keys() - declared.keys())]
    if as_json:
        print_json([dict(zip(("name", "is_declared", "count", "zh", "en"), one, strict=True)) for one in kinds])
        return
    rows = ((name, "yes" if known else "no", f"{count:,}", zh, en) for name, known, count, zh, en in kinds)
    print_table(("fact", "declared", "count", "名称", "label"), rows)


@rejects_app.command("list")
@says_mistakes
def list_rejects(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=1_000)] = 20,
    before: Annotated[int | None, typer.Option(help="Page back: the last number of the page before.")] = None,
    lang: Annotated[str, typer.Option(help="zh or en")] = "en",
    as_json: AsJson = False,
) -> None:
    """Show what was rejected last, with the reason."""
    if lang not in LANGS:
        raise AppError("cli.lang", given=lang)
    with reach(context) as access:
        kept = ingest.rejects(access.home.database, access.home.keys, limit, before)
        if as_json:
            print_json([{**_plain(one), "reason": one.text(lang)} for one in kept])
            return
        rows = (
            (one.reject, local(access, one.received_at), one.door, one.source, place(one), one.text(lang))
            for one in kept
        )
        print_table(("reject", "time", "door", "source", "place", "reason"), rows)


def _plain(one: ingest.KeptReject) -> dict[str, object]:
    fields = {name: getattr(one, name) for name in one.__struct_fields__}
    return {**fields, "raw": one.raw.decode("utf8", "replace")}
