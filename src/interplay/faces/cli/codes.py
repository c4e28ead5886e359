"""Item codes: made, exported as files and sheets, sent, activated, voided, verified and traced."""

import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from interplay.acts import api as acts
from interplay.acts.contracts import Refused
from interplay.bootstrap import codes as coding
from interplay.bootstrap.access import Access
from interplay.bootstrap.codes import Items
from interplay.faces.cli.screen import AsJson, console, local, print_json, print_table, reach, says_mistakes, stderr
from interplay.interact.codes import api as codes
from interplay.interact.codes.contracts import (
    PEOPLE_MAX,
    Batch,
    Destination,
    Generate,
    Level,
    Mark,
    Marked,
    Packing,
    Span,
    Trace,
)
from interplay.kernel.errors import AppError

Done = TypeVar("Done")

LABEL_MM = 25.0

Name = Annotated[str, typer.Argument(metavar="BATCH")]
Which = Annotated[str, typer.Argument(metavar="BATCH", help="A batch; left out where codes are named.")]
Number = Annotated[int | None, typer.Option(min=1)]
Named = Annotated[
    list[str] | None, typer.Option("--code", help="Of an item, box, case or pallet: all that is in it. Again for more.")
]
Form = Annotated[str, typer.Option("--as", metavar="csv|svg|pdf", help="A table, or sheets to be printed.")]

