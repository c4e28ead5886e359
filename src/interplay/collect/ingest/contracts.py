"""What a door hands on: facts ready for the log, and what could not become one, with the reason."""

from typing import Self

from msgspec import Struct

from interplay.collect.facts.api import Catalogue
from interplay.collect.facts.contracts import Identifier, Payload
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang, say
from interplay.kernel.ids import Micros

EVENT_BYTES_MAX = 32 * 1024
BATCH_BYTES_MAX = 500 * 1024
BATCH_ITEMS_MAX = 2_500
IDENTIFIER_CHARS_MAX = 255
FACT_NAME_CHARS_MAX = 255
MESSAGE_ID_CHARS_MAX = 1_024
EXTERNAL_IDS_MAX = 20
JSON_DEPTH_MAX = 32


class Received(Struct, frozen=True):
    """A fact as a door or an import hands it to the log.

    `digest` and `hour` are the idempotency key. The hour leads it so that retries, which carry their own first
    stamp, stay at the edge of the index; it comes from the sender's uncorrected clock because the corrected one
    differs from try to try. See `keys.message_key`.
    """

    name: str  # ours, e.g. "order.completed"; an undeclared name stays as received
    at: Micros  # event time, corrected and clamped
    identifiers: tuple[Identifier, ...]  # strongest first; the first one is the subject; empty: nobody's fact
    digest: bytes  # 16 bytes, BLAKE2b of source and message id
    hour: int  # hours since 1970 of the sender's own stamp; 0 where it sent none
    payload: Payload
    body: bytes  # the payload as the log keeps it, not yet sealed
    line: int = 0  # of a file, on which it begins


class Door(Struct, frozen=True):
    """What a door knows before anybody knocks: whose data this is and who is sending."""

    catalogue: Catalogue
    source: str  # the name of the write key's source; message ids are unique within it


class Rejected(Struct, frozen=True):
    """An item that did not become a fact: its place in the request, the reason and what was sent."""

    index: int
    code: str  # a text of `errors.<code>`
    params: dict[str, str | int]
    raw: bytes  # as received, cut to `EVENT_BYTES_MAX`

    @classmethod
    def because(cls, error: AppError, index: int, raw: bytes) -> Self:
        """Return the reject of an item for a mistake found in it."""
        params = {name: value if isinstance(value, int) else str(value) for name, value in error.params.items()}
        return cls(index, error.code, params, raw[:EVENT_BYTES_MAX])

    def error(self) -> AppError:
        """Return the mistake again, for a request that had only this item."""
        params: dict[str, object] = dict(self.params)
        params.pop("status", None)
        return AppError(self.code, **params)  # type: ignore[arg-type]  # `status` is not among them

    def text(self, lang: Lang = "en") -> str:
        """Return the reason as a sentence."""
        return say(f"errors.{self.code}", lang, **self.params)


class SealedReject(Struct, frozen=True):
    """A reject as it is kept: what may be personal is sealed, with the key of nobody."""

    received_at: Micros
    door: str
    source: str
    code: str
    body: bytes
    reject: int = 0  # its number, once kept


class KeptReject(Struct, frozen=True):
    """A reject for people to look at. `place` is the index in a request or the line in a file."""

    reject: int
    received_at: Micros
    door: str
    source: str
    code: str
    place: int
    params: dict[str, str | int]
    raw: bytes

    def text(self, lang: Lang = "en") -> str:
        """Return the reason as a sentence."""
        return say(f"errors.{self.code}", lang, **self.params)
