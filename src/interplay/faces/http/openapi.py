"""How the API describes itself: OpenAPI 3.1 at `/api/openapi.json`, made from the routes."""

import re
from collections import defaultdict
from collections.abc import Mapping
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from litestar import Request
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme, Server

from interplay.faces.http.problems import MEDIA_TYPE, Problem

PATH = "/api/openapi.json"
ALWAYS_POSSIBLE = (400, 401, 403, 429, 500, 503)

_PAGE_OF = re.compile(rb"Page_((?:\w+\.)*)(\w+)_")

DESCRIPTION = """\
Questions about customers, and the documents that say what is meant.

- **Keys**: send `Authorization: Bearer sk_…`, or the key as the user of Basic authorization. A key has scopes: `read`
  asks, `admin` changes documents and keys and states what staff knows, `write` sends facts (to `/v1/…` and `/sa`).
  What begins with `/api/till` is for devices of stores (`Bearer dk_…`), what begins with `/api/customer` for customers
  (`Bearer cs_…`, the token of a session); sessions are begun without any. Staff who have signed in send the cookie of
  their session instead of a key, from our own pages only; what they may do is in their role.
- **Mistakes** are problem details (RFC 9457) with a stable `code`; sentences follow `Accept-Language` (en, zh).
- **Lists** come in pages: send `next` back as `cursor` until it is null.
- **Limits**: every answer has `RateLimit-*` headers; a 429 says in `Retry-After` when to go on.
- **Trying again** is safe: applying the same documents twice changes nothing the second time, and a key whose name
  exists is refused with 409. What is stated about a customer (a tag, a note, a consent) is stored once under one
  `Idempotency-Key`, and a till's scan of a code answers again under it; elsewhere that header is accepted and needs no
  meaning.
- **Paths**: an identifier with a slash in it is sent with `%2F`.
- **Times** are RFC 3339; one without an offset is read in the brand's time zone. Money is an integer in the minor unit.
"""


def config() -> OpenAPIConfig:
    """Return what Litestar makes the description with."""
    return OpenAPIConfig(
        title="Interplay",
        version=version("interplay"),
        description=DESCRIPTION,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        path=PATH,
        render_plugins=[_Description(path="/")],
        servers=[Server(url="/")],
        use_handler_docstrings=True,
        security=[{"bearer": []}, {"basic": []}],
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(type="http", scheme="bearer", description="A key: `Bearer sk_…`"),
                "basic": SecurityScheme(type="http", scheme="basic", description="A key as the user, no password"),
            }
        ),
    )


class _Description(JsonRenderPlugin):
    """JSON in which a page of facts is called FactPage, not after the modules that define both."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return named(super().render(request, openapi_schema))


def named(description: bytes) -> bytes:
    """Return a description in which a page of facts is called FactPage; of two kinds of facts, also after its slice."""
    modules = defaultdict(set)
    for module, name in _PAGE_OF.findall(description):
        modules[name].add(module)

    def short(found: re.Match[bytes]) -> bytes:
        module, name = found.groups()
        return (module.split(b".")[-3].title() if len(modules[name]) > 1 else b"") + name + b"Page"

    return _PAGE_OF.sub(short, description)


def problems(*also: int) -> Mapping[int, ResponseSpec]:
    """Return the descriptions of every problem that a route may answer with."""
    return {
        status: ResponseSpec(
            Problem, description=HTTPStatus(status).phrase, media_type=MEDIA_TYPE, generate_examples=False
        )
        for status in sorted({*ALWAYS_POSSIBLE, *also})
    }
