"""The Sensors Analytics (神策) dialect: track, sign-up, profile, item and identity operations → facts or rejects.

Source: the public data format of Sensors Analytics and what its open-source SDKs send.
"""

from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Raw, Struct

from interplay.collect.facts.api import EVERY_TRAIT, Dialect, identifier, strongest_first
from interplay.collect.facts.contracts import Identifier, IdentifierKind, Payload, TraitWrite
from interplay.collect.ingest.body import as_object, check_item, packed, reason
from interplay.collect.ingest.clocks import Moment, epoch_stamp, moment
from interplay.collect.ingest.contracts import Door, Received, Rejected
from interplay.collect.ingest.keys import content_id, message_key
from interplay.collect.ingest.naming import fact_name, id_text
from interplay.collect.ingest.sensors_wire import unwrap
from interplay.collect.ingest.surroundings import fill, fill_channel, fill_device
from interplay.criteria.contracts import TraitOp
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros


class Operation(StrEnum):
    """`type` of an item."""

    TRACK = "track"
    TRACK_SIGNUP = "track_signup"
    TRACK_ID_BIND = "track_id_bind"
    TRACK_ID_UNBIND = "track_id_unbind"
    PROFILE_SET = "profile_set"
    PROFILE_SET_ONCE = "profile_set_once"
    PROFILE_INCREMENT = "profile_increment"
    PROFILE_APPEND = "profile_append"
    PROFILE_UNSET = "profile_unset"
    PROFILE_DELETE = "profile_delete"
    ITEM_SET = "item_set"
    ITEM_DELETE = "item_delete"


PROFILE_OPS = {
    Operation.PROFILE_SET: TraitOp.SET,
    Operation.PROFILE_SET_ONCE: TraitOp.SET_ONCE,
    Operation.PROFILE_INCREMENT: TraitOp.INCREMENT,
    Operation.PROFILE_APPEND: TraitOp.APPEND,
    Operation.PROFILE_UNSET: TraitOp.UNSET,
}
ITEM_OPS = frozenset({Operation.ITEM_SET, Operation.ITEM_DELETE})

NAMES = {
    Operation.TRACK_SIGNUP: "identity.aliased",
    Operation.TRACK_ID_BIND: "identity.linked",
    Operation.TRACK_ID_UNBIND: "identity.unlinked",
    Operation.ITEM_SET: "item.updated",
    Operation.ITEM_DELETE: "item.deleted",
}
PROFILE_NAME = "customer.identified"

IDENTITY_PREFIX = "$identity_"
IDENTITIES = {
    "login_id": IdentifierKind.USER_ID,
    "anonymous_id": IdentifierKind.ANONYMOUS_ID,
    "cookie_id": IdentifierKind.ANONYMOUS_ID,
    "mp_id": IdentifierKind.ANONYMOUS_ID,
    "mp_openid": IdentifierKind.OPENID,
    "openid": IdentifierKind.OPENID,
    "mp_unionid": IdentifierKind.UNIONID,
    "unionid": IdentifierKind.UNIONID,
    "mobile": IdentifierKind.PHONE,
    "phone": IdentifierKind.PHONE,
    "email": IdentifierKind.EMAIL,
    "card_no": IdentifierKind.CARD_NO,
    "android_id": IdentifierKind.DEVICE,
    "android_uuid": IdentifierKind.DEVICE,
    "idfv": IdentifierKind.DEVICE,
    "ios_uuid": IdentifierKind.DEVICE,
    "harmonyos_uuid": IdentifierKind.DEVICE,
}
"""Identities without their prefix `$identity_`; any other is an external id."""

UNSTABLE = ("_flush_time", "_hybrid_h5", "token", "project")  # no part of a derived id: they differ from try to try


class Item(Struct):
    """One operation as the SDKs write it."""

    type: str | None = None
    event: str | None = None
    time: Any = None
    distinct_id: str | int | None = None
    original_id: str | int | None = None
    login_id: str | int | None = None
    anonymous_id: str | int | None = None
    identities: dict[str, Any] | None = None
    properties: dict[str, Any] | None = None
    lib: dict[str, Any] | None = None
    item_type: str | None = None
    item_id: str | int | None = None
    time_free: bool | None = None
    track_id: Any = msgspec.field(default=None, name="_track_id")
    flush_time: Any = msgspec.field(default=None, name="_flush_time")


