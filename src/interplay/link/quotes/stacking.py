"""Which offers may stand beside each other in one basket: groups, exclusions, how many of one template.

An exclusion holds both ways: whoever comes first in the pipeline stands, and the later one says who excluded it.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from interplay.link.quotes.contracts import Offer, OfferKind, Reason, Refusal
from interplay.link.quotes.policies import Policy


@dataclass(slots=True)
class Standing:
    """What the offers that applied so far mean for later ones: word → who said it first."""

    words: dict[str, str] = field(default_factory=dict)  # names, groups and kinds
    barred: dict[str, str] = field(default_factory=dict)  # words that they exclude
    groups: dict[str, Offer] = field(default_factory=dict)  # group → who stands for it
    counts: dict[str, int] = field(default_factory=dict)  # coupons by template

    def copy(self) -> "Standing":
        return Standing(dict(self.words), dict(self.barred), dict(self.groups), dict(self.counts))

    def add(self, policy: Policy) -> None:
        """Remember an offer that applied."""
        offer, group = policy.offer, policy.terms.group
        for word in policy.words:
            self.words.setdefault(word, offer.name)
        for word in policy.reading.excludes:
            self.barred.setdefault(word, offer.name)
        if group:
            self.groups.setdefault(group, offer)
        if offer.kind is OfferKind.COUPON:
            self.counts[offer.name] = self.counts.get(offer.name, 0) + 1

    def refusal(self, policy: Policy) -> Reason | None:
        """Return why an offer cannot stand beside those that applied, or None."""
        offer, group = policy.offer, policy.terms.group
        is_coupon = offer.kind is OfferKind.COUPON
        if is_coupon and self.counts.get(offer.name, 0) >= policy.terms.per_basket_max:
            return Reason(Refusal.PER_BASKET, {"count_max": policy.terms.per_basket_max})
        if group and (other := self.groups.get(group)) is not None and not _is_one_document(offer, other):
            return Reason(Refusal.GROUP, {"group": group, "by": other.name})
        by = self.excluded_by(policy.words, policy.reading.excludes)
        return None if by is None else Reason(Refusal.EXCLUDED, {"by": by})

    def excluded_by(self, words: Collection[str], excludes: Collection[str]) -> str | None:
        """Return who excludes these words, or is excluded by them."""
        if self.barred:
            for word in words:
                if word in self.barred:
                    return self.barred[word]
        for word in excludes:
            if word in self.words:
                return self.words[word]
        return None


def _is_one_document(one: Offer, other: Offer) -> bool:
    return one.name == other.name and one.kind is other.kind


def is_conflict(one: Policy, other: Policy) -> bool:
    """Say whether of these two only one can apply to a basket."""
    alone = Standing()
    alone.add(one)
    return alone.refusal(other) is not None
