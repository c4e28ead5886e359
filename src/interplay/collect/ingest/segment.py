"""The Segment HTTP API: identify, track, page, screen, group, alias, batch, import → facts or rejects, in order.

Source: Segment's public spec of the HTTP tracking API and of the common fields.
"""

from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Raw, Struct

from interplay.collect.facts.api import Dialect, strongest_first
from interplay.collect.facts.contracts import Identifier, IdentifierKind, Payload, TraitWrite
from interplay.collect.ingest.body import (
    as_object,
    check_count,
    check_item,
    lenient,
    packed,
    raw_again,
    reason,
)
from interplay.collect.ingest.clocks import Moment, iso_stamp, moment
from interplay.collect.ingest.contracts import (
    IDENTIFIER_CHARS_MAX,
    MESSAGE_ID_CHARS_MAX,
    Door,
    Received,
    Rejected,
)
from interplay.collect.ingest.keys import content_id, message_key
from interplay.collect.ingest.naming import fact_name, from_external_ids, from_traits, id_text
from interplay.collect.ingest.surroundings import fill, fill_channel, fill_device
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros


class Call(StrEnum):
    """The last part of the address. `import` is a batch of history: its stamps are not corrected."""

    IDENTIFY = "identify"
    TRACK = "track"
    PAGE = "page"
    SCREEN = "screen"
    GROUP = "group"
    ALIAS = "alias"
    BATCH = "batch"
    IMPORT = "import"


NAMES = {
    Call.IDENTIFY: "customer.identified",
    Call.PAGE: "page.viewed",
    Call.SCREEN: "screen.viewed",
    Call.GROUP: "group.joined",
    Call.ALIAS: "identity.aliased",
}
"""The facts of calls that name no event themselves."""

UNSTABLE = ("sentAt", "receivedAt", "writeKey")  # differ from try to try, so they are no part of a derived id


class Item(Struct, rename="camel"):
    """One call as Segment's libraries write it. Members we do not know are ignored, as Segment does."""

    type: str | None = None
    event: str | None = None
    message_id: str | int | None = None
    user_id: str | int | None = None
    anonymous_id: str | int | None = None
    previous_id: str | int | None = None
    group_id: str | int | None = None
    name: str | None = None
    category: str | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: dict[str, Any] | None = None
    timestamp: Any = None
    original_timestamp: Any = None
    sent_at: Any = None


class Batch(Struct, rename="camel"):
    """The body of batch and import; `context` is the items' common one."""

    batch: list[Raw]
    context: dict[str, Any] | None = None
    sent_at: Any = None


class _Key(Struct, rename="camel"):
    write_key: str | None = None


# Plain texts: reading a member of an enum costs as much as building the identifier.
_USER_ID, _ANONYMOUS_ID = IdentifierKind.USER_ID.value, IdentifierKind.ANONYMOUS_ID.value
_DEVICE = IdentifierKind.DEVICE.value

_ITEMS = msgspec.json.Decoder(Item)
_BATCHES = msgspec.json.Decoder(Batch)
_KEYS = msgspec.json.Decoder(_Key)


class _Try(Struct):
    """What the items of one request share."""

    door: Door
    received_at: Micros
    call: Call
    sent_at: int | None = None
    context: dict[str, Any] | None = None

    @property
    def is_history(self) -> bool:
        return self.call is Call.IMPORT


def write_key(body: bytes) -> str | None:
    """Return the write key that browsers put into the body instead of a header."""
    try:
        return _KEYS.decode(body).write_key
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def receive(call: Call, body: bytes, door: Door, received_at: Micros) -> list[Received | Rejected]:
    """Return one result per item of an unpacked body, in order.

    Raises AppError only for the request as a whole: `ingest.json`, `ingest.utf8`, `ingest.depth`, `ingest.type`,
    `ingest.too_many`.
    """
    if call not in (Call.BATCH, Call.IMPORT):
        return [_receive(body, 0, _Try(door, received_at, call))]
    batch = _batch(body)
    try:
        sent_at = iso_stamp("sentAt", batch.sent_at)
    except AppError:
        sent_at = None  # the batch's own stamp only corrects others
    shared = _Try(door, received_at, call, sent_at, batch.context)
    return [_receive(raw, index, shared) for index, raw in enumerate(check_count(batch.batch))]


def _batch(body: bytes) -> Batch:
    try:
        return _BATCHES.decode(body)
    except msgspec.ValidationError as error:
        raise reason(error, body) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    parts = lenient(body)
    if not isinstance(parts, dict) or not isinstance(items := parts.get("batch"), list):
        raise AppError("ingest.missing", field="batch")
    context = parts.get("context")
    try:
        common = as_object(raw_again(context)) if context else None
        return Batch([raw_again(item) for item in items], common, parts.get("sentAt"))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise reason(error, body) from None


def _receive(raw: Raw | bytes, index: int, shared: _Try) -> Received | Rejected:
    try:
        check_item(raw)
        return _received(_decode(raw), raw, shared)
    except AppError as error:
        return Rejected.because(error, index, bytes(raw))


def _decode(raw: Raw | bytes) -> Item:
    try:
        return _ITEMS.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise reason(error, bytes(raw)) from None


