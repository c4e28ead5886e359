"""Acts: key, limits, ledger, pool, fact and receipt, durable; in process, over HTTP, and one hot coupon for all.

Beside each the same rows written by hand.
"""

import threading
import time

from bench import hot_coupon, tills
from bench.acts_by_hand import GROUP, by_hand
from bench.figures import Figure, Limit, Settings, percentile
from bench.store import copied, people_store
from interplay.acts import api as acts
from interplay.acts.contracts import Act, Count, Credit, Debit, Do, Mint, Receipt, Take, Tell
from interplay.bootstrap.door import Door
from interplay.bootstrap.home import open_home
from interplay.engine.oltp.contracts import write
from interplay.kernel.ids import Micros, SubjectId

TARGET = 3_000
SHARE_MIN = 0.5
CUSTOMERS = 200_000
ACTS = 30_000
AT_ONCE = 64  # half of them wait while the others are written
LOTS = 1_000_000
LOTS_QUICK = 50_000
EXPIRE_SECONDS_MAX = 60.0


def measure(settings: Settings) -> list[Figure]:
    """Give, spend, count and take; then let a million lots expire beside it."""
    with copied(people_store(settings, CUSTOMERS), settings.folder / "run") as copy:
        home = open_home(copy.folder)
        door = Door(home)
        try:
            settings.say("acts: in process …")
            per_second = _acts(settings, door)
            settings.say("acts: the same rows by hand …")
            limit = by_hand(settings.folder / "acts-by-hand", 3_000 if settings.is_quick else ACTS)
            settings.say("acts: lots expire …")
            expiry = _expiry(settings, door)
        finally:
            door.close()
            home.close()
    share = per_second / limit
    return [
        Figure(
            row="acts, in process",
            what="key, customer's limit, lots eaten, stock, fact and receipt, each durable",
            value=per_second,
            unit="acts/s",
            limit=Limit(f"the same rows by hand, {GROUP} a commit", limit),
            target=f"≥ {TARGET:,}/s and ≥ {SHARE_MIN:.0%} of it",
            is_met=per_second >= TARGET and share >= SHARE_MIN,
        ),
        expiry,
        *tills.measure(settings),
        *hot_coupon.measure(settings),
    ]


def _act(number: int, subject: SubjectId) -> Act:
    steps = (
        Count("draws", subject=subject, cap=1_000),
        Debit("points", subject, 1),
        Take("gifts"),
        Count("budget", amount=5, cap=10**9),
    )
    tells = (Tell("draw.played", subject, {"cost": 5, "funder": "brand", "campaign_id": "bench"}),)
    return Act(f"play:{number}", "play", acts.body_of([number]), steps, tells, subject, gives=True)


def _acts(settings: Settings, door: Door) -> float:
    count = 3_000 if settings.is_quick else ACTS
    writer, do = door.writer, door.home.acts.command
    write(writer, do, Do(Act("stock", "stock", b"s", (Mint("gifts", 10 * count),))))
    people = [SubjectId(1 + number * 7919 % CUSTOMERS) for number in range(count)]
    for subject in set(people):
        give = Act(f"give:{subject}", "give", b"g", (Credit("points", subject, 1_000),), subject=subject)
        _make_room(door)
        writer.submit(do, Do(give))
    _drained(door)
    asks = [Do(_act(number, subject)) for number, subject in enumerate(people)]
    began = time.perf_counter()
    ask_all(door, asks)
    seconds = time.perf_counter() - began
    if broken := acts.check(door.home.database):
        raise RuntimeError(f"the ledger is broken: {broken}")
    return count / seconds


def ask_all(door: Door, asks: list[Do]) -> None:
    """Ask for one act after another, always `AT_ONCE` of them at once, as so many tills would."""
    room = threading.Semaphore(AT_ONCE)
    others: list[object] = []

    def done(answer: object, error: BaseException | None) -> None:
        room.release()
        if not isinstance(answer, Receipt):
            others.append(answer or error)

    for ask in asks:
        room.acquire()
        door.writer.post(door.home.acts.command, ask, done)
    for _ in range(AT_ONCE):
        room.acquire()
    if others:
        raise RuntimeError(f"not done: {others[0]}")


def _make_room(door: Door) -> None:
    while door.writer.waiting_count() > 10 * AT_ONCE:
        time.sleep(0.001)


def _drained(door: Door) -> None:
    while door.writer.waiting_count():
        time.sleep(0.01)
    write(door.writer, door.home.acts.command, Do(Act("drained", "drained", b"d")))


def _expiry(settings: Settings, door: Door) -> Figure:
    """Let lots expire at one instant, in slices, while somebody goes on playing."""
    lots = LOTS_QUICK if settings.is_quick else LOTS
    _give_lots(door, lots)
    expire = acts.expire(door.home.appender, door.home.acts.telling, door.home.acts.wallet)
    latencies: list[float] = []
    stop = threading.Event()
    player = threading.Thread(target=_play, args=(door, latencies, stop))
    player.start()
    began = time.perf_counter()
    written = 0
    while slice_ := write(door.writer, expire, acts.Expire("old", "points.expired")):
        written += slice_
    seconds = time.perf_counter() - began
    stop.set()
    player.join()
    return Figure(
        row="expiry of lots",
        what=f"{written:,} lots of one instant, in slices, each told; acts go on beside it",
        value=seconds,
        unit="s",
        target=f"< {EXPIRE_SECONDS_MAX:.0f} s",
        is_met=written == lots and seconds < EXPIRE_SECONDS_MAX,
        details={"act p99 ms": percentile(sorted(latencies), 0.99) * 1000},
    )


def _give_lots(door: Door, lots: int) -> None:
    ends = Micros(door.home.world.now() + 1)
    per_act = 200
    for start in range(0, lots, per_act):
        steps = tuple(
            Credit("old", SubjectId(1 + number % CUSTOMERS), 10, expires_at=ends)
            for number in range(start, min(start + per_act, lots))
        )
        _make_room(door)
        door.writer.submit(door.home.acts.command, Do(Act(f"old:{start}", "give", b"o", steps)))
    _drained(door)


def _play(door: Door, latencies: list[float], stop: threading.Event) -> None:
    number = 10**9
    while not stop.is_set():
        number += 1
        began = time.perf_counter()
        write(door.writer, door.home.acts.command, Do(_act(number, SubjectId(1))))
        latencies.append(time.perf_counter() - began)
