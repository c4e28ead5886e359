"""What people of the brand state about a customer, now: a fact like any other, from the source `staff`."""

from collections.abc import Mapping

from interplay.collect.facts.contracts import Identifier, Payload
from interplay.collect.ingest.body import packed
from interplay.collect.ingest.keys import content_id, message_key
from interplay.engine.log.contracts import NewFact
from interplay.kernel.context import World

SOURCE = "staff"
STAFF_ONLY = frozenset({"tag.added", "tag.removed", "note.written"})
"""Facts that the doors refuse: their keys stand in web pages, and nobody shall give a tag to herself."""


def stated(
    world: World, name: str, who: Identifier, fields: Mapping[str, object], *, key: str | None = None
) -> NewFact:
    """Return a fact of declared, physical fields.

    Stated again with the same `key`, the same is the same fact, however much later; without a key each is its own.
    """
    now = world.now()
    given = {field: value for field, value in fields.items() if value is not None}
    if key is None:
        message_id, original_at = world.ids(), now
    else:
        message_id = content_id({"key": key, "name": name, "who": [who.kind, who.value], "fields": given})
        original_at = None
    digest, hour = message_key(SOURCE, message_id, original_at)
    payload = Payload(given, identifiers=((who.kind, who.value),), message_id=message_id)
    return NewFact(name, now, now, ((who.kind, who.value),), digest, hour, SOURCE, packed(payload))