def _received(item: Item, raw: Raw | bytes, shared: _Try) -> Received:
    call = _call(item, shared.call)
    context = _context(item, shared.context)
    when = _moment(item, shared)
    identifiers = _identifiers(item, call, context, shared.door)
    name, name_received = _name(item, call, shared.door)
    fields, extra = _properties(item, call, context, name, shared.door)
    if when.clamped_from:
        context["clamped_from"] = when.clamped_from
    message_id = _message_id(item, raw)
    payload = Payload(
        fields=fields,
        extra=extra,
        context=context,
        identifiers=tuple([(one.kind, one.value) for one in identifiers]),
        traits=_traits(item, context, shared.door) if call is Call.IDENTIFY else (),
        message_id=message_id,
        name_received="" if name == name_received else name_received,
    )
    body = packed(payload)
    digest, hour = message_key(shared.door.source, message_id, when.original_at)
    return Received(name, when.at, identifiers, digest, hour, payload, body)


def _call(item: Item, call: Call) -> Call:
    if call not in (Call.BATCH, Call.IMPORT):
        return call
    if item.type is None:
        raise AppError("ingest.missing", field="type")
    if item.type not in _ITEM_CALLS:
        raise AppError("ingest.call", given=item.type[:80], allowed=", ".join(_ITEM_CALLS))
    return _ITEM_CALLS[item.type]


_ITEM_CALLS = {call.value: call for call in Call if call not in (Call.BATCH, Call.IMPORT)}


def _context(item: Item, common: dict[str, Any] | None) -> dict[str, Any]:
    """Return the item's context over the batch's; a new dict, for marks of our own."""
    if common:
        return {**common, **(item.context or {})}
    return {} if item.context is None else item.context


def _moment(item: Item, shared: _Try) -> Moment:
    try:
        sent_at = shared.sent_at if item.sent_at is None else iso_stamp("sentAt", item.sent_at)
    except AppError:
        sent_at = None
    return moment(
        shared.received_at,
        stamped_at=iso_stamp("timestamp", item.timestamp),
        original_at=iso_stamp("originalTimestamp", item.original_timestamp),
        sent_at=sent_at,
        is_history=shared.is_history,
    )


def _identifiers(item: Item, call: Call, context: dict[str, Any], door: Door) -> tuple[Identifier, ...]:
    user, anonymous = id_text("userId", item.user_id), id_text("anonymousId", item.anonymous_id)
    if call is Call.ALIAS:
        previous = id_text("previousId", item.previous_id)
        if not user or not previous:
            raise AppError("ingest.missing", field="userId, previousId")
        anonymous = previous
    elif not user and not anonymous and not from_external_ids(context.get("externalIds"), door.catalogue.brand.region):
        raise AppError("ingest.nobody")  # a till knows a card or a phone, which is enough
    found = []
    if user:
        found.append(Identifier(_USER_ID, user))
    if anonymous:
        found.append(Identifier(_ANONYMOUS_ID, anonymous))
    plain = len(found)
    if item.traits and call is Call.IDENTIFY:
        found += from_traits(item.traits, door.catalogue.brand.region)
    if context:
        found += _from_context(context, door.catalogue.brand.region)
    # User before anonymous is already in order of strength: only more than these two need sorting.
    return tuple(found) if len(found) == plain else strongest_first(found)


def _from_context(context: dict[str, Any], region: str) -> list[Identifier]:
    found = []
    if type(traits := context.get("traits")) is dict:
        found += from_traits(traits, region)
    if "externalIds" in context:
        found += from_external_ids(context["externalIds"], region)
    if type(device := context.get("device")) is dict and type(value := device.get("id")) is str:
        value = value.strip()
        if value and len(value) <= IDENTIFIER_CHARS_MAX:
            found.append(Identifier(_DEVICE, value))
    return found


def _name(item: Item, call: Call, door: Door) -> tuple[str, str]:
    """Return our name of the fact and the sender's."""
    if call is Call.TRACK:
        received = fact_name("event", item.event)
        return door.catalogue.resolve(received, Dialect.SEGMENT), received
    return NAMES[call], call.value


def _properties(
    item: Item, call: Call, context: dict[str, Any], name: str, door: Door
) -> tuple[dict[str, object], dict[str, object]]:
    properties: dict[str, Any] = item.properties or {}
    if call in (Call.PAGE, Call.SCREEN):
        named = {"name": item.name, "category": item.category}
        properties = {**{key: value for key, value in named.items() if value is not None}, **properties}
    elif call is Call.GROUP:
        properties = {**properties, "group_id": _group(item)}
    reader = door.catalogue.reader(name)
    if reader is None:
        return {}, properties
    fields, extra = reader.read(properties)
    if call is Call.GROUP and item.traits:
        extra["group_traits"] = item.traits
    if context:
        fill(fields, context, reader.fields)
        if type(library := context.get("library")) is dict:
            fill_channel(fields, library.get("name"), reader.fields)
        system = context.get("os")
        fill_device(
            fields, context.get("userAgent"), system.get("name") if type(system) is dict else None, reader.fields
        )
    return fields, extra


def _group(item: Item) -> str:
    group = id_text("groupId", item.group_id)
    if not group:
        raise AppError("ingest.missing", field="groupId")
    return group


def _traits(item: Item, context: dict[str, Any], door: Door) -> tuple[TraitWrite, ...]:
    """Return what an identify says. RudderStack's libraries put it into the context."""
    known = context.get("traits")
    traits = {**(known if type(known) is dict else {}), **(item.traits or {})}
    return door.catalogue.traits.read(traits)


def _message_id(item: Item, raw: Raw | bytes) -> str:
    """Return the sender's id; without one, a hash of what was sent: the same again is the same fact."""
    if item.message_id is not None and item.message_id != "":
        message_id = str(item.message_id)
        if len(message_id) > MESSAGE_ID_CHARS_MAX:
            raise AppError("ingest.id_length", field="messageId", given=len(message_id), allowed=MESSAGE_ID_CHARS_MAX)
        return message_id
    return content_id({name: value for name, value in as_object(raw).items() if name not in UNSTABLE})
