"""Facts that no door takes: what people of the brand state about a customer, and what Interplay itself tells."""

from collections.abc import Mapping

from interplay.collect.facts.contracts import Identifier, Payload
from interplay.collect.ingest.body import packed
from interplay.collect.ingest.keys import content_id, message_key
from interplay.engine.log.contracts import NewFact, Origin
from interplay.kernel.context import World
from interplay.kernel.ids import Micros, SubjectId

SOURCE = "staff"
OWN_SOURCES = frozenset({SOURCE, "acts", "alerts", "codes", "members", "orders", "segments", "sessions", "stores"})
"""Where facts of Interplay's own are from. What comes from outside, by a key or a file, has another name."""
STAFF_ONLY = frozenset({"tag.added", "tag.removed", "note.written"})
"""Facts that the doors refuse: their keys stand in web pages, and nobody shall give a tag to herself."""
PLATFORM_ONLY = frozenset(
    {
        "act.refused", "segment.entered", "segment.left", "segment.computed", "device.added", "device.revoked",
        "member.scanned", "points.earned", "points.spent", "points.refunded", "points.expired", "points.adjusted",
        "points.expiring", "points.closed", "points.moved", "tier.changed", "tier.granted", "tier.ended",
        "act.reversed", "coupon.claimed", "coupon.transferred", "coupon.reversed", "coupon.voided",
        "promotion.applied", "promotion.reversed", "order.questioned", "campaign.launched", "campaign.paused",
        "campaign.resumed", "campaign.ended", "campaign.settled", "prize.given", "prize.collected", "exposure.shown",
        "payout.waiting", "payout.approved", "payout.rejected",
        "exposure.withheld", "holdout.opened", "holdout.assigned", "prize.withdrawn", "referral.qualified",
        "share.visited",
        "prize.missed", "checkin.done", "task.done", "badge.granted", "score.posted",
        "leaderboard.placed", "quiz.started", "quiz.completed", "item.alarm_raised", "items.generated", "items.sent",
        "items.activated", "items.voided",
        "vote.cast", "vote.closed", "entry.submitted", "entry.shown", "entry.hidden", "entry.rejected",
        "entry.judged", "contest.won", "alert.raised", "alert.ended",
    }
)  # fmt: skip
"""Facts that are Interplay's own: whoever could send them would enter a segment, or a store, by saying so."""


def is_own_source(name: str) -> bool:
    """Return whether a name would pass for a source of our own, to a program or to a reader."""
    return name.strip().casefold() in OWN_SOURCES


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


def told(
    source: str, name: str, at: Micros, message_id: str, fields: Mapping[str, object],
    subject: SubjectId | None = None, origin: Origin = Origin.LIVE, identifiers: tuple[tuple[str, str], ...] = (),
    *, is_trusted: bool = True,
) -> NewFact:  # fmt: skip
    """Return a fact of ours about a subject, about whom identifiers name, strongest first, or about nobody.

    Its `message_id` tells it from all others. It is not trusted where it only repeats what a caller says of herself.
    """
    digest, hour = message_key(source, message_id, at)
    body = packed(Payload(dict(fields), identifiers=identifiers, message_id=message_id))
    return NewFact(name, at, at, identifiers, digest, hour, source, body, origin, subject, is_trusted)
