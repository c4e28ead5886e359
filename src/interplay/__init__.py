"""Interplay: an interactive marketing platform that joins online and offline.

互动：线上线下一体的互动营销平台。Start with `interplay.open(DIR)` in a notebook, or with `docs/architecture.md`.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interplay.faces.notebook.api import Interplay


def open(directory: str | Path) -> "Interplay":  # noqa: A001 - read as `interplay.open`
    """Open a data directory: questions about customers and segments, and the warehouse as Ibis tables."""
    from interplay.faces.notebook.api import open_directory  # a lazy seam: importing the package stays cheap

    return open_directory(directory)
