"""`interplay demo`: prepare, serve, send, compare, tell; then serve on until Ctrl-C."""

import signal
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from interplay.bootstrap.access import Access
from interplay.faces.cli.demo import asking, checking, telling
from interplay.faces.cli.demo.contracts import Flow, Places, Summary
from interplay.faces.cli.demo.sending import Report, Senders, slices
from interplay.faces.cli.demo.server import Server, free_port
from interplay.faces.cli.demo.story import Folder, Story, Wanted
from interplay.faces.cli.imports import import_file
from interplay.faces.cli.screen import AsJson, console, print_json, says_mistakes, stderr
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import LANGS, Lang, say
from interplay.kernel.time import iso
from interplay.rehearse.brand.api import Simulation

AGAIN = 1_000  # messages of each dialect that are sent once more, beside the tills' whole file

INTERRUPTED = 130  # what a shell says of a command ended by Ctrl-C


def register(app: typer.Typer) -> None:
    app.command()(demo)


@says_mistakes
def demo(
    once: Annotated[bool, typer.Option("--once", help="Exit after the summary; 1 when a total is not true.")] = False,
    directory: Annotated[
        Path | None,
        typer.Option("--dir", help="Its folder; a temporary one by default. The story of an old one is sent again."),
    ] = None,
    people: Annotated[int | None, typer.Option(min=1, show_default="3000")] = None,
    days: Annotated[int | None, typer.Option(min=1, show_default="90")] = None,
    seed: Annotated[int | None, typer.Option(min=0, show_default="1")] = None,
    port: Annotated[int | None, typer.Option(help="8000, or any that is free, by default.")] = None,
    lang: Annotated[str, typer.Option(help="zh or en")] = "en",
    as_json: AsJson = False,
) -> None:
    """Simulate a coffee chain, send what happens through the real doors, and compare the answers with the truth."""
    language = _lang(lang)
    signal.signal(signal.SIGTERM, _end)
    folder = Folder(directory or Path(tempfile.mkdtemp(prefix="interplay-demo-")))
    begun = time.perf_counter()
    summary: Summary | None = None
    try:
        _note("demo.preparing", language, is_quiet=as_json, path=folder.path)
        story = folder.prepare(Wanted(people, days, seed))
        with Server(folder.data, free_port(port), folder.server_log) as server:
            summary = _run(folder, story, server, language, begun, is_quiet=as_json)
            if as_json:
                print_json(summary)
            else:
                telling.tell(summary, language, is_serving=not once)
            if not once:
                _note("demo.serving", language, is_quiet=as_json, url=server.url)
                server.wait()
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED if summary is None else 0) from None
    if once and not summary.is_true:
        raise typer.Exit(1)


def _run(folder: Folder, story: Story, server: Server, lang: Lang, begun: float, *, is_quiet: bool) -> Summary:
    told = story.told()
    with Access(folder.data) as access, Senders(server.url, story.write_key, lang) as senders:
        flows = _send(folder, told, access, senders, lang, is_quiet=is_quiet)
        sent = time.perf_counter()
        asking.wait(access)
        caught_up_seconds = time.perf_counter() - sent
        sizes = asking.sizes(access)
        again = _send_again(folder, told, access, senders)
        bad_event = senders.bad_event()
        found = checking.exported(access, folder.export)
        totals = checking.totals(found, told.truth)
        return Summary(
            is_true=all(total.is_true for total in totals) and not any(flow.rejected for flow in flows),
            stored=sum(flow.stored for flow in flows),
            seed=story.seed,
            people=story.people,
            days=story.days,
            until=iso(story.until),
            flows=flows,
            caught_up_seconds=caught_up_seconds,
            again=again,
            bad_event=bad_event,
            linking=checking.linking(access, found, told.truth),
            totals=totals,
            segments=sizes,
            member=asking.member(access, sizes, lang),
            places=_places(folder, story, server),
            seconds=time.perf_counter() - begun,
        )


def _send(
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


def _send_again(folder: Folder, told: Simulation, access: Access, senders: Senders) -> tuple[Flow, ...]:
    """Send some messages and the tills' whole file once more, as a sender does whose answer was lost."""
    return (
        senders.segment(next(slices(told.segment_events(), AGAIN), []), _unheard),
        senders.sensors(next(slices(told.sensors_events(), AGAIN), []), _unheard),
        _import(folder, access, _unheard),
    )


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


def _places(folder: Folder, story: Story, server: Server) -> Places:
    return Places(
        url=server.url,
        folder=str(folder.path),
        data=str(folder.data),
        documents=str(folder.documents),
        export=str(folder.export),
        order_file=str(folder.order_file),
        mapping=str(folder.mapping),
        write_key=story.write_key,
        secret_key=story.secret_key,
    )


def _lang(given: str) -> Lang:
    for lang in LANGS:
        if lang == given:
            return lang
    raise AppError("cli.lang", given=given)


def _note(key: str, lang: Lang, *, is_quiet: bool, **params: object) -> None:
    if not is_quiet:
        console.print()
        console.print(say(key, lang, **params), markup=False)


def _end(*_: object) -> None:
    """Make of a SIGTERM what Ctrl-C is: the server is stopped on the way out."""
    raise KeyboardInterrupt


def _unheard(_: int) -> None:
    """Progress that nobody looks at."""
