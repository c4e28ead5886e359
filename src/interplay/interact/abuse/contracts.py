"""What the rest of the product may know about abuse control: what a campaign asks for, and who is suspected why."""

from enum import StrEnum

from msgspec import Struct

from interplay.acts.contracts import Refused, Step
from interplay.kernel.ids import Micros, SubjectId

WAITING = "payout.waiting"
APPROVED = "payout.approved"
REJECTED = "payout.rejected"
SUSPECTED_AT = 2
"""From this score on somebody is suspected. What only may mean something counts 1, what means something counts 2."""


class Whom(StrEnum):
    """Who is asked to solve a challenge."""

    OFF = "off"
    SUSPECTS = "suspects"
    ALL = "all"


class Waits(StrEnum):
    """Whose prizes wait for a review."""

    OFF = "off"
    SUSPECTS = "suspects"


class Guard(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a campaign does about abuse: `guard: {}` has all of these.

    Caps count plays and refuse; the others only make somebody suspected, who plays the same odds as everybody.
    """

    per_device_day_max: int = 20
    per_prefix_hour_max: int = 2_000  # /24 of IPv4, /48 of IPv6: a campus has one
    per_prefix_day_max: int = 10_000
    per_minute_max: int = 12  # of one customer, and of one device
    account_age_hours_min: int = 0
    accounts_per_device_max: int = 4  # a family's tablet
    connected_accounts_max: int = 12  # by devices, from account to account
    connected_depth_max: int = 3  # steps from account to account
    new_accounts_per_line_max: int = 8  # on one address in a day
    near_friends_max: int = 3  # tied by referral, and on the same device or address
    new_account_days: int = 7
    trusted: tuple[str, ...] = ()  # live segments whose members are never suspected
    challenge: Whom = Whom.SUSPECTS
    challenge_work_max: int = 50_000  # hashes; about a second on a slow phone
    review: Waits = Waits.SUSPECTS


class Signals(Struct, frozen=True):
    """What is known of somebody's surroundings, as numbers. None: it cannot be told."""

    age: int | None = None  # microseconds since she was first heard of
    device_accounts: int = 0  # on the busiest of her devices
    connected_accounts: int = 0  # she herself is one
    connected_depth: int = 0
    line_new_accounts: int = 0  # on her address, today
    near_friends: int = 0


class Suspicion(Struct, frozen=True):
    """How much speaks against somebody, and what: for staff only."""

    score: int = 0
    reasons: tuple[Refused, ...] = ()

    @property
    def is_suspected(self) -> bool:
        return self.score >= SUSPECTED_AT


class Source(Struct, frozen=True):
    """Where a play comes from, as its sender says: an identifier of the device, and an address."""

    device: str = ""
    address: str = ""
    solution: str = ""  # of a challenge
    is_vouched: bool = False  # by a till, or by the brand's own pages: nobody there could solve a challenge


class Screened(Struct, frozen=True):
    """What a play has to count, and what speaks against its player."""

    steps: tuple[Step, ...]
    suspicion: Suspicion


class Challenge(Struct, frozen=True, rename="camel"):
    """A challenge of ALTCHA's, as its widget takes it: find the number below `max_number` that makes the hash."""

    algorithm: str
    challenge: str
    max_number: int
    salt: str
    signature: str


class Sight(Struct, frozen=True):
    """Somebody was seen on a device and at an address, by their digests (None: not told), first heard of at `since`."""

    subject: SubjectId
    device: bytes | None
    line: bytes | None
    day: int
    since: Micros | None


class Refusal(StrEnum):
    """Why not. Only the first two are ever said to a player; staff find the others among refused acts."""

    LATER = "abuse.later"
    CHALLENGE = "abuse.challenge"
    DEVICE = "abuse.device"
    PREFIX = "abuse.prefix"
    FAST = "abuse.fast"
    YOUNG = "abuse.young"
    SOLVED = "abuse.solved_before"


class Reason(StrEnum):
    """What speaks against somebody. The value is the key of the sentence that staff read."""

    NEW = "abuse.is_new"
    DEVICE = "abuse.shared_device"
    CONNECTED = "abuse.connected"
    DEPTH = "abuse.depth"
    LINE = "abuse.crowded_line"
    RING = "abuse.ring"
