"""Scanning: what a code says to a customer, counted and told as a fact once for each key.

Who is first is decided by the writer, where the scan is counted: two at one instant cannot both be.
"""

import msgspec

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Count, Receipt, Refuse, Refused, Tell
from interplay.engine.oltp.contracts import Submitting
from interplay.interact.codes import store
from interplay.interact.codes.contracts import SCANNED, Place, Reading, Scan, Scanned
from interplay.interact.codes.provinces import province_of
from interplay.interact.codes.standing import Codes
from interplay.kernel.ids import SubjectId

KIND = "codes.scan"


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """What a receipt says of the item that was scanned."""

    batch: str
    product: str
    batch_no: int
    item: int


def scan(codes: Codes, writing: Submitting, ask: Scan) -> Scanned | Refused:
    """Scan a code. Asking again with the same key gives the same answer. Raises AppError `acts.key_reused` (409)."""
    body = acts.body_of([ask.code, ask.place])
    reading = codes.reading(ask.code)
    if isinstance(reading, Refused):
        act = Act(ask.key, KIND, body, (Refuse(reading.code, reading.arguments),), subject=ask.subject, by=ask.by)
    else:
        batch = reading.batch
        kept = Kept(batch.name, batch.product, batch.number, reading.item)
        act = Act(
            ask.key, KIND, body, (Count(reading.scope),), (tell(reading, ask.subject, ask.place, ask.channel),),
            ask.subject, msgspec.msgpack.encode(kept), by=ask.by,
        )  # fmt: skip
    answer = acts.do(codes.acts, writing, act)
    return answer if isinstance(answer, Refused) else _scanned(codes, answer)


def tell(reading: Reading, subject: SubjectId, place: Place, channel: str, count: int = 0) -> Tell:
    """Return the fact of a scan, filled from the step of an act that counts it."""
    fields: dict[str, object] = {
        "item_code": reading.label, "item_no": reading.item, "batch_id": reading.batch.name,
        "product_id": reading.batch.product, "province": province_of(place.province, place.city), "city": place.city,
        "store_id": place.store, "channel": channel, **_degrees(place),
    }  # fmt: skip
    said = {name: value for name, value in fields.items() if value != ""}
    return Tell(SCANNED, subject, said, {"scan_no": (count, "used"), "is_first": (count, "is_first")})


def _degrees(place: Place) -> dict[str, object]:
    """Return where on earth, as text: a place to be looked at, not to be added up."""
    both = {"latitude": place.latitude, "longitude": place.longitude}
    return {name: str(value) for name, value in both.items() if value is not None}


def _scanned(codes: Codes, receipt: Receipt) -> Scanned:
    kept = msgspec.msgpack.decode(receipt.result, type=Kept)
    counted = receipt.effects[0]
    first_at = None if counted.is_first else store.first_scan_at(codes.database, kept.batch_no, kept.item)
    return Scanned(kept.batch, kept.product, kept.item, counted.used, counted.is_first, first_at, receipt.is_new)
