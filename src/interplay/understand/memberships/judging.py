"""Asking: a few customers by the closure on their pasts, everybody by one query. Both say the same.

What cannot be told of somebody (a sum beyond 128 bits) does not make her a member, and does not stop the others.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import structlog

from interplay.criteria.api import CustomerHistory, answers
from interplay.kernel.errors import AppError
from interplay.kernel.ids import CustomerId, Micros
from interplay.understand.memberships.bits import Bits
from interplay.understand.memberships.pasts import pasts
from interplay.understand.memberships.watching import Watch, Watched
from interplay.understand.profiles.api import tables

if TYPE_CHECKING:
    from interplay.engine.olap.warehouse import Session

CUSTOMERS_AT_ONCE_MAX = 5_000

Customers = npt.NDArray[np.int64]

log = structlog.get_logger()


def is_in(one: Watched, past: CustomerHistory, now: Micros) -> bool:
    """Return whether somebody with this past is in a segment."""
    try:
        return one.ask(past, now) is True
    except AppError as error:
        log.error("segment cannot be told of a customer", segment=one.name, customer=past.customer, reason=str(error))
        return False


def of_nobody(watched: Watch, now: Micros) -> int:
    """Return the segments that hold for somebody of whom nothing is known."""
    nothing = CustomerHistory()
    return sum(1 << place for place, one in enumerate(watched.segments) if is_in(one, nothing, now))


def some_customers(
    session: "Session", watched: Watch, asked: Mapping[int, int], now: Micros
) -> Iterator[tuple[int, int, bool]]:
    """Yield (segment's place, customer, is in) for every segment that each customer is asked about."""
    rest = iter(asked)
    while slice_ := list(islice(rest, CUSTOMERS_AT_ONCE_MAX)):
        found = pasts(session, watched, {customer: asked[customer] for customer in slice_})
        for customer in slice_:
            past = found.get(customer) or CustomerHistory(CustomerId(customer))
            for place in watched.places(asked[customer]):
                yield place, customer, is_in(watched.segments[place], past, now)


def everybody(session: "Session", watched: Watch, one: Watched, now: Micros) -> Customers:
    """Return all customers in a segment. Raises AppError, or an error of the engine, when that cannot be told."""
    answered = answers(one.criterion, watched.words, tables(session), now)
    found = answered.filter(answered.answer).select("customer").to_pyarrow()
    return np.sort(found["customer"].to_numpy().astype(np.int64))


def as_array(bits: Bits) -> Customers:
    """Return the customers that are in."""
    packed = np.frombuffer(bits.packed(), np.uint8)
    return np.flatnonzero(np.unpackbits(packed, bitorder="little")).astype(np.int64)


def as_bits(customers: Iterable[int] | Customers) -> Bits:
    """Return a set of customers as bits."""
    numbers = np.fromiter(customers, np.int64) if not isinstance(customers, np.ndarray) else customers
    flags = np.zeros(int(numbers.max(initial=0)) + 1, np.uint8)
    flags[numbers] = 1
    return Bits.of(np.packbits(flags, bitorder="little").tobytes())
