"""The closure and the Ibis expression are two compilers of one meaning; here they are held against each other."""

from hypothesis import HealthCheck, event, given, settings

from interplay.criteria.compile import answers, tally
from interplay.criteria.contracts import Answer
from tests.criteria.questions import by_closure, questions
from tests.criteria.tables import tables_of

EXAMPLES = settings.default.max_examples * 6 // 10
SLOW = settings(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@settings(SLOW, max_examples=EXAMPLES)
@given(questions())
def test_every_customer_gets_the_same_answer_from_the_closure_and_from_ibis(question):
    words, criterion, past, now = question
    rows = answers(criterion, words, tables_of(past), now).to_pyarrow().to_pylist()
    expected = by_closure(words, criterion, past, now)
    event(f"answers {sorted(map(str, set(expected.values())))}")
    assert {row["customer"]: row["answer"] for row in rows} == expected
    assert len(rows) == len(expected)


@settings(SLOW, max_examples=EXAMPLES // 2)
@given(questions())
def test_a_tally_counts_what_the_answers_say(question):
    words, criterion, past, now = question
    expected = [*by_closure(words, criterion, past, now).values()]
    size = Answer(expected.count(True), expected.count(None), len(expected))
    assert tally(criterion, words, tables_of(past), now) == size
