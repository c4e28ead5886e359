"""Live segments: their sizes, overlap and history, and in which of them somebody is."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

from interplay.collect.facts.api import Current
from interplay.engine.log.append import Appender
from interplay.engine.log.customer_data import Found, Whom
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import AnyCommand, Tx, Writing
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.engine.wire.contracts import Question
from interplay.kernel.errors import AppError
from interplay.kernel.ids import CustomerId, Micros, Position
from interplay.understand.memberships import keeping, store
from interplay.understand.memberships.contracts import (
    COMPUTED,
    ENTERED,
    HISTORY_MAX,
    LEFT,
    OVERLAP_MAX,
    Change,
    ListLive,
    LiveView,
    Membership,
    Overlap,
    OverlapView,
    SegmentsOf,
    ShowHistory,
)
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import Reading
from interplay.understand.segments.api import decoded
from interplay.understand.segments.contracts import SEGMENT, Label, SegmentDocument

if TYPE_CHECKING:
    from interplay.understand.memberships.following import Follower


def follower(reading: Reading, writing: Writing, appender: Appender, on_written: Callable[[], None]) -> "Follower":
    """Return what keeps the live segments of a store; `on_written` is called when some of what it told is on disk."""
    from interplay.understand.memberships.following import Follower  # a lazy seam: Ibis

    return Follower(reading, writing, appender, on_written)


def commands(appender: Appender) -> tuple[AnyCommand, ...]:
    """Return the commands by which segments are kept."""
    return keeping.keep(appender), keeping.compute(appender), keeping.drop


def answers(database: Database, customer: CustomerId, names: Iterable[str]) -> dict[str, bool]:
    """Return of each of these live segments whether a customer is in it; what is not live yet has no answer."""
    known = {name for name, one in store.live(database).items() if one.definition}
    mine = set(store.segments_of(database, customer))
    return {name: name in mine for name in names if name in known}


def segments_in(database: Database, customer: CustomerId) -> frozenset[str]:
    """Return the live segments that a customer is in."""
    return frozenset(store.segments_of(database, customer))


def _list_live(reading: Reading, _: ListLive) -> list[LiveView]:
    labels = _labels(reading.declarations.current())
    return [
        LiveView(one.segment, labels[one.segment], one.version, one.customers, one.computed_at)
        for one in store.live(reading.database).values()
        if one.definition and one.segment in labels
    ]


def _overlap(reading: Reading, ask: Overlap) -> OverlapView:
    live = [name for name, one in store.live(reading.database).items() if one.definition]
    names = tuple(dict.fromkeys(ask.segments)) or tuple(live)
    for name in names:
        _check_live(name, live)
    if len(names) > OVERLAP_MAX:
        raise AppError("segments.overlap", given=len(names), allowed=OVERLAP_MAX)
    bits = [store.members(reading.database, name) for name in names]
    return OverlapView(names, tuple(tuple(one.common(other) for other in bits) for one in bits))


def _segments_of(reading: Reading, ask: SegmentsOf) -> list[Membership]:
    customer, subjects = profiles.find(reading, ask.kind, ask.value)
    labels = _labels(reading.declarations.current())
    since = dict(_entries(reading, list(map(int, subjects))))
    return [
        Membership(name, labels[name], since.get(name))
        for name in store.segments_of(reading.database, customer)
        if name in labels
    ]


def _show_history(reading: Reading, ask: ShowHistory) -> list[Change]:
    _check_live(ask.segment, list(_labels(reading.declarations.current())))
    with reading.warehouse.session() as session:
        facts = session.table("facts")
        if "segment_version" not in facts.columns:
            return []
        tests = [facts["name"].isin([ENTERED, LEFT, COMPUTED]), facts.segment == ask.segment]
        if ask.before is not None:
            tests.append(facts["position"] < ask.before)
        if ask.kind is not None:
            subjects = profiles.find(reading, ask.kind, ask.value or "")[1]
            tests.append(facts["subject"].isin(list(map(int, subjects))) | facts["subject"].isnull())
        found = facts.filter(*tests).order_by(facts["position"].desc()).limit(min(ask.changes_max, HISTORY_MAX))
        columns = ("position", "occurred_at", "name", "segment_version", "because", "subject", "customers")
        rows = found.select(*columns).to_pyarrow().to_pylist()
    with closing(LogReader(reading.database)) as reader:
        return [_change(reading, reader, row) for row in rows]


def _entries(reading: Reading, subjects: list[int]) -> Iterator[tuple[str, Micros]]:
    """Yield when a customer last entered each segment."""
    with reading.warehouse.session() as session:
        facts = session.table("facts")
        entered = facts.filter(facts["name"] == ENTERED, facts["subject"].isin(subjects))
        last = entered.group_by("segment").aggregate(at=entered.occurred_at.max()).to_pyarrow().to_pylist()
    for row in last:
        yield row["segment"], Micros(row["at"])


def _change(reading: Reading, reader: LogReader, row: dict[str, Any]) -> Change:
    subject = row["subject"]
    identifier = None if subject is None else reader.identifier(subject)
    value = None if identifier is None else reading.keys.open(subject, identifier[1])
    return Change(
        position=Position(row["position"]),
        at=Micros(row["occurred_at"]),
        what=row["name"],
        version=row["segment_version"],
        because=row["because"],
        customer=None if subject is None else CustomerId(subject),
        kind=None if identifier is None else identifier[0],
        value=None if value is None else value.decode(),
        customers=row["customers"],
    )


def _labels(current: Current) -> dict[str, Label]:
    """Return the live segments of today by name, with what people call them."""
    segments = {one.name: decoded(one, SegmentDocument) for one in current.documents if one.kind == SEGMENT}
    return {name: one.label for name, one in segments.items() if one.live}


def _check_live(name: str, live: list[str]) -> None:
    if name not in live:
        raise AppError("segments.not_live", status=404, given=name, allowed=", ".join(sorted(live)) or "—")


list_live = Question("segments.live", ListLive, list[LiveView], _list_live)
overlap = Question("segments.overlap", Overlap, OverlapView, _overlap)
segments_of = Question("customers.segments", SegmentsOf, list[Membership], _segments_of)
show_history = Question("segments.history", ShowHistory, list[Change], _show_history)

QUESTIONS: tuple[Question[Any, Any], ...] = (list_live, overlap, segments_of, show_history)


class MembershipData:
    """Who is in which segment. How it came is in the facts, which are exported and forgotten with the others."""

    name = "segments"
    tables = frozenset({"segment_members"})

    def export(self, database: Database, keys: SubjectKeys, whom: Whom) -> list[str]:  # noqa: ARG002
        """Return the segments that the customer is in."""
        return sorted({name for subject in whom.subjects for name in store.segments_of(database, subject)})

    def find(self, database: Database, keys: SubjectKeys, whom: Whom) -> Found:  # noqa: ARG002
        return Found()

    def erase(self, tx: Tx, keys: SubjectKeys, whom: Whom, found: Found) -> None:  # noqa: ARG002
        store.forget(tx, whom.subjects)
