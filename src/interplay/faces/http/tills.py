"""Which device is calling: keys of devices by their digest, read again every moment, as those of the API are."""

from interplay.engine.oltp.database import Database
from interplay.faces.http.callers import READ_AGAIN_AFTER, bearer
from interplay.kernel.context import World
from interplay.kernel.errors import AppError
from interplay.link.stores import api as stores
from interplay.link.stores.contracts import Device


class Tills:
    """Knows every device."""

    def __init__(self, database: Database, world: World) -> None:
        self._database = database
        self._world = world
        self._read_at = 0
        self._devices: dict[bytes, Device] = {}

    def by_header(self, authorization: bytes) -> Device:
        """Return the device of `Authorization: Bearer dk_…`.

        Raises AppError `keys.missing`, `stores.device_key` or `stores.device_revoked` (401 each).
        """
        now = self._world.now()
        if abs(now - self._read_at) > READ_AGAIN_AFTER:
            self._devices, self._read_at = stores.devices(self._database), now
        device = self._devices.get(stores.digest_of(bearer(authorization)))
        if device is None:
            raise AppError("stores.device_key", status=401)
        if device.revoked_at is not None:
            raise AppError("stores.device_revoked", status=401, name=device.name)
        return device
