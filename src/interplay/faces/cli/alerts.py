"""Alerts from the command line."""

from typing import Annotated

import typer

from interplay.faces.cli.screen import AsJson, At, console, instant, print_json, print_table, reach, says_mistakes
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import LANGS
from interplay.measure.alerts import api as alerts
from interplay.measure.alerts.contracts import AlertSeen, AskAlerts

alerts_app = typer.Typer(help="Metrics that are not where they should be, and what explains it.")

Language = Annotated[str, typer.Option("--lang", help="zh or en")]


def register(app: typer.Typer) -> None:
    app.add_typer(alerts_app, name="alerts")
    alerts_app.command("list")(list_alerts)
    alerts_app.command("test")(check)


@says_mistakes
def list_alerts(context: typer.Context, at: At = None, lang: Language = "en", as_json: AsJson = False) -> None:
    """Show how all enabled alerts stand, of the last stretch that is over."""
    found = _asked(context, (), at, lang)
    if as_json:
        print_json(found)
        return
    if not found:
        console.print("no alert is watched; one is a document of kind alert, see docs/guides/alerts.md", markup=False)
        return
    rows = ((one.name, one.state.value, one.metric, one.since, one.text) for one in found)
    print_table(("alert", "state", "metric", "since", ""), rows)


@says_mistakes
def check(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The alert; one that is not enabled, too.")],
    at: At = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Show how an alert stands, or stood at another time. Nobody is told."""
    (found,) = _asked(context, (name,), at, lang)
    if as_json:
        print_json(found)
        return
    console.print(f"{found.name}: {found.state.value}", markup=False)
    console.print(found.text, markup=False)
    if found.began is not None:
        console.print(f"since {found.began}", markup=False)
    console.print(found.definition, markup=False)


def _asked(context: typer.Context, names: tuple[str, ...], at: str | None, lang: str) -> list[AlertSeen]:
    if lang not in LANGS:
        raise AppError("cli.lang", given=lang)
    with reach(context) as access:
        return access.ask(alerts.ask, AskAlerts(names, instant(access, at), lang))
