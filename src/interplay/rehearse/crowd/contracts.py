"""The simulated crowd. `seconds` count from the campaign's start; whoever `heard_days` is 0 appears with her first visit."""

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
