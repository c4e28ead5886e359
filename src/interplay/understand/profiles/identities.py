"""Questions of who is who, answered when every fact has been dealt with."""

from interplay.engine.wire.contracts import Question
from interplay.understand.profiles.contracts import (
    Identified,
    Identify,
    ListMatches,
    ListReviews,
    Reading,
    Review,
    WhyCustomer,
)
from interplay.understand.profiles.finding import find_subject
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import WhyView
from interplay.unify.matching import api as matching
from interplay.unify.matching.contracts import CandidateView, Compare, Compared

REVIEWS_MAX = 1_000


def _identify(reading: Reading, ask: Identify) -> Identified:
    subject = find_subject(reading, ask.kind, ask.value)
    return Identified(subject, identity.customer_of(reading.database, subject)[0])


def _why(reading: Reading, ask: WhyCustomer) -> WhyView:
    return identity.why(reading.database, reading.keys, find_subject(reading, ask.kind, ask.value))


def _list_reviews(reading: Reading, ask: ListReviews) -> list[Review]:
    """List what facts say and the rules leave to staff, the oldest first; then what is likely, the likeliest first."""
    wanted = min(ask.links_max, REVIEWS_MAX)
    links = identity.waiting(reading.database, reading.keys, wanted)
    found = [Review(one.one, one.other, one.at, one.position, one.fact) for one in links]
    candidates = _waiting(reading, wanted - len(found))
    return found + [
        Review(one.one, one.other, one.found_at, probability=one.probability, reasons=one.reasons) for one in candidates
    ]


def _list_matches(reading: Reading, ask: ListMatches) -> list[CandidateView]:
    return _waiting(reading, min(ask.matches_max, REVIEWS_MAX))


def _waiting(reading: Reading, rows_max: int) -> list[CandidateView]:
    return matching.waiting(reading.database, reading.keys, reading.world.brand, rows_max)


def _compare(reading: Reading, ask: Compare) -> Compared:
    return matching.compare(reading.database, reading.keys, reading.world.brand, reading.world.now(), ask)


identify = Question("customers.identify", Identify, Identified, _identify)
why = Question("customers.why", WhyCustomer, WhyView, _why)
list_reviews = Question("customers.reviews", ListReviews, list[Review], _list_reviews)
list_matches = Question("customers.matches", ListMatches, list[CandidateView], _list_matches)
compare = Question("customers.compare", Compare, Compared, _compare)
