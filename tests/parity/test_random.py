"""Random brands, criteria and pasts, as in `tests/criteria`, on the other engines. Every run asks the same."""

import pytest
from hypothesis import HealthCheck, given, settings

from interplay.criteria.compile import answers
from tests.criteria.questions import by_closure, questions
from tests.criteria.tables import tables_of
from tests.parity.marking import of_engine
from tools.reference.support import Engine

SLOW = settings(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)


def agrees(load, question):
    words, criterion, past, now = question
    rows = answers(criterion, words, load(tables_of(past)), now).to_pyarrow().to_pylist()
    expected = by_closure(words, criterion, past, now)
    assert {row["customer"]: row["answer"] for row in rows} == expected
    assert len(rows) == len(expected)


EXAMPLES = {Engine.CLICKHOUSE: 80, Engine.SPARK: 12}


@pytest.mark.slow
@pytest.mark.parametrize("engine", [pytest.param(engine, marks=of_engine(engine)) for engine in EXAMPLES])
def test_everybody_gets_the_answer_of_the_closure(engine, loads):
    load = loads(engine)

    @settings(SLOW, max_examples=EXAMPLES[engine])
    @given(questions())
    def ask(question):
        agrees(load, question)

    ask()
