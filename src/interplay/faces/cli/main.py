"""`interplay`: every command, each a few lines over the same questions and commands that HTTP uses."""

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from interplay.bootstrap.home import create
from interplay.bootstrap.keys import first_keys
from interplay.faces.cli import (
    abuse,
    acting,
    alerts,
    asking,
    attributing,
    audiences,
    campaigns,
    codes,
    cohorts,
    contests,
    coupons,
    customers,
    documents,
    draws,
    experimenting,
    following,
    identities,
    imports,
    measuring,
    members,
    memberships,
    metrics,
    operating,
    points,
    previews,
    privacy,
    realtime,
    reporting,
    results,
    sessions,
    spreads,
    staff,
    stores,
    webhooks,
)
from interplay.faces.cli.demo import command as demo
from interplay.faces.cli.screen import AsJson, console, print_json, says_mistakes
from interplay.kernel.settings import Brand, Database, Settings

app = typer.Typer(
    name="interplay",
    help="Interactive marketing that joins online and offline.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _say_version(is_asked: bool) -> None:
    if is_asked:
        console.print(f"interplay {version('interplay')}")
        raise typer.Exit


@app.callback()
def main(
    data: Annotated[
        Path | None, typer.Option("--data", envvar="INTERPLAY_DIR", help="The data directory.", show_default=False)
    ] = None,
    is_version_asked: Annotated[
        bool,
        typer.Option("--version", help="Say which version this is, and exit.", is_eager=True, callback=_say_version),
    ] = False,
) -> None:
    """Interactive marketing that joins online and offline."""


@app.command()
@says_mistakes
def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")],
    brand: Annotated[str, typer.Option(help="The brand's name.")],
    timezone: Annotated[str, typer.Option(help="Dates without an offset are read in it.")] = "Asia/Shanghai",
    currency: Annotated[str, typer.Option(help="Every amount is stored in it.")] = "CNY",
    region: Annotated[str, typer.Option(help="Phone numbers without a country code are read in it.")] = "CN",
    database: Annotated[
        str, typer.Option(help="postgresql://USER@HOST/NAME, an empty database. SQLite in the folder by default.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Make a data directory and its first two keys. They are shown once."""
    create(directory, Settings(Brand(brand, timezone, currency, region), database=Database(database)))
    keys = first_keys(directory)
    if as_json:
        print_json(keys)
        return
    console.print(f"{directory} is ready for {brand}. These keys are shown once; keep them:", markup=False)
    console.print(f"  write_key   {keys['write_key']}   for senders of facts (web site, app, mini-program)")
    console.print(f"  secret_key  {keys['secret_key']}   for your own backend: questions, documents, keys")


imports.register(app)
measuring.register(app)
metrics.register(app)
attributing.register(app)
following.register(app)
spreads.register(app)
realtime.register(app)
alerts.register(app)
reporting.register(app)
experimenting.register(app)
cohorts.register(app)
asking.register(app)
customers.register(app)
identities.register(customers.customers_app)
privacy.register(customers.customers_app)
memberships.register(asking.segments_app, customers.customers_app)
documents.register(app)
webhooks.register(app)
audiences.register(app, asking.segments_app)
points.register(app)
stores.register(app)
members.register(app)
sessions.register(app)
coupons.register(app)
campaigns.register(app)
abuse.register(app)
codes.register(app)
contests.register(app)
previews.register(campaigns.campaigns_app)
results.register(campaigns.campaigns_app)
acting.register(app)
draws.register(app)
operating.register(app)
staff.register(app)
demo.register(app)
