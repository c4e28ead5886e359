"""One request from outside: who is calling, how often they may, and a line in the log, without personal data."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from typing import Any, Protocol, cast
from urllib.parse import unquote

import structlog
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from interplay.engine.secrets.api_keys import Scope as KeyScope
from interplay.engine.staff.contracts import Permission, User
from interplay.faces.http.callers import Callers, bearer
from interplay.faces.http.limits import Allowance, Buckets
from interplay.faces.http.tills import Tills
from interplay.kernel.addresses import network
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Serve
from interplay.link.sessions.contracts import Method, Session
from interplay.link.stores.contracts import SCOPE, Device

NEEDS = "needs"
"""The `opt` of a route that names the scope its callers must have; see `needs`."""

PERMISSION = "permission"
"""The `opt` of a route that names what staff must be permitted; without it, to govern."""

SAFE = ("GET", "HEAD", "OPTIONS")

FAILURES_PER_SECOND = 0.5
FAILURES_BURST_MAX = 20
STRANGERS_PER_SECOND = 10  # of one address: many phones may share one
STRANGERS_BURST_MAX = 100
LOOKS_PER_SECOND = 200  # of one address: a page has many pictures, and a store's network many phones
LOOKS_BURST_MAX = 2_000
GUESSES_PER_SECOND = 1 / 60  # codes that one customer types: imported ones may be short
GUESSES_BURST_MAX = 20
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)

log = structlog.get_logger()

Connection = ASGIConnection[Any, Any, Any, Any]


class Caller(StrEnum):
    """Who may call a route that API keys do not open."""

    TILL = SCOPE  # a device of a store, by its key
    CUSTOMER = "customer"  # who has signed in, by the token of her session
    VISITOR = "visitor"  # by the token of a session, also an anonymous one
    STAFF = "staff"  # who has signed in to work here, by the cookie of her session
    ANYBODY = "anybody"  # about to sign in; counted by address


@dataclass(slots=True)
class Visit:
    """What is known of one request while it is dealt with."""

    caller: str = ""  # for the log
    counted_as: str = ""  # whose calls the limits count
    till: Device | None = None
    session: Session | None = None
    user: User | None = None
    entry: int | None = None  # of the audit log
    about: str = ""  # for it, what else was changed than the path says
    address: str = ""  # of who asks, as far as it is known
    allowance: Allowance | None = None
    status: int = 0
    body: object = None  # decoded JSON, to say what was given where it is wrong
    guesses: Buckets | None = None
    public_seconds: int = 0  # how long anybody may keep the answer, and show it on a page of their own
    is_let_in: bool = False  # and counted: whoever looks again must not count it twice

    def take_guess(self) -> None:
        """Count a code that a customer types, right or wrong. Raises AppError `http.too_many_codes` (429)."""
        if self.guesses is None or self.session is None:
            return
        allowance = self.guesses.take(f"/customer/{self.session.subject}")  # signing in again begins no new count
        if allowance.wait_seconds:
            self.allowance = allowance
            raise AppError("http.too_many_codes", status=429, seconds=allowance.wait_seconds)

    def headers(self) -> list[tuple[bytes, bytes]]:
        own = {} if self.allowance is None else self.allowance.headers()
        if self.public_seconds:
            own |= {"cache-control": f"public, max-age={self.public_seconds}"}
            own |= {"cross-origin-resource-policy": "cross-origin"}
        usual = [(name, value) for name, value in SECURITY_HEADERS if name.decode() not in own]
        return [*usual, *((name.lower().encode(), value.encode()) for name, value in own.items())]


SLASH = "\ufdd0"
"""Stands for an encoded slash until the route is found: a noncharacter, so that nothing sent contains it."""

LOOKED_AT = "looked_at"
"""The `opt` of a route for anybody that a page asks for many times at once: pictures."""

OPEN_HERE = "open_here"
"""The `opt` of a route that needs no key when the request comes from this machine."""


def needs(who: KeyScope | Caller, permission: Permission | None = None) -> dict[str, KeyScope | Caller | Permission]:
    """Return the `opt` of a route for keys with this scope and staff with this permission, or for other callers."""
    return {NEEDS: who} if permission is None else {NEEDS: who, PERMISSION: permission}


def visit_of(scope: Scope) -> Visit:
    """Return the visit that a request belongs to."""
    return cast("Visit", cast("dict[str, object]", scope)["visit"])


def till_of(scope: Scope) -> Device:
    """Return the device that calls a route for tills."""
    till = visit_of(scope).till
    assert till is not None
    return till


def session_of(scope: Scope) -> Session:
    """Return the session that calls a route for customers."""
    session = visit_of(scope).session
    assert session is not None
    return session


def user_of(scope: Scope) -> User:
    """Return the user who calls a route for staff."""
    user = visit_of(scope).user
    assert user is not None
    return user


def segment(value: str) -> str:
    """Return a segment of the path as it was sent: an identifier or a tag may have slashes."""
    return value.replace(SLASH, "/")


def _path(scope: HTTPScope) -> str:
    """Return the decoded path, in which an encoded slash does not end a segment."""
    raw = (scope.get("raw_path") or b"").partition(b"?")[0]
    if b"%2f" not in raw.lower():
        return scope["path"]
    return "/".join(unquote(part).replace("/", SLASH) for part in raw.decode("ascii", "replace").split("/"))


@dataclass(frozen=True, slots=True)
class Front:
    """Wraps the API: every answer has the security headers, every request a line in the log."""

    app: ASGIApp
    ended: Callable[[Visit], None]
    seconds: Callable[[], float] = field(default=time.perf_counter)

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        visit = Visit()
        cast("dict[str, object]", scope)["visit"] = visit
        scope["path"] = _path(scope)
        began = self.seconds()

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                visit.status = message["status"]
                message["headers"] = [*message.get("headers", ()), *visit.headers()]
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            self.ended(visit)
            log.info(
                "request",
                method=scope["method"],
                route=scope.get("path_template", ""),  # never the path itself: it may name a person
                status=visit.status,
                ms=round((self.seconds() - began) * 1000, 1),
                key=visit.caller,
            )


class StaffGuard(Protocol):
    """Knows staff by the cookies of their sessions, and writes down what is changed."""

    async def recognise(self, visit: Visit, connection: Connection, handler: BaseRouteHandler) -> None:
        """Find out which user asks. Raises AppError `staff.*` (401, 403)."""

    async def note(self, visit: Visit, connection: Connection, handler: BaseRouteHandler) -> None:
        """Write down that a change begins, where it is one."""


class Gate:
    """Lets a request in when its key may do what the route does, and not too often."""

    def __init__(
        self,
        callers: Callers,
        tills: Tills,
        find_session: Callable[[str], Awaitable[Session]],
        guard: "StaffGuard",
        limits: Serve,
        seconds: Callable[[], float],
    ) -> None:
        self._callers = callers
        self._tills = tills
        self._find_session = find_session
        self._guard = guard
        self._proxies = limits.proxies
        per_second, burst = limits.requests_per_second_max, limits.requests_burst_max
        self._per_second = per_second
        self._calls = Buckets(per_second, burst, seconds)
        self._strangers = Buckets(STRANGERS_PER_SECOND, STRANGERS_BURST_MAX, seconds)
        self._looks = Buckets(LOOKS_PER_SECOND, LOOKS_BURST_MAX, seconds)
        self._failures = Buckets(FAILURES_PER_SECOND, FAILURES_BURST_MAX, seconds)
        self._guesses = Buckets(GUESSES_PER_SECOND, GUESSES_BURST_MAX, seconds)

    async def check(self, connection: Connection, handler: BaseRouteHandler) -> None:
        """Raise AppError `keys.*`, `stores.device_*`, `sessions.*` (401, 403) or `http.too_often` (429)."""
        if connection.scope.get("method") == "OPTIONS":
            return
        if handler.opt.get(OPEN_HERE) and _is_here(connection):
            return
        visit = visit_of(connection.scope)
        if visit.is_let_in:
            return
        visit.address = address_of(connection, self._proxies)
        needed = handler.opt[NEEDS]
        if handler.opt.get(LOOKED_AT):
            visit.caller = Caller.ANYBODY.value
            self._take_strangers(visit, self._looks, LOOKS_PER_SECOND)
            return
        if needed in (Caller.CUSTOMER, Caller.VISITOR, Caller.ANYBODY):
            await self._welcome(visit, connection, needed)
            visit.is_let_in = True
            return
        authorization = connection.headers.get("authorization", "").encode("latin1", "replace")
        try:
            if needed is Caller.STAFF or (isinstance(needed, KeyScope) and not authorization and connection.cookies):
                await self._guard.recognise(visit, connection, handler)
            else:
                self._recognise(visit, authorization, needed)
        except AppError as error:
            self._refuse(visit, error)
        self._take(visit)
        await self._guard.note(visit, connection, handler)
        visit.is_let_in = True

    async def _welcome(self, visit: Visit, connection: Connection, needed: Caller) -> None:
        """Let a customer in by her session, or anybody; who has no session is counted by her address.

        An anonymous session is whose its cookie is, and a cookie is whose anybody says: it opens nothing of a person's.
        """
        visit.caller = needed.value  # the log names nobody
        try:
            if needed is not Caller.ANYBODY:
                visit.session = await self._find_session(_token(connection))
                visit.counted_as = f"/customer/{visit.session.session}"
                visit.guesses = self._guesses
                self._take(visit)
                if needed is Caller.CUSTOMER and visit.session.method is Method.ANONYMOUS:
                    raise AppError("sessions.not_signed_in", status=403)
                return
        except AppError as error:
            if error.status != 401:
                raise
            self._take_strangers(visit)
            raise
        self._take_strangers(visit)

    def _take_strangers(
        self, visit: Visit, buckets: Buckets | None = None, per_second: int = STRANGERS_PER_SECOND
    ) -> None:
        visit.allowance = allowance = (buckets or self._strangers).take(visit.address)
        if allowance.wait_seconds:
            raise AppError("http.too_often", status=429, allowed=per_second, seconds=allowance.wait_seconds) from None

    def _recognise(self, visit: Visit, authorization: bytes, needed: KeyScope | Caller) -> None:
        match needed:
            case KeyScope():
                visit.caller = visit.counted_as = self._callers.by_header(authorization, needed).name
            case Caller.TILL:
                visit.till = self._tills.by_header(authorization)
                visit.caller = f"till {visit.till.name}"
                visit.counted_as = f"/till/{visit.till.name}"  # no key has a slash in its name

    def _refuse(self, visit: Visit, error: AppError) -> None:
        """A known key without the scope is counted as its call; strangers are counted by their address."""
        if error.status == 403:
            visit.caller = visit.counted_as = visit.counted_as or str(error.params.get("name", visit.address))
            self._take(visit)
            raise error
        allowance = self._failures.take(visit.address)
        if allowance.wait_seconds:
            visit.allowance = allowance
            raise AppError("http.too_many_failures", status=429, seconds=allowance.wait_seconds) from None
        raise error

    def _take(self, visit: Visit) -> None:
        visit.allowance = allowance = self._calls.take(visit.counted_as)
        if allowance.wait_seconds:
            raise AppError(
                "http.too_often", status=429, allowed=self._per_second, seconds=allowance.wait_seconds
            ) from None


def address_of(connection: Connection, proxies: int) -> str:
    """Return the address that a request came from, as it is counted.

    Each proxy of ours adds to the end of X-Forwarded-For whom it heard; what stands before that, anybody can write.
    """
    told = ",".join(connection.headers.getall("x-forwarded-for", [])) if proxies else ""
    hops = [hop.strip() for hop in told.split(",") if hop.strip()]
    if 0 < proxies <= len(hops):
        return network(hops[-proxies])
    return "" if connection.client is None else network(connection.client.host)


def _token(connection: Connection) -> str:
    try:
        return bearer(connection.headers.get("authorization", "").encode("latin1", "replace"))
    except AppError:
        raise AppError("sessions.missing", status=401) from None


def _is_here(connection: Connection) -> bool:
    """Return whether somebody on this machine asks, not a proxy on it for somebody else."""
    if any(name in connection.headers for name in FORWARDED):
        return False
    try:
        return connection.client is not None and ip_address(connection.client.host).is_loopback
    except ValueError:  # a socket of another kind
        return False
