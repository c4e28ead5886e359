"""Attribution from the command line."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from interplay.decide.experiments import api as experiments
from interplay.decide.experiments.contracts import CAMPAIGN, AskBeside, Besides, Estimate
from interplay.faces.cli.screen import AsJson, At, console, instant, print_json, print_table, reach, says_mistakes
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import LANGS
from interplay.kernel.ids import Micros
from interplay.kernel.time import parse_duration
from interplay.measure.attribution import api as attributions
from interplay.measure.attribution.contracts import (
    CHANNEL,
    DIRECT,
    VISITS,
    AskAttribution,
    Attribution,
    ChannelSeen,
    Model,
)
from interplay.measure.funnels import api as funnels
from interplay.measure.funnels.contracts import FunnelStep

MET = (FunnelStep(("exposure.shown",)),)
"""Who was offered something of a campaign met it."""

Models = Annotated[list[Model] | None, typer.Option("--model", help="Repeatable; all when left out.")]


def register(app: typer.Typer) -> None:
    app.command()(attribution)


@says_mistakes
def attribution(
    context: typer.Context,
    conversion: Annotated[str, typer.Argument(help="A fact, with a condition: 'order.completed(event.value > 0)'")] = (
        "order.completed"
    ),
    touch: Annotated[
        list[str] | None, typer.Option(help="A fact that is a touch; visits when left out. Repeatable.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(help=f"The field of touches that names the channel; {CHANNEL} when left out.")
    ] = None,
    effects: Annotated[
        bool, typer.Option("--effects", help="Credit campaigns, beside what their holdouts say that they brought.")
    ] = False,
    model: Models = None,
    value: Annotated[str, typer.Option(help="A field of the conversion to be credited, such as value.")] = "",
    linked: Annotated[str, typer.Option(help="A field of which touch and conversion have the same value.")] = "",
    lookback: Annotated[str, typer.Option(help="How long before a conversion a touch may be.")] = "30d",
    half_life: Annotated[str, typer.Option(help="Of time decay.")] = "7d",
    since_last: Annotated[bool, typer.Option(help="A touch counts for the next conversion alone.")] = False,
    first: Annotated[bool, typer.Option("--first", help="Each customer's very first conversion only.")] = False,
    direct: Annotated[str, typer.Option(help="What a touch without a channel is called.")] = DIRECT,
    paths: Annotated[Path | None, typer.Option(help="A CSV file of paths instead of the store.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="Conversions from this time on; 30 days ago.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="And before this time; now.")] = None,
    segment: Annotated[str, typer.Option(help="Of these customers only: a segment, or criteria.")] = "",
    at: At = None,
    lang: Annotated[str, typer.Option(help="zh or en")] = "en",
    as_json: AsJson = False,
) -> None:
    """Show which channels are credited with conversions, by several models side by side."""
    if lang not in LANGS:
        raise AppError("cli.lang", given=lang)
    wanted = tuple(model or ())
    if paths is not None:
        _of_file(paths, wanted, direct, as_json=as_json)
        return
    by = by or (CAMPAIGN if effects else CHANNEL)
    touches = tuple(map(_step, touch or ())) or (MET if effects else VISITS)
    with reach(context) as access:
        ask = AskAttribution(
            _step(conversion), touches, by, value, linked,
            Micros(parse_duration(lookback)), Micros(parse_duration(half_life)), since_last, first, direct,
            instant(access, since), instant(access, until), segment, instant(access, at), lang,
        )  # fmt: skip
        beside = access.ask(experiments.beside, AskBeside(ask)) if effects else None
        found = beside.attribution if beside is not None else access.ask(attributions.ask, ask)
    if as_json:
        print_json(beside or found)
        return
    _show(found, wanted or tuple(Model), bool(value))
    if beside is not None:
        _show_beside(beside, wanted or tuple(Model))


def _step(text: str) -> FunnelStep:
    return funnels.read_step(text, "attribution")


def _of_file(file: Path, wanted: tuple[Model, ...], direct: str, *, as_json: bool) -> None:
    for one in wanted:
        if one not in attributions.OF_FILES:
            allowed = ", ".join(model.value for model in attributions.OF_FILES)
            raise AppError("attribution.model", given=one.value, allowed=allowed)
    models = wanted or attributions.OF_FILES
    found = attributions.of_file(file, models, direct)
    if as_json:
        print_json(found)
    else:
        _show_channels(found, models, with_value=True)


def _show(found: Attribution, models: Sequence[Model], with_value: bool) -> None:
    value = f", {found.value:,.2f} {found.currency}" if with_value else ""
    console.print(f"{found.conversions:,} conversions{value}; {found.unattributed.conversions:,.0f} without a touch")
    _show_channels(found.channels, models, with_value=with_value)
    console.print(
        f"{found.null_paths:,} customers with touches never converted; {found.immature:,} more may still", markup=False
    )
    console.print(found.definition, markup=False)


def _show_beside(found: Besides, models: Sequence[Model]) -> None:
    rows = (
        (one.campaign, f"{one.offered:,}", f"{one.held_out:,}", _brought(one.brought), _brought(one.value),
         *(one.models[model].value for model in models))
        for one in found.campaigns
    )  # fmt: skip
    headings = ("campaign", "offered", "held out", "brought", "their value", *(model.value for model in models))
    print_table(headings, rows)
    for one in found.campaigns:
        console.print(one.text, markup=False)
    console.print(found.definition, markup=False)


def _brought(found: object) -> str:
    return f"{found.value:,.2f} ({found.low:,.2f} to {found.high:,.2f})" if isinstance(found, Estimate) else "—"


def _show_channels(channels: Sequence[ChannelSeen], models: Sequence[Model], *, with_value: bool) -> None:
    rows = (
        (one.channel, f"{one.paths:,}", *(_credit(one, model, with_value=with_value) for model in models))
        for one in channels
    )
    print_table(("channel", "paths", *(model.value for model in models)), rows)


def _credit(seen: ChannelSeen, model: Model, *, with_value: bool) -> str:
    credit = seen.credits[model]
    return f"{credit.conversions:,.2f}" + (f" · {credit.value:,.2f}" if with_value else "")
