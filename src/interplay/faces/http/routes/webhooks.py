"""Webhooks: how they stand, their secrets, what was sent, sending again. They are made by documents."""

from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Struct

from interplay.automate.webhooks import api as webhooks
from interplay.automate.webhooks.contracts import WEBHOOK, DeliveryView, WebhookView
from interplay.bootstrap import endpoints
from interplay.engine.outbox.api import State
from interplay.engine.secrets.api_keys import Scope
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.paging import LIMIT, LIMIT_MAX, Page
from interplay.faces.http.visits import needs
from interplay.kernel.errors import AppError
from interplay.kernel.time import iso


class WebhookItem(Struct, frozen=True):
    """A webhook and how its deliveries stand. `stopped_at`: since the other side answered 410."""

    name: str
    version: int
    url: str
    facts: list[str]
    enabled: bool
    has_secret: bool
    counts: dict[str, int]
    former_secret_until: str | None
    stopped_at: str | None
    last_failure: str | None
    last_failure_at: str | None


class DeliveryItem(Struct, frozen=True):
    """One message: `at` is when it ended or is tried next; `answer` the beginning of what the other side said last."""

    id: str
    state: State
    at: str
    attempts: int
    reason: str | None
    position: int | None
    answer: str | None


class SecretAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """`rotate`: another secret; the former signs beside it for a day."""

    rotate: bool = False


class MadeSecret(Struct, frozen=True):
    """A new secret. It is shown this once."""

    name: str
    secret: str


class RetryAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """One message by its id, or all that failed for good, and with `delivered` all others, since a time."""

    id: str | None = None
    since: str | None = None
    delivered: bool = False


class Redelivered(Struct, frozen=True):
    """How many messages will be sent again."""

    count: int


class TestSent(Struct, frozen=True):
    """The id of the message."""

    id: str


class Resumed(Struct, frozen=True):
    """Whether it had been stopped."""

    was_stopped: bool


@get("/webhooks", opt=needs(Scope.ADMIN), operation_id="listWebhooks", responses=problems(), tags=["webhooks"])
async def list_webhooks(desk: NamedDependency[Desk]) -> Page[WebhookItem]:
    """List webhooks and how their deliveries stand."""
    found = await desk.run(webhooks.listed, desk.reach.home.database)
    return Page([_item(one) for one in found])


@get(
    "/webhooks/{name:str}", opt=needs(Scope.ADMIN), operation_id="showWebhook", responses=problems(404),
    tags=["webhooks"],
)  # fmt: skip
async def show_webhook(desk: NamedDependency[Desk], name: FromPath[str]) -> WebhookItem:
    """Show one webhook and its last failure."""
    return _item(await desk.run(webhooks.shown, desk.reach.home.database, name))


@get(
    "/webhooks/{name:str}/deliveries", opt=needs(Scope.ADMIN), operation_id="listWebhookDeliveries",
    responses=problems(404), tags=["webhooks"],
)  # fmt: skip
async def list_deliveries(
    desk: NamedDependency[Desk],
    name: FromPath[str],
    only: FromQuery[State | None] = None,
    before: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT,
) -> Page[DeliveryItem]:
    """List what was sent or is to be sent, the last first; `only` those of a state; `before` a time pages back."""
    home = desk.reach.home
    states = tuple(State) if only is None else (only,)
    found = await desk.run(
        webhooks.deliveries, home.database, home.keys, name, states=states, rows_max=limit,
        before=desk.instant(before),
    )  # fmt: skip
    return Page([_delivery(one) for one in found])


@post(
    "/webhooks/{name:str}/secret", opt=needs(Scope.ADMIN), operation_id="makeWebhookSecret",
    responses=problems(404, 409), tags=["webhooks"],
)  # fmt: skip
async def make_secret(desk: NamedDependency[Desk], name: FromPath[str], data: JSONBody[SecretAsk]) -> MadeSecret:
    """Make the secret that signs. It is shown once."""
    text = await desk.run(endpoints.make_secret, desk.reach, WEBHOOK, name, is_rotating=data.rotate)
    return MadeSecret(name, text)


@post(
    "/webhooks/{name:str}/test", opt=needs(Scope.ADMIN), operation_id="testWebhook", responses=problems(404),
    tags=["webhooks"],
)  # fmt: skip
async def test(desk: NamedDependency[Desk], name: FromPath[str]) -> TestSent:
    """Send a message that is about nobody (`webhook.tested`)."""
    return TestSent(await desk.run(endpoints.send_test, desk.reach, name))


@post(
    "/webhooks/{name:str}/retry", opt=needs(Scope.ADMIN), status_code=200, operation_id="retryWebhook",
    responses=problems(404), tags=["webhooks"],
)  # fmt: skip
async def retry(desk: NamedDependency[Desk], name: FromPath[str], data: JSONBody[RetryAsk]) -> Redelivered:
    """Send dead letters again, with the same ids."""
    if data.delivered and data.since is None:
        raise AppError("delivery.since_needed")
    count = await desk.run(
        endpoints.redeliver, desk.reach, WEBHOOK, name,
        key=data.id, since=desk.instant(data.since), also_delivered=data.delivered,
    )  # fmt: skip
    return Redelivered(count)


@post(
    "/webhooks/{name:str}/resume", opt=needs(Scope.ADMIN), status_code=200, operation_id="resumeWebhook",
    responses=problems(404), tags=["webhooks"],
)  # fmt: skip
async def resume(desk: NamedDependency[Desk], name: FromPath[str]) -> Resumed:
    """Send again to a webhook that answered 410 (gone)."""
    return Resumed(await desk.run(endpoints.resume, desk.reach, WEBHOOK, name))


def _item(view: WebhookView) -> WebhookItem:
    return WebhookItem(
        view.name, view.version, view.url, list(view.facts), view.enabled, view.has_secret,
        {state.value: count for state, count in view.counts.items()},
        _iso(view.former_secret_until), _iso(view.stopped_at), view.last_failure, _iso(view.last_failure_at),
    )  # fmt: skip


def _delivery(view: DeliveryView) -> DeliveryItem:
    return DeliveryItem(view.id, view.state, iso(view.at), view.attempts, view.reason, view.position, view.answer)


def _iso(at: int | None) -> str | None:
    return None if at is None else iso(at)
