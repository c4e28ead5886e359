"""What an export is."""

from msgspec import Struct

COLUMNS_FILE = "_common_metadata"  # the columns of a table, also when it has no rows; Parquet's own tools call it so


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
