"""The pipeline of a basket quote. One order, for everybody:

    1. automatic promotions, by priority
    2. coupons, as they were presented
    3. points as money
    4. the shipping fee: promotions by priority, then coupons as presented

Every step works on what the one before left. A discount is spread over its lines in proportion to what they still
cost. An offer that would take nothing off does not apply, so a coupon is not used up for nothing.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from msgspec import Struct

from interplay.link.quotes import eligibility
from interplay.link.quotes.contracts import POINTS, Gift, PointsSpent, PointsWish, Reason, Refusal, Refused
from interplay.link.quotes.discounts import times
from interplay.link.quotes.eligibility import Situation
from interplay.link.quotes.paying import points_of
from interplay.link.quotes.policies import Policy
from interplay.link.quotes.spreading import spread
from interplay.link.quotes.stacking import Standing

NO_POINTS = PointsSpent(0, 0)


class Giving(Struct, frozen=True):
    """One offer that applied: the lines it was for, and what it took off each, or off the shipping fee."""

    policy: Policy
    lines: Sequence[int]  # it was given for
    targets: Sequence[int]  # what is off is off these
    parts: Sequence[int]
    money: int
    gift: Gift | None = None


@dataclass(slots=True)
class Tally:
    """A basket under way through the pipeline: what it still costs, and what happened so far."""

    left: list[int]  # of each line
    shipping: int
    standing: Standing = field(default_factory=Standing)
    givings: list[Giving] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    points: PointsSpent = NO_POINTS
    points_money: Sequence[int] = ()  # of each line, where points were spent
    points_parts: Sequence[int] = ()

    @classmethod
    def of(cls, situation: Situation) -> "Tally":
        return cls([line.quantity * line.unit_price for line in situation.lines], situation.basket.shipping)

    def copy(self) -> "Tally":
        """Return another one to go on with; what is known of points comes later than any copy is made."""
        return Tally(self.left[:], self.shipping, self.standing.copy(), self.givings[:], self.refused[:])

    def give(self, situation: Situation, policies: Iterable[Policy]) -> None:
        """Apply offers in turn, or note why not."""
        for policy in policies:
            given = eligibility.refusal(policy, situation) or outcome(policy, situation, self)
            if isinstance(given, Giving):
                self.take(given)
            else:
                self.refused.append(Refused(policy.offer.source, policy.offer.name, given))

    def take(self, given: Giving) -> None:
        """Take off what an offer gives."""
        self.givings.append(given)
        self.standing.add(given.policy)
        if given.policy.terms.benefit.shipping is not None:
            self.shipping -= given.money
        for n, part in zip(given.targets, given.parts, strict=True):
            self.left[n] -= part

    def spend(self, situation: Situation, wish: PointsWish | None) -> None:
        """Take off points as money."""
        if wish is None or not wish.points:
            return
        excluder = self.standing.excluded_by((POINTS,), ())
        found: PointsSpent | Reason
        if excluder is not None:
            found = Reason(Refusal.EXCLUDED, {"by": excluder})
        else:
            targets = situation.points_lines(wish.terms)
            left = [self.left[n] for n in targets]
            found = points_of(wish, situation.shopper.points, left)
        if isinstance(found, Reason):
            self.refused.append(Refused(POINTS, POINTS, found))
            return
        money = [0] * len(self.left)
        for n, part in zip(targets, spread(found.money, left), strict=True):
            money[n] = part
            self.left[n] -= part
        self.points, self.points_money, self.points_parts = found, money, spread(found.points, money)
        self.standing.words[POINTS] = POINTS


def run(situation: Situation, coupons: Sequence[Policy], wish: PointsWish | None, without: Collection[str]) -> Tally:
    """Return a basket at the end of the pipeline."""
    tally = promoted(situation, without)
    tally.give(situation, [coupon for coupon in coupons if not is_shipping(coupon)])
    finish(tally, situation, coupons, wish, without)
    return tally


def promoted(situation: Situation, without: Collection[str]) -> Tally:
    """Return the basket after the automatic promotions; those of `without` she declined."""
    tally = Tally.of(situation)
    for policy in situation.promotions.policies:
        if policy.offer.name in without:
            reason = Reason(Refusal.DECLINED)
            tally.refused.append(Refused(policy.offer.source, policy.offer.name, reason))
    tally.give(situation, _standing(situation, without, of_shipping=False))
    return tally


def finish(
    tally: Tally,
    situation: Situation,
    coupons: Sequence[Policy],
    wish: PointsWish | None,
    without: Collection[str],
) -> None:
    """Spend points and take off shipping: the last two steps."""
    tally.spend(situation, wish)
    tally.give(situation, _standing(situation, without, of_shipping=True))
    tally.give(situation, [coupon for coupon in coupons if is_shipping(coupon)])


def is_shipping(policy: Policy) -> bool:
    return policy.terms.benefit.shipping is not None


def outcome(policy: Policy, situation: Situation, tally: Tally) -> Giving | Reason:
    """Return what an offer gives to a basket as it stands, or why nothing. Changes nothing."""
    if (reason := tally.standing.refusal(policy)) is not None:
        return reason
    reading, terms, left = policy.reading, policy.terms, tally.left
    lines = targets = situation.taken(reading.chosen)
    if reading.item is not None:
        targets = situation.taken(reading.item)
        lines = [n for n in lines if n not in targets]
        if not targets:
            return Reason(
                Refusal.ITEM_MISSING,
                {"products": ", ".join(terms.benefit.exchange.products if terms.benefit.exchange else ())},
            )
    elif not lines:
        return Reason(Refusal.NO_LINE)
    costs = [left[n] for n in lines]
    spend = sum(costs)
    if (terms.quantity_min or spend < terms.spend_min) and (
        reason := _least(policy, situation, lines, spend)
    ) is not None:
        return reason
    benefit = terms.benefit
    if benefit.gift is not None:
        often = times(spend, terms.spend_min, benefit.gift.times_max)
        gift = Gift(benefit.gift.product, benefit.gift.quantity * often, benefit.gift.worth, benefit.gift.times_max)
        return Giving(policy, lines, (), (), 0, gift)
    if benefit.shipping is not None:
        return _off_shipping(policy, lines, tally.shipping)
    if reading.item is not None:
        costs, lines = [left[n] for n in targets], sorted((*lines, *targets))
        spend = sum(costs)
    assert reading.discount is not None, "every other benefit is about lines"
    units = [situation.units[n] for n in targets] if reading.is_by_unit else ()
    money = reading.discount(costs, units, spend)
    return Giving(policy, lines, targets, spread(money, costs), money) if money else Reason(Refusal.NOTHING_LEFT)


def _standing(situation: Situation, without: Collection[str], *, of_shipping: bool) -> Sequence[Policy]:
    promotions = situation.promotions
    policies = promotions.of_shipping if of_shipping else promotions.of_lines
    return [one for one in policies if one.offer.name not in without] if without else policies


def _least(policy: Policy, situation: Situation, lines: Sequence[int], spend: int) -> Reason | None:
    """Return what is missing to the least spend or the least number of units, or None."""
    terms = policy.terms
    if terms.quantity_min and (quantity := sum(situation.units[n] for n in lines)) < terms.quantity_min:
        args: dict[str, int | str] = {"quantity": quantity, "quantity_min": terms.quantity_min}
        return Reason(Refusal.QUANTITY, args | {"short": terms.quantity_min - quantity})
    if spend < terms.spend_min:
        args = {"spend_minor": spend, "spend_min_minor": terms.spend_min, "short_minor": terms.spend_min - spend}
        return Reason(Refusal.SPEND, args)
    return None


def _off_shipping(policy: Policy, lines: Sequence[int], fee: int) -> Giving | Reason:
    benefit = policy.terms.benefit.shipping
    assert benefit is not None, "only asked for shipping"
    off = fee if benefit.off_max is None else min(fee, benefit.off_max)
    return Giving(policy, lines, (), (), off) if off else Reason(Refusal.NO_SHIPPING)
