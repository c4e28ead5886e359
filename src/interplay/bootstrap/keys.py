"""API keys: made where secrets may be shown once."""

from pathlib import Path

from interplay.bootstrap.access import Access
from interplay.bootstrap.reach import Reach
from interplay.collect.ingest import api as ingest
from interplay.engine.secrets.api_keys import MakeKey, Scope, digest_of, make, new_secret
from interplay.kernel.errors import AppError

SECRET_BYTES = 32
NAME_CHARS_MAX = 100


def make_key(access: Reach, name: str, scopes: tuple[Scope, ...]) -> str:
    """Make a key and return its secret, which is not kept.

    Its name is the source of what it sends, so it is none of ours, nor like one of a store's files, which have a slash.
    Raises AppError `keys.name`, `keys.reserved`, `keys.name_taken`.
    """
    if not 1 <= len(name.strip()) <= NAME_CHARS_MAX or "/" in name or not name.isprintable():
        raise AppError("keys.name", given=name, allowed=NAME_CHARS_MAX)
    if ingest.is_own_source(name):
        raise AppError("keys.reserved", status=409, name=name)
    secret = new_secret(access.home.world.random_bytes(SECRET_BYTES), scopes)
    access.write(make, MakeKey(name, scopes, digest_of(secret)))
    return secret


def first_keys(folder: Path) -> dict[str, str]:
    """Make a new directory's keys: one that may send facts, one that may do everything."""
    with Access(folder) as access:
        access.write(ingest.start_purging, None)
        return {
            "write_key": make_key(access, "first-write-key", (Scope.WRITE,)),
            "secret_key": make_key(access, "first-secret-key", (Scope.WRITE, Scope.READ, Scope.ADMIN)),
        }
