"""Who is to be asked what: those about whom something came in, whom the map has moved, and whose time has come."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct, field

from interplay.kernel.ids import CustomerId, Micros
from interplay.understand.memberships.bits import Bits
from interplay.understand.memberships.contracts import Because, Move, Stands
from interplay.understand.memberships.dues import Dues
from interplay.understand.memberships.judging import of_nobody
from interplay.understand.memberships.pasts import (
    News,
    new_customers,
    new_facts,
    new_traits,
    owners,
    whose_news,
)
from interplay.understand.memberships.watching import Watch
from interplay.understand.profiles.contracts import Reading
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import ERASED

if TYPE_CHECKING:
    from interplay.engine.olap.contracts import Marks
    from interplay.engine.olap.warehouse import Session

NEWS_MAX = 200_000


class Touched(Struct):
    """Who is to be asked what. A set of segments is a number, as in `watching.py`."""

    customers: dict[int, int] = field(default_factory=dict)
    because: dict[int, Because] = field(default_factory=dict)
    is_live: set[int] = field(default_factory=set)  # touched by more than a backfill
    everybody: int = 0  # the segments that everybody is asked about
    otherwise: Because = Because.TIME  # why somebody moves who is not touched herself
    carried: dict[int, set[int]] = field(default_factory=dict)  # customer → customers of whom she was a part before
    gone: set[int] = field(default_factory=set)  # customers who are part of somebody else now, or were erased

    def add(self, customer: int, some: int, because: Because, *, is_live: bool = True) -> None:
        """Let a customer be asked about some segments."""
        if some:
            self.customers[customer] = self.customers.get(customer, 0) | some
            self.note(customer, because, is_live=is_live)

    def note(self, customer: int, because: Because, *, is_live: bool = True) -> None:
        """Remember why a customer is asked: the map before a fact, a fact before time."""
        known = self.because.get(customer)
        if known is None or known is Because.TIME or because is Because.IDENTITY:
            self.because[customer] = because
        if is_live:
            self.is_live.add(customer)

    def linked(self) -> set[int]:
        """Return all whom the map has moved: what becomes of them is written at once, or told twice after a crash."""
        return self.carried.keys() | self.gone | {former for formers in self.carried.values() for former in formers}

    def judged(self, segment: str, bits: Bits, customer: int, *, is_in: bool) -> Iterator[Move]:
        """Yield the move that an answer makes, if any. Who was a part of somebody was in what that one was in."""
        was_in = customer in bits
        was_part = was_in or any(former in bits for former in self.carried.get(customer, ()))
        if was_part is not is_in:
            because = self.because.get(customer, self.otherwise)
            is_backfill = because is Because.FACT and customer not in self.is_live
            yield Move(segment, CustomerId(customer), is_in, because, is_backfill)
        elif was_in is not is_in:
            yield Move(segment, CustomerId(customer), is_in)


def touch(
    reading: Reading, session: "Session", watched: Watch, kept: int, stands: Stands, marks: "Marks", dues: Dues,
    now: Micros,
) -> tuple[Touched, Dues]:  # fmt: skip
    """Return who is to be asked what, and when somebody is due next."""
    touched = Touched()
    _moved(reading, session, watched, touched, stands, marks)
    if marks.position - stands.position > NEWS_MAX:
        for customer, is_live in whose_news(session, stands.position):
            touched.note(customer, Because.FACT, is_live=is_live)
        touched.everybody = watched.everything
        dues = Dues(watched, now)
    else:
        _came_in(session, watched, touched, stands, marks, dues, now)
    if not dues.look(session, now):
        touched.everybody |= dues.timed
    touched.everybody |= dues.moments(stands.swept, now)
    if due := dues.take(now):
        owner = owners(session, {subject for subject, _ in due})
        for subject, some in due:
            if subject in owner:
                touched.add(owner[subject], some, Because.TIME)
    touched.everybody &= kept
    touched.customers = {customer: some & kept for customer, some in touched.customers.items() if some & kept}
    return touched, dues


def _came_in(
    session: "Session", watched: Watch, touched: Touched, stands: Stands, marks: "Marks", dues: Dues, now: Micros
) -> None:
    """Add those of whom something came in. Somebody new is asked what holds for who has done nothing as well."""
    if marks.subject > stands.subject and (some := of_nobody(watched, now)):
        live = {customer for customer, is_live in whose_news(session, stands.position) if is_live}
        for customer in new_customers(session, stands.subject, marks.subject):
            touched.add(customer, some, Because.FACT, is_live=customer in live)
    if marks.position == stands.position:
        return
    news: list[News] = []
    if watched.by_fact:
        news = list(new_facts(session, watched, stands.position))
        for one in news:
            touched.add(one.customer, watched.by_fact[one.what], Because.FACT, is_live=one.is_live)
    if watched.by_trait:
        for one in new_traits(session, watched, stands.position):
            touched.add(one.customer, watched.by_trait[one.what], Because.FACT, is_live=one.is_live)
    dues.add(session, news, stands.position, now)


def _moved(
    reading: Reading, session: "Session", watched: Watch, touched: Touched, stands: Stands, marks: "Marks"
) -> None:
    """Add those whom the map has moved: who lost somebody, who got somebody, who is somebody of her own."""
    if marks.change == stands.change:
        return
    moves = identity.moves(reading.database, stands.change, marks.change)
    owner = owners(session, {one for move in moves for one in (move.subject, move.former)})
    for move in moves:
        former, customer = int(move.former), owner.get(move.subject)
        if owner.get(former) == former:
            touched.add(former, watched.everything, Because.IDENTITY)
        elif former != ERASED:
            touched.gone.add(former)
        if customer is not None and customer != former:
            touched.add(customer, watched.everything, Because.IDENTITY)
            if former != ERASED:
                touched.carried.setdefault(customer, set()).add(former)
