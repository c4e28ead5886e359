"""Whether an offer is for this moment, place and person. None of it depends on what was given before.

The order of the questions is the order in which their answers help a customer: first when, then where, then who.
"""

from dataclasses import dataclass, field

from interplay.link.quotes import hours
from interplay.link.quotes.choosing import Chosen, is_chosen
from interplay.link.quotes.contracts import Basket, Line, PointsTerms, Reason, Refusal, Shopper
from interplay.link.quotes.policies import Policy, Promotions

NOWHERE = "—"
"""What a sentence shows for a store or channel that the basket does not name."""


@dataclass(slots=True)
class Situation:
    """One basket as all offers see it: lines in the order of their ids, so that no other order changes anything."""

    promotions: Promotions
    basket: Basket
    shopper: Shopper
    lines: tuple[Line, ...]
    units: tuple[int, ...]
    now: hours.LocalTime
    _choices: list[int]
    _taken: dict[Chosen, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, promotions: Promotions, basket: Basket, shopper: Shopper) -> "Situation":
        lines = tuple(sorted(basket.lines, key=lambda line: line.line))
        units = tuple(line.quantity for line in lines)
        now = hours.LocalTime.of(basket.at, promotions.zone)
        return cls(promotions, basket, shopper, lines, units, now, [promotions.choices_of(line) for line in lines])

    def taken(self, chosen: Chosen) -> tuple[int, ...]:
        """Return the places of the lines that a choice takes."""
        found = self._taken.get(chosen)
        if found is None:
            bit = self.promotions.choices.get(chosen)
            if chosen.is_every_line:
                found = tuple(range(len(self.lines)))
            elif bit is not None:
                found = tuple(n for n, choices in enumerate(self._choices) if choices >> bit & 1)
            else:
                found = tuple(n for n, line in enumerate(self.lines) if chosen.takes(line))
            self._taken[chosen] = found
        return found

    def points_lines(self, terms: PointsTerms) -> tuple[int, ...]:
        """Return the places of the lines that points may pay for."""
        return self.taken(Chosen.of(terms.products, terms.categories))


def refusal(policy: Policy, situation: Situation) -> Reason | None:
    """Return why an offer is not for this moment, place or person, or None."""
    at = situation.basket.at
    if at < policy.valid_from:
        return policy.not_yet
    if at >= policy.valid_until:
        return policy.ended
    if policy.is_timed and (code := hours.refusal(policy.reading.weekdays, policy.reading.hours, situation.now)):
        if code is Refusal.WEEKDAY:
            return Reason(code, {"weekdays": ",".join(policy.terms.weekdays)})
        return Reason(code, {"hours": ", ".join(policy.terms.hours)})
    if policy.is_placed and (reason := _place(policy, situation.basket)) is not None:
        return reason
    return _person(policy, situation.shopper) if policy.is_personal else None


def _place(policy: Policy, basket: Basket) -> Reason | None:
    if not is_chosen(policy.terms.channels, (basket.channel,)):
        return Reason(Refusal.CHANNEL, {"channel": basket.channel or NOWHERE})
    if not is_chosen(policy.terms.stores, (basket.store,)):
        return Reason(Refusal.STORE, {"store": basket.store or NOWHERE})
    return None


def _person(policy: Policy, shopper: Shopper) -> Reason | None:
    if not is_chosen(policy.terms.tiers, (shopper.tier,)):
        return Reason(Refusal.TIER, {"tier": shopper.tier or NOWHERE})
    customers = policy.terms.customers
    for segment in (*customers.only, *customers.but_not):
        if segment not in shopper.answers:
            return Reason(Refusal.CUSTOMER_UNKNOWN, {"segment": segment})
    if not is_chosen(customers, [segment for segment, is_in in shopper.answers.items() if is_in]):
        return Reason(Refusal.CUSTOMER, {"customers": ", ".join((*customers.only, *customers.but_not))})
    return None
