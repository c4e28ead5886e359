"""The balance sheet of coupons and points, as the ledger has it; and what the facts tell of the same."""

from collections import Counter
from pathlib import Path

from msgspec import Struct

from interplay.acts import api as acts
from interplay.acts.contracts import ADJUSTED, ERASED, EXPIRED, HELD, ISSUED, REFUSED, SPENT
from interplay.bootstrap import loyalty
from interplay.bootstrap.access import Access
from interplay.faces.cli.demo.calling import Caller
from interplay.faces.cli.demo.contracts import CouponLine, PointsSheet
from interplay.kernel.ids import Micros, Position
from interplay.link.coupons import contracts as coupons
from interplay.understand.segments.contracts import Label
from interplay.understand.warehouse import api as warehouse
from interplay.understand.warehouse.contracts import Export

POINTS = "points"
EVER = (Micros(0), Micros(2**62))


class SheetLine(Struct, frozen=True):
    template: str
    given: int
    waiting: int
    held: int
    owned: int
    expired: int
    used: int
    void: int


class Spent(Struct, frozen=True):
    template: str
    cost: int


class Sheet(Struct, frozen=True):
    """What `GET /api/coupons` says."""

    lines: tuple[SheetLine, ...]
    spent: tuple[Spent, ...]


class Told(Struct, frozen=True):
    """What facts tell from some position on: refusals by reason, and of coupons by template.

    given   how many were issued or claimed      used, cost   of redemptions, less what came back
    """

    refused: Counter[str]
    given: Counter[str]
    used: Counter[str]
    cost: Counter[str]


def points_of(access: Access) -> PointsSheet:
    """Return the sheet of points: every entry there is, and what customers hold."""
    moved = acts.moved(access.home.database, POINTS, *EVER)
    holds = next((one for one in loyalty.liability(access) if one.unit == POINTS), None)

    def net(account: str) -> int:
        found = moved.get(account, acts.Moved())
        return found.came - found.went

    issued = moved.get(ISSUED, acts.Moved())
    if holds is None:
        return PointsSheet()
    return PointsSheet(
        issued.went, issued.came, net(SPENT), net(EXPIRED), net(HELD), -net(ADJUSTED), holds.pending,
        holds.available + holds.expired, holds.owed, holds.money or 0, net(ERASED),
    )  # fmt: skip


def coupons_of(access: Access, staff: Caller) -> dict[str, CouponLine]:
    """Return the sheet of coupons by template, all versions together."""
    sheet = staff.ask(Sheet, "GET", "/api/coupons")
    found = {}
    for one in sheet.spent:
        lines = [line for line in sheet.lines if line.template == one.template]
        label = access.home.coupons.catalogue().template(one.template).document.label
        found[one.template] = CouponLine(
            one.template, Label(label.zh, label.en), sum(line.given for line in lines),
            sum(line.waiting + line.held + line.owned for line in lines), sum(line.used for line in lines),
            sum(line.expired for line in lines), sum(line.void for line in lines), one.cost,
        )  # fmt: skip
    return found


def told(access: Access, folder: Path, after: Position) -> Told:
    """Return what the exported facts tell that follow a position."""
    import pyarrow.compute as pc  # a lazy seam: pyarrow is slow to load
    import pyarrow.dataset as ds

    access.ask(warehouse.export, Export(str(folder.absolute())))
    columns = ["name", "reason", "template", "cost", "is_given_back"]
    rows = ds.dataset(folder / "facts", format="parquet").to_table(
        columns=columns, filter=pc.field("position") > int(after)
    )
    found = Told(Counter(), Counter(), Counter(), Counter())
    for row in rows.to_pylist():
        name, template, cost = row["name"], row["template"] or "", row["cost"] or 0
        if name == REFUSED:
            found.refused[row["reason"]] += 1
        elif name in (coupons.ISSUED, coupons.CLAIMED):
            found.given[template] += 1
        elif name == coupons.REDEEMED:
            found.used[template] += 1
            found.cost[template] += cost
        elif name == coupons.REVERSED:
            found.used[template] -= bool(row["is_given_back"])
            found.cost[template] -= cost
    return found
