"""`settings.md`: every field of the classes of `kernel/settings.py`."""

from msgspec import Struct

from interplay.kernel.settings import FILE_NAME, Brand, Database, Serve, Warehouse, Webhooks, variable_of
from tools.reference.markdown import code, page, table
from tools.reference.structs import fields_of, summary_of

TABLES: dict[str, tuple[type[Struct], bool]] = {
    "brand": (Brand, False),
    "database": (Database, True),
    "serve": (Serve, True),
    "warehouse": (Warehouse, True),
    "webhooks": (Webhooks, True),
}
"""Table of the file → its class, and whether the environment overrides it."""


def settings_page() -> str:
    """Return the settings by table."""
    introduction = (
        f"`{FILE_NAME}` in the data directory, written by `interplay init`. "
        "The environment overrides it where a variable is named."
    )
    return page("Settings", introduction, *(_table(name, *entry) for name, entry in TABLES.items()))


def _table(name: str, struct: type[Struct], is_overridden: bool) -> str:
    rows = [
        [
            code(f.name),
            code(f.type),
            code(f.default),
            code(variable_of(name, f.name)) if is_overridden else "",
            f.comment,
        ]
        for f in fields_of(struct)
    ]
    return f"## [{name}]\n\n{summary_of(struct)}\n\n" + table(["name", "type", "default", "environment", ""], rows)
