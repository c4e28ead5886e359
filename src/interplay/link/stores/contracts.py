"""What the rest may know of stores and devices: values, nothing else."""

from datetime import date

from msgspec import Struct

from interplay.kernel.ids import Micros

STORE = "store"
"""The kind of a store's document; its name is the `store_id` of facts."""
DEVICE_ADDED = "device.added"
DEVICE_REVOKED = "device.revoked"
SCOPE = "till"
"""What a device's key may do: what a till does, in its own store, and nothing else."""


class Label(Struct, frozen=True, forbid_unknown_fields=True):
    """The name for people."""

    zh: str
    en: str


class Place(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a store is. Latitude and longitude in degrees, WGS 84: both or neither."""

    address: str = ""
    city: str = ""
    latitude: float | None = None
    longitude: float | None = None


class StoreDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """A document of kind `store`."""

    label: Label
    place: Place = Place()
    timezone: str = ""  # IANA name; the brand's when left out
    hours: dict[str, list[str]] | None = None  # mon, or mon-fri → 09:00-21:00, …; left out: nobody has said
    days: dict[str, list[str]] = {}  # a date → its own hours; [] is closed
    staff: tuple[str, ...] = ()  # names of those who work there


Span = tuple[int, int]
"""Minutes of a day, `[from, until)`; beyond 1440 it goes on after midnight."""


class Hours(Struct, frozen=True):
    """When a store is open, on the clocks of its place: by weekday from Monday on, and by date."""

    week: tuple[tuple[Span, ...], ...]
    days: dict[date, tuple[Span, ...]]


class Store(Struct, frozen=True):
    """A store as its document has it."""

    name: str
    label: Label
    place: Place
    timezone: str
    hours: Hours | None
    staff: tuple[str, ...]


class Device(Struct, frozen=True):
    """A till or another device of a store. Its key is shown once and not kept."""

    name: str
    store: str
    created_at: Micros
    revoked_at: Micros | None = None


class AddDevice(Struct, frozen=True):
    name: str
    store: str
    digest: bytes


class RevokeDevice(Struct, frozen=True):
    name: str
