"""What moved in wallets, as facts: so that everybody's balance at any instant can be folded from the log.

A balance at an instant is the sum of what moved until then in lots that can be spent at that instant. So each movement
says the lot's times: what was spent of a lot is not missing any more once the lot has expired.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from interplay.acts.contracts import CUSTOMERS, MOVED, SOURCE, Tell, Telling
from interplay.acts.doing import Entry, Times
from interplay.engine.log.contracts import NewFact, Origin
from interplay.engine.oltp.database import Raw
from interplay.kernel.ids import Micros, SubjectId

LOTS = "SELECT lot, subject, active_from, expires_at FROM ledger_lots WHERE lot"


class Place(NamedTuple):
    """Where something moved: lots of one subject with the same times are one."""

    subject: int
    unit: str
    active_from: int
    expires_at: int | None


def moved(
    raw: Raw, entries: Iterable[Entry], known: Mapping[int, Times], tells: Sequence[Tell], now: Micros
) -> dict[Place, int]:
    """Return what moved by one act where, without what its own facts tell. `known` lots need not be looked up."""
    by_lot: Counter[tuple[int, str]] = Counter()
    for _, _, unit, account, lot, amount in entries:
        if account == CUSTOMERS and lot is not None:
            by_lot[lot, unit] += amount
    lots = dict(known)
    if others := sorted({lot for lot, _ in by_lot} - known.keys()):
        lots |= {lot: times for lot, *times in raw.select_in(LOTS, others)}
    found: Counter[Place] = Counter()
    for (lot, unit), amount in by_lot.items():
        subject, active_from, expires_at = lots[lot]
        found[Place(subject, unit, active_from, expires_at)] += amount
    for one in tells:
        if one.is_move:
            found[_place(one)] -= int(str(one.fields["amount"]))
    return {
        place: amount
        for place, amount in found.items()
        if amount and (place.expires_at is None or place.expires_at > now)
    }


def told(telling: Telling, places: dict[Place, int], at: Micros, key: str, origin: Origin) -> Iterator[NewFact]:
    """Yield the facts of what moved; `key` is the act's own."""
    for number, (place, amount) in enumerate(sorted(places.items(), key=lambda one: (*one[0][:3], one[0][3] or 0))):
        times = {"active_from": place.active_from or None, "expires_at": place.expires_at}
        fields: dict[str, object] = {"unit": place.unit, "amount": amount}
        fields |= {name: instant for name, instant in times.items() if instant is not None}
        yield telling(SOURCE, MOVED, at, f"moved:{key}:{number}", fields, SubjectId(place.subject), origin)


def _place(tell: Tell) -> Place:
    ends = tell.fields.get("expires_at")
    since = tell.fields.get("active_from") or 0
    return Place(
        int(tell.subject or 0), str(tell.fields["unit"]), int(str(since)), None if ends is None else int(str(ends))
    )
