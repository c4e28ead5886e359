"""Webhooks: how they stand, their secrets, what was sent, sending again."""

from typing import Annotated

import typer

from interplay.automate.webhooks import api as webhooks
from interplay.automate.webhooks.contracts import WEBHOOK, WebhookView
from interplay.bootstrap import endpoints
from interplay.engine.outbox.api import State
from interplay.faces.cli.screen import (
    AsJson,
    console,
    instant,
    local,
    print_json,
    print_table,
    reach,
    says_mistakes,
)
from interplay.faces.cli.signing import Rotate, show_secret
from interplay.kernel.errors import AppError

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of the webhook's document.")]

webhooks_app = typer.Typer(help="Webhooks: how they stand, secrets, deliveries.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(webhooks_app, name="webhooks")


@webhooks_app.command("list")
@says_mistakes
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List webhooks and how their deliveries stand."""
    with reach(context) as access:
        views = webhooks.listed(access.home.database)
    if as_json:
        print_json(views)
        return
    print_table(
        ("webhook", "url", "deliveries", ""), ((one.name, one.url, counted(one), state_of(one)) for one in views)
    )


@webhooks_app.command("show")
@says_mistakes
def show(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Show one webhook and its last failure."""
    with reach(context) as access:
        view = webhooks.shown(access.home.database, name)
        failed = None if view.last_failure_at is None else local(access, view.last_failure_at)
    if as_json:
        print_json(view)
        return
    print_table(
        ("", ""),
        (
            ("url", view.url),
            ("facts", ", ".join(view.facts)),
            ("state", state_of(view) or "sends"),
            ("deliveries", counted(view)),
            *([("last failure", f"{failed}  {view.last_failure}")] if view.last_failure else []),
        ),
    )


@webhooks_app.command("deliveries")
@says_mistakes
def deliveries(
    context: typer.Context,
    name: Name,
    state: Annotated[list[State] | None, typer.Option(help="Only these; may be given several times.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=webhooks.DELIVERIES_SHOWN_MAX)] = 20,
    as_json: AsJson = False,
) -> None:
    """Show what was sent or is to be sent, the last first, with what the other side answered."""
    with reach(context) as access:
        home = access.home
        found = webhooks.deliveries(home.database, home.keys, name, states=state or tuple(State), rows_max=limit)
        if as_json:
            print_json(found)
            return
        rows = ((one.id, one.state.value, local(access, one.at), one.attempts, one.reason, one.answer) for one in found)
        print_table(("id", "state", "time", "attempts", "reason", "answer"), rows)


@webhooks_app.command("secret")
@says_mistakes
def secret(context: typer.Context, name: Name, rotate: Rotate = False, as_json: AsJson = False) -> None:
    """Make the secret that signs. It is shown once."""
    show_secret(context, WEBHOOK, name, is_rotating=rotate, as_json=as_json)


@webhooks_app.command("test")
@says_mistakes
def send_test(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Send a message that is about nobody (webhook.tested)."""
    with reach(context) as access:
        key = endpoints.send_test(access, name)
    if as_json:
        print_json({"id": key})
    else:
        console.print(f"{key} is sent as soon as a server runs", markup=False)


@webhooks_app.command("retry")
@says_mistakes
def retry(
    context: typer.Context,
    name: Name,
    message: Annotated[str | None, typer.Argument(metavar="ID", help="One message; else all that failed.")] = None,
    since: Annotated[str | None, typer.Option(help="Only what ended since this time (ISO 8601).")] = None,
    delivered: Annotated[bool, typer.Option("--delivered", help="Also what was delivered; needs --since.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send dead letters again, with the same ids."""
    if delivered and since is None:
        raise AppError("delivery.since_needed")
    with reach(context) as access:
        count = endpoints.redeliver(
            access, WEBHOOK, name, key=message, since=instant(access, since), also_delivered=delivered
        )
    if as_json:
        print_json({"count": count})
    else:
        console.print(f"{count:,} will be sent again")


@webhooks_app.command("resume")
@says_mistakes
def resume(context: typer.Context, name: Name) -> None:
    """Send again to a webhook that answered 410 (gone)."""
    with reach(context) as access:
        was_stopped = endpoints.resume(access, WEBHOOK, name)
    console.print(f"{name} sends again" if was_stopped else f"{name} had not been stopped", markup=False)


def counted(view: WebhookView) -> str:
    """Return how many messages are in each state."""
    return ", ".join(f"{state.value} {count:,}" for state, count in sorted(view.counts.items()))


def state_of(view: WebhookView) -> str:
    """Return what keeps a webhook from sending, or nothing."""
    if not view.enabled:
        return "disabled"
    if view.stopped_at is not None:
        return "stopped: the other side answered 410"
    return "" if view.has_secret else "no secret: interplay webhooks secret NAME"
