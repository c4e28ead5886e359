"""What the rest may know of tiers: the ladder's document, and where somebody stands."""

from msgspec import Struct

from interplay.kernel.ids import Micros

TIER = "tier"
CHANGED = "tier.changed"
GRANTED = "tier.granted"
ENDED = "tier.ended"


class Label(Struct, frozen=True, forbid_unknown_fields=True):
    """The name for people."""

    zh: str
    en: str


class Rung(Struct, frozen=True, forbid_unknown_fields=True):
    """One tier: reached with `at` or more of the ladder's unit within its window."""

    name: str
    label: Label
    at: int
    benefits: tuple[Label, ...] = ()


class Span(Struct, frozen=True, forbid_unknown_fields=True):
    """So many days, or calendar years in the brand's zone."""

    days: int | None = None
    years: int | None = None


class LadderDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """A document of kind `tier`. What counts is a unit of points: status points, visits, or 分 spent, by its rules."""

    label: Label
    unit: str
    tiers: tuple[Rung, ...]  # lowest first
    window: Span | None = None  # the last so many days, or this calendar year and those before; None: ever
    keeps: Span | None = (
        None  # how long a tier is held once reached; years: to the end of the n-th after. None: for ever
    )
    grace_days: int = 0  # and then so many days more
    weekdays: tuple[int, ...] = ()  # member days: 1 Monday … 7 Sunday
    days_of_month: tuple[int, ...] = ()  # and these
    note: str = ""


class Standing(Struct, frozen=True):
    """Where a customer stands on a ladder. `until`: to when the tier is held at least; None: by no promise."""

    ladder: str
    tier: str | None
    label: Label | None
    benefits: tuple[Label, ...]
    amount: int  # within the window
    next: str | None
    missing: int  # to the next
    until: Micros | None
    is_member_day: bool
    next_label: Label | None = None
    next_at: int | None = None  # with how much of it the next is reached
