"""API keys: list, make, revoke."""

from typing import Annotated

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from interplay.bootstrap.keys import make_key
from interplay.engine.secrets import api_keys
from interplay.engine.secrets.api_keys import RevokeKey, Scope
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.paging import Page
from interplay.faces.http.visits import needs
from interplay.kernel.time import iso


class KeyAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """For whom a key is, and what it may do."""

    name: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^/\x00-\x1f]+$")]
    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=len(Scope))]


class MadeKey(Struct, frozen=True):
    """A new key. `key` is shown this once."""

    name: str
    scopes: list[Scope]
    key: str


class KeyItem(Struct, frozen=True):
    """A key as it is kept: without the key itself."""

    name: str
    scopes: list[Scope]
    created_at: str
    revoked_at: str | None


@get("/keys", opt=needs(Scope.ADMIN), operation_id="listKeys", responses=problems(), tags=["keys"])
async def list_keys(desk: NamedDependency[Desk]) -> Page[KeyItem]:
    """List all keys, revoked ones too."""
    found = await desk.run(api_keys.all_keys, desk.reach.home.database)
    return Page(
        [
            KeyItem(k.name, list(k.scopes), iso(k.created_at), None if k.revoked_at is None else iso(k.revoked_at))
            for k in found.values()
        ]
    )


@post("/keys", opt=needs(Scope.ADMIN), operation_id="makeKey", responses=problems(409), tags=["keys"])
async def make(desk: NamedDependency[Desk], data: JSONBody[KeyAsk]) -> MadeKey:
    """Make a key. It is shown once; a name that exists is refused, so trying again makes no second key."""
    scopes = tuple(dict.fromkeys(data.scopes))
    secret = await desk.run(make_key, desk.reach, data.name, scopes)
    return MadeKey(data.name, list(scopes), secret)


@delete("/keys/{name:str}", opt=needs(Scope.ADMIN), operation_id="revokeKey", responses=problems(404), tags=["keys"])
async def revoke(desk: NamedDependency[Desk], name: FromPath[str]) -> None:
    """Revoke a key. It stops working within a second."""
    await desk.run(desk.reach.write, api_keys.revoke, RevokeKey(name))
