"""Devices of stores: added where their keys may be shown once, revoked from anywhere."""

from interplay.bootstrap.reach import Reach
from interplay.kernel.errors import AppError
from interplay.link.stores import api as stores
from interplay.link.stores.contracts import AddDevice, RevokeDevice

KEY_BYTES = 32
NAME_CHARS_MAX = 100


def add_device(access: Reach, store: str, name: str) -> str:
    """Add a device to a store and return its key, which is not kept.

    Raises AppError `stores.unknown`, `stores.device_name`, `stores.device_taken`.
    """
    home = access.home
    stores.store_of(home.database, home.settings.brand, store)
    if not name.strip() or not name.isprintable() or "/" in name or len(name) > NAME_CHARS_MAX:
        raise AppError("stores.device_name", given=name)
    key = stores.new_key(home.world.random_bytes(KEY_BYTES))
    access.write(stores.add_device(home.appender), AddDevice(name, store, stores.digest_of(key)))
    return key


def revoke_device(access: Reach, name: str) -> None:
    """Revoke the key of a device. Raises AppError `stores.device_unknown`."""
    access.write(stores.revoke_device(access.home.appender), RevokeDevice(name))