_ITEMS = msgspec.json.Decoder(Item)


def receive(body: bytes, query: bytes | str, door: Door, received_at: Micros) -> list[Received | Rejected]:
    """Return one result per item of a request, in order. `query` is the address's, for those who send by GET.

    Raises AppError only for the request as a whole, as `sensors_wire.unwrap` does.
    """
    return [_receive(raw, index, door, received_at) for index, raw in enumerate(unwrap(body, query))]


def _receive(raw: Raw, index: int, door: Door, received_at: Micros) -> Received | Rejected:
    try:
        check_item(raw)
        return _received(_decode(raw), raw, door, received_at)
    except AppError as error:
        return Rejected.because(error, index, bytes(raw))


def _decode(raw: Raw) -> Item:
    try:
        return _ITEMS.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise reason(error, bytes(raw)) from None


def _received(item: Item, raw: Raw, door: Door, received_at: Micros) -> Received:
    operation = _operation(item)
    when = _moment(item, received_at)
    identifiers = () if operation in ITEM_OPS else _identifiers(item, operation, door)
    name, name_received = _name(item, operation, door)
    fields, extra, traits = _content(item, operation, name, door)
    context = _context(item, when)
    message_id = _message_id(item, raw)
    payload = Payload(
        fields=fields,
        extra=extra,
        context=context,
        identifiers=tuple([(one.kind, one.value) for one in identifiers]),
        traits=traits,
        message_id=message_id,
        name_received="" if name == name_received else name_received,
    )
    body = packed(payload)
    digest, hour = message_key(door.source, message_id, when.original_at)
    return Received(name, when.at, identifiers, digest, hour, payload, body)


def _operation(item: Item) -> Operation:
    if item.type is None:
        raise AppError("ingest.missing", field="type")
    try:
        return Operation(item.type)
    except ValueError:
        raise AppError("ingest.call", given=item.type[:80], allowed=", ".join(Operation)) from None


def _moment(item: Item, received_at: Micros) -> Moment:
    try:
        sent_at = epoch_stamp("_flush_time", item.flush_time)
    except AppError:
        sent_at = None
    stamp = epoch_stamp("time", item.time)
    return moment(received_at, stamped_at=stamp, sent_at=sent_at, is_history=item.time_free is True)


def _name(item: Item, operation: Operation, door: Door) -> tuple[str, str]:
    """Return our name of the fact and the sender's."""
    if operation is Operation.TRACK:
        received = fact_name("event", item.event)
        return door.catalogue.resolve(received, Dialect.SENSORS), received
    return NAMES.get(operation, PROFILE_NAME), item.event or operation.value


def _content(
    item: Item, operation: Operation, name: str, door: Door
) -> tuple[dict[str, object], dict[str, object], tuple[TraitWrite, ...]]:
    """Return (fields, extra, trait changes): properties of a profile operation are traits."""
    properties: dict[str, Any] = item.properties or {}
    if operation is Operation.PROFILE_DELETE:
        return {}, {}, (TraitWrite(EVERY_TRAIT, TraitOp.UNSET),)
    if operation in PROFILE_OPS:
        known = {name: value for name, value in properties.items() if name not in _MARKS}
        return {}, {}, door.catalogue.traits.read(known, PROFILE_OPS[operation])
    if operation in ITEM_OPS:
        properties = {**properties, "item_type": _required("item_type", item.item_type), "item_id": _item_id(item)}
    reader = door.catalogue.reader(name)
    if reader is None:
        return {}, properties, ()
    fields, extra = reader.read(properties)
    fill(fields, {}, reader.fields)
    fill_channel(fields, properties.get("$lib") or (item.lib or {}).get("$lib"), reader.fields)
    fill_device(fields, properties.get("$user_agent"), properties.get("$os"), reader.fields)
    return fields, extra, ()


