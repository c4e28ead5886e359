"""`interplay demo`: prepare, serve, send, compare, tell; then serve on until Ctrl-C."""

import signal
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from interplay.bootstrap.access import Access
from interplay.faces.cli.demo import (
    asking,
    caps,
    checking,
    choosing,
    deeds,
    loyalty,
    moment,
    report,
    rights,
    streams,
    telling,
)
from interplay.faces.cli.demo.contracts import Places, Size, Summary
from interplay.faces.cli.demo.scene import Scene
from interplay.faces.cli.demo.sending import Senders
from interplay.faces.cli.demo.server import Server, free_port
from interplay.faces.cli.demo.story import Folder, Story, Wanted
from interplay.faces.cli.screen import AsJson, console, print_json, says_mistakes
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import LANGS, Lang, say
from interplay.kernel.time import iso

INTERRUPTED = 130  # what a shell says of a command ended by Ctrl-C


def register(app: typer.Typer) -> None:
    app.command()(demo)


@says_mistakes
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Exit after the summary; 1 when anything is not as said.")
    ] = False,
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
    with Access(folder.data) as access, Senders(server.url, story.write_key, story.secret_key, lang) as senders:
        before = deeds.read(folder.deeds)
        streams.send_orders(senders, before)
        rights.finish(access, folder, told.truth, before)
        flows = streams.send(folder, told, access, senders, lang, is_quiet=is_quiet)
        sent = time.perf_counter()
        asking.wait(access)
        caught_up_seconds = time.perf_counter() - sent
        sizes = asking.sizes(access)
        again = streams.send_again(folder, told, access, senders)
        bad_event = senders.bad_event()
        truth = deeds.truth_after(told.truth, before)
        scene = Scene(access, senders, folder, told.truth, truth, lang, server.url, story.secret_key)
        compared = _compared(scene, sizes, story)
        return Summary(
            is_true=compared.is_true and not any(flow.rejected for flow in flows),
            stored=sum(flow.stored for flow in flows),
            seed=story.seed,
            people=story.people,
            days=story.days,
            until=iso(story.until),
            flows=flows,
            caught_up_seconds=caught_up_seconds,
            again=again,
            bad_event=bad_event,
            linking=compared.linking,
            totals=compared.totals,
            segments=sizes,
            member=compared.member,
            moment=compared.moment,
            loyalty=compared.loyalty,
            rights=compared.rights,
            caps=compared.caps,
            report=report.show(folder, story),
            places=_places(folder, story, server),
            seconds=time.perf_counter() - begun,
        )


def _compared(scene: Scene, sizes: tuple[Size, ...], story: Story) -> checking.Compared:
    """Compare everything with the truth, and then only let things happen that change it."""
    found = checking.exported(scene.access, scene.folder.export)
    customers = checking.customers_of(scene.access, found, scene.truth)
    member = asking.member(scene.access, sizes, scene.lang)
    kept = "" if member is None else member.identifier
    doubles = [one for one in choosing.doubles(customers, scene.truth) if kept not in one.names()]
    shown = moment.show(scene, doubles)
    her = next((one for one in doubles if shown is not None and shown.device == choosing.name(one.device)), None)
    her = her or next(iter(doubles), None)
    left_out = frozenset(() if her is None else (her.person.number,))
    return checking.Compared(
        linking=checking.linking(customers, scene.truth),
        totals=checking.totals(found, scene.truth),
        member=member,
        moment=shown,
        loyalty=loyalty.show(scene, left_out),
        rights=None if her is None else rights.show(scene, her),
        caps=caps.show(scene.folder, story),
    )


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
        caps=str(folder.caps),
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
