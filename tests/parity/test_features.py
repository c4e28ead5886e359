"""Every feature of the language on every engine, held against the closure. What is marked must fail."""

from collections import Counter
from typing import NamedTuple

import ibis
import pytest

from interplay.criteria.compile import CONDITIONS_MAX, answers, tally
from interplay.criteria.contracts import Answer, Compare, CompareOp, Criterion, Literal, Or, Profile, Tables, ValueType
from interplay.engine.olap.contracts import Marks
from interplay.engine.olap.dialects import RULES
from interplay.kernel.ids import CustomerId, SubjectId
from interplay.kernel.time import DAY
from interplay.understand.segments.api import as_of
from tests.criteria.questions import by_closure
from tests.criteria.shop import ORDER, criterion, order
from tests.criteria.strategies import NOW, Past
from tests.criteria.tables import tables_of
from tests.parity.cases import CASES, asked
from tests.parity.marking import on_every_engine
from tools.reference.support import Engine, Feature

HERE = {
    Feature.TALLY, Feature.AS_OF, Feature.MANY_DISTINCT, Feature.MANY_CONDITIONS, Feature.LATE_FIELD, Feature.NOTHING,
    Feature.ONE_STATEMENT, Feature.SEQUENCE_STATEMENT,
}  # fmt: skip
"""The features that are asked by a test of their own."""
MANY = 200_000
ONE = SubjectId(11)


def answered(asked_for, words, tables):
    """Return the answer by customer, each once."""
    rows = answers(asked_for, words, tables, NOW).to_pyarrow().to_pylist()
    found = {row["customer"]: row["answer"] for row in rows}
    assert len(found) == len(rows)
    return found


def test_every_feature_is_asked():
    assert {*CASES, *HERE} == set(Feature)
    assert not HERE & set(CASES)


@pytest.mark.parametrize("feature", CASES)
def test_a_question_has_more_than_one_answer(feature, words, expected):
    for one in asked(feature, words):
        assert len({*expected(one).values()}) > 1, one


@pytest.mark.parametrize("feature", [Feature.UNKNOWN, Feature.AMONG, Feature.LIST, Feature.TEXT, Feature.NUMBER])
def test_questions_of_what_may_be_missing_have_all_three_answers(feature, words, expected):
    assert {answer for one in asked(feature, words) for answer in expected(one).values()} == {True, False, None}


@pytest.mark.parametrize(("engine", "feature"), on_every_engine(CASES))
def test_everybody_gets_the_answer_of_the_closure(engine, feature, held, words, expected):
    questions = asked(feature, words)
    tables = [answers(one, words, held(engine), NOW).mutate(question=n) for n, one in enumerate(questions)]
    found = Counter(tuple(row.values()) for row in ibis.union(*tables).to_pyarrow().to_pylist())
    assert found == Counter((c, answer, n) for n, one in enumerate(questions) for c, answer in expected(one).items())


@pytest.mark.parametrize(("engine", "feature"), on_every_engine([Feature.TALLY]))
def test_a_tally_counts_the_answers_of_the_closure(engine, feature, held, words, expected):
    for case in (Feature.COUNT, Feature.EXTREMES, Feature.TRAIT):
        one = asked(case, words)[0]
        sizes = [*expected(one).values()]
        assert tally(one, words, held(engine), NOW) == Answer(sizes.count(True), sizes.count(None), len(sizes))


class Held(NamedTuple):
    """An engine's tables, as the warehouse lends its own."""

    tables: Tables

    def table(self, name):
        return getattr(self.tables, name)

    def marks(self):
        return Marks(newest=NOW + DAY)


@pytest.mark.parametrize(("engine", "feature"), on_every_engine([Feature.AS_OF]))
def test_asked_about_a_past_moment_the_population_is_who_had_been_heard_of(engine, feature, held, words, past):
    then = NOW - 7 * DAY
    heard = {past.customers[subject] for subject, fact in past.facts if subject is not None and fact.at <= then}
    for one in (asked(Feature.COUNT, words)[0], asked(Feature.TRAIT, words)[0]):
        everybody = by_closure(words, one, past, then)
        rows = answers(one, words, as_of(Held(held(engine)), then), then).to_pyarrow().to_pylist()
        assert {row["customer"]: row["answer"] for row in rows} == {who: everybody[who] for who in heard}
        assert len(rows) == len(heard) < len(everybody)


