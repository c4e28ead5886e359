"""What a season came to. Amounts are fen (分); shares are from 0 to 1."""

from msgspec import Struct

from interplay.rehearse.campaigns.contracts import Interval


class Chance(Struct, frozen=True):
    """An outcome: what is published of it, beside how often chance picked it and it was given."""

    outcome: str
    published: float
    picked: int
    given: int


class Stock(Struct, frozen=True):
    """A prize: how many there were, were given or taken for a review, and are left. None: no limit."""

    prize: str
    stock: int | None
    given: int
    left: int | None


class Ranked(Struct, frozen=True):
    """A place on the board."""

    rank: int
    score: int


class Codes(Struct, frozen=True):
    """What became of the codes: how many were played, of those that were sent elsewhere, copied or made up."""

    played: int
    diverted: int  # alarms
    copies_refused: int
    made_up_refused: int


class Cheats(Struct, frozen=True):
    """Prizes that cheats won, and how many of them wait for a review; honest people, and who of them was challenged."""

    accounts: int
    prizes: int
    stopped: int
    honest: int
    honest_challenged: int


class Friends(Struct, frozen=True):
    """Friends who accepted, whose order was kept or sent back, and prizes of both sides that were given or wait."""

    accepted: int
    refunded: int
    kept: int
    given: int
    waiting: int


class CouponCounts(Struct, frozen=True):
    """Coupons of a template."""

    template: str
    given: int
    redeemed: int
    partly_refunded: int
    expired: int


class Side(Struct, frozen=True):
    """One side of the holdout: its customers, and how many of them ordered. `truth` is what the generator knows."""

    people: int
    ordered: int
    truth: float


class Season(Struct, frozen=True, kw_only=True):
    """The whole season. `claims` say what was checked."""

    seed: int
    customers: int
    recognized: int  # who scanned as a cookie first, and turned out to be one customer
    chances: tuple[Chance, ...]
    p_value: float | None  # of what was picked, if chance is as published
    stocks: tuple[Stock, ...]
    cost: int  # of goods and points
    coupon_cost: int  # of what was redeemed
    coupons: tuple[CouponCounts, ...]
    codes: Codes
    cheats: Cheats
    friends: Friends
    board: tuple[Ranked, ...]
    offered: Side
    held_out: Side
    difference: Interval
    claims: dict[str, bool]
