"""What an export is."""

from msgspec import Struct


class Export(Struct, frozen=True):
    """Write what is new since the last export into this folder."""

    folder: str


class Exported(Struct, frozen=True):
    """How many rows an export wrote, and which positions of the log they come from: `(after, until]`."""

    facts: int
    traits: int
    members: int
    after: int
    until: int
