"""What can be done with stores and their devices. Other slices import this file and `contracts`."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from zoneinfo import ZoneInfo

from interplay.collect.ingest.api import told
from interplay.engine.documents import api as documents
from interplay.engine.log.append import Append, Appender
from interplay.engine.oltp.contracts import AnyCommand, Command, Tx
from interplay.engine.oltp.database import Database
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Brand
from interplay.kernel.time import from_micros
from interplay.link.stores import rules, store
from interplay.link.stores.contracts import (
    DEVICE_ADDED,
    DEVICE_REVOKED,
    STORE,
    AddDevice,
    Device,
    RevokeDevice,
    Store,
)
from interplay.link.stores.documents import StoreKind, read

PREFIX = "dk_"
SOURCE = "stores"


def all_stores(database: Database, brand: Brand) -> list[Store]:
    """Return every store, by name."""
    found = (one for one in documents.current(database) if one.kind == STORE)
    return sorted((read(one, brand.timezone) for one in found), key=lambda one: one.name)


def store_of(database: Database, brand: Brand, name: str) -> Store:
    """Return a store. Raises AppError `stores.unknown` (404)."""
    document = documents.find(database, STORE, name)
    if document is None:
        raise AppError("stores.unknown", status=404, given=name)
    return read(document, brand.timezone)


def is_open(one: Store, at: int) -> bool | None:
    """Return whether a store is open at an instant; None where nobody has said when it is."""
    return None if one.hours is None else rules.is_open(one.hours, from_micros(at).astimezone(ZoneInfo(one.timezone)))


def new_key(random_bytes: bytes) -> str:
    """Return the text of a device's key."""
    return PREFIX + urlsafe_b64encode(random_bytes).decode().rstrip("=")


def digest_of(key: str) -> bytes:
    """Return the digest by which a key is kept. It has 256 random bits, so there is nothing to guess."""
    return sha256(key.encode("utf8", "surrogatepass")).digest()


def devices(database: Database) -> dict[bytes, Device]:
    """Return every device by the digest of its key, revoked ones too."""
    return store.by_digest(database)


def add_device(appender: Appender) -> Command[AddDevice, None]:
    """Return the command that adds a device. Raises AppError `stores.device_taken`: names are not used twice."""

    def run(tx: Tx, ask: AddDevice) -> None:
        if not store.add(tx, ask):
            raise AppError("stores.device_taken", status=409, name=ask.name)
        _tell(appender, tx, DEVICE_ADDED, ask.name, ask.store)

    return Command("stores.add_device", AddDevice, None, run)


def revoke_device(appender: Appender) -> Command[RevokeDevice, None]:
    """Return the command that revokes a device's key. Raises AppError `stores.device_unknown`."""

    def run(tx: Tx, ask: RevokeDevice) -> None:
        where = store.revoke(tx, ask.name)
        if where is None:
            raise AppError("stores.device_unknown", status=404, name=ask.name)
        _tell(appender, tx, DEVICE_REVOKED, ask.name, where)

    return Command("stores.revoke_device", RevokeDevice, None, run)


def commands(appender: Appender) -> tuple[AnyCommand, ...]:
    """Return every command of this slice."""
    return add_device(appender), revoke_device(appender)


def _tell(appender: Appender, tx: Tx, name: str, device: str, where: str) -> None:
    fields = {"till_device": device, "store_id": where}
    appender.append_all(tx, [Append([told(SOURCE, name, tx.world.now(), f"{name}:{device}", fields)])])


__all__ = [
    "PREFIX",
    "StoreKind",
    "add_device",
    "all_stores",
    "commands",
    "devices",
    "digest_of",
    "is_open",
    "new_key",
    "revoke_device",
    "store_of",
]
