"""The simulated crowd. Seconds count from the campaign's start; who was heard of 0 days ago appears when she comes."""

from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """What somebody is, in truth."""

    ALONE = "alone"  # a phone, a home
    FAMILY = "family"  # a tablet and a line for up to five
    OFFICE = "office"  # one line, own phones
    CAMPUS = "campus"  # a few lines of one prefix, own phones, many of them new
    CAFE = "cafe"  # one line, guests with own phones
    INVITER = "inviter"  # invites friends who live elsewhere
    FARM = "farm"  # fifty devices, eight accounts on each
    WIDE_FARM = "wide_farm"  # fifty devices, one account on each, one line
    PROXIED_FARM = "proxied_farm"  # fifty devices, six accounts on each, another line every time
    RING = "ring"  # an account that invites accounts of the same place
    STUFFER = "stuffer"  # accounts that vote, each with a device of its own, from two lines
    CAREFUL = "careful"  # a device and a line for each account: like so many people


HONEST = (Kind.ALONE, Kind.FAMILY, Kind.OFFICE, Kind.CAMPUS, Kind.CAFE, Kind.INVITER)
CHEATS = (Kind.FARM, Kind.WIDE_FARM, Kind.PROXIED_FARM, Kind.RING, Kind.STUFFER, Kind.CAREFUL)


class Sizes(Struct, frozen=True, kw_only=True):
    """How many come. Of an office, a campus, a café and each kind of farm there is one."""

    alone: int = 300
    families: int = 40
    inviters: int = 10
    farm: int = 8  # accounts on each device
    proxied_farm: int = 6
    rings: int = 6
    stuffers: int = 300
    careful: int = 60

    def groups(self, kind: Kind) -> int:
        """Return how many groups of a kind come."""
        several = {
            Kind.ALONE: self.alone, Kind.FAMILY: self.families, Kind.INVITER: self.inviters, Kind.RING: self.rings,
            Kind.CAREFUL: self.careful,
        }  # fmt: skip
        return several.get(kind, 1)

    def on_a_device(self, kind: Kind) -> int:
        """Return how many accounts a farm has on each device."""
        return {Kind.FARM: self.farm, Kind.PROXIED_FARM: self.proxied_farm}.get(kind, 1)


class Account(Struct, frozen=True):
    """An account, and what its holder is in truth. `inviter` is the number of another account; 0: nobody."""

    number: int
    kind: Kind
    heard_days: int  # before the start
    inviter: int = 0


class Visit(Struct, frozen=True):
    """An account plays, or votes, from a device and an address."""

    seconds: int
    account: int
    device: str
    address: str
    is_vote: bool = False


class Crowd(Struct, frozen=True):
    """Everybody, and every visit in the order of time."""

    accounts: tuple[Account, ...]
    visits: tuple[Visit, ...]
