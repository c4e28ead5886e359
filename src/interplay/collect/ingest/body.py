"""Bytes as posted → the JSON values in them, one by one, so that one bad item never costs its neighbours.

What is wrong with the request as a whole raises AppError (`ingest.gzip`, `ingest.too_large`, `ingest.json`, …);
what is wrong with one item is found when that item is decoded.
"""

import json
import re
import zlib

import msgspec
from msgspec import Raw

from interplay.collect.facts.contracts import Payload
from interplay.collect.ingest.contracts import BATCH_BYTES_MAX, BATCH_ITEMS_MAX, EVENT_BYTES_MAX, JSON_DEPTH_MAX
from interplay.kernel.errors import AppError

GZIP_MAGIC = b"\x1f\x8b"
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_EXPECTED = re.compile(r"Expected `(?P<allowed>[^`]*)`, got `(?P<given>[^`]*)`(?: - at `\$\.?(?P<field>[^`]*)`)?")
_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]*)`")
_OBJECTS = msgspec.json.Decoder(dict[str, object])
_MSGPACK = msgspec.msgpack.Encoder()


def unpack(body: bytes, content_encoding: str = "", *, bytes_max: int = BATCH_BYTES_MAX) -> bytes:
    """Return the body as sent before compression, at most `bytes_max` bytes of it.

    Raises AppError `ingest.too_large` (413), `ingest.gzip` (400), `ingest.encoding` (415).
    """
    encoding = content_encoding.strip().lower()
    if encoding in ("", "identity"):
        unpacked = body
    elif encoding in ("gzip", "x-gzip", "deflate"):
        unpacked = _inflate(body, bytes_max)
    else:
        raise AppError("ingest.encoding", status=415, given=encoding[:80])
    if len(unpacked) > bytes_max:
        raise AppError("ingest.too_large", status=413, given=len(unpacked), allowed=bytes_max)
    return unpacked


def _inflate(body: bytes, bytes_max: int) -> bytes:
    """Unpack no more than one byte beyond the limit: a bomb is never unfolded."""
    out = bytearray()
    rest = body
    try:
        while rest:
            stream = zlib.decompressobj(_GZIP_OR_ZLIB)
            out += stream.decompress(rest, bytes_max + 1 - len(out))
            if len(out) > bytes_max:
                raise AppError("ingest.too_large", status=413, given=len(out), allowed=bytes_max)
            if not stream.eof:
                raise AppError("ingest.gzip")
            rest = stream.unused_data
    except zlib.error:
        raise AppError("ingest.gzip") from None
    return bytes(out)


def check_count(items: list[Raw]) -> list[Raw]:
    """Return the items. Raises AppError `ingest.too_many` (413)."""
    if len(items) > BATCH_ITEMS_MAX:
        raise AppError("ingest.too_many", status=413, given=len(items), allowed=BATCH_ITEMS_MAX)
    return items


def check_item(raw: Raw | bytes) -> None:
    """Look at an item's bytes. Raises AppError `ingest.event_size`, `ingest.depth`, `ingest.nul`.

    Counting brackets bounds the depth from above for next to nothing; only a suspicious item is measured.
    """
    data = bytes(raw)
    if len(data) > EVENT_BYTES_MAX:
        raise AppError("ingest.event_size", status=413, given=len(data), allowed=EVENT_BYTES_MAX)
    if data.count(b"{") + data.count(b"[") > JSON_DEPTH_MAX and _depth(data) > JSON_DEPTH_MAX:
        raise AppError("ingest.depth", allowed=JSON_DEPTH_MAX)
    if b"\\u0000" in data and _has_nul(data):
        raise AppError("ingest.nul")


def packed(payload: Payload) -> bytes:
    """Return a payload as the log keeps it. Raises AppError `ingest.number` for an integer that no engine can keep."""
    try:
        return _MSGPACK.encode(payload)
    except OverflowError:
        raise AppError("ingest.number") from None


def as_object(raw: Raw | bytes) -> dict[str, object]:
    """Return an item as plain values."""
    return _OBJECTS.decode(raw)


def lenient(body: bytes) -> object:
    """Return JSON that is wrong in places (NaN, half a surrogate pair), so that its good items can be saved.

    Raises AppError `ingest.json`, `ingest.utf8`, `ingest.depth`.
    """
    try:
        return json.loads(body.decode())
    except UnicodeDecodeError:
        raise AppError("ingest.utf8") from None
    except RecursionError:
        raise AppError("ingest.depth", allowed=JSON_DEPTH_MAX) from None
    except ValueError:
        raise AppError("ingest.json") from None


def raw_again(value: object) -> Raw:
    """Return a leniently read value as the bytes it came from, in ASCII; what was wrong in it stays wrong."""
    return Raw(json.dumps(value).encode())


def reason(error: Exception, raw: bytes) -> AppError:
    """Return why msgspec would not decode an item, in the caller's words."""
    if isinstance(error, RecursionError):
        return AppError("ingest.depth", allowed=JSON_DEPTH_MAX)
    if isinstance(error, UnicodeDecodeError):
        return AppError("ingest.utf8")
    if isinstance(error, msgspec.ValidationError):
        if missing := _MISSING.match(str(error)):
            return AppError("ingest.missing", field=missing["field"])
        match = _EXPECTED.match(str(error))
        if match is None:
            return AppError("ingest.number")
        allowed = match["allowed"].replace(" | ", ", ")
        if not match["field"]:
            return AppError("ingest.whole", given=match["given"], allowed=allowed)
        return AppError("ingest.type", field=match["field"], given=match["given"], allowed=allowed)
    return _malformed(raw)


def _malformed(raw: bytes) -> AppError:
    try:
        value = lenient(raw)
    except AppError as error:
        return error
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        return AppError("ingest.surrogate")
    except (ValueError, RecursionError):
        return AppError("ingest.number")
    return AppError("ingest.json")


def _depth(data: bytes) -> int:
    """Return how deep brackets nest, outside of strings."""
    depth = deepest = 0
    for token in re.finditer(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', data, re.DOTALL):
        if token[0] in (b"{", b"["):
            depth += 1
            deepest = max(deepest, depth)
        elif token[0] in (b"}", b"]"):
            depth -= 1
    return deepest


def _has_nul(data: bytes) -> bool:
    """Tell the escape of NUL from an escaped backslash before the text "u0000"."""
    return any(len(match[1]) % 2 == 1 for match in re.finditer(rb"(\\+)u0000", data))
