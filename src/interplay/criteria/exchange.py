"""JSON from outside, for the visual builder: believed only after the same checks as text."""

from zoneinfo import ZoneInfo

import msgspec

from interplay.criteria.contracts import Criterion, Vocabulary
from interplay.criteria.errors import CriteriaError, Place
from interplay.criteria.parse import parse
from interplay.criteria.syntax import DEPTH_MAX
from interplay.criteria.text import TextWriter

JSON_BYTES_MAX = 200_000


def to_json(criterion: Criterion) -> bytes:
    """Return the tree as JSON."""
    return msgspec.json.encode(criterion)


def from_json(
    data: bytes, vocabulary: Vocabulary, zone: ZoneInfo, *, trigger: str | None = None, segment: str | None = None
) -> Criterion:
    """Return the checked criterion of JSON from outside.

    The tree is written as text and parsed again, so there is one set of rules; what a node derives from its text
    (`micros`, `value`, `type`) must agree with it. Raises CriteriaError with the JSON path of the node.
    """
    if len(data) > JSON_BYTES_MAX:
        raise CriteriaError("json_long", Place("", 0, 0, "$"), length=len(data), limit=JSON_BYTES_MAX)
    try:
        given = msgspec.json.decode(data, type=Criterion)
        writer = _written(given)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CriteriaError("json_shape", Place("", 0, 0, "$"), reason=str(error)) from None
    except RecursionError:
        raise CriteriaError("too_deep", Place("", 0, 0, "$"), limit=DEPTH_MAX) from None
    try:
        checked = parse(writer.text(), vocabulary, zone, trigger=trigger, segment=segment)
    except CriteriaError as error:
        raise _at_path(error, writer) from None
    if (path := _difference(msgspec.to_builtins(given), msgspec.to_builtins(checked), "$")) is not None:
        raise CriteriaError("json_disagrees", Place("", 0, 0, path))
    return checked


def _written(criterion: Criterion) -> TextWriter:
    _refuse_short(msgspec.to_builtins(criterion.root), "$.root")
    writer = TextWriter()
    writer.write(criterion.root, "$.root")
    return writer


def _refuse_short(part: object, path: str) -> None:
    """`and` and `or` of fewer than two cannot be written as text."""
    if isinstance(part, dict):
        if part.get("node") in ("and", "or") and len(part["items"]) < 2:
            raise CriteriaError("json_items", Place("", 0, 0, path))
        for key, inner in part.items():
            _refuse_short(inner, f"{path}.{key}")
    elif isinstance(part, list | tuple):
        for n, inner in enumerate(part):
            _refuse_short(inner, f"{path}[{n}]")


def _at_path(error: CriteriaError, writer: TextWriter) -> CriteriaError:
    """Say the error at the node whose text it is in: the narrowest one around the place."""
    place = error.place
    around = [(end - start, path) for start, end, path in writer.spans if start <= place.start and place.end <= end]
    path = min(around)[1] if around else "$"
    params = {k: v for k, v in error.params.items() if k not in ("line", "column", "end", "path", "suggestion")}
    code = error.code.removeprefix("criteria.")
    return CriteriaError(code, Place(place.text, place.start, place.end, path), suggestion=error.suggestion, **params)


def _difference(given: object, checked: object, path: str) -> str | None:
    """Return the path of the first part in which two trees differ."""
    if isinstance(given, dict) and isinstance(checked, dict):
        keys = sorted(given.keys() | checked.keys())
        pairs = [(given.get(k), checked.get(k), f"{path}.{k}") for k in keys]
    elif isinstance(given, list | tuple) and isinstance(checked, list | tuple) and len(given) == len(checked):
        pairs = [(a, b, f"{path}[{n}]") for n, (a, b) in enumerate(zip(given, checked, strict=True))]
    else:
        return None if given == checked and type(given) is type(checked) else path
    return next((found for a, b, p in pairs if (found := _difference(a, b, p)) is not None), None)
