"""The last minutes from the command line."""

import time
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from interplay.faces.cli.screen import AsJson, At, console, instant, print_json, reach, says_mistakes
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import LANGS
from interplay.measure.realtime import api as last_minutes
from interplay.measure.realtime.contracts import MINUTES, AskRealtime, Realtime, Top

WATCH_SECONDS = 1.0
BAR = 40


def register(app: typer.Typer) -> None:
    app.command()(realtime)


@says_mistakes
def realtime(
    context: typer.Context,
    minutes: Annotated[int, typer.Option(help="How many, with the one that is not over.")] = MINUTES,
    watch: Annotated[bool, typer.Option("--watch", help="Draw it again every second until Ctrl-C.")] = False,
    at: At = None,
    lang: Annotated[str, typer.Option(help="zh or en")] = "en",
    as_json: AsJson = False,
) -> None:
    """Show what happened in the last minutes."""
    if lang not in LANGS:
        raise AppError("cli.lang", given=lang)
    with reach(context) as access:
        ask = AskRealtime(minutes, instant(access, at), lang)
        found = access.ask(last_minutes.ask, ask)
        if as_json:
            print_json(found)
        elif not watch:
            console.print(_drawn(found))
        else:
            with suppress(KeyboardInterrupt), Live(_drawn(found), console=console, auto_refresh=False) as screen:
                while True:
                    time.sleep(WATCH_SECONDS)
                    screen.update(_drawn(access.ask(last_minutes.ask, ask)), refresh=True)


def _drawn(found: Realtime) -> Group:
    most = max(one.facts for one in found.minutes) or 1
    table = Table("minute", "facts", "", "people", "orders", f"value, {found.currency}")
    for one in found.minutes:
        bar = "▇" * round(BAR * one.facts / most)
        table.add_row(
            one.since[11:16], f"{one.facts:,}", bar, f"{one.people:,}", f"{one.orders:,}", f"{one.value:,.2f}"
        )
    told = (
        f"{found.facts:,} facts of {found.people:,} people and {found.of_nobody:,} of nobody; {found.plays:,} plays; "
        f"{found.orders:,} orders, {found.value:,.2f} {found.currency}; {found.rate:,.1f} facts a minute, "
        f"{found.before:,.1f} an hour earlier"
    )
    tops = (_told(word, top) for word, top in
            (("facts", found.names), ("channels", found.channels), ("campaigns", found.campaigns)))  # fmt: skip
    return Group(table, Text(told), *tops, Text(found.definition))


def _told(word: str, top: Top) -> Text:
    named = [f"{one.name or '—'} {one.facts:,}" for one in top.most]
    return Text(f"{word}: {', '.join(named) or '—'}" + (f", others {top.rest:,}" if top.rest else ""))
