"""What acts keep about a customer: the export says it; erasure leaves numbers that nobody can be found by."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select, update

from interplay.acts import scoring, store
from interplay.acts import steps as kinds
from interplay.acts.contracts import CUSTOMERS, ERASED, Attempt, Count, Draw, Effect, Receipt, Step, Take, Undo
from interplay.acts.doing import Doing, Numbers
from interplay.acts.expiring import NEXT_ENTRY, write_off
from interplay.acts.pooling import UnitState
from interplay.acts.running import FIND, Acts, Done, Row
from interplay.acts.tally import Tally
from interplay.engine.log.append import Appender
from interplay.engine.log.contracts import NewFact
from interplay.engine.log.customer_data import CustomerData, Found, Whom
from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.ids import SubjectId
from interplay.kernel.time import iso

OWNED = int(UnitState.OWNED)

OPEN_OF = "SELECT lot, unit, remaining FROM ledger_lots WHERE subject = ? AND remaining <> 0 ORDER BY lot"
EMPTY_OF = "UPDATE ledger_lots SET remaining = 0 WHERE subject = ? AND remaining <> 0"


class Reserving(NamedTuple):
    """Units that stand for something that was only reserved: told by who makes them.

    `places` says which steps of the act that made one took what is scarce: (step, step inside of it; −1: itself).
    """

    prefix: str  # of the pools' names
    places: Callable[[Receipt], Iterable[tuple[int, int]]]


class ActsData(CustomerData):
    """Lots, units, counts, groups and receipts.

    The ledger's rows stay, for sums must hold; their subject's key is gone, and no identifier leads there any more.
    Her holds are taken back, so is what was reserved for her, what she could still spend is written off, what she could
    use is void.
    """

    name = "acts"

    def __init__(self, *reserving: Reserving) -> None:
        self._reserving = reserving

    tables = frozenset({"acts", "ledger_lots", "counters", "units", "link_groups", "links", "draws", "scores"})

    def export(self, database: Database, keys: SubjectKeys, whom: Whom) -> Any:  # noqa: ARG002
        lots, units, acts, counters, links = (
            store.ledger_lots.c, store.units.c, store.acts.c, store.counters, store.links,
        )  # fmt: skip
        with database.read() as connection:
            found_lots = connection.execute(
                select(store.ledger_lots).where(lots.subject.in_(whom.subjects)).order_by(lots.lot)
            ).all()
            found_units = connection.execute(
                select(units.unit, store.pools.c.name, units.state, units.valid_until)
                .join(store.pools, store.pools.c.pool == units.pool)
                .where(units.owner.in_(whom.subjects))
                .order_by(units.unit)
            ).all()
            found_acts = connection.execute(
                select(acts.act, acts.kind, acts.state, acts.at)
                .where(acts.subject.in_(whom.subjects))
                .order_by(acts.act)
            ).all()
            counted = connection.execute(
                select(counters).where(counters.c.subject.in_(whom.subjects)).order_by(*counters.primary_key)
            ).all()
            boards, scores = store.score_boards.c, store.scores.c
            scored = connection.execute(
                select(boards.name, boards.opens_at, scores.score, scores.at)
                .join(store.scores, scores.board == boards.board)
                .where(scores.subject.in_(whom.subjects))
                .order_by(scores.board, scores.subject, scores.post)
            ).all()
            linked = connection.execute(
                select(links).where(links.c.subject.in_(whom.subjects)).order_by(*links.primary_key)
            ).all()
        return {
            "lots": [{"unit": r.unit, "amount": r.amount, "remaining": r.remaining, **_ends(r)} for r in found_lots],
            "units": [{"unit": r.unit, "pool": r.name, "state": r.state} for r in found_units],
            "acts": [{"act": r.act, "kind": r.kind, "state": r.state, "at": iso(r.at)} for r in found_acts],
            "counts": [{"scope": r.scope, "used": r.used} for r in counted],
            "scores": [{"board": r.name, "score": r.score, "at": iso(r.at)} for r in scored],
            "groups": [{"kind": r.kind, "group": r.name, "at": iso(r.at)} for r in linked],
        }

    def find(self, database: Database, keys: SubjectKeys, whom: Whom) -> Found:  # noqa: ARG002
        return Found()

    def erase(self, tx: Tx, keys: SubjectKeys, whom: Whom, found: Found) -> None:  # noqa: ARG002
        acts, units = Acts(keys, Appender(keys), _alone, _silent, _by_itself), store.units
        acts.let_go_of(tx, whom.subjects)
        for one in self._reserving:
            _give_back(acts, tx, whom.subjects, one)
        is_hers = units.c.owner.in_(whom.subjects)
        tx.connection.execute(update(units).where(is_hers, units.c.state == OWNED).values(state=int(UnitState.VOID)))
        scoring.leave(tx.raw, whom.subjects)
        _write_off(tx, whom.subjects)


def _give_back(acts: Acts, tx: Tx, subjects: Sequence[SubjectId], reserving: Reserving) -> None:
    """Put back what was taken for units of hers that stand for it: stock and limits. Nothing is told of it."""
    units, pools, tally = store.units.c, store.pools.c, Tally(tx.raw)
    is_it = units.owner.in_(subjects), units.state == OWNED, pools.name.startswith(reserving.prefix, autoescape=True)
    made = select(units.act).join(store.pools, pools.pool == units.pool).where(*is_it).distinct()
    for number in tx.connection.execute(made.order_by(units.act)).scalars().all():
        row = Row(*tx.raw.execute(FIND, (number,)).fetchone())
        done, receipt = acts.open(row), acts.receipt(row)
        if done is None or receipt is None:
            continue
        doing = Doing(tx, Numbers(0, 0, 0), number, _alone, _by_itself, tally)
        for step, effect in _at(done, reserving.places(receipt)):
            if isinstance(step, Count | Take):
                kinds.undo(doing, step, effect, effect.amount, 0, Undo(done.key), of=number, held=False)
    tally.flush()


def _at(done: Done, places: Iterable[tuple[int, int]]) -> Iterator[tuple[Step, Effect]]:
    for place, inner in places:
        step, effect = done.steps[place], done.effects[place]
        if inner >= 0 and isinstance(step, Draw):
            yield step.outcomes[effect.former].steps[inner], effect.inner[inner]
        elif inner >= 0 and isinstance(step, Attempt):
            yield step.steps[inner], effect.inner[inner]
        else:
            yield step, effect


def _write_off(tx: Tx, subjects: Sequence[SubjectId]) -> None:
    """Let what she had, and what she owed, be nobody's."""
    lots = [row for subject in subjects for row in tx.raw.execute(OPEN_OF, (subject,)).fetchall()]
    for unit in sorted({unit for _, unit, _ in lots}):
        rows: list[tuple[str, int | None, int]] = [
            (CUSTOMERS, lot, -remaining) for lot, of, remaining in lots if of == unit
        ]
        first = tx.raw.execute(NEXT_ENTRY).fetchone()[0]
        write_off(tx, first, unit, [*rows, (ERASED, None, -sum(amount for _, _, amount in rows))])
    for subject in subjects:
        tx.raw.execute(EMPTY_OF, (subject,))


def _alone(_: Tx, subjects: Collection[SubjectId]) -> dict[SubjectId, list[SubjectId]]:
    return {subject: [subject] for subject in subjects}


def _by_itself(_: Tx, subject: SubjectId) -> list[SubjectId]:
    return [subject]


def _silent(*_: object) -> NewFact:
    raise AssertionError("nothing is told of what an erasure takes back")


def _ends(row: Any) -> dict[str, str | None]:
    ends = None if row.expires_at is None else iso(row.expires_at)
    return {"active_from": iso(row.active_from), "expires_at": ends}
