"""What is asked of whom, at random, and the closure's answer, which every other compiler has to give."""

from typing import Any

from hypothesis import strategies as st
from msgspec import structs

from interplay.criteria.contracts import Criterion, Occurrence, TraitChange
from interplay.criteria.dependencies import depends_on
from interplay.criteria.evaluate import closure
from interplay.criteria.history import CustomerHistory
from interplay.kernel.ids import CustomerId, Position
from tests.criteria.strategies import Past, Words, criteria, histories, instants, vocabulary


@st.composite
def questions(draw: st.DrawFn) -> tuple[Words, Criterion, Past, int]:
    words = draw(vocabulary())
    criterion = draw(criteria(words, depth=draw(st.integers(0, 2))))
    return words, criterion, draw(long_histories(about(criterion, words))), draw(instants())


def about(criterion: Criterion, words: Words) -> Words:
    """Only what the criterion reads, for a past in which all of it happens."""
    needed = depends_on(criterion, words)
    return Words(
        declared={f: fields for f, fields in words.declared.items() if f in needed.facts} or words.declared,
        received=words.received,
        known_traits={n: t for n, t in words.known_traits.items() if n in needed.traits} or words.known_traits,
    )


@st.composite
def long_histories(draw: st.DrawFn, words: Words) -> Past:
    """Several pasts of the same customers as one, so that most of what is asked about has happened to somebody."""
    past = draw(histories(words))
    for volume in range(1, 4):
        more = draw(histories(words))
        past.facts += [(subject, later(fact, volume)) for subject, fact in more.facts]
        past.changes += [(subject, later(change, volume)) for subject, change in more.changes]
    return past


def later(row: Occurrence | TraitChange, volume: int) -> Any:
    return structs.replace(row, position=Position(row.position + 1000 * volume))


def by_closure(words: Words, criterion: Criterion, past: Past, now: int) -> dict[int, bool | None]:
    people = {c: CustomerHistory(CustomerId(c)) for c in {*past.customers.values(), 99}}
    for subject, fact in past.facts:
        if subject is not None:
            people[past.customers[subject]].add(fact)
    for subject, change in past.changes:
        people[past.customers[subject]].change(change)
    holds = closure(criterion, words)
    return {customer: holds(history, now) for customer, history in people.items()}
