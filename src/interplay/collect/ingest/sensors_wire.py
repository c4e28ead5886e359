"""The wrapping of the Sensors Analytics (神策) wire: `data` or `data_list`, base64, gzip, in a form or the address."""

import base64
import binascii
from urllib.parse import parse_qs

import msgspec
from msgspec import Raw

from interplay.collect.ingest.body import GZIP_MAGIC, check_count, lenient, raw_again, reason, unpack
from interplay.collect.ingest.contracts import BATCH_BYTES_MAX
from interplay.kernel.errors import AppError

FORM_FIELDS_MAX = 20
_LISTS = msgspec.json.Decoder(list[Raw])
_JSON_STARTS = (b"{", b"[")


def unwrap(body: bytes, query: bytes | str = b"") -> list[Raw]:
    """Return the items of a request, each as JSON bytes. The body may be raw JSON, a form, or empty with a query.

    `crc` and `ext` are ignored: TCP and TLS check more than they do.
    Raises AppError `ingest.form`, `ingest.base64`, `ingest.gzip`, `ingest.too_large`, `ingest.json`, …
    """
    stripped = body.strip()
    if stripped.startswith(_JSON_STARTS):
        return _items(stripped)
    form = _form(stripped or (query.encode() if isinstance(query, str) else query))
    for field in ("data_list", "data"):
        if field in form:
            return _items(_decoded(field, form[field]))
    raise AppError("ingest.form")


def _form(text: bytes) -> dict[str, str]:
    """Return a form's fields. Some clients leave the `+` of base64 unescaped, which reads as a space: put it back."""
    try:
        fields = parse_qs(text.decode("ascii"), max_num_fields=FORM_FIELDS_MAX)
    except ValueError:
        raise AppError("ingest.form") from None
    return {name: values[0].replace(" ", "+") for name, values in fields.items()}


def _decoded(field: str, value: str) -> bytes:
    """Return the JSON behind base64 and gzip. The gzip mark is not asked: packed data tells by itself."""
    try:
        data = base64.b64decode(value.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise AppError("ingest.base64", field=field) from None
    return unpack(data, "gzip" if data.startswith(GZIP_MAGIC) else "", bytes_max=BATCH_BYTES_MAX).strip()


def _items(data: bytes) -> list[Raw]:
    if not data.startswith(b"["):
        return [Raw(data)]
    try:
        return check_count(_LISTS.decode(data))
    except msgspec.ValidationError as error:
        raise reason(error, data) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        parts = lenient(data)
    return check_count([raw_again(part) for part in parts] if isinstance(parts, list) else [])
