"""Staff in a browser: her session is in a cookie that no script reads, and only our own pages may use it."""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from litestar.datastructures import Cookie
from litestar.handlers import BaseRouteHandler

from interplay.bootstrap import accounts
from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff import audit
from interplay.engine.staff.contracts import MAY, Begun, Done, Permission, User
from interplay.faces.http.counter import Counter
from interplay.faces.http.desk import Desk, DoorReach
from interplay.faces.http.limits import Buckets
from interplay.faces.http.mistakes import AnyRequest
from interplay.faces.http.visits import NEEDS, PERMISSION, SAFE, Caller, Connection, Visit
from interplay.kernel.errors import AppError
from interplay.kernel.time import SECOND

COOKIE = "interplay_staff"
FORWARDED_PROTOCOL = "x-forwarded-proto"
NAMING = frozenset({"value", "code", "digest"})
"""Parts of paths that may name a customer, or be as good as a secret: the audit log does not have them."""
OF_KEYS = frozenset({Permission.MARKET, Permission.GOVERN})
"""What is written down of keys too. Whatever they do for a person is a fact of theirs anyway."""
SIGN_INS_AT_ONCE_MAX = 1
HERE_PER_SECOND, HERE_BURST_MAX = 1 / 30, 10
ANYWHERE_PER_SECOND, ANYWHERE_BURST_MAX = 1 / 10, 100
"""Of one account from all addresses: whoever has thousands of them must not try a password a second."""
_PARAMETER = re.compile(r"{(\w+)[^}]*}")


class Guard:
    """Knows staff by their cookies, and writes down what is changed before it is."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._reach = counter.reach

    async def recognise(self, visit: Visit, connection: Connection, handler: BaseRouteHandler) -> None:
        """Find out which user asks. Raises AppError `staff.*` (401, 403)."""
        user = await self._counter.look(accounts.find, self._reach, token_of(connection))
        visit.user, visit.caller, visit.counted_as = user, f"staff {user.user_id}", f"/staff/{user.user_id}"
        check_site(connection)
        if handler.opt[NEEDS] is not Caller.STAFF:
            check_permission(user, handler)

    async def note(self, visit: Visit, connection: Connection, handler: BaseRouteHandler) -> None:
        """Write down that a change begins, where it is one."""
        if connection.scope.get("method") in SAFE or not _is_noted(visit, handler):
            return
        user_id, key = (None, visit.caller) if visit.user is None else (visit.user.user_id, "")
        begun = Begun(_action(handler), _place(connection), user_id, key)
        visit.entry = await asyncio.wrap_future(self._reach.submit(audit.begin, begun))

    def ended(self, visit: Visit) -> None:
        """Write down how a change ended; nobody waits for it."""
        if visit.entry is not None:
            self._reach.submit(audit.finish, Done(visit.entry, visit.status, visit.about))


class SignIns:
    """Where strangers wait: how often an account may be tried, and a thread of their own, since a hash takes long."""

    def __init__(self, reach: DoorReach, proxies: int, seconds: Callable[[], float]) -> None:
        self.desk = Desk(reach, SIGN_INS_AT_ONCE_MAX)
        self.proxies = proxies
        self._here = Buckets(HERE_PER_SECOND, HERE_BURST_MAX, seconds)
        self._anywhere = Buckets(ANYWHERE_PER_SECOND, ANYWHERE_BURST_MAX, seconds)

    @contextmanager
    def trying(self, visit: Visit, account: str) -> Iterator[None]:
        """Count a try that fails, of an account that may not exist. Raises AppError `staff.too_often` (429)."""
        name = account.strip().lower()
        here = f"{visit.address} {name}"
        for allowance in (self._here.take(here), self._anywhere.take(name)):
            if allowance.wait_seconds:
                visit.allowance = allowance
                raise AppError("staff.too_often", status=429, seconds=allowance.wait_seconds)
        yield
        self._here.give_back(here)
        self._anywhere.give_back(name)


def token_of(connection: Connection) -> str:
    """Return the token of her session. Raises AppError `staff.not_signed_in` (401)."""
    token = connection.cookies.get(COOKIE)
    if not token:
        raise AppError("staff.not_signed_in", status=401)
    return token


def check_site(connection: Connection) -> None:
    """Raise AppError `staff.other_site` (403) where a page of another site asks for a change.

    Browsers say by themselves whose page asks, and no page can say otherwise: Sec-Fetch-Site, or Origin in older ones.
    """
    if connection.scope.get("method") in SAFE:
        return
    site, origin = connection.headers.get("sec-fetch-site"), connection.headers.get("origin", "")
    is_ours = site == "same-origin" if site else urlsplit(origin).netloc == connection.headers.get("host")
    if not is_ours:
        raise AppError("staff.other_site", status=403)


def check_permission(user: User, handler: BaseRouteHandler) -> None:
    """Raise AppError `staff.may_not` (403). A route that does not say what it takes is for who governs."""
    needed: Permission = handler.opt.get(PERMISSION, Permission.GOVERN)
    if needed not in MAY[user.role]:
        roles = ", ".join(role for role, may in MAY.items() if needed in may)
        raise AppError("staff.may_not", status=403, role=user.role, permission=needed, roles=roles)


def cookie(request: AnyRequest, token: str, proxies: int) -> Cookie:
    """Return the cookie of a session, or one that removes it.

    Where the page came over HTTPS, the cookie goes over nothing else.
    """
    scheme = request.url.scheme
    if proxies:
        scheme = request.headers.get(FORWARDED_PROTOCOL, scheme).split(",")[-1].strip()
    lasts = accounts.SESSION_LASTS // SECOND if token else 0
    return Cookie(
        COOKIE, value=token, max_age=lasts, path="/", httponly=True, samesite="strict", secure=scheme == "https"
    )


def _is_noted(visit: Visit, handler: BaseRouteHandler) -> bool:
    """Return whether a route changes anything that is written down: a question may be asked by POST as well."""
    if handler.opt[NEEDS] is not Scope.ADMIN:
        return handler.opt[NEEDS] is Caller.STAFF
    return visit.user is not None or handler.opt.get(PERMISSION, Permission.GOVERN) in OF_KEYS


def _action(handler: BaseRouteHandler) -> str:
    return str(getattr(handler, "operation_id", "") or handler.handler_name)


def _place(connection: Connection) -> str:
    """Return the path, without what names a customer."""
    given = connection.scope["path_params"]
    template = str(connection.scope.get("path_template", ""))
    return _PARAMETER.sub(lambda one: "…" if one[1] in NAMING else str(given.get(one[1], "")), template)
