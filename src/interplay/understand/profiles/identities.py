"""Questions of who is who, answered when every fact has been dealt with."""

from interplay.engine.wire.contracts import Question
from interplay.understand.profiles.contracts import Identified, Identify, ListReviews, Reading, WhyCustomer
from interplay.understand.profiles.finding import find_subject
from interplay.unify.identity import api as identity
from interplay.unify.identity.contracts import LinkView, WhyView

REVIEWS_MAX = 1_000


def _identify(reading: Reading, ask: Identify) -> Identified:
    subject = find_subject(reading, ask.kind, ask.value)
    return Identified(subject, identity.customer_of(reading.database, subject)[0])


def _why(reading: Reading, ask: WhyCustomer) -> WhyView:
    return identity.why(reading.database, reading.keys, find_subject(reading, ask.kind, ask.value))


def _list_reviews(reading: Reading, ask: ListReviews) -> list[LinkView]:
    return identity.waiting(reading.database, reading.keys, min(ask.links_max, REVIEWS_MAX))


identify = Question("customers.identify", Identify, Identified, _identify)
why = Question("customers.why", WhyCustomer, WhyView, _why)
list_reviews = Question("customers.reviews", ListReviews, list[LinkView], _list_reviews)