codes_app = typer.Typer(help="Item codes: generate, export, send, activate, trace.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(codes_app, name="codes")


@codes_app.command("generate")
@says_mistakes
def generate(
    context: typer.Context,
    name: Name,
    product: Annotated[str, typer.Option(help="The product that carries the codes.")],
    count: Annotated[int, typer.Option(help="How many items.")],
    box: Annotated[int, typer.Option(help="Items in a box.")] = 0,
    case: Annotated[int, typer.Option(help="Boxes in a case.")] = 0,
    pallet: Annotated[int, typer.Option(help="Cases on a pallet.")] = 0,
    url: Annotated[str, typer.Option(help="What the address of a code begins with: https://…/")] = "",
    people_max: Annotated[int, typer.Option(help="More people who scan one code are an alarm.")] = PEOPLE_MAX,
    as_json: AsJson = False,
) -> None:
    """Make a batch of codes. They are not active yet. The same again is the same batch."""
    with reach(context) as access:
        ask = Generate(
            name=name, product=product, count=count, packing=Packing(box, case, pallet), url=url,
            people_max=people_max, by=getpass.getuser(),
        )  # fmt: skip
        found = coding.generate(access, ask)
    if as_json:
        print_json(found)
    else:
        console.print(f"batch {found.name}: {found.count:,} codes of {found.product}, none active yet", markup=False)


@codes_app.command("list")
@says_mistakes
def list_batches(context: typer.Context, as_json: AsJson = False) -> None:
    """List batches, and how much of each is active, sent, void."""
    with reach(context) as access:
        found = coding.views(access)
        rows = [
            (one.batch.name, one.batch.product, f"{one.batch.count:,}", f"{one.active:,}", f"{one.sent:,}",
             f"{one.void:,}", local(access, one.batch.made_at))
            for one in found
        ]  # fmt: skip
    if as_json:
        print_json(found)
    else:
        print_table(("batch", "product", "items", "active", "sent", "void", "made"), rows)


@codes_app.command("export")
@says_mistakes
def export(
    context: typer.Context,
    name: Name,
    output: Annotated[Path, typer.Option("--output", "-o", help="A file; for svg a folder. - is the standard output.")],
    form: Form = "csv",
    level: Annotated[str, typer.Option(metavar="item|box|case|pallet")] = "item",
    first: Number = None,
    last: Number = None,
    label_mm: Annotated[float, typer.Option(help="The side of a QR code with its margin, in mm.")] = LABEL_MM,
) -> None:
    """Write codes for the printer: a table with the codes of box, case and pallet, or sheets of QR codes."""
    with reach(context) as access:
        batch = access.home.codes.batch(name)
        wanted, span = _level(batch, level), coding.span_of(batch, first, last)
        with _progress(span, quiet=str(output) == "-") as report:
            count = _write(access, batch, wanted, span, output, form, label_mm, report)
    stderr.print(f"{count:,} codes written to {output}", markup=False)


@codes_app.command("activate")
@says_mistakes
def activate(
    context: typer.Context, name: Which = "", first: Number = None, last: Number = None, code: Named = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Make items active: from now on their codes work."""
    _put(context, Mark.ACTIVE, Items(name, first, last, tuple(code or ())), as_json=as_json)


@codes_app.command("void")
@says_mistakes
def void(
    context: typer.Context, reason: Annotated[str, typer.Option(help="Why.")], name: Which = "", first: Number = None,
    last: Number = None, code: Named = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Make items void, for good."""
    _put(context, Mark.VOID, Items(name, first, last, tuple(code or ())), reason=reason, as_json=as_json)


@codes_app.command("send")
@says_mistakes
def send(
    context: typer.Context,
    name: Which = "",
    first: Number = None,
    last: Number = None,
    code: Named = None,
    province: Annotated[list[str] | None, typer.Option(help="Where they may be sold. Again for more.")] = None,
    region: Annotated[str, typer.Option()] = "",
    dealer: Annotated[str, typer.Option()] = "",
    store: Annotated[str, typer.Option()] = "",
    as_json: AsJson = False,
) -> None:
    """Say where items were sent. What is scanned in another province raises an alarm."""
    to = Destination(tuple(province or ()), region, dealer, store)
    _put(context, Mark.SENT, Items(name, first, last, tuple(code or ())), destination=to, as_json=as_json)


@codes_app.command("verify")
@says_mistakes
def verify(
    context: typer.Context, code: Annotated[str, typer.Argument(metavar="CODE")], as_json: AsJson = False
) -> None:
    """Say what a code is on, without scanning it. One that is none of ours exits with 1."""
    with reach(context) as access:
        found = _or_exit(access, coding.verify(access, code))
    if as_json:
        print_json(found)
        return
    stands = "void" if found.is_void else "active" if found.is_active else "not active"
    console.print(
        f"{found.level.name.lower()} {found.number} of {found.batch} ({found.product}): {stands},"
        f" scanned {found.scan_count} times", markup=False,
    )  # fmt: skip


@codes_app.command("trace")
@says_mistakes
def trace(
    context: typer.Context, code: Annotated[str, typer.Argument(metavar="CODE", help="Or BATCH/NUMBER of an item.")],
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show everything about a code: packing, where it was sent, since when it works, scans, alarms."""
    with reach(context) as access:
        found = _or_exit(access, coding.trace(access, code, says_code=True))
        if as_json:
            print_json(found)
        else:
            _print_trace(access, found)


def _put(
    context: typer.Context, mark: Mark, items: Items, *, destination: Destination | None = None, reason: str = "",
    as_json: bool,
) -> None:  # fmt: skip
    with reach(context) as access:
        answer = coding.put(access, mark, items, getpass.getuser(), destination=destination, reason=reason)
        found = _or_exit(access, answer)
    if as_json:
        print_json({"items": found})
    else:
        console.print(f"{found:,} items are {mark.value} now that were not before", markup=False)


def _level(batch: Batch, given: str) -> Level:
    each = (1, batch.packing.box, batch.packing.case, batch.packing.pallet)
    known = {level.name.lower(): level for level in Level if each[level]}
    if given not in known:
        raise AppError("cli.code_level", given=given, allowed=", ".join(known))
    return known[given]


def _write(
    access: Access, batch: Batch, level: Level, span: Span, output: Path, form: str, label_mm: float,
    report: Callable[[int], None],
) -> int:  # fmt: skip
    running = access.home.codes
    try:
        if form == "csv" and str(output) == "-":
            return codes.write_csv(running, batch, level, span, sys.stdout, report)
        if form == "csv":
            with output.open("w", encoding="utf8", newline="") as table:
                return codes.write_csv(running, batch, level, span, table, report)
        if form not in ("svg", "pdf"):
            raise AppError("cli.code_form", given=form)
        labelled, at = codes.labels(running, batch, level, span), codes.grid(label_mm)
        if form == "svg":
            return codes.write_svg(labelled, at, output, report)
        with output.open("wb") as sheets:
            return codes.write_pdf(labelled, at, sheets, report)
    except OSError as wrong:
        raise AppError("cli.code_file", given=str(output), reason=str(wrong.strerror)) from None


@contextmanager
def _progress(span: Span, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    bars = (TextColumn("codes"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*bars, console=stderr, transient=True, disable=quiet) as progress:
        task = progress.add_task("codes", total=span.until - span.first)
        yield lambda count: progress.update(task, completed=count)


def _print_trace(access: Access, found: Trace) -> None:
    items = f"items {found.items.first + 1:,} to {found.items.until:,}"
    what = f"{found.level.name.lower()} {found.number:,} of batch {found.batch.name} ({found.batch.product})"
    console.print(f"{found.code}: {what}, {items}", markup=False)
    for level, code in found.within.items():
        console.print(f"  in {level} {code}", markup=False)
    for word, some in (("active", found.active), ("sent", found.sent), ("void", found.void)):
        for one in some:
            console.print(f"  {word}: {_marked(access, one)}", markup=False)
    if found.level is Level.ITEM:
        console.print(f"  scanned {found.scan_count} times{', reward given' * found.is_rewarded}", markup=False)
    for scan in found.scans:
        where = " ".join(one for one in (scan.province, scan.city, scan.store) if one)
        console.print(f"  scan {scan.scan_no}: {local(access, scan.at)} {where}", markup=False)
    for alarm in found.alarms:
        where = " ".join(one for one in (alarm.province, f"({alarm.former})" if alarm.former else "") if one)
        console.print(f"  ALARM {alarm.alarm}: {local(access, alarm.at)} {where}", markup=False)


def _marked(access: Access, one: Marked) -> str:
    to = one.destination
    where = "" if to is None else " to " + ", ".join(filter(None, (*to.provinces, to.region, to.dealer, to.store)))
    said = f" ({one.reason})" if one.reason else ""
    return f"items {one.span.first + 1:,} to {one.span.until:,}{where} since {local(access, one.at)} by {one.by}{said}"


def _or_exit(access: Access, found: Done | Refused) -> Done:
    """Return what was found, or say why not and exit with 1."""
    if isinstance(found, Refused):
        stderr.print(f"refused {found.code}: {acts.sentence(found, 'en', access.home.world)}", markup=False)
        raise typer.Exit(1)
    return found
