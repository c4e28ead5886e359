"""The door for order files of tills that only export: a till sends at night what it sold by day."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import msgspec
from litestar import post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import MultipartBody, QueryParameter
from msgspec import Struct

from interplay.bootstrap import orders as order_files
from interplay.bootstrap.orders import Uploaded
from interplay.collect.imports import api as imports
from interplay.faces.http.desk import Desk
from interplay.faces.http.openapi import problems
from interplay.faces.http.visits import Caller, needs
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang
from interplay.link.orders.contracts import BYTES_MAX, Numbers, Upload
from interplay.link.stores.contracts import Device

REJECTS_SHOWN_MAX = 100
PARTS_BYTES_MAX = 512 * 1024  # the mapping, and what multipart adds


class OrderFileAsk(Struct, frozen=True):
    """A till's file, and the mapping document that says what its columns mean."""

    file: UploadFile
    mapping: UploadFile


class RejectedRow(Struct, frozen=True):
    """A row that became no fact."""

    line: int
    field: str
    code: str
    reason: str


class QuestionItem(Struct, frozen=True):
    """Something that could not be done for an order, which is kept all the same."""

    line: int
    order: str
    coupon: str
    code: str
    text: str


class UploadedItem(Struct, frozen=True):
    """What became of a file. What was done for it before is not counted again."""

    rows: int
    stored: int
    duplicates: int
    differing: int
    rejected: int
    redeemed: int
    returned: int
    rejects: list[RejectedRow]
    questions: list[QuestionItem]


@post(
    "/till/orders", opt=needs(Caller.TILL), status_code=200, operation_id="uploadOrdersAtTill",
    responses=problems(409, 413), tags=["till"], request_max_body_size=BYTES_MAX + PARTS_BYTES_MAX,
)  # fmt: skip
async def upload(
    counter: NamedDependency[Desk], till: NamedDependency[Device], spoken: NamedDependency[Lang],
    data: MultipartBody[OrderFileAsk], numbers: Annotated[Numbers, QueryParameter()] = Numbers.STORE,
) -> UploadedItem:  # fmt: skip
    """Send an order file. The same file again changes nothing; after a failure, send it again."""
    content, mapping = await data.file.read(), await data.mapping.read()
    if len(content) > BYTES_MAX:
        raise AppError("orders.large", status=413, given=len(content), allowed=BYTES_MAX)
    name = Path(data.file.filename).name or "orders.csv"
    about = Upload(store=till.store, file=name, numbers=numbers, device=till.name, by=f"till {till.name}")
    return await counter.run(_upload, counter, about, content, mapping, spoken)


def _upload(counter: Desk, about: Upload, content: bytes, mapping: bytes, lang: Lang) -> UploadedItem:
    try:
        text = mapping.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        raise AppError("import.mapping.unreadable", path="mapping", reason=str(broken)) from None
    with order_files.place(counter.reach.home) as folder:
        file, rejects = folder / f"orders{Path(about.file).suffix}", folder / "rejects.jsonl"
        file.write_bytes(content)
        done = order_files.upload(counter.reach, file, (imports.decode(text), text), about, rejects)
        return _item(done, list(_rejected(rejects, lang)), lang)


def _item(done: Uploaded, rejects: list[RejectedRow], lang: Lang) -> UploadedItem:
    read, settled = done.progress, done.settled
    return UploadedItem(
        read.rows, read.stored, read.duplicates, read.differing, read.rejected, settled.redeemed, settled.returned,
        rejects,
        [QuestionItem(one.line, one.order, one.why.coupon, one.why.code, one.text(lang)) for one in settled.questions],
    )  # fmt: skip


def _rejected(file: Path, lang: Lang) -> Iterator[RejectedRow]:
    with suppress(FileNotFoundError), file.open("rb") as lines:
        for line, _ in zip(lines, range(REJECTS_SHOWN_MAX), strict=False):
            one = msgspec.json.decode(line)
            yield RejectedRow(one["line"], one["field"], one["code"], one["reason"][lang])
