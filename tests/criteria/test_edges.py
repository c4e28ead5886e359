"""Between two edges an answer stays what it is; each edge is one that some answer needs."""

from hypothesis import given, settings

from interplay.criteria.api import Edges, FactEdge, TraitEdge, edges
from interplay.criteria.contracts import Criterion, TraitOp
from interplay.criteria.evaluate import closure
from interplay.criteria.history import CustomerHistory
from interplay.kernel.ids import CustomerId
from interplay.kernel.time import DAY
from tests.criteria.shop import ORDER, criterion, order, past, setting, shop
from tests.criteria.strategies import NOW, Past, Words
from tests.criteria.test_compile_parity import SLOW, questions


def instants_of(found: Edges, past: Past, customer: int) -> list[int]:
    """Return every instant at which an edge of one customer is passed."""
    due = {int(moment) for moment in found.moments}
    for subject, fact in past.facts:
        if subject is not None and past.customers[subject] == customer:
            for edge in found.facts:
                at = fact.at if edge.field is None else fact.fields.get(edge.field)
                if edge.fact == fact.name and isinstance(at, int):
                    due.add(at + edge.offset)
    for subject, change in past.changes:
        if past.customers[subject] == customer:
            for edge in found.traits:
                at = change.value if edge.is_value else change.at
                if edge.trait == change.trait and isinstance(at, int):
                    due.add(at + edge.offset)
    return sorted(due)


@settings(SLOW, max_examples=settings.default.max_examples * 2)
@given(questions())
def test_an_answer_changes_only_at_an_edge(question: tuple[Words, Criterion, Past, int]) -> None:
    words, asked, past, _ = question
    ask, found = closure(asked, words), edges(asked, words)
    for customer in set(past.customers.values()):
        history = CustomerHistory(CustomerId(customer))
        for subject, fact in past.facts:
            if subject is not None and past.customers[subject] == customer:
                history.add(fact)
        for subject, change in past.changes:
            if past.customers[subject] == customer:
                history.change(change)
        due = instants_of(found, past, customer)
        starts = [NOW - 10_000 * DAY, *due]
        ends = [*(at - 1 for at in due), NOW + 10_000 * DAY]
        for start, end in zip(starts, ends, strict=True):
            if start <= end:
                assert ask(history, start) == ask(history, end), (start - NOW, end - NOW)


def test_a_fact_leaves_its_window() -> None:
    assert edges(criterion(f'count("{ORDER}", within="30d") >= 1'), shop()).facts == {
        FactEdge(ORDER, 0),
        FactEdge(ORDER, 30 * DAY),
    }


def test_the_last_time_becomes_long_ago() -> None:
    asked = criterion(f'last("{ORDER}") < ago("60d")')
    assert FactEdge(ORDER, 60 * DAY + 1) in edges(asked, shop()).facts
    history = past(order(NOW))
    assert closure(asked, shop())(history, NOW + 60 * DAY) is False
    assert closure(asked, shop())(history, NOW + 60 * DAY + 1) is True


def test_a_trait_that_is_an_instant_is_passed() -> None:
    asked = criterion('profile.joined_at <= ago("7d")')
    assert TraitEdge("joined_at", 7 * DAY) in edges(asked, shop()).traits
    history = past(setting("joined_at", TraitOp.SET, NOW))
    assert closure(asked, shop())(history, NOW + 7 * DAY - 1) is False
    assert closure(asked, shop())(history, NOW + 7 * DAY) is True


def test_a_moment_of_the_calendar_is_everybodys() -> None:
    found = edges(criterion('now() >= "2026-03-01"'), shop())
    assert {at % DAY for at in found.moments} == {16 * 3600 * 1_000_000, 16 * 3600 * 1_000_000 + 1}  # 00:00 Shanghai


def test_what_segments_and_computed_traits_are_made_of_counts() -> None:
    words = shop()
    words.known_segments["recent"] = criterion(f'count("{ORDER}", within="1d") > 0', words)
    found = edges(criterion('segment("recent") and profile.mean_spend > 5', words), words)
    assert found.facts == {FactEdge(ORDER, 0), FactEdge(ORDER, DAY)}


def test_an_instant_in_a_field_is_passed() -> None:
    asked = criterion(f'count("{ORDER}", where=event.due_at < ago("1d")) >= 1')
    history = past(order(NOW - 9 * DAY, due_at=NOW))
    assert FactEdge(ORDER, DAY + 1, "due_at") in edges(asked, shop()).facts
    assert closure(asked, shop())(history, NOW + DAY) is False
    assert closure(asked, shop())(history, NOW + DAY + 1) is True
