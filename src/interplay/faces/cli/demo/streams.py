"""The story, stream by stream, through the doors; and some of it once more."""

import time

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from interplay.bootstrap.access import Access
from interplay.faces.cli.demo.contracts import Flow
from interplay.faces.cli.demo.deeds import Deeds
from interplay.faces.cli.demo.sending import Report, Senders, slices
from interplay.faces.cli.demo.story import Folder
from interplay.faces.cli.imports import import_file
from interplay.faces.cli.screen import stderr
from interplay.kernel.i18n import Lang, say
from interplay.rehearse.brand.api import Simulation

AGAIN = 1_000  # messages of each dialect that are sent once more, beside the tills' whole file


def send(
    folder: Folder, told: Simulation, access: Access, senders: Senders, lang: Lang, *, is_quiet: bool
) -> tuple[Flow, ...]:
    """Send all streams, one after the other, so that each rate is a door's own."""
    lengths = told.lengths()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=stderr, disable=is_quiet, transient=True) as bar:

        def task(door: str, total: int) -> Report:
            number = bar.add_task(say(f"demo.door.{door}", lang), total=total)
            return lambda count: bar.advance(number, count)

        return (
            senders.segment(told.segment_events(), task("segment", lengths.segment)),
            senders.sensors(told.sensors_events(), task("sensors", lengths.sensors)),
            _import(folder, access, task("orders", lengths.order_rows)),
        )


def send_again(folder: Folder, told: Simulation, access: Access, senders: Senders) -> tuple[Flow, ...]:
    """Send some messages and the tills' whole file once more, as a sender does whose answer was lost."""
    return (
        senders.segment(next(slices(told.segment_events(), AGAIN), []), _unheard),
        senders.sensors(next(slices(told.sensors_events(), AGAIN), []), _unheard),
        _import(folder, access, _unheard),
    )


def send_orders(senders: Senders, before: Deeds) -> None:
    """Send the orders of earlier runs again: one of them may have been interrupted before its order was sent."""
    senders.segment((message for order in before.orders for message in order.messages()), _unheard)


def _import(folder: Folder, access: Access, report: Report) -> Flow:
    rows = 0

    def progressed(count: int) -> None:
        nonlocal rows
        report(count - rows)
        rows = count

    begun = time.perf_counter()
    done = import_file(
        access, folder.order_file, folder.mapping, folder.rejects, report=lambda now: progressed(now.rows)
    )
    return Flow.of(
        "orders", done.rows, stored=done.stored, duplicates=done.duplicates, rejected=done.rejected,
        seconds=time.perf_counter() - begun,
    )  # fmt: skip


def _unheard(_: int) -> None:
    """Progress that nobody looks at."""
