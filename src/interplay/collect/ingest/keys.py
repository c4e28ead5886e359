"""The idempotency key of a fact: what makes the second sending of it the same fact."""

from collections.abc import Mapping
from hashlib import blake2b

import msgspec

from interplay.kernel.time import HOUR

DIGEST_BYTES = 16
_SORTED = msgspec.json.Encoder(order="sorted")


def message_key(source: str, message_id: str, original_at: int | None) -> tuple[bytes, int]:
    """Return (16-byte digest of source and message id, hour of the sender's own stamp or 0).

    128 bits: ten billion facts collide with a probability below 10**-18, so the full id needs no second look.
    """
    digest = blake2b(f"{source}\0{message_id}".encode(), digest_size=DIGEST_BYTES).digest()
    return digest, 0 if original_at is None else original_at // HOUR


def content_id(content: Mapping[str, object]) -> str:
    """Return the id of an item whose sender gave it none: the same content again is the same fact."""
    return "content:" + blake2b(_SORTED.encode(content), digest_size=DIGEST_BYTES).hexdigest()
