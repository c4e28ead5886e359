"""Who comes to a campaign of three days, from which devices and addresses. The same seed tells the same crowd."""

import random
from itertools import count

from interplay.rehearse.crowd.contracts import CHEATS, HONEST, Account, Crowd, Kind, Sizes, Visit

DAYS = 3
DAY_SECONDS = 86_400
NIGHT = range(2 * 3_600, 4 * 3_600)
DAYTIME = range(8 * 3_600, 22 * 3_600)
VISITS_MAX = 3
FARM_DEVICES = 50

FULL = Sizes()
"""Some 650 honest people and 1,150 accounts of cheats, who come 2,900 times."""
SMALL = Sizes(alone=100, families=15, inviters=5, farm=6, proxied_farm=0, rings=3, stuffers=100, careful=20)
"""The same with less of everything, for a test that does not take long."""


def crowd(seed: int, sizes: Sizes = FULL) -> Crowd:
    """Return a crowd, its visits in the order of time."""
    telling = _Telling(random.Random(seed), sizes)  # noqa: S311
    for kind in (*HONEST, *CHEATS):
        for _ in range(sizes.groups(kind)):
            telling.come(kind)
    visits = sorted(telling.visits, key=lambda one: (one.seconds, one.account))
    return Crowd(tuple(telling.accounts), tuple(visits))


class _Telling:
    """Makes a crowd, group by group."""

    def __init__(self, rng: random.Random, sizes: Sizes) -> None:
        self._rng = rng
        self._sizes = sizes
        self._devices = count(1)
        self._prefixes = count(1)
        self.accounts: list[Account] = []
        self.visits: list[Visit] = []

    def come(self, kind: Kind) -> None:
        """Let one group of a kind come."""
        match kind:
            case Kind.ALONE | Kind.CAREFUL:
                self._alone(kind)
            case Kind.FAMILY:
                self._family()
            case Kind.OFFICE | Kind.CAMPUS | Kind.CAFE:
                self._place(kind)
            case Kind.INVITER | Kind.RING:
                self._friends(kind)
            case Kind.FARM | Kind.PROXIED_FARM | Kind.WIDE_FARM:
                self._farm(kind)
            case Kind.STUFFER:
                self._stuff()

    def _account(self, kind: Kind, new: float, inviter: int = 0) -> int:
        """Add an account, new with this probability; return its number."""
        heard_days = 0 if self._rng.random() < new else self._rng.randrange(30, 700)
        self.accounts.append(Account(len(self.accounts) + 1, kind, heard_days, inviter))
        return len(self.accounts)

    def _device(self) -> str:
        return f"device-{next(self._devices)}"

    def _line(self, prefix: int | None = None) -> str:
        """Return an address that nobody else has, of a prefix of its own unless one is named."""
        number = next(self._prefixes) if prefix is None else prefix
        return f"36.{100 + number // 256}.{number % 256}.{self._rng.randrange(1, 255)}"

    def _at(self, hours: range, day: int | None = None) -> int:
        on = self._rng.randrange(DAYS) if day is None else day
        return on * DAY_SECONDS + self._rng.choice(hours)

    def _visit(self, account: int, device: str, address: str, at: int, *, is_vote: bool = False) -> None:
        self.visits.append(Visit(at, account, device, address, is_vote))

    def _plays(self, account: int, places: list[tuple[str, str]]) -> None:
        """Let an honest person play some times, by day, each time from one of her places."""
        for _ in range(self._rng.randint(1, VISITS_MAX)):
            device, line = self._rng.choice(places)
            self._visit(account, device, line, self._at(DAYTIME), is_vote=self._rng.random() < 0.2)

    def _alone(self, kind: Kind) -> None:
        account = self._account(kind, 1.0 if kind is Kind.CAREFUL else 0.3)
        self._plays(account, [(self._device(), self._line())])

    def _family(self) -> None:
        tablet, line = self._device(), self._line()
        for _ in range(self._rng.randint(2, 5)):
            self._plays(self._account(Kind.FAMILY, 0.3), [(tablet, line), (self._device(), line)])

    def _place(self, kind: Kind) -> None:
        people, new, lines = {Kind.OFFICE: (40, 0.1, 1), Kind.CAMPUS: (80, 0.5, 4), Kind.CAFE: (40, 0.4, 1)}[kind]
        prefix = next(self._prefixes)
        shared = [self._line(prefix) for _ in range(lines)]
        for _ in range(people):
            device, account = self._device(), self._account(kind, new)
            self._plays(account, [(device, self._rng.choice(shared)), (device, self._line())])

    def _friends(self, kind: Kind) -> None:
        """An inviter's friends live elsewhere, one of them in her house; a ring's are all in one place."""
        is_ring = kind is Kind.RING
        home, first = (self._device(), self._line()), self._account(kind, 1.0 if is_ring else 0.0)
        self._plays(first, [home])
        for number in range(6 if is_ring else self._rng.randint(3, 6)):
            friend = self._account(kind, 1.0 if is_ring else 0.8, first)
            line = home[1] if is_ring or number == 0 else self._line()
            self._plays(friend, [(self._device(), line)])

    def _farm(self, kind: Kind) -> None:
        """Every device plays with its accounts one after the other, at night."""
        lines, start = [self._line() for _ in range(3)], self._at(NIGHT)
        for seat in range(FARM_DEVICES):
            device = self._device()
            for turn in range(self._sizes.on_a_device(kind)):
                line = self._line() if kind is Kind.PROXIED_FARM else lines[seat % (1 if kind is Kind.WIDE_FARM else 3)]
                account = self._account(kind, 1.0)
                self._visit(account, device, line, start + turn * 240 + seat)
                if turn % 2:
                    self._visit(account, device, line, start + DAY_SECONDS + turn * 240 + seat)

    def _stuff(self) -> None:
        lines, start = [self._line() for _ in range(2)], self._at(NIGHT)
        for number in range(self._sizes.stuffers):
            account = self._account(Kind.STUFFER, 1.0)
            self._visit(account, self._device(), lines[number % 2], start + number * 4, is_vote=True)
