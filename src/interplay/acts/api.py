"""What others do with acts: ask for one, look what became of it, look what somebody has."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from hashlib import blake2b
from itertools import islice

import msgspec
from sqlalchemy import ColumnElement, select

from interplay.acts import store
from interplay.acts.chance import Play
from interplay.acts.checking import Broken, check
from interplay.acts.contracts import Act, Asking, Do, DoAll, Errand, Receipt, Refused, Result, Settle
from interplay.acts.expiring import Expire, expire, forget_counts
from interplay.acts.grouping import Joined, every_link, links_of, members_of, owners, some_members
from interplay.acts.leaving import ActsData, Reserving
from interplay.acts.loading import CODES_AT_ONCE_MAX, Load, load
from interplay.acts.opening import OpenedDraw, all_draws, open_draw, opened, plays, reveal, verify_draw
from interplay.acts.pooling import UnitState
from interplay.acts.publishing import PublishedOdds, publish, published_odds, read_page, verify_published
from interplay.acts.reading import (
    Balance,
    Expiring,
    Happened,
    HeldUnit,
    Moved,
    OpenLot,
    PoolStock,
    balances,
    ended,
    expiring,
    founders,
    given,
    history,
    in_hand,
    joined,
    liability,
    moved,
    open_lots,
    owned,
    stock,
    stocks,
    taken,
    totals,
    unit_by_code,
    unit_of,
    units_of,
    used,
    used_each,
    used_of,
)
from interplay.acts.running import TIMER, Acts, Row
from interplay.acts.standings import has_boards, people_on, scored_among, standing, top, windows_of
from interplay.acts.verifying import Verified
from interplay.engine.log.reactions import position_of, set_position
from interplay.engine.oltp.contracts import Command, Priority, Submitting, Tx, write
from interplay.engine.oltp.database import Database
from interplay.kernel.context import World
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang, say
from interplay.kernel.time import from_micros

SLICE_MAX = 32
"""How many acts of a long list hold the writer together: a few milliseconds."""
SLICES_AT_ONCE_MAX = 8
KEYS_AT_ONCE_MAX = 500


def body_of(ask: object) -> bytes:
    """Return the digest of what was asked, by which a repetition is told from another asking."""
    encoded = msgspec.json.encode(ask, order="deterministic")
    return blake2b(encoded, digest_size=16).digest()


def do(acts: Acts, writing: Submitting, what: Act | Settle, priority: Priority = Priority.LIVE) -> Receipt | Refused:
    """Have an act done, once. Raises AppError `acts.key_reused` when its key stands for something else."""
    return checked(write(writing, acts.command, Do(what), priority))


def through(acts: Acts, writing: Submitting, asking: Asking[Result]) -> Result:
    """Return what a use case comes to, waiting for the disk whenever it asks for something. Errors end it."""
    try:
        what = next(asking)
        while True:
            if isinstance(what, Errand):
                what = asking.send(write(writing, what.command, what.ask))
            else:
                what = asking.send(do(acts, writing, what))
    except StopIteration as end:
        result: Result = end.value
        return result


def through_all(acts: Acts, writing: Submitting, askings: Iterable[Asking[Result]]) -> list[Result]:
    """Return what many use cases come to, driven side by side: what they ask for at a time is written together.

    Raises AppError as `through`, of the first that fails; what was asked for until then is done.
    """
    under_way, results = list(askings), dict[int, Result]()
    answers: dict[int, Receipt | Refused] = {}
    while len(results) < len(under_way):
        wanted: dict[int, Act] = {}
        for place, asking in enumerate(under_way):
            if place in results:
                continue
            try:
                wanted[place] = _until_an_act(acts, writing, asking, answers.get(place))
            except StopIteration as end:
                results[place] = end.value
        done = write(writing, acts.in_bulk, DoAll(tuple(wanted.values())), Priority.BULK) if wanted else []
        answers = dict(zip(wanted, map(checked, done), strict=True))
    return [results[place] for place in range(len(under_way))]


def _until_an_act(acts: Acts, writing: Submitting, asking: Asking[Result], answer: Receipt | Refused | None) -> Act:
    """Let a use case go on with an answer until it asks for an act. Raises StopIteration where it is through."""
    what = next(asking) if answer is None else asking.send(answer)
    while not isinstance(what, Act):
        told = write(writing, what.command, what.ask) if isinstance(what, Errand) else do(acts, writing, what)
        what = asking.send(told)
    return what


def do_all(acts: Acts, writing: Submitting, asks: Iterable[Act]) -> Iterator[Receipt | Refused]:
    """Have a long list of acts done, in slices behind whoever waits, and yield their answers in order.

    Raises AppError `acts.key_reused`; what stands before in the list is done then, and repeating it is safe.
    """
    waiting: deque[Future[list[Receipt | Refused]]] = deque()
    for some in _slices(asks):
        waiting.append(writing.submit(acts.in_bulk, DoAll(some), Priority.BULK))
        if len(waiting) == SLICES_AT_ONCE_MAX:
            yield from map(checked, waiting.popleft().result())
    for one in waiting:
        yield from map(checked, one.result())


def _slices(asks: Iterable[Act]) -> Iterator[tuple[Act, ...]]:
    rest = iter(asks)
    while some := tuple(islice(rest, SLICE_MAX)):
        yield some


def checked(answer: Receipt | Refused) -> Receipt | Refused:
    """Return an answer. Raises AppError where it says that the caller made a mistake, which is no refusal."""
    if isinstance(answer, Refused) and answer.code == "acts.key_reused":
        raise AppError("acts.key_reused", status=409, **answer.arguments)
    return answer


def find(acts: Acts, database: Database, key: str) -> Receipt | None:
    """Return the receipt of a key, or None when there is none. Whoever repeats gets it before any rule is asked.

    Raises AppError `acts.erased` when whose it was is erased.
    """
    return _found(acts, database, store.acts.c.digest == acts.digest(key))


def is_known(acts: Acts, database: Database, key: str) -> bool:
    """Return whether a key stands for something, also when whose it was is erased."""
    with database.read() as connection:
        rows = select(store.acts.c.act).where(store.acts.c.digest == acts.digest(key))
        return connection.execute(rows).first() is not None


def known_among(acts: Acts, database: Database, keys: Sequence[str]) -> frozenset[str]:
    """Return those of many keys that stand for something; asked for at once, since lists of facts are long."""
    keys_by_digest = {acts.digest(key): key for key in keys}
    digests, column = list(keys_by_digest), store.acts.c.digest
    found: set[str] = set()
    with database.read() as connection:
        for start in range(0, len(digests), KEYS_AT_ONCE_MAX):
            some = select(column).where(column.in_(digests[start : start + KEYS_AT_ONCE_MAX]))
            found.update(keys_by_digest[digest] for digest in connection.execute(some).scalars())
    return frozenset(found)


def receipt(acts: Acts, database: Database, number: int) -> Receipt | None:
    """Return the receipt of an act by its number. Raises AppError `acts.erased`."""
    return _found(acts, database, store.acts.c.act == number)


def is_paused(database: Database) -> bool:
    """Return whether the brand has stopped all giving."""
    return bool(position_of(database, store.PAUSED))


def _found(acts: Acts, database: Database, which: ColumnElement[bool]) -> Receipt | None:
    with database.read() as connection:
        found = connection.execute(select(store.acts).where(which)).first()
    if found is None:
        return None
    row = Row(
        found.act, found.kind, found.state, found.at, found.until, found.subject, found.body, found.position,
        found.done, found.undone,
    )  # fmt: skip
    if (known := acts.receipt(row)) is None:
        raise AppError("acts.erased", status=410)
    return known


def sentence(refused: Refused, lang: Lang, world: World) -> str:
    """Return why not, in words; instants are said in the brand's time."""
    said = {name: _said(name, value, world) for name, value in refused.arguments.items()}
    return say(refused.code, lang, **said)


