"""How a phone code leaves: a small protocol, and its first channels. What leaves does so after the commit."""

from collections.abc import Sequence
from functools import partial
from typing import Protocol

import msgspec
import structlog

from interplay.engine.delivery import endpoints
from interplay.engine.delivery.contracts import Content, Endpoint, Withheld, queue_of
from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.outbox import api as outbox
from interplay.engine.outbox.api import Delivery
from interplay.engine.secrets.subject_keys import NOBODY, SubjectKeys
from interplay.kernel.context import World
from interplay.kernel.time import iso
from interplay.link.sessions import store
from interplay.link.sessions.contracts import SESSIONS, CodeChannel
from interplay.link.sessions.documents import current

TYPE = "phone_code.requested"
CONTENT_TYPE = "application/json"
OVER = "used or too old"

log = structlog.get_logger()


class Channel(Protocol):
    """Sends a text to a phone. `number` is the code's own, under which it may be sent again."""

    def send(self, tx: Tx, number: int, to: str, text: str) -> None: ...


class Console:
    """The server's journal. For development: whoever reads it can sign in as anybody."""

    def send(self, tx: Tx, number: int, to: str, text: str) -> None:
        tx.committed.append(partial(log.warning, "phone code (for development only)", code=number, to=to, text=text))


class Webhook:
    """A system of the brand's, by the outbox. What waits there names nobody: the body is made when it is sent."""

    def send(self, tx: Tx, number: int, to: str, text: str) -> None:  # noqa: ARG002
        key = f"code-{number}-{tx.world.now()}"  # a restored backup gives numbers again
        outbox.post(tx, Delivery(queue_of(SESSIONS, SESSIONS), key, msgspec.msgpack.encode(number)))
        outbox.keep_purging(tx)


CHANNELS: dict[CodeChannel, Channel] = {CodeChannel.CONSOLE: Console(), CodeChannel.WEBHOOK: Webhook()}


def channel_of(kind: CodeChannel) -> Channel:
    return CHANNELS[kind]


class PhoneCodes:
    """The source of deliveries of phone codes: as webhooks, signed, each with the same id however often it is sent."""

    def __init__(self, world: World, database: Database, keys: SubjectKeys) -> None:
        self._world = world
        self._database = database
        self._keys = keys

    def endpoints(self) -> Sequence[Endpoint]:
        """Return where codes are sent, once there is a secret to sign with."""
        content, version = current(self._database)
        if content.phone is None or content.phone.channel is not CodeChannel.WEBHOOK:
            return []
        now = self._world.now()
        secrets = endpoints.secrets(self._database, self._keys, SESSIONS, now).get(SESSIONS, ())
        stopped = endpoints.states(self._database, SESSIONS).get(SESSIONS)
        if stopped is not None and stopped.stopped_version is not None and version <= stopped.stopped_version:
            return []
        return [Endpoint(SESSIONS, SESSIONS, content.phone.url, version, secrets)]

    def content(self, endpoint: Endpoint, delivery: Delivery) -> Content | Withheld:  # noqa: ARG002
        """Return the message, while its code is worth anything."""
        kept = store.code(self._database, msgspec.msgpack.decode(delivery.message, type=int))
        if kept is None or kept.sealed is None or self._world.now() >= kept.expires_at:
            return Withheld(OVER)
        opened = self._keys.open(NOBODY, kept.sealed)
        to, text = msgspec.msgpack.decode(opened or b"", type=tuple[str, str])
        data = {"to": to, "text": text, "expires_at": iso(kept.expires_at)}
        return Content(
            msgspec.json.encode({"type": TYPE, "timestamp": iso(kept.created_at), "data": data}), CONTENT_TYPE
        )
