"""One of each engine for all tests, and the brand's customers loaded into it once."""

from contextlib import ExitStack

import pytest

from tests.criteria.questions import by_closure
from tests.criteria.strategies import NOW
from tests.criteria.tables import tables_of
from tests.parity import brand
from tests.parity.engines import ENGINES, cannot_run


@pytest.fixture(scope="session")
def words():
    return brand.brand()


@pytest.fixture(scope="session")
def past(words):
    return brand.population(words)


@pytest.fixture(scope="session")
def rows(past):
    """The past as tables in memory."""
    return tables_of(past, frozenset({"phone"}), brand.COLUMNS)


@pytest.fixture(scope="session")
def loads(tmp_path_factory):
    """Return what loads tables into an engine, which is started when it is first needed."""
    started = {}
    with ExitStack() as running:

        def load(engine):
            if reason := cannot_run(engine):
                pytest.skip(reason)
            if engine not in started:
                started[engine] = running.enter_context(ENGINES[engine](tmp_path_factory.mktemp(engine.value)))
            return started[engine]

        yield load


@pytest.fixture(scope="session")
def held(loads, rows):
    """Return the brand's tables as an engine holds them."""
    tables = {}

    def hold(engine):
        if engine not in tables:
            tables[engine] = loads(engine)(rows)
        return tables[engine]

    return hold


@pytest.fixture(scope="session")
def expected(words, past):
    """Return the closure's answers, which are those that count."""
    known = {}

    def answers(criterion):
        if criterion not in known:
            known[criterion] = by_closure(words, criterion, past, NOW)
        return known[criterion]

    return answers
