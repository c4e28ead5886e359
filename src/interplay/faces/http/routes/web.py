"""What browsers get of us beside the API: files that the build made of `web/`."""

from hashlib import blake2b
from importlib.resources import files

from litestar import Response, get

from interplay.faces.http.mistakes import AnyRequest
from interplay.faces.http.visits import visit_of
from interplay.kernel.errors import AppError

SNIPPET = "analytics.js"
FRESH_SECONDS = 3600
"""How long a browser takes a file without asking whether there is another."""


@get(f"/{SNIPPET}", include_in_schema=False, sync_to_thread=False)
def snippet(request: AnyRequest) -> Response[bytes]:
    """Return the script that sites load by one line."""
    body = _built(SNIPPET)
    tag = f'"{blake2b(body, digest_size=8).hexdigest()}"'
    headers = {"etag": tag, "access-control-allow-origin": "*"}
    visit_of(request.scope).public_seconds = FRESH_SECONDS
    if request.headers.get("if-none-match") == tag:
        return Response(b"", status_code=304, headers=headers)
    return Response(body, media_type="text/javascript", headers=headers)


def _built(name: str) -> bytes:
    """Return a file of the build. Raises AppError `web.missing` where the package was built without it."""
    file = files("interplay") / "_web" / name
    if not file.is_file():
        raise AppError("web.missing", status=404, name=name)
    return file.read_bytes()
