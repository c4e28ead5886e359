"""The names of things, as types: a customer is never passed where a subject is meant."""

from typing import NewType

SubjectId = NewType("SubjectId", int)
"""One identifier as received (a phone, a cookie, …); facts carry this, never the customer."""

CustomerId = NewType("CustomerId", int)
"""One resolved person; `customer_of(subject)` says which."""

Position = NewType("Position", int)
"""A fact's place in the log: 1, 2, 3, …; later facts have higher positions."""

Micros = NewType("Micros", int)
"""An instant: microseconds since 1970-01-01T00:00:00Z. Durations are plain `int` microseconds."""
