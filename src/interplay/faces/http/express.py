"""A shorter way through Litestar for the routes that are asked most.

It is middleware of those routes, so finding the route, and saying what went wrong, is Litestar's as everywhere. What a
handler needs is found out once, from its signature; then each request takes the same steps as Litestar's own, without
a task group for dependencies, a copy of the handler for each guard, and the objects of a response. A request that is
not plain (a parameter is missing, or in the query) goes Litestar's way.
"""

from collections.abc import Callable
from typing import Any

from litestar.di import Provide
from litestar.exceptions import ImproperlyConfiguredException
from litestar.handlers import HTTPRouteHandler
from litestar.params import BodyKwarg, HeaderParameter, PathParameter, QueryParameter
from litestar.serialization import encode_json
from litestar.types import ASGIApp, Receive, Scope, Send
from litestar.typing import FieldDefinition

from interplay.faces.http.mistakes import ApiRequest

Given = Callable[[ApiRequest], Any]
"""Gets one argument of a handler out of a request. Raises KeyError where the request is not plain."""

JSON = (b"content-type", b"application/json")


def express(app: ASGIApp) -> ASGIApp:
    """Return the short way to the handler that `app` leads to: `@post(…, middleware=[express])`."""
    return _Express(app)


class _Express:
    """The way to one handler."""

    def __init__(self, app: ASGIApp) -> None:
        self._litestar = app
        self._way: Way | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        way = self._way or self._found(scope)
        request = ApiRequest(scope, receive, send)
        await way.let_in(request)
        try:
            arguments = {name: given(request) for name, given in way.given}
        except KeyError:
            await self._litestar(scope, receive, send)
            return
        if way.has_body:
            if not await request.body():
                await self._litestar(scope, receive, send)
                return
            arguments["data"] = await request.json()
        body = encode_json(await way.answer(request, arguments))
        headers = [JSON, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": way.status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    def _found(self, scope: Scope) -> "Way":
        handler = scope["route_handler"]
        assert isinstance(handler, HTTPRouteHandler)
        self._way = Way(handler)
        return self._way


class Way:
    """What a handler needs, as its signature says. Raises ImproperlyConfiguredException for what is not served here."""

    def __init__(self, handler: HTTPRouteHandler) -> None:
        self.status = handler.status_code
        self._handler = handler
        self._guards = handler.resolve_guards()
        self._model = handler.signature_model
        parameters = handler.parsed_fn_signature.parameters
        self.has_body = "data" in parameters
        self.given = [(name, _given(handler, name, of)) for name, of in parameters.items() if name != "data"]
        if self.has_body and not isinstance(parameters["data"].kwarg_definition, BodyKwarg):
            raise ImproperlyConfiguredException(f"{handler}: express reads JSON bodies only")

    async def let_in(self, request: ApiRequest) -> None:
        for guard in self._guards:
            await guard(request, self._handler)  # type: ignore[misc]

    async def answer(self, request: ApiRequest, arguments: dict[str, Any]) -> Any:
        checked = self._model.parse_values_from_connection_kwargs(connection=request, kwargs=arguments)
        return await self._handler.fn(**checked)


def _given(handler: HTTPRouteHandler, name: str, of: FieldDefinition) -> Given:
    dependencies, definition = handler.resolve_dependencies(), of.kwarg_definition
    if name in dependencies:
        return _provided(dependencies[name])
    if name == "request":
        return lambda request: request
    match definition:
        case HeaderParameter():
            header = (definition.name or name).lower()
            return lambda request: request.headers[header]
        case PathParameter():
            return lambda request: request.scope["path_params"][name]
        case QueryParameter() if of.has_default:
            return lambda request: _default(request, of.default)
    raise ImproperlyConfiguredException(f"{handler}: express does not know where {name} comes from")


def _provided(provider: Provide) -> Given:
    give = provider.dependency
    if not provider.has_sync_callable or provider.sync_to_thread:
        raise ImproperlyConfiguredException(f"{give}: express does not wait for dependencies")
    asks = set(provider.parsed_fn_signature.parameters)
    if asks == {"request"}:
        return lambda request: give(request=request)
    if asks:
        raise ImproperlyConfiguredException(f"{give}: express gives dependencies the request only")
    return lambda _: give()


def _default(request: ApiRequest, default: Any) -> Any:
    if request.scope["query_string"]:
        raise KeyError("query")
    return default
