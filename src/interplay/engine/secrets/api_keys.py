"""API keys: who may do what through HTTP. Kept as digests, each with scopes, revocable.

A key has 256 random bits, so a plain digest is enough: there is nothing to guess.
"""

from base64 import urlsafe_b64encode
from enum import StrEnum
from hashlib import sha256

from msgspec import Struct
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.store import api_keys
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros


class Scope(StrEnum):
    """What a key may do."""

    WRITE = "write"  # send facts
    LINK = "link"  # say by its facts who is who
    READ = "read"  # ask questions
    ADMIN = "admin"  # change documents and keys


PUBLIC = frozenset({Scope.WRITE})
"""What a key may do that stands in web pages and apps, for everybody to read."""
PREFIXES = {PUBLIC: "wk_"}
OTHER_PREFIX = "sk_"


class ApiKey(Struct, frozen=True):
    """A key as it is kept."""

    name: str
    scopes: tuple[Scope, ...]
    created_at: Micros
    revoked_at: Micros | None = None

    @property
    def is_trusted(self) -> bool:
        """Whether its facts may say who is who: who may do more than send facts is one of the brand's own systems."""
        return frozenset(self.scopes) != PUBLIC


class MakeKey(Struct, frozen=True):
    name: str
    scopes: tuple[Scope, ...]
    digest: bytes


class RevokeKey(Struct, frozen=True):
    name: str


def new_secret(random_bytes: bytes, scopes: tuple[Scope, ...]) -> str:
    """Return the text of a new key: `wk_…` for one that may only send facts, `sk_…` for all others."""
    prefix = PREFIXES.get(frozenset(scopes), OTHER_PREFIX)
    return prefix + urlsafe_b64encode(random_bytes).decode().rstrip("=")


def digest_of(secret: str) -> bytes:
    return sha256(secret.encode("utf8", "surrogatepass")).digest()


def _make(tx: Tx, ask: MakeKey) -> None:
    try:
        tx.connection.execute(
            insert(api_keys).values(
                digest=ask.digest, name=ask.name, scopes=" ".join(ask.scopes), created_at=tx.world.now()
            )
        )
    except IntegrityError:
        raise AppError("keys.name_taken", status=409, name=ask.name) from None


def _revoke(tx: Tx, ask: RevokeKey) -> None:
    revoked = tx.connection.execute(
        update(api_keys)
        .where(api_keys.c.name == ask.name, api_keys.c.revoked_at.is_(None))
        .values(revoked_at=tx.world.now())
    )
    if revoked.rowcount == 0:
        raise AppError("keys.unknown", status=404, name=ask.name)


make = Command("keys.make", MakeKey, None, _make)
revoke = Command("keys.revoke", RevokeKey, None, _revoke)


def all_keys(database: Database) -> dict[bytes, ApiKey]:
    """Return every key by its digest, revoked ones too."""
    with database.read() as connection:
        return {
            row.digest: ApiKey(row.name, tuple(map(Scope, row.scopes.split())), row.created_at, row.revoked_at)
            for row in connection.execute(select(api_keys).order_by(api_keys.c.created_at))
        }
