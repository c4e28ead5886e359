"""One person among many: merged and unmerged, found by an identifier, shown with a long timeline, erased."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from time import perf_counter

import msgspec

from bench import shop
from bench.figures import Figure, Limit, Settings, percentile, seconds_of
from bench.store import copied, shop_store
from interplay.bootstrap.door import Door
from interplay.bootstrap.home import open_home
from interplay.bootstrap.mind import Mind
from interplay.bootstrap.people import erase_customer
from interplay.collect.facts.contracts import Payload
from interplay.engine.log.append import Append
from interplay.engine.log.contracts import NewFact
from interplay.engine.oltp.contracts import Answer, Ask, Command, GroupCommand, write
from interplay.kernel.ids import Micros
from interplay.kernel.time import HOUR, SECOND
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import Identify, ShowCustomer
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import ListMembers
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import DecisionKind

FACTS_EACH = 10_000
FACTS_SHOWN = 1_000
FACTS_AT_ONCE = 500
TIMES = 40
ROWS_MOVED = 6  # what a merge of two such people writes: two subjects in the map, two changes, a decision, a cursor
MERGE_MS_MAX = 10.0
FIND_MS_MAX = 20.0
TIMELINE_MS_MAX = 100.0
ERASE_MS_MAX = 1_000.0
REWRITE_SECONDS_MAX = 120.0
ONE, OTHER, SHOWN = "bench-one", "bench-other", "bench-shown"


def measure(settings: Settings) -> list[Figure]:
    """Add three people with long histories to a copy of the store, and ask and decide about them."""
    settings.say("people: merge, unmerge, find, timeline …")
    with copied(shop_store(settings), settings.folder / "run") as copy, _opened(copy.folder) as (door, mind):
        for user, count in ((ONE, FACTS_EACH), (OTHER, FACTS_EACH), (SHOWN, FACTS_SHOWN)):
            _live(door, user, count)
        found = [mind.ask(profiles.identify, Identify("user_id", user)).subject for user in (ONE, OTHER)]
        home = door.home

        def decide(kind: DecisionKind) -> None:
            ask = identity.to_decide(
                kind, found[0], found[1], actor="bench", reason="",
                database=home.database, keys=home.keys, brand=home.settings.brand,
            )  # fmt: skip
            write(door.writer, identity.decide, ask)

        both = _times([lambda: decide(DecisionKind.TOGETHER), lambda: decide(DecisionKind.APART)])
        finding, showing = _times(
            [
                lambda: mind.ask(profiles.identify, Identify("user_id", shop.user_id(7))),
                lambda: mind.ask(profiles.show, ShowCustomer("user_id", SHOWN, None, FACTS_SHOWN)),
            ]
        )
        settings.say("people: erase …")
        erasing, rewriting = _erased(door, mind)
    (bare,) = _times([_by_hand(settings.folder / "bare.sqlite")])
    limit = Limit("the same rows by hand, one commit", percentile(bare, 0.5))
    what = f"people with {FACTS_EACH:,} facts each, on disk, p50"
    return [
        *(_figure(row, what, ms, MERGE_MS_MAX, limit) for row, ms in zip(("merge", "unmerge"), both, strict=True)),
        _figure("customer by identifier", f"among {settings.customers:,}, p50", finding, FIND_MS_MAX),
        _figure("timeline", f"{FACTS_SHOWN:,} facts opened and shown, p50", showing, TIMELINE_MS_MAX),
        _figure("erase", f"one of {settings.customers:,}, until the keys are gone, p50", erasing, ERASE_MS_MAX),
        Figure(
            row="physical rewrite",
            what=f"the warehouse of {settings.facts:,} facts, beside questions",
            value=rewriting,
            unit="s",
            target=f"< {REWRITE_SECONDS_MAX:.0f} s",
            is_met=rewriting < REWRITE_SECONDS_MAX,
        ),
    ]


def _erased(door: Door, mind: Mind) -> tuple[list[float], float]:
    """Return the milliseconds of each erasure, and the seconds until none of them is in the warehouse's file."""
    reach = _Reach(door, mind)
    known = _known(mind)
    taken = []
    for user in known:
        began = perf_counter()
        erase_customer(reach, "user_id", user, actor="bench", reason="bench")
        taken.append((perf_counter() - began) * 1000)
    return sorted(taken), seconds_of(mind.rewrite)


def _known(mind: Mind) -> list[str]:
    """Return some user ids that the store knows, but for the people that were asked about."""
    members = mind.ask(segments.list_members, ListMembers('count("order.completed") >= 1', members_max=10 * TIMES))
    users = [one.value for one in members if one.kind == "user_id" and one.value.startswith("u")]
    return users[:TIMES]


class _Reach:
    """A door and a mind in this process, as commands and questions reach them."""

    def __init__(self, door: Door, mind: Mind) -> None:
        self.home, self.append, self.submit, self.ask = door.home, door.append, door.writer.submit, mind.ask

    def write(self, command: Command[Ask, Answer] | GroupCommand[Ask, Answer], ask: Ask) -> Answer:
        return self.submit(command, ask).result()


@contextmanager
def _opened(folder: Path) -> Iterator[tuple[Door, Mind]]:
    home = open_home(folder)
    door = Door(home)
    mind = Mind(home, door.writer)
    try:
        yield door, mind
    finally:
        mind.close()
        door.close()


def _live(door: Door, user: str, count: int) -> None:
    """Store a life of page views."""
    identifiers = (("user_id", user),)
    body = msgspec.msgpack.encode(Payload(fields={"path": "/"}, identifiers=identifiers))
    for start in range(0, count, FACTS_AT_ONCE):
        facts = []
        for number in range(start, min(start + FACTS_AT_ONCE, count)):
            at = Micros(shop.FROM + number * 60 * SECOND)
            key = blake2b(f"{user}/{number}".encode(), digest_size=16).digest()
            facts.append(NewFact("page.viewed", at, at, identifiers, key, at // HOUR, "bench", body))
        write(door.writer, door.append, Append(facts))


def _times(works: Sequence[Callable[[], object]]) -> list[list[float]]:
    """Return the sorted milliseconds of each, taken in turns."""
    taken: list[list[float]] = [[] for _ in works]
    for turn in range(TIMES + 1):
        for work, ms in zip(works, taken, strict=True):
            began = perf_counter()
            work()
            if turn:
                ms.append((perf_counter() - began) * 1000)
    return [sorted(ms) for ms in taken]


def _by_hand(file: Path) -> Callable[[], object]:
    file.unlink(missing_ok=True)
    raw = sqlite3.connect(file, isolation_level=None)
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute("CREATE TABLE moved (number INTEGER PRIMARY KEY, subject INTEGER, customer INTEGER)")

    def work() -> None:
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany("INSERT INTO moved (subject, customer) VALUES (?, ?)", [(1, 1)] * ROWS_MOVED)
        raw.execute("COMMIT")

    return work


def _figure(row: str, what: str, ms: list[float], ms_max: float, limit: Limit | None = None) -> Figure:
    middle = percentile(ms, 0.5)
    return Figure(
        row=row,
        what=what,
        value=middle,
        unit="ms",
        limit=limit,
        target=f"< {ms_max:.0f} ms",
        is_met=middle < ms_max,
        details={"p95 ms": percentile(ms, 0.95)},
    )
