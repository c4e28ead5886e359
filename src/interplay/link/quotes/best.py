"""Which of her coupons she should use, and in which order: exactly, by branch and bound.

Worth most is what takes most off lines and shipping, with gifts at their worth; points are her own and count nothing.
Of equal combinations it is the one with fewer coupons, then the one that declines fewer promotions, then the one of
higher priority, then the order in which they were presented. A coupon that is used does without the promotions that it
cannot stand beside; no promotion is declined but for a coupon that is used.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from interplay.kernel.errors import AppError
from interplay.link.quotes import eligibility
from interplay.link.quotes.contracts import PointsWish, Reason, Refusal, Refused
from interplay.link.quotes.eligibility import Situation
from interplay.link.quotes.policies import Policy
from interplay.link.quotes.rules import Giving, Tally, finish, is_shipping, outcome, promoted
from interplay.link.quotes.stacking import is_conflict

TRIES_MAX = 10_000
"""Combinations looked at for one basket: all orders of six coupons that all combine are 1,957."""

DECLINED_MAX = 64
"""Sets of promotions that coupons would do without; mostly there are two: none, and all."""

Score = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Combination:
    """Coupons in the order in which they apply, and the promotions that are declined for them."""

    coupons: tuple[Policy, ...] = ()
    without: frozenset[str] = frozenset()


def combination(
    situation: Situation, coupons: Sequence[Policy], wish: PointsWish | None, without: frozenset[str]
) -> Combination:
    """Return the best combination. Raises AppError `quotes.too_many_coupons` where it cannot be sought exactly."""
    usable = [coupon for coupon in coupons if is_usable(coupon, situation)]
    # Percentages first: of more they are more, so what is found early is good and leaves out much.
    usable.sort(key=lambda coupon: coupon.terms.benefit.percent is None)
    against = {coupon: against_it(coupon, situation) for coupon in usable}
    search = _Search(situation, wish, without, against, Combination((), without))
    for declined in _unions(without, against.values()):
        search.declined = declined
        search.seen.clear()
        search.go(promoted(situation, declined), (), usable)
    return search.best


def is_usable(coupon: Policy, situation: Situation) -> bool:
    """Say whether a coupon could apply to the basket if nothing else did; else it never can."""
    alone = Tally.of(situation)
    return eligibility.refusal(coupon, situation) is None and isinstance(outcome(coupon, situation, alone), Giving)


def against_it(coupon: Policy, situation: Situation) -> frozenset[str]:
    """Return the promotions for this moment, place and person that the coupon cannot stand beside."""
    return frozenset(
        promotion.offer.name
        for promotion in situation.promotions.policies
        if is_conflict(promotion, coupon) and eligibility.refusal(promotion, situation) is None
    )


def tell_unused(tally: Tally, situation: Situation, coupons: Iterable[Policy]) -> None:
    """Note why each coupon that was not chosen is not used: its own reason, or that others are worth more."""
    for coupon in coupons:
        found = eligibility.refusal(coupon, situation) or outcome(coupon, situation, tally)
        reason = Reason(Refusal.NOT_BEST) if isinstance(found, Giving) else found
        tally.refused.append(Refused(coupon.offer.source, coupon.offer.name, reason))


def bound(coupon: Policy, given: Giving, situation: Situation) -> int:
    """Return what a coupon can be worth at most from here on, knowing what it would give now.

    Lines only become cheaper, so spends, percents and the k cheapest or dearest units do too; what is counted in units
    may gain by the rounding of each.
    """
    benefit = coupon.terms.benefit
    worth = value_of(given)
    if benefit.shipping:
        return 0  # the whole fee is counted once, whoever takes it off
    if benefit.gift or not benefit.is_by_unit:
        return worth
    return worth + 2 * sum(situation.units[n] for n in given.targets)


def value_of(given: Giving) -> int:
    return given.money + (given.gift.worth * given.gift.quantity if given.gift else 0)


@dataclass(slots=True)
class _Search:
    """Depth first over the orders in which coupons can be used, leaving out what cannot reach the best so far."""

    situation: Situation
    wish: PointsWish | None
    without: frozenset[str]  # what she declines anyway
    against: Mapping[Policy, frozenset[str]]
    best: Combination
    declined: frozenset[str] = frozenset()
    seen: set[tuple[object, ...]] = field(default_factory=set)  # what was reached in another order
    _tries: int = 0
    _score: Score = (-1, 0, 0, 0)

    def go(self, tally: Tally, used: tuple[Policy, ...], open_to: Sequence[Policy]) -> None:
        """Judge this combination, and go on with each coupon that can still be added at its end."""
        if self._is_known(tally, used):
            return
        is_for_these = self.declined == self.without.union(*(self.against[one] for one in used))
        if is_for_these and (_worth(tally) + tally.shipping, -len(used)) >= self._score[:2]:
            self._judge(tally, used)
        possible: dict[Policy, Giving] = {}
        for coupon in open_to:
            if isinstance(given := outcome(coupon, self.situation, tally), Giving):
                possible[coupon] = given
        if not self._is_promising(tally, used, possible):
            return
        alike = set()
        for coupon, given in possible.items():
            if (kind := (coupon.offer.name, coupon.terms)) in alike:  # one coupon of a template is as good as another
                continue
            alike.add(kind)
            further = tally.copy()
            rest = [one for one in possible if one is not coupon]
            if is_shipping(coupon):  # it takes its turn at the end, and so do those after it
                rest = [one for one in rest if is_shipping(one)]
            else:
                further.take(given)
            self.go(further, (*used, coupon), rest)

    def _is_known(self, tally: Tally, used: tuple[Policy, ...]) -> bool:
        """Count a try, and say whether the same coupons have led to the same amounts before, in another order."""
        self._tries += 1
        if self._tries > TRIES_MAX:
            raise AppError("quotes.too_many_coupons", allowed=TRIES_MAX)
        state = (frozenset(used), tuple(one for one in used if is_shipping(one)), tuple(tally.left))
        is_known = state in self.seen
        self.seen.add(state)
        return is_known

    def _judge(self, tally: Tally, used: tuple[Policy, ...]) -> None:
        end = tally.copy()
        finish(end, self.situation, used, self.wish, self.declined)
        declined, priority = len(self.declined - self.without), sum(one.terms.priority for one in used)
        score = (_worth(end), -len(used), -declined, priority)
        is_used = sum(given.policy in used for given in end.givings) == len(used)
        if is_used and score > self._score:
            self._score, self.best = score, Combination(used, self.declined)

    def _is_promising(self, tally: Tally, used: tuple[Policy, ...], possible: Mapping[Policy, Giving]) -> bool:
        """Say whether going on can reach the best so far, at the cost of one coupon more."""
        most = _worth(tally) + tally.shipping  # all of the fee may still come off
        most += sum(bound(coupon, given, self.situation) for coupon, given in possible.items())
        return bool(possible) and (most, -len(used) - 1) >= self._score[:2]


def _unions(without: frozenset[str], sets: Iterable[frozenset[str]]) -> list[frozenset[str]]:
    """Return what is declined for any choice of coupons, fewest first."""
    found = {without}
    for against in sets:
        found |= {declined | against for declined in found}
        if len(found) > DECLINED_MAX:
            raise AppError("quotes.too_many_coupons", allowed=DECLINED_MAX)
    return sorted(found, key=lambda declined: (len(declined), sorted(declined)))


def _worth(tally: Tally) -> int:
    return sum(map(value_of, tally.givings))
