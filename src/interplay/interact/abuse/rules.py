"""Who is suspected, and of what. Pure: no clock, no database.

A family shares a tablet and a line, an office or a campus shares a line and has many people who are long known. A farm
has few devices for many accounts, or many accounts that are all new on one line, or friends who live in one place.
"""

from collections.abc import Collection, Iterator
from ipaddress import ip_address, ip_network

from interplay.acts.contracts import Refused
from interplay.interact.abuse.contracts import Guard, Reason, Signals, Suspicion
from interplay.kernel.addresses import network
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY

BOUNDS: dict[str, tuple[int, int]] = {
    "per_device_day_max": (1, 10**6),
    "per_prefix_hour_max": (1, 10**9),
    "per_prefix_day_max": (1, 10**9),
    "per_minute_max": (1, 10**6),
    "account_age_hours_min": (0, 24 * 365),
    "accounts_per_device_max": (1, 100),
    "connected_accounts_max": (1, 100),
    "connected_depth_max": (1, 10),
    "new_accounts_per_line_max": (1, 500),
    "near_friends_max": (1, 100),
    "new_account_days": (0, 365),
    "challenge_work_max": (1_000, 5_000_000),
}
PREFIX_BITS = {4: 24, 6: 48}

Mistakes = Iterator[tuple[tuple[str | int, ...], AppError]]


def mistakes(guard: Guard, live: Collection[str]) -> Mistakes:
    """Yield what is wrong with what a campaign says."""
    for name, (least, most) in BOUNDS.items():
        given = getattr(guard, name)
        if not least <= given <= most:
            yield (name,), AppError("campaigns.bounds", given=given, least=least, most=most)
    for number, name in enumerate(guard.trusted):
        if name not in live:
            allowed = ", ".join(sorted(live)) or "—"
            yield ("trusted", number), AppError("mechanics.unknown_word", given=name, allowed=allowed)


def line_of(address: str) -> str | None:
    """Return what an address is counted as: one household's line. None where it says nothing of where somebody is.

    An address of a private network is that of a proxy of ours, and everybody would have it.
    """
    line = network(address)
    try:
        one = ip_network(line)
    except ValueError:
        return None
    return line if one.is_global else None


def prefix_of(line: str) -> str:
    """Return the prefix that a line belongs to: 256 addresses of IPv4, or what a site of IPv6 is given."""
    first = ip_address(line.partition("/")[0])
    return str(ip_network(f"{first}/{PREFIX_BITS[first.version]}", strict=False))


def is_new(signals: Signals, guard: Guard) -> bool:
    return signals.age is not None and signals.age < guard.new_account_days * DAY


def suspicion(signals: Signals, guard: Guard) -> Suspicion:
    """Return how much speaks against somebody. Being new speaks against nobody, only together with something else."""
    found = list(_reasons(signals, guard))
    return Suspicion(sum(weight for weight, _ in found), tuple(reason for _, reason in found))


def _reasons(signals: Signals, guard: Guard) -> Iterator[tuple[int, Refused]]:
    if is_new(signals, guard) and signals.age is not None:
        yield 1, _reason(Reason.NEW, signals.age // DAY, guard.new_account_days)
        if signals.line_new_accounts > guard.new_accounts_per_line_max:
            yield 2, _reason(Reason.LINE, signals.line_new_accounts, guard.new_accounts_per_line_max)
    if signals.device_accounts > guard.accounts_per_device_max:
        yield 2, _reason(Reason.DEVICE, signals.device_accounts, guard.accounts_per_device_max)
    if signals.connected_accounts > guard.connected_accounts_max:
        yield 2, _reason(Reason.CONNECTED, signals.connected_accounts, guard.connected_accounts_max)
    if signals.connected_depth > guard.connected_depth_max:
        yield 2, _reason(Reason.DEPTH, signals.connected_depth, guard.connected_depth_max)
    if signals.near_friends > guard.near_friends_max:
        yield 2, _reason(Reason.RING, signals.near_friends, guard.near_friends_max)


def _reason(what: Reason, given: int, allowed: int) -> Refused:
    return Refused(what.value, {"given": given, "allowed": allowed})
