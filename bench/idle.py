"""What a server costs while nothing happens: processor time and memory of all its processes."""

import subprocess
import time

from bench import shop
from bench.figures import Figure, Settings
from bench.processes import Running, interplay, served
from bench.segments import BEHAVIOUR
from bench.store import Store, copied, people_store, shop_store
from interplay.engine.olap.contracts import FILE_NAME as WAREHOUSE_NAME
from interplay.kernel.time import iso

CUSTOMERS = 1_000_000
SECONDS = 20.0
PROCESSOR_SHARE_MAX = 0.01
MIB_MAX = 600.0
QUIET_SHARE = 0.05
SETTLE_SECONDS_MAX = 900.0
SETTLED_SECONDS = 40  # the mind tidies up after 30 quiet ones
TRAITS = 'profile.city in ("上海", "杭州") and profile.age >= 18'


def measure(settings: Settings) -> list[Figure]:
    """Look at a server that has just loaded a million customers and answered a question, and at one of the shop."""
    customers = CUSTOMERS // 10 if settings.is_quick else CUSTOMERS
    people = people_store(settings, customers)
    with copied(people, settings.folder / "run", without=frozenset({WAREHOUSE_NAME})) as copy:
        loaded = _figures(settings, copy, f"{customers:,} customers, loaded by this server", TRAITS)
    with copied(shop_store(settings), settings.folder / "run") as copy:
        return loaded + _figures(
            settings, copy, f"{settings.facts:,} facts, {settings.customers:,} customers", BEHAVIOUR
        )


def _figures(settings: Settings, store: Store, what: str, criteria: str) -> list[Figure]:
    settings.say(f"idle: {what} …")
    with served(store.folder, settings.folder / "serve.log") as server:
        _settle(server)
        before, parts = server.pss_mib(), server.pss_mib_by_role()
        share = _share(server, settings.seconds(SECONDS))
        question = interplay(store.folder, "segments", "count", criteria, "--at", iso(shop.UNTIL))
        subprocess.run(question, check=True, stdout=subprocess.DEVNULL)
        _settle(server)
        after = server.pss_mib()
        share = max(share, _share(server, settings.seconds(SECONDS)))
    return [
        Figure(
            row="idle", what=f"processor share, {what}", value=share * 100, unit="% of one",
            target=f"< {PROCESSOR_SHARE_MAX:.0%}", is_met=share < PROCESSOR_SHARE_MAX,
        ),
        Figure(
            row="idle", what=f"memory in all (PSS), {what}", value=max(before, after), unit="MiB",
            target=f"< {MIB_MAX:.0f} MB", is_met=max(before, after) < MIB_MAX,
            details={**parts, "all after a question": after},
        ),
    ]  # fmt: skip


def _share(server: Running, seconds: float) -> float:
    """Return the share of one processor that all processes use together."""
    used, began = server.processor_seconds(), time.perf_counter()
    time.sleep(seconds)
    return (server.processor_seconds() - used) / (time.perf_counter() - began)


def _settle(server: Running) -> None:
    """Return when the server has had nothing to do for so long that it has sorted what it loaded, and rests."""
    until = time.monotonic() + SETTLE_SECONDS_MAX
    quiet = 0
    while quiet < SETTLED_SECONDS and time.monotonic() < until:
        quiet = quiet + 1 if _share(server, 1.0) < QUIET_SHARE else 0
