"""What can be asked of tiers. Other slices import this file and `contracts`."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from interplay.engine.oltp.database import Database
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.time import day_of
from interplay.link.tiers import rules
from interplay.link.tiers.changing import held, keeping, measured, reaction, review
from interplay.link.tiers.contracts import LadderDocument, Standing
from interplay.link.tiers.documents import TierKind, ladders, tier_names
from interplay.link.tiers.term import TierTerm


def standings(
    database: Database, documents: Mapping[str, LadderDocument], zone: ZoneInfo, subjects: Sequence[SubjectId],
    now: Micros,
) -> list[Standing]:  # fmt: skip
    """Return where a customer stands on every ladder, by all of her subjects."""
    return [_standing(database, name, ladder, zone, subjects, now) for name, ladder in sorted(documents.items())]


def names_of(
    database: Database, documents: Mapping[str, LadderDocument], zone: ZoneInfo, subjects: Sequence[SubjectId],
    now: Micros,
) -> list[str]:  # fmt: skip
    """Return the tiers that a customer has."""
    found = standings(database, documents, zone, subjects, now)
    return [one.tier for one in found if one.tier is not None]


def _standing(
    database: Database, name: str, ladder: LadderDocument, zone: ZoneInfo, subjects: Sequence[SubjectId], now: Micros
) -> Standing:
    amount = measured(database, ladder, zone, subjects, now)
    has = held(database, name, ladder, subjects, now)
    place = max(has.place, rules.rank_of(ladder, amount))
    rung = ladder.tiers[place] if place >= 0 else None
    above = ladder.tiers[place + 1] if place + 1 < len(ladder.tiers) else None
    return Standing(
        ladder=name,
        tier=None if rung is None else rung.name,
        label=None if rung is None else rung.label,
        benefits=() if rung is None else rung.benefits,
        amount=amount,
        next=None if above is None else above.name,
        missing=0 if above is None else above.at - amount,
        until=has.until if has.place == place else None,
        is_member_day=rung is not None and rules.is_member_day(ladder, day_of(now, zone)),
        next_label=None if above is None else above.label,
        next_at=None if above is None else above.at,
    )


__all__ = ["TierKind", "TierTerm", "keeping", "ladders", "names_of", "reaction", "review", "standings", "tier_names"]
