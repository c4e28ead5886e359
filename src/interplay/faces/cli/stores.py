"""Stores, their devices and their order files: list them, give a device its key, upload what a till exported."""

import getpass
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from interplay.bootstrap import devices
from interplay.bootstrap import orders as order_files
from interplay.bootstrap.orders import Uploaded
from interplay.collect.imports import api as imports
from interplay.faces.cli.screen import (
    AsJson,
    console,
    local,
    print_json,
    print_table,
    reach,
    says_mistakes,
    stderr,
)
from interplay.link.orders.contracts import QUESTIONED, Numbers, Upload
from interplay.link.stores import api as stores
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import ListFacts

NOTHING_BUT_REJECTS = 1  # an exit status

stores_app = typer.Typer(help="Stores: where they are, whether they are open.", no_args_is_help=True)
devices_app = typer.Typer(help="Devices of stores: add, list, revoke.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(stores_app, name="stores")
    app.add_typer(devices_app, name="devices")


@stores_app.command("list")
@says_mistakes
def list_stores(context: typer.Context, as_json: AsJson = False) -> None:
    """List stores, and whether they are open now."""
    with reach(context) as access:
        now = access.home.world.now()
        found = stores.all_stores(access.home.database, access.home.settings.brand)
    open_now = {True: "open", False: "closed", None: ""}
    if as_json:
        print_json([{"name": one.name, "label": one.label, "is_open": stores.is_open(one, now)} for one in found])
        return
    rows = ((one.name, one.label.zh, one.label.en, one.place.city, open_now[stores.is_open(one, now)]) for one in found)
    print_table(("store", "名称", "label", "city", "now"), rows)


@stores_app.command("upload")
@says_mistakes
def upload(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, JSON lines, JSON or Parquet.")],
    store: Annotated[str, typer.Option(help="Whose file it is.")],
    mapping: Annotated[Path, typer.Option(help="The document that says what its columns mean.")],
    numbers: Annotated[Numbers, typer.Option(help="Whether each store counts its orders for itself.")] = Numbers.STORE,
    encoding: Annotated[str | None, typer.Option(help="Over the mapping's, e.g. gb18030.")] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Where rejected rows go; FILE.rejects.jsonl in the current folder by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Upload the order file of a till that only exports: keep its orders, redeem its coupons, spend its points.

    The same file again changes nothing; an interrupted upload goes on where it stopped. Exits like `import`.
    """
    rejects_file = rejects or Path(f"{file.name}.rejects.jsonl")
    about = Upload(store=store, file=file.name, numbers=numbers, by=getpass.getuser())
    with reach(context) as access, Progress(console=stderr, disable=as_json, transient=True) as bar:
        task = bar.add_task(file.name, total=1.0)
        done = order_files.upload(
            access, file, imports.load(mapping), about, rejects_file, encoding=encoding,
            report=lambda progress: bar.update(task, completed=progress.fraction),
        )  # fmt: skip
    if as_json:
        print_json(done)
    else:
        _say(done, rejects_file)
    if done.progress.rejected and not (done.progress.stored or done.progress.duplicates):
        raise typer.Exit(NOTHING_BUT_REJECTS)


@stores_app.command("questions")
@says_mistakes
def questions(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=1_000)] = 100,
    as_json: AsJson = False,
) -> None:
    """List what is to be looked at of uploaded orders, the newest first: what could not be done, and why."""
    with reach(context) as access:
        found = access.ask(profiles.list_facts, ListFacts(limit, name=QUESTIONED))
        if as_json:
            print_json([{"position": one.position, "at": one.at, **one.fields} for one in found])
            return
        columns = ("store_id", "file_name", "line_no", "order_id", "coupon", "said_zh", "said_en")
        rows = ((local(access, one.at), *(one.fields.get(name, "") for name in columns)) for one in found)
        print_table(("at", "store", "file", "line", "order", "coupon", "原因", "why"), rows)


def _say(done: Uploaded, rejects_file: Path) -> None:
    read, settled = done.progress, done.settled
    console.print(
        f"{read.rows:,} rows read: {read.stored:,} orders and returns stored, {read.duplicates:,} were there already,"
        f" {read.rejected:,} rows rejected"
    )
    console.print(f"{settled.redeemed:,} orders used coupons or points, {settled.returned:,} gave them back")
    for one in settled.questions:
        console.print(f"to be looked at: line {one.line}, order {one.order}: {one.why.en}", markup=False)
    if read.rejected:
        console.print(f"rejected rows, with line, field and reason: {rejects_file}", markup=False)


@devices_app.command("add")
@says_mistakes
def add(
    context: typer.Context,
    store: Annotated[str, typer.Argument(metavar="STORE", help="The name of the store's document.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name that no device ever had.")],
    as_json: AsJson = False,
) -> None:
    """Add a device to a store. Its key is shown once."""
    with reach(context) as access:
        key = devices.add_device(access, store, name)
    if as_json:
        print_json({"name": name, "store": store, "key": key})
    else:
        console.print(key)


@devices_app.command("list")
@says_mistakes
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List devices, revoked ones too."""
    with reach(context) as access:
        found = list(stores.devices(access.home.database).values())
        if as_json:
            print_json(found)
            return
        rows = ((one.name, one.store, local(access, one.created_at), one.revoked_at and "revoked") for one in found)
        print_table(("device", "store", "added", ""), rows)


@devices_app.command("revoke")
@says_mistakes
def revoke(context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Revoke the key of a device. It stops working within a second."""
    with reach(context) as access:
        devices.revoke_device(access, name)
    console.print(f"{name} is revoked", markup=False)
