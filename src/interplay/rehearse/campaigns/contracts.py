"""What is asked of a rehearsal, and what it says. Money is in minor units; intervals are of 95 percent."""

from enum import StrEnum

from msgspec import Struct

PLAYS, RUNS = 20_000, 10
PLAYS_MAX = 1_000_000
RUNS_MAX = 100
SEED = 1
RIGHT_PERCENT = 60


class Pattern(StrEnum):
    """When people play."""

    EVEN = "even"
    EVENING = "evening"  # most after work, few at night


class PreviewAsk(Struct, frozen=True, kw_only=True):
    """How often to run the whole period, with how many plays by how many players.

    `segments`: how many percent of the players are in a segment that the campaign names; nobody where it is not said.
    `right_percent`: how many questions of a quiz they know.
    """

    campaign: str
    plays: int = PLAYS
    runs: int = RUNS
    players: int | None = None  # a third of the plays
    seed: int = SEED
    pattern: Pattern = Pattern.EVENING
    segments: dict[str, int] = {}
    right_percent: int = RIGHT_PERCENT


class Interval(Struct, frozen=True):
    """What is expected, and between which bounds."""

    mean: float
    low: float
    high: float


class OutcomeSeen(Struct, frozen=True):
    """An outcome of a draw: how often the weights that applied let expect it, how often it was picked, and given.

    `share` is picked ÷ plays, with Wilson's interval.
    """

    outcome: str
    expected: float
    picked: int
    given: int
    share: Interval


class PartSeen(Struct, frozen=True):
    """A part: its plays in all runs. `p_value`: of χ², how likely a difference as large as this one is by chance.

    Where it is not simulated, all plays are of the other parts: its orders, photos or friends cannot be made up.
    """

    part: str
    mechanic: str
    plays: int
    outcomes: tuple[OutcomeSeen, ...] = ()
    p_value: float | None = None
    is_simulated: bool = True


class PrizeSeen(Struct, frozen=True):
    """A prize: how many are given in a run, and when the last one goes, in days from the start."""

    prize: str
    given: Interval
    stock: int | None
    sold_out_runs: int
    sold_out_days: Interval | None


class Day(Struct, frozen=True):
    """One day of the period, or one month of a long one, on average over the runs."""

    day: str
    plays: float
    given: dict[str, float]
    left: dict[str, float]


class Preview(Struct, frozen=True):
    """What would happen. `worst`: what prizes could cost at most; None: nothing limits it."""

    campaign: str
    version: int
    plays: int
    runs: int
    players: int
    seed: int
    parts: tuple[PartSeen, ...]
    prizes: tuple[PrizeSeen, ...]
    cost: Interval
    worst: int | None
    refused: dict[str, int]
    days: tuple[Day, ...]
    is_guarded: bool = False  # by something that no simulated player meets
    seconds: float = 0.0
