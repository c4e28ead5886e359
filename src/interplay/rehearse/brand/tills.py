"""The order file of the tills (收银订单文件): one row an order line, local times, yuan with two decimals.

Rows stand in the order of the day. Of some orders the last row comes late, behind other orders of that day: a till
that was offline for a moment. Whoever reads the file has to put orders together wherever their rows lie.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path

from interplay.rehearse.brand.contracts import TillOrder
from interplay.rehearse.brand.setting import DayKind, day_kind, local

COLUMNS = (
    *("订单号", "行号", "门店", "时间", "日期类型", "会员卡号", "手机号"),
    *("商品编码", "商品名称", "数量", "单价", "优惠", "实收", "退货", "原订单号"),
)
DAY_TYPES = {DayKind.WORKDAY: "工作日", DayKind.WEEKEND: "周末", DayKind.HOLIDAY: "节假日"}
LATE_EVERY = 211  # orders: each such has its last row late, when it has several

Row = tuple[str, ...]


def write(path: Path, orders: Iterable[TillOrder]) -> int:
    """Write the orders to a UTF-8 CSV file and return the number of rows below its header."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows(orders):
            writer.writerow(row)
            count += 1
    return count


def rows(orders: Iterable[TillOrder]) -> Iterator[Row]:
    """Yield the orders' rows; those that are late come at the end of their local day."""
    late: list[Row] = []
    on: date | None = None
    for number, order in enumerate(orders):
        sold = local(order.at)
        if sold.date() != on:
            yield from late
            late, on = [], sold.date()
        found = _rows(order, sold)
        if len(found) > 1 and number % LATE_EVERY == 0:
            late.append(found.pop())
        yield from found
    yield from late


def _rows(order: TillOrder, sold: datetime) -> list[Row]:
    when = (sold.strftime("%Y-%m-%d %H:%M:%S"), DAY_TYPES[day_kind(sold.date())])
    who = (order.card_no, order.phone.removeprefix("+86"))
    back = ("是", order.refund_of) if order.refund_of else ("", "")
    return [
        (
            *(order.order_no, str(number), order.store.id, *when, *who),
            *(line.product.sku, line.product.zh, str(line.quantity)),
            *(yuan(line.product.price), yuan(line.discount), yuan(line.paid), *back),
        )
        for number, line in enumerate(order.lines, 1)
    ]


def yuan(amount: int) -> str:
    """Return fen as the till prints them, `2800` → `28.00`."""
    return f"{amount // 100}.{amount % 100:02}"
