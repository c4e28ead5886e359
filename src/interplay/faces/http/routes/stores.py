"""Stores and their devices; and what a till may know of itself."""

from typing import Annotated

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from interplay.bootstrap import devices
from interplay.engine.secrets.api_keys import Scope
from interplay.engine.staff.contracts import Permission
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.paging import Page
from interplay.faces.http.visits import Caller, needs
from interplay.kernel.time import iso
from interplay.link.stores import api as stores
from interplay.link.stores.contracts import Device, Label, Place, Store


class StoreItem(Struct, frozen=True):
    """A store. `is_open` is null where its document does not say when it is."""

    name: str
    label: Label
    place: Place
    timezone: str
    is_open: bool | None
    staff: list[str]


class DeviceAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """Which store a device is for, and its name: one that no device ever had."""

    store: str
    name: Annotated[str, Meta(min_length=1, max_length=devices.NAME_CHARS_MAX)]


class MadeDevice(Struct, frozen=True):
    """A new device. `key` is shown this once."""

    name: str
    store: str
    key: str


class DeviceItem(Struct, frozen=True):
    """A device as it is kept: without its key."""

    name: str
    store: str
    created_at: str
    revoked_at: str | None


class TillItem(Struct, frozen=True):
    """The device that asks, and its store."""

    device: str
    store: StoreItem


@get(
    "/stores",
    opt=needs(Scope.READ, Permission.ANALYSE),
    operation_id="listStores",
    responses=problems(),
    tags=["stores"],
)
async def list_stores(desk: NamedDependency[Desk]) -> Page[StoreItem]:
    """List stores."""
    home, now = desk.reach.home, desk.now()
    found = await desk.run(stores.all_stores, home.database, home.settings.brand)
    return Page([_item(one, now) for one in found])


@get("/devices", opt=needs(Scope.ADMIN), operation_id="listDevices", responses=problems(), tags=["stores"])
async def list_devices(desk: NamedDependency[Desk]) -> Page[DeviceItem]:
    """List devices, revoked ones too."""
    found = await desk.run(stores.devices, desk.reach.home.database)
    return Page(
        [
            DeviceItem(
                one.name, one.store, iso(one.created_at), None if one.revoked_at is None else iso(one.revoked_at)
            )
            for one in found.values()
        ]
    )


@post("/devices", opt=needs(Scope.ADMIN), operation_id="addDevice", responses=problems(404, 409), tags=["stores"])
async def add_device(desk: NamedDependency[Desk], data: JSONBody[DeviceAsk]) -> MadeDevice:
    """Add a device. Its key is shown once; a name that exists is refused, so trying again makes no second key."""
    key = await desk.run(devices.add_device, desk.reach, data.store, data.name)
    return MadeDevice(data.name, data.store, key)


@delete(
    "/devices/{name:str}", opt=needs(Scope.ADMIN), operation_id="revokeDevice", responses=problems(404), tags=["stores"]
)
async def revoke_device(desk: NamedDependency[Desk], name: FromPath[str]) -> None:
    """Revoke the key of a device. It stops working within a second."""
    await desk.run(devices.revoke_device, desk.reach, name)


@get("/till", opt=needs(Caller.TILL), operation_id="showTill", responses=problems(404), tags=["till"])
async def show_till(counter: NamedDependency[Desk], till: NamedDependency[Device]) -> TillItem:
    """Show the device that asks and its store: what a till asks first, to learn whether its key works."""
    home = counter.reach.home
    found = await counter.run(stores.store_of, home.database, home.settings.brand, till.store)
    return TillItem(till.name, _item(found, counter.now()))


def _item(one: Store, now: int) -> StoreItem:
    return StoreItem(one.name, one.label, one.place, one.timezone, stores.is_open(one, now), list(one.staff))
