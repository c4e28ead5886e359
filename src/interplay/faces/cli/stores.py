"""Stores and their devices: list them, give a device its key, take it away."""

from typing import Annotated

import typer

from interplay.bootstrap import devices
from interplay.faces.cli.screen import AsJson, console, local, print_json, print_table, reach, says_mistakes
from interplay.link.stores import api as stores

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
