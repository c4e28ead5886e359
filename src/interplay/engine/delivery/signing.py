"""Signatures by Standard Webhooks 1.0: HMAC-SHA256 of `id.timestamp.body`, with a secret `whsec_` + base64.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import IO

PREFIX = "whsec_"
SECRET_BYTES = 32
CHUNK_BYTES = 256 * 1024


def secret_text(secret: bytes) -> str:
    """Return a secret as people copy it."""
    return PREFIX + b64encode(secret).decode()


def secret_bytes(text: str) -> bytes:
    """Return the key of a secret's text; the inverse of `secret_text`."""
    return b64decode(text.removeprefix(PREFIX), validate=True)


def headers(secrets: Sequence[bytes], message_id: str, at_seconds: int, body: bytes | IO[bytes]) -> dict[str, str]:
    """Return the headers of a message, with a signature by each secret: the receiver knows one of them.

    Without a secret there is none: somebody wanted a file in a place that takes no signatures.
    """
    signers = [hmac.new(secret, f"{message_id}.{at_seconds}.".encode(), sha256) for secret in secrets]
    for chunk in chunks(body):
        for signer in signers:
            signer.update(chunk)
    named = {"webhook-id": message_id, "webhook-timestamp": str(at_seconds)}
    if not signers:
        return named
    return {
        **named,
        "webhook-signature": " ".join(f"v1,{b64encode(signer.digest()).decode()}" for signer in signers),
    }


def chunks(body: bytes | IO[bytes]) -> Iterable[bytes]:
    """Yield a body in pieces; a file from its start."""
    return [body] if isinstance(body, bytes) else _read(body)


def _read(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
