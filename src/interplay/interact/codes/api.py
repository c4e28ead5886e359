"""What can be done with item codes. Other slices import this file and `contracts`."""

from interplay.engine.log.append import Appender
from interplay.engine.oltp.contracts import AnyCommand
from interplay.interact.codes.batches import generate, making, put, putting, views
from interplay.interact.codes.exporting import write_csv
from interplay.interact.codes.following import following, reaction
from interplay.interact.codes.leaving import CodesData, purge
from interplay.interact.codes.scanning import scan, tell
from interplay.interact.codes.sheets import grid, labels, write_pdf, write_svg
from interplay.interact.codes.standing import Codes
from interplay.interact.codes.tracing import covered, trace, trace_item, verify


def commands(codes: Codes, appender: Appender) -> tuple[AnyCommand, ...]:
    """Return every command of this slice."""
    return making(appender), putting(appender), following(codes), purge


__all__ = [
    "Codes",
    "CodesData",
    "commands",
    "covered",
    "generate",
    "grid",
    "labels",
    "purge",
    "put",
    "reaction",
    "scan",
    "tell",
    "trace",
    "trace_item",
    "verify",
    "views",
    "write_csv",
    "write_pdf",
    "write_svg",
]
