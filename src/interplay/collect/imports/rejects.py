"""The file of rejected rows: JSON lines that say where, why (en and zh) and quote the row."""

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from interplay.collect.imports.contracts import Reject

_OWNER_ONLY = 0o600  # rows hold phones and names


def encode(reject: Reject) -> bytes:
    """Return a reject as one line of JSON."""
    return msgspec.json.encode(
        {
            "line": reject.line,
            "field": reject.field,
            "code": reject.code,
            "reason": {"en": reject.text("en"), "zh": reject.text("zh")},
            "raw": reject.raw,
        }
    )


def append(path: Path, rejects: Iterable[Reject]) -> None:
    """Add rejects to a file; it is made when there is a first one."""
    lines = b"".join(encode(reject) + b"\n" for reject in rejects)
    if lines:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _OWNER_ONLY), "wb") as file:
            file.write(lines)