def _said(name: str, value: int | str, world: World) -> int | str:
    is_instant = isinstance(value, int) and name.endswith(("_at", "_from", "_until"))
    return from_micros(int(value)).astimezone(world.zone).strftime("%Y-%m-%d %H:%M") if is_instant else value


def _pause(tx: Tx, ask: bool) -> None:
    set_position(tx, store.PAUSED, int(ask))


pause = Command("acts.pause", bool, None, _pause)
"""Stop all giving (True), or let it go on."""

__all__ = [
    "CODES_AT_ONCE_MAX",
    "TIMER",
    "Acts",
    "ActsData",
    "Balance",
    "Broken",
    "Expire",
    "Expiring",
    "Happened",
    "HeldUnit",
    "Joined",
    "Load",
    "Moved",
    "OpenLot",
    "OpenedDraw",
    "Play",
    "PoolStock",
    "PublishedOdds",
    "Reserving",
    "UnitState",
    "Verified",
    "all_draws",
    "balances",
    "body_of",
    "check",
    "checked",
    "do",
    "do_all",
    "ended",
    "every_link",
    "expire",
    "expiring",
    "find",
    "forget_counts",
    "founders",
    "given",
    "has_boards",
    "history",
    "in_hand",
    "is_known",
    "is_paused",
    "joined",
    "known_among",
    "liability",
    "links_of",
    "load",
    "members_of",
    "moved",
    "open_draw",
    "open_lots",
    "opened",
    "owned",
    "owners",
    "pause",
    "people_on",
    "plays",
    "publish",
    "published_odds",
    "read_page",
    "receipt",
    "reveal",
    "scored_among",
    "sentence",
    "some_members",
    "standing",
    "stock",
    "stocks",
    "taken",
    "through",
    "through_all",
    "top",
    "totals",
    "unit_by_code",
    "unit_of",
    "units_of",
    "used",
    "used_each",
    "used_of",
    "verify_draw",
    "verify_published",
    "windows_of",
]