_MARKS = frozenset({"$is_login_id", "$lib", "$lib_version", "$project", "$token", "$time"})


def _item_id(item: Item) -> str:
    return _required("item_id", id_text("item_id", item.item_id))


def _required(field: str, value: str | None) -> str:
    if not value:
        raise AppError("ingest.missing", field=field)
    return value


def _context(item: Item, when: Moment) -> dict[str, object]:
    context: dict[str, object] = {"library": item.lib} if item.lib else {}
    if when.clamped_from:
        context["clamped_from"] = when.clamped_from
    return context


def _identifiers(item: Item, operation: Operation, door: Door) -> tuple[Identifier, ...]:
    """Return who the operation is about. Raises AppError `ingest.missing`, `ingest.id_length`."""
    region = door.catalogue.brand.region
    found = _from_identities(item.identities, region)
    if operation is Operation.TRACK_ID_UNBIND and found:
        return strongest_first(found)[:1]  # one identifier alone: what comes apart must not be linked by its own fact
    found += _plain(item, region)
    distinct = id_text("distinct_id", item.distinct_id)
    if not distinct and not found:
        raise AppError("ingest.missing", field="distinct_id")
    found += _distinct(item, operation, distinct, {one.value for one in found}, region)
    return strongest_first(found)


def _plain(item: Item, region: str) -> list[Identifier]:
    login, anonymous = id_text("login_id", item.login_id), id_text("anonymous_id", item.anonymous_id)
    found = []
    if login:
        found += _keyed(login, region) or [Identifier(IdentifierKind.USER_ID.value, login)]
    if anonymous:
        found += _keyed(anonymous, region) or [Identifier(IdentifierKind.ANONYMOUS_ID.value, anonymous)]
    return found


def _keyed(text: str, region: str) -> list[Identifier]:
    """Return the identifier of `$identity_mobile+13800138000`; none for text without a key."""
    key, plus, value = text.partition("+")
    return _from_identities({key: value}, region) if plus and key.startswith(IDENTITY_PREFIX) else []


def _distinct(item: Item, operation: Operation, distinct: str, known: set[str], region: str) -> list[Identifier]:
    """Return what `distinct_id` says. It is a user id only where the item says so; else an anonymous one."""
    if operation is Operation.TRACK_SIGNUP:
        return _signup(item, distinct)
    if not distinct or distinct in known:
        return []
    if keyed := _keyed(distinct, region):
        return keyed
    is_login = (item.properties or {}).get("$is_login_id") is True
    kind = IdentifierKind.USER_ID if is_login else IdentifierKind.ANONYMOUS_ID
    return [Identifier(kind.value, distinct)]


def _signup(item: Item, distinct: str) -> list[Identifier]:
    """Return the new user id and the old id.

    In this dialect both share one space of ids: later facts may carry the new one without saying that it is a
    login. So it is given as an anonymous id too, and those facts find their customer.
    """
    original = _required("original_id", id_text("original_id", item.original_id))
    distinct = _required("distinct_id", distinct)
    return [
        Identifier(IdentifierKind.USER_ID.value, distinct),
        Identifier(IdentifierKind.ANONYMOUS_ID.value, distinct),
        Identifier(IdentifierKind.ANONYMOUS_ID.value, original),
    ]


def _from_identities(identities: dict[str, Any] | None, region: str) -> list[Identifier]:
    found = []
    for key, value in (identities or {}).items():
        if type(value) in (str, int):
            plain = key.removeprefix(IDENTITY_PREFIX).removeprefix("$")
            text = id_text(key, value)
            found.append(identifier(IDENTITIES.get(plain, plain), text, region))
    return [one for one in found if one is not None]


def _message_id(item: Item, raw: Raw) -> str:
    """Return the item's id. The SDKs on devices number their items; others are known by their content."""
    if type(item.track_id) in (int, str) and item.track_id != "":
        parts = (item.distinct_id, item.time, item.type, item.event, item.track_id)
        return ":".join("" if part is None else str(part) for part in parts)
    return content_id({name: value for name, value in as_object(raw).items() if name not in UNSTABLE})
