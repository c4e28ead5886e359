"""Paths: what follows what."""

from typing import Annotated

import typer

from interplay.faces.cli.measuring import span_text
from interplay.faces.cli.screen import AsJson, At, console, instant, print_json, print_table, reach, says_mistakes
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import LANGS
from interplay.kernel.ids import Micros
from interplay.kernel.time import parse_duration
from interplay.measure.funnels import api as funnels
from interplay.measure.funnels.contracts import FunnelStep
from interplay.measure.paths import api
from interplay.measure.paths.contracts import AskPaths, Paths


def register(app: typer.Typer) -> None:
    app.command()(paths)


@says_mistakes
def paths(
    context: typer.Context,
    step: Annotated[list[str] | None, typer.Argument(help="Facts that are steps; all online ones else.")] = None,
    by: Annotated[str, typer.Option(help="A field: another value is another step. Such as path.")] = "",
    start: Annotated[str, typer.Option(help="Only from this fact on.")] = "",
    end: Annotated[str, typer.Option(help="Only up to this fact, counted back from it.")] = "",
    depth: Annotated[int, typer.Option(help="How many steps deep, 2 to 10.")] = 5,
    shown: Annotated[int, typer.Option(help="How many steps at each depth; the others are one.")] = 8,
    pause: Annotated[str, typer.Option(help="A longer one ends a stretch.")] = "30m",
    repeats: Annotated[bool, typer.Option(help="Count a step again and again each time.")] = False,
    segment: Annotated[str, typer.Option(help="Of these customers only: a segment, or criteria.")] = "",
    since: Annotated[str | None, typer.Option("--from", help="Stretches from this time on; 30 days ago.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="And that begin before this time; now.")] = None,
    at: At = None,
    lang: Annotated[str, typer.Option(help="zh or en")] = "en",
    as_json: AsJson = False,
) -> None:
    """Show what follows what, without a pause: steps, where they go on to, where they end."""
    if lang not in LANGS:
        raise AppError("cli.lang", given=lang)
    with reach(context) as access:
        ask = AskPaths(
            tuple(map(_step, step or ())), by, _step(start) if start else None, _step(end) if end else None, depth,
            shown, Micros(parse_duration(pause)), repeats, instant(access, since), instant(access, until), segment,
            instant(access, at), lang,
        )  # fmt: skip
        found = access.ask(api.ask, ask)
    if as_json:
        print_json(found)
    else:
        _show(found)


def _step(text: str) -> FunnelStep:
    return funnels.read_step(text, "paths")


def _show(found: Paths) -> None:
    console.print(f"{found.stretches:,} stretches of {found.customers:,} customers")
    nodes = (
        (one.depth, _word(one.step), f"{one.stretches:,}", f"{one.customers:,}", f"{one.ended:,}")
        for one in found.nodes
    )
    print_table(("depth", "step", "stretches", "customers", "end with it"), nodes)
    links = (
        (one.depth, _word(one.step), _word(one.then), f"{one.stretches:,}", span_text(one.seconds_median))
        for one in sorted(found.links, key=lambda link: (link.depth, -link.stretches))
    )
    print_table(("depth", "from", "to", "stretches", "median"), links)
    whole = ((f"{one.stretches:,}", " > ".join(map(_word, one.steps))) for one in found.paths)
    print_table(("stretches", "the most frequent"), whole)
    console.print(found.definition, markup=False)


def _word(step: str | None) -> str:
    return "(others)" if step is None else step