@pytest.mark.parametrize(("engine", "feature"), on_every_engine([Feature.MANY_DISTINCT]))
def test_different_values_are_counted_exactly_however_many(engine, feature, loads, words):
    few = tables_of(Past([(ONE, order(NOW, quantity=1))], [], {ONE: CustomerId(1)}))
    numbers = ibis.range(MANY).unnest().name("position").as_table().mutate(subject=11, name=ibis.literal(ORDER))
    facts = numbers.mutate(occurred_at=ibis.literal(NOW), quantity=numbers.position * 7 + 2**40)
    tables = loads(engine)(
        Tables(few.customers, few.members, ibis.memtable(facts.cast(_TYPES).to_pyarrow()), few.traits)
    )
    exactly = criterion(f'distinct("{ORDER}", "quantity") == {MANY}', words)
    assert answered(exactly, words, tables)[1] is True


_TYPES = dict.fromkeys(("position", "subject", "occurred_at", "quantity"), "int64")


@pytest.mark.parametrize(("engine", "feature"), on_every_engine([Feature.MANY_CONDITIONS]))
def test_a_criterion_may_have_as_many_conditions_as_are_allowed(engine, feature, held, words, expected):
    age = Profile("age", ValueType.INTEGER)
    numbers = [Literal(ValueType.INTEGER, n, str(n)) for n in range(2, CONDITIONS_MAX + 1)]
    any_of_them = Criterion(Or(tuple(Compare(CompareOp.EQ, age, number) for number in numbers)))
    assert answered(any_of_them, words, held(engine)) == expected(any_of_them)


@pytest.mark.parametrize(("engine", "feature"), on_every_engine([Feature.LATE_FIELD]))
def test_a_field_without_a_column_is_missing_in_every_fact(engine, feature, loads, rows, words, past, expected):
    tables = Tables(rows.customers, rows.members, rows.facts.drop("channel", "labels"), rows.traits)
    held_early = loads(engine)(_in_memory(tables))
    for text in (f'count("{ORDER}", where=event.channel == "a") == 0', f'missing(last("{ORDER}", "labels"))'):
        assert set(answered(criterion(text, words), words, held_early).values()) == {True}


@pytest.mark.parametrize(("engine", "feature"), on_every_engine([Feature.NOTHING]))
def test_where_nothing_has_happened_everything_is_none_or_missing(engine, feature, loads, words):
    tables = loads(engine)(tables_of(Past([], [], {ONE: CustomerId(1)})))
    text = f'count("{ORDER}") == 0 and missing(last("{ORDER}", "labels")) and missing(profile.interests)'
    assert answered(criterion(text, words), words, tables) == {1: True, 99: True}
    assert tally(criterion(text, words), words, tables, NOW) == Answer(2, 0, 2)


@pytest.mark.parametrize(("engine", "feature"), on_every_engine([Feature.ONE_STATEMENT]))
def test_a_question_without_a_sequence_is_one_statement(engine, feature, rows, words):
    texts = [texts[0] for case, texts in CASES.items() if case not in (Feature.SEQUENCE, Feature.TERM)]
    assert all(_statement(engine, criterion(text, words), words, rows).startswith("SELECT") for text in texts)


@pytest.mark.parametrize(("engine", "feature"), on_every_engine([Feature.SEQUENCE_STATEMENT]))
def test_a_question_with_a_sequence_is_one_statement(engine, feature, rows, words):
    for one in asked(Feature.SEQUENCE, words):
        _statement(engine, one, words, rows)


def _statement(engine, one, words, rows):
    """Return a question as SQL, written without an engine to ask."""
    named = {name: ibis.table(getattr(rows, name).schema(), name) for name in Tables.__struct_fields__}
    asked_for = answers(one, words, Tables(**named), NOW)
    if engine is Engine.DUCKDB:
        return ibis.to_sql(asked_for, dialect=engine.value)
    rules = RULES[engine.value]
    return rules.to_sqlglot(asked_for).sql(dialect=rules.dialect)


def _in_memory(tables):
    names = Tables.__struct_fields__
    return Tables(**{name: ibis.memtable(getattr(tables, name).to_pyarrow()) for name in names})
