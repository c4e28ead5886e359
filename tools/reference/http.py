"""`http.md`: the routes, from the OpenAPI document that the server itself gives out."""

from collections.abc import Iterator, Mapping

from interplay.faces.http.app import openapi
from tools.reference.markdown import code, page, table

METHODS = ("get", "post", "put", "patch", "delete")
Json = Mapping[str, object]


def http_page() -> str:
    """Return the routes in order of path, those of the management API with what they take and answer."""
    document = openapi()
    introduction = (
        "A running server gives out this page's source as OpenAPI 3.1 at `/schema/openapi.json`. Mistakes are answered "
        "as problem details ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) with a [code](errors.md). "
        "Senders authenticate with a write key as Basic user, programs with `Authorization: Bearer sk_…`."
    )
    rows = [
        [code(method.upper()), code(path), _text(operation, "summary"), _parameters(operation), _answers(operation)]
        for path, method, operation in operations(document)
    ]
    return page("HTTP", introduction, table(["", "path", "", "parameters", "answers"], rows))


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
    return ", ".join(sorted(_object(operation, "responses")))


def _object(owner: Json, key: str) -> Json:
    value = owner.get(key)
    return value if isinstance(value, Mapping) else {}


def _text(owner: Json, key: str) -> str:
    return str(owner.get(key) or "")
