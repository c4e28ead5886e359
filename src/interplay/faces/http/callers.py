"""Who is calling: API keys by their digest, read again every moment so that a revoked key stops working."""

from base64 import b64decode
from binascii import Error as Base64Error

from interplay.collect.ingest.api import is_own_source
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.api_keys import ApiKey, Scope, all_keys, digest_of
from interplay.kernel.context import World
from interplay.kernel.errors import AppError
from interplay.kernel.time import SECOND

READ_AGAIN_AFTER = SECOND // 2
SECRETS_REMEMBERED_MAX = 10_000


class Callers:
    """Knows every key of a store."""

    def __init__(self, database: Database, world: World) -> None:
        self._database = database
        self._world = world
        self._read_at = 0
        self._keys: dict[bytes, ApiKey] = {}
        self._known: dict[str | bytes, ApiKey | None] = {}  # as given → key; saves the digest on every request

    def by_secret(self, secret: str, scope: Scope) -> ApiKey:
        """Return the key of a secret.

        Raises AppError `keys.unknown_secret` (401), `keys.scope` or `keys.reserved` (403).
        """
        self._refresh()
        if secret not in self._known:
            self._remember(secret, self._keys.get(digest_of(secret)))
        return _allowed(self._known[secret], scope)

    def by_header(self, authorization: bytes, scope: Scope) -> ApiKey:
        """Return the key of an `Authorization` header: `Bearer KEY`, or Basic with the key as the user.

        Raises AppError `keys.missing` (401), `keys.unknown_secret` (401), `keys.scope` or `keys.reserved` (403).
        """
        self._refresh()
        if authorization not in self._known:
            self._remember(authorization, self._keys.get(digest_of(_secret(authorization))))
        return _allowed(self._known[authorization], scope)

    def _remember(self, given: str | bytes, key: ApiKey | None) -> None:
        if len(self._known) >= SECRETS_REMEMBERED_MAX:
            self._known.clear()
        self._known[given] = key

    def _refresh(self) -> None:
        now = self._world.now()
        if abs(now - self._read_at) > READ_AGAIN_AFTER:  # abs: a clock set back must not keep old keys alive
            keys = all_keys(self._database)
            self._keys = {digest: key for digest, key in keys.items() if key.revoked_at is None}
            self._known.clear()
            self._read_at = now


def bearer(authorization: bytes) -> str:
    """Return what follows `Bearer`. Raises AppError `keys.missing` (401) where the header says anything else."""
    scheme, _, rest = authorization.strip().partition(b" ")
    if scheme.lower() != b"bearer":
        raise AppError("keys.missing", status=401)
    return rest.strip().decode("latin1")


def _secret(authorization: bytes) -> str:
    scheme, _, rest = authorization.strip().partition(b" ")
    match scheme.lower():
        case b"bearer":
            return bearer(authorization)
        case b"basic":
            try:
                return b64decode(rest.strip(), validate=True).decode("utf8", "replace").partition(":")[0]
            except (Base64Error, ValueError):
                raise AppError("keys.unknown_secret", status=401) from None
        case _:
            raise AppError("keys.missing", status=401)


def _allowed(key: ApiKey | None, scope: Scope) -> ApiKey:
    if key is None:
        raise AppError("keys.unknown_secret", status=401)
    if scope not in key.scopes:
        raise AppError("keys.scope", status=403, scope=scope.value, name=key.name)
    if scope is Scope.WRITE and is_own_source(key.name):  # made before such names were refused
        raise AppError("keys.reserved", status=403, name=key.name)
    return key
