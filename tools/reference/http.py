"""`http.md`: the routes, from the OpenAPI document that the server itself gives out."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from interplay.bootstrap.door import Door
from interplay.bootstrap.home import create, open_home
from interplay.faces.http.app import make_app
from interplay.faces.http.doors import SEGMENT_PATHS, SENSORS_PATHS
from interplay.faces.http.openapi import ALWAYS_POSSIBLE
from interplay.faces.http.process import DoorAccess
from interplay.kernel.settings import Brand, Settings
from tools.reference.markdown import code, codes, page, table

METHODS = ("get", "post", "put", "patch", "delete")
Json = Mapping[str, object]


def http_page() -> str:
    """Return the doors for facts, and the routes of the management API in order of path."""
    document = openapi()
    rows = [
        [code(method.upper()), code(path), _text(operation, "description"), _parameters(operation), _answers(operation)]
        for path, method, operation in operations(document)
    ]
    always = ", ".join(map(str, ALWAYS_POSSIBLE))
    introduction = (
        "A running server gives out its description as OpenAPI 3.1 at `/api/openapi.json`. "
        f"Beside the answers listed, a route may answer {always}; and any address 404 (there is no such path), "
        "405 (not with this method), 413 (the body is too large) and 415 (the body is not JSON)."
    )
    return page(
        "HTTP",
        introduction,
        "## Doors for facts",
        _doors(),
        "## Management",
        _text(_object(document, "info"), "description"),
        table(["", "path", "", "parameters", "answers"], rows),
        "### Bodies",
        "JSON, with `Content-Type: application/json`. What has a `?` may be left out.",
        table(["", "path", "body"], _bodies(document)),
    )


def _bodies(document: Json) -> list[list[str]]:
    found = []
    for path, method, operation in operations(document):
        content = _object(_object(_object(operation, "requestBody"), "content"), "application/json")
        if schema := _object(content, "schema"):
            found.append([code(method.upper()), code(path), code(_shape(schema, document))])
    return found


def _shape(schema: Json, document: Json) -> str:
    """Return what a body looks like: `{criteria: string, at?: string}`."""
    if isinstance(reference := schema.get("$ref"), str):
        schemas = _object(_object(document, "components"), "schemas")
        return _shape(_object(schemas, reference.rpartition("/")[2]), document)
    for many in ("oneOf", "anyOf"):
        if isinstance(options := schema.get(many), list):
            shapes = [_shape(one, document) for one in options if one.get("type") != "null"]
            return " or ".join(dict.fromkeys(shapes))
    if isinstance(words := schema.get("enum"), list):
        return " or ".join(f'"{word}"' for word in words if word is not None)
    if properties := _object(schema, "properties"):
        required = schema.get("required")
        known = required if isinstance(required, list) else []
        parts = [
            f"{name}{'' if name in known else '?'}: {_shape(_object(properties, name), document)}"
            for name in properties
        ]
        return "{" + ", ".join(parts) + "}"
    if schema.get("type") == "array":
        return f"[{_shape(_object(schema, 'items'), document)}, …]"
    kind = schema.get("type")
    return "{…}" if kind == "object" else " or ".join(kind) if isinstance(kind, list) else str(kind or "any")


def _doors() -> str:
    about = "[Send facts from a site or an app](../guides/sending-facts.md) says what they take and answer."
    rows = [
        [codes(sorted(SEGMENT_PATHS)), "the Segment HTTP API"],
        [codes(sorted(SENSORS_PATHS)), "the Sensors dialect"],
    ]
    return f"{about}\n\n" + table(["path", ""], rows)


def openapi() -> Json:
    """Return the description that a server with an empty data directory gives out."""
    with TemporaryDirectory() as parent:
        folder = Path(parent, "data")
        create(folder, Settings(Brand("Reference")))
        home = open_home(folder)
        with closing(Door(home)) as door, closing(make_app(DoorAccess(door), home.settings)) as app:
            return app.api.openapi_schema.to_schema()


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield (path, method, operation) of an OpenAPI document."""
    for path, item in sorted(_object(document, "paths").items()):
        for method in METHODS:
            if isinstance(item, Mapping) and isinstance(operation := item.get(method), Mapping):
                yield path, method, operation


def _parameters(operation: Json) -> str:
    listed = operation.get("parameters")
    found = [_parameter(one) for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    body = ["body"] if "requestBody" in operation else []
    return ", ".join([*found, *body])


def _parameter(parameter: Json) -> str:
    name = code(str(parameter.get("name")))
    return name if parameter.get("required") else f"{name} (optional)"


def _answers(operation: Json) -> str:
    always = {str(status) for status in ALWAYS_POSSIBLE}
    return ", ".join(status for status in sorted(_object(operation, "responses")) if status not in always)


def _object(owner: Json, key: str) -> Json:
    value = owner.get(key)
    return value if isinstance(value, Mapping) else {}


def _text(owner: Json, key: str) -> str:
    return str(owner.get(key) or "")
