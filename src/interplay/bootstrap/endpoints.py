"""What staff does about webhooks and audiences: secrets, tests, sending again, exports; wherever the processes are."""

import asyncio

from interplay.automate.audiences import api as audiences
from interplay.automate.audiences.contracts import AUDIENCE, Export
from interplay.automate.webhooks import api as webhooks
from interplay.automate.webhooks.contracts import WEBHOOK
from interplay.bootstrap.reach import Reach
from interplay.engine.delivery import endpoints
from interplay.engine.delivery.addresses import checked_url
from interplay.engine.delivery.calling import call, new_client
from interplay.engine.delivery.contracts import Endpoint, Outcome, queue_of
from interplay.engine.delivery.endpoints import Resume
from interplay.engine.documents import api as documents
from interplay.engine.outbox import api as outbox
from interplay.engine.outbox.api import AGAIN_AT_ONCE_MAX, Again, State
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros


def make_secret(access: Reach, kind: str, name: str, *, is_rotating: bool = False) -> str:
    """Make the secret of an endpoint and return its text, which is shown this once.

    Raises AppError `delivery.unknown`, or `delivery.secret_there` where there is one and another was not asked for.
    """
    _check_known(access, kind, name)
    home = access.home
    ask, text = endpoints.new_secret(home.world, home.keys, kind, name, is_rotating=is_rotating)
    access.write(endpoints.set_secret, ask)
    return text


def resume(access: Reach, kind: str, name: str) -> bool:
    """Send again to an endpoint that answered 410; return whether it had. Raises AppError `delivery.unknown`."""
    _check_known(access, kind, name)
    return access.write(endpoints.resume, Resume(kind, name))


def redeliver(
    access: Reach, kind: str, name: str, *, key: str | None = None, since: Micros | None = None,
    also_delivered: bool = False,
) -> int:  # fmt: skip
    """Send a message again, or all that failed for good since an instant; return how many will be.

    Raises AppError `delivery.unknown`, `delivery.no_message`.
    """
    _check_known(access, kind, name)
    queue = queue_of(kind, name)
    if key is not None:
        if not access.write(outbox.again, Again(queue, key)):
            raise AppError("delivery.no_message", status=404, given=key)
        return 1
    states = (State.DEAD, State.DELIVERED) if also_delivered else (State.DEAD,)
    until = Micros(access.home.world.now() + 1)
    ask = Again(queue, None, states, since or Micros(0), until)
    count = done = access.write(outbox.again, ask)
    while done == AGAIN_AT_ONCE_MAX:
        done = access.write(outbox.again, ask)
        count += done
    return count


def send_test(access: Reach, name: str) -> str:
    """Send a webhook a message that is about nobody; return its id. Raises AppError `delivery.unknown`."""
    _check_known(access, WEBHOOK, name)
    return access.write(webhooks.test, name)


def run_now(access: Reach, name: str) -> None:
    """Have an audience exported as soon as a server runs. Raises AppError `delivery.unknown`."""
    _check_known(access, AUDIENCE, name)
    if not access.write(audiences.run_now, name):
        raise AppError("audiences.not_scheduled", status=409, name=name)


def exporting(access: Reach) -> audiences.Exporting:
    """Return what an export reads."""
    return audiences.Exporting(access, access.home.database, access.home.keys)


def put_export(access: Reach, export: Export, url: str, signed_as: str | None) -> int:
    """Send a file to a URL once, signed with the secret of an audience or a webhook; return its bytes.

    Raises AppError `delivery.url.*`, `audiences.*`, `criteria.*`; what the other side said is in `audiences.not_sent`.
    """
    home = access.home
    are_private_allowed = home.settings.webhooks.private_networks
    checked_url(url, are_private_allowed=are_private_allowed)
    now = home.world.now()
    signing: tuple[bytes, ...] = ()
    if signed_as is not None:
        known = [endpoints.secrets(home.database, home.keys, kind, now).get(signed_as) for kind in (AUDIENCE, WEBHOOK)]
        signing = next((one for one in known if one), ())
        if not signing:
            raise AppError("audiences.no_secret", status=404, given=signed_as)
    content = audiences.content_of(exporting(access), export, now)
    target = Endpoint(AUDIENCE, signed_as or "", url, 0, signing, seconds_max=audiences.SECONDS_MAX)

    async def put() -> Outcome:
        async with new_client() as client:
            key = f"export-{home.world.ids()}"
            return await call(client, target, key, content, now, are_private_allowed=are_private_allowed)

    try:
        outcome = asyncio.run(put())
        if outcome.failure is not None:
            raise AppError("audiences.not_sent", status=502, reason=outcome.failure)
        return content.size()
    finally:
        content.close()


def _check_known(access: Reach, kind: str, name: str) -> None:
    if documents.find(access.home.database, kind, name) is None:
        raise AppError("delivery.unknown", status=404, kind=kind, name=name)
