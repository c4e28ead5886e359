"""Whether an offer is for this moment, place and person. None of it depends on what was given before.

The order of the questions is the order in which their answers help a customer: first when, then where, then who.
"""

from dataclasses import dataclass

from interplay.link.quotes import hours
from interplay.link.quotes.choosing import Chosen, chosen
from interplay.link.quotes.contracts import Basket, Line, PointsTerms, Reason, Refusal, Shopper
from interplay.link.quotes.policies import Policy, Promotions, Reading

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
    _taken: dict[Chosen, list[int]]

    @classmethod
    def of(cls, promotions: Promotions, basket: Basket, shopper: Shopper) -> "Situation":
        lines = tuple(sorted(basket.lines, key=_id))
        units = tuple([line.quantity for line in lines])
        taken: dict[Chosen, list[int]] = {choice: [] for choice in promotions.choices}
        for n, line in enumerate(lines):
            for choice in promotions.choices_of(line):
                taken[choice].append(n)
        return cls(promotions, basket, shopper, lines, units, hours.LocalTime.of(basket.at, promotions.zone), taken)

    def taken(self, choice: Chosen) -> list[int]:
        """Return the places of the lines that a choice takes."""
        found = self._taken.get(choice)
        if found is None:  # of a coupon, or of points
            found = self._taken[choice] = [n for n, line in enumerate(self.lines) if choice.takes(line)]
        return found

    def points_lines(self, terms: PointsTerms) -> list[int]:
        """Return the places of the lines that points may pay for."""
        return self.taken(chosen(terms.products, terms.categories))


def _id(line: Line) -> str:
    return line.line


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
    if policy.is_placed and (reason := _place(policy.reading, situation.basket)) is not None:
        return reason
    return _person(policy, situation.shopper) if policy.is_personal else None


def _place(reading: Reading, basket: Basket) -> Reason | None:
    if not reading.channels.has(basket.channel):
        return Reason(Refusal.CHANNEL, {"channel": basket.channel or NOWHERE})
    if not reading.stores.has(basket.store):
        return Reason(Refusal.STORE, {"store": basket.store or NOWHERE})
    return None


def _person(policy: Policy, shopper: Shopper) -> Reason | None:
    if not policy.reading.tiers.has_one_of(shopper.tiers):
        return Reason(Refusal.TIER, {"tier": ", ".join(shopper.tiers) or NOWHERE})
    named, answers = policy.terms.customers, shopper.answers
    hers = []
    for segment in (*named.only, *named.but_not):
        if segment not in answers:
            return Reason(Refusal.CUSTOMER_UNKNOWN, {"segment": segment})
        if answers[segment]:
            hers.append(segment)
    if not policy.reading.customers.has_one_of(hers):
        return Reason(Refusal.CUSTOMER, {"customers": ", ".join((*named.only, *named.but_not))})
    return None
