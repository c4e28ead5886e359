"""What answers on scales come to: NPS and CSAT, exact."""

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction

from msgspec import Struct

PROMOTER_LEAST, DETRACTOR_MOST = 9, 6
SATISFIED_LEAST = 4


class Nps(Struct, frozen=True):
    """Net promoter score (净推荐值)."""

    promoters: int
    passives: int
    detractors: int

    @property
    def score(self) -> Fraction | None:
        """Return −100 … 100; None where nobody has answered."""
        count = self.promoters + self.passives + self.detractors
        return Fraction(100 * (self.promoters - self.detractors), count) if count else None


class Csat(Struct, frozen=True):
    """Customer satisfaction (满意度)."""

    satisfied: int
    answered: int

    @property
    def score(self) -> Fraction | None:
        """Return 0 … 100, the percentage of the satisfied; None where nobody has answered."""
        return Fraction(100 * self.satisfied, self.answered) if self.answered else None


def nps(scores: Iterable[int]) -> Nps:
    """Count answers from 0 to 10: promoters say 9 or 10, detractors 0 to 6.

    F. Reichheld, "The One Number You Need to Grow", Harvard Business Review 81 (12), 2003: the percentage of promoters
    less that of detractors.
    """
    return nps_of(Counter(scores))


def nps_of(people: Mapping[int, int]) -> Nps:
    """Return what `nps` does of answers that are counted already: people by score."""
    promoters = sum(count for score, count in people.items() if score >= PROMOTER_LEAST)
    detractors = sum(count for score, count in people.items() if score <= DETRACTOR_MOST)
    return Nps(promoters, sum(people.values()) - promoters - detractors, detractors)


def csat(scores: Iterable[int]) -> Csat:
    """Count answers from 1 to 5: who says 4 or 5 is satisfied.

    The "top two boxes" of a five-point scale: P. Farris et al., "Marketing Metrics", 3rd edition (2015), chapter 2.
    """
    return csat_of(Counter(scores))


def csat_of(people: Mapping[int, int]) -> Csat:
    """Return what `csat` does of answers that are counted already: people by score."""
    return Csat(sum(count for score, count in people.items() if score >= SATISFIED_LEAST), sum(people.values()))
