"""What the Ibis compiler promises beyond being equal to the closure: one scan, portability, exactness at the edges."""

import ibis
import pytest

from interplay.criteria.compile import answers, tally
from interplay.criteria.contracts import (
    Aggregate,
    AggregateKind,
    Ago,
    And,
    Answer,
    Between,
    Compare,
    CompareOp,
    Criterion,
    Event,
    In,
    InSegment,
    InSequence,
    Literal,
    Missing,
    Not,
    Occurrence,
    Profile,
    Tables,
    Trait,
    TraitChange,
    TraitOp,
    ValueType,
    Within,
)
from interplay.kernel.errors import AppError
from interplay.kernel.ids import CustomerId, Micros, Position, SubjectId
from interplay.kernel.time import DAY
from tests.criteria.shop import criterion, shop
from tests.criteria.strategies import NOW, Past, Words
from tests.criteria.tables import tables_of

ORDER, VIEW = "order.completed", "product.viewed"
INTEGER, MONEY, TEXT = ValueType.INTEGER, ValueType.MONEY, ValueType.TEXT
ONE, TWO = SubjectId(11), SubjectId(13)  # both are customer 1

ORDERS = Aggregate(AggregateKind.COUNT, ORDER, INTEGER)
FAR = [
    Compare(CompareOp.GE, Aggregate(kind, ORDER, MONEY, "value", MONEY, window), Literal(INTEGER, 1, "1"))
    for kind in (AggregateKind.SUM, AggregateKind.MIN, AggregateKind.AVG, AggregateKind.LAST)
    for window in (
        None,
        Within("9d", 9 * DAY),
        Between("2025-12-01", "2026-01-01", Micros(NOW - 31 * DAY), Micros(NOW)),
    )
]


def number(value):
    return Literal(INTEGER, value, str(value))


def ordered(*facts, name=ORDER):
    """Facts of customer 1: (at, fields) each."""
    rows = [(ONE, Occurrence(Position(i), Micros(at), name, fields)) for i, (at, fields) in enumerate(facts, 1)]
    return Past(rows, [], {ONE: CustomerId(1), TWO: CustomerId(1)})


def changed(*changes, trait="t"):
    """Changes of a trait of customer 1 by two identifiers in turn: (op, value) each, a day apart."""
    rows = [
        ((ONE, TWO)[i % 2], TraitChange(Position(i), Micros(NOW - 99 * DAY + i * DAY), trait, op, value))
        for i, (op, value) in enumerate(changes)
    ]
    return Past([], rows, {ONE: CustomerId(1), TWO: CustomerId(1)})


def answer(predicate, past, words=None, now=NOW):
    """The answer of customer 1."""
    rows = answers(Criterion(predicate), words or Words(), tables_of(past), now).to_pyarrow().to_pylist()
    assert [row["customer"] for row in rows] == [1, 99]
    return rows[0]["answer"]


@pytest.mark.parametrize(
    ("at", "expected"), [(NOW - 30 * DAY, 0), (NOW - 30 * DAY + 1, 1), (NOW, 1), (NOW + 1, 0)], ids=str
)
def test_within_excludes_its_start_and_includes_now(at, expected):
    count = Aggregate(AggregateKind.COUNT, ORDER, INTEGER, window=Within("30d", 30 * DAY))
    assert answer(Compare(CompareOp.EQ, count, number(expected)), ordered((at, {})))


@pytest.mark.parametrize(
    ("at", "expected"), [(NOW - 2 * DAY - 1, 0), (NOW - 2 * DAY, 1), (NOW - DAY - 1, 1), (NOW - DAY, 0)], ids=str
)
def test_between_includes_its_start_and_excludes_its_end(at, expected):
    window = Between("2025-12-30", "2025-12-31", Micros(NOW - 2 * DAY), Micros(NOW - DAY))
    count = Aggregate(AggregateKind.COUNT, ORDER, INTEGER, window=window)
    assert answer(Compare(CompareOp.EQ, count, number(expected)), ordered((at, {})))


def test_the_last_fact_decides_even_when_its_field_is_missing():
    last = Aggregate(AggregateKind.LAST, ORDER, TEXT, "channel", TEXT)
    assert answer(Missing(last), ordered((NOW - DAY, {"channel": "store"}), (NOW - DAY, {})))
    assert answer(Missing(last), ordered((NOW - DAY, {}), (NOW - DAY, {"channel": "store"}))) is False


def test_a_sum_beyond_64_bits_is_exact():
    total = Aggregate(AggregateKind.SUM, ORDER, MONEY, "value", MONEY)
    past = ordered(*[(NOW, {"value": 2**63 - 1})] * 3)
    average = Aggregate(AggregateKind.AVG, ORDER, MONEY, "value", MONEY)
    assert answer(Compare(CompareOp.GT, total, Literal(MONEY, 2**63 - 1, "")), past)
    assert answer(Compare(CompareOp.EQ, average, Literal(MONEY, 2**63 - 1, "")), past)


@pytest.mark.parametrize(
    ("op", "limit", "expected"),
    [(CompareOp.GT, 1_333_333, True), (CompareOp.LT, 1_333_334, True), (CompareOp.EQ, 1_333_333, False)],
)
def test_an_average_is_compared_as_a_fraction_not_rounded(op, limit, expected):
    average = Aggregate(AggregateKind.AVG, ORDER, INTEGER, "quantity", INTEGER)
    past = ordered((NOW, {"quantity": 1}), (NOW, {"quantity": 1}), (NOW, {"quantity": 2}), (NOW, {}))
    assert answer(Compare(op, average, Literal(ValueType.DECIMAL, limit, "")), past) is expected


SET, ONCE, PLUS, APPEND, UNSET = TraitOp.SET, TraitOp.SET_ONCE, TraitOp.INCREMENT, TraitOp.APPEND, TraitOp.UNSET


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([(SET, 5)], 5),
        ([(SET, 5), (ONCE, 7)], 5),
        ([(ONCE, 7), (ONCE, 8)], 7),
        ([(ONCE, 7), (PLUS, 2), (PLUS, 3)], 12),
        ([(PLUS, 2), (ONCE, 7), (PLUS, 3)], 5),
        ([(PLUS, 2), (SET, 5), (PLUS, 3), (ONCE, 9)], 8),
        ([(SET, 5), (PLUS, 3), (UNSET, None), (PLUS, 4)], 4),
        ([(SET, 5), (UNSET, None), (ONCE, 6), (PLUS, 1)], 7),
        ([(SET, 2**63 - 1), (PLUS, 2**63 - 1), (PLUS, -(2**63) + 1)], 2**63 - 1),
        ([(SET, 5), (PLUS, 3), (UNSET, None)], None),
    ],
)
def test_a_number_is_the_fold_of_its_changes(changes, expected):
    words = Words(known_traits={"t": Trait("t", INTEGER)})
    past = changed(*changes)
    assert answer(Missing(Profile("t", INTEGER)), past, words) is (expected is None)
    if expected is not None:
        assert answer(Compare(CompareOp.EQ, Profile("t", INTEGER), number(expected)), past, words)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([(APPEND, ["a", ","]), (APPEND, ['"b']), (ONCE, ["c"])], {"a", ",", '"b'}),
        ([(APPEND, ["a"]), (SET, []), (APPEND, ["b"])], {"b"}),
        ([(SET, ['a","b'])], {'a","b'}),
        ([(ONCE, ["c"]), (APPEND, ["a"])], {"a", "c"}),
        ([(SET, ["a"]), (UNSET, None)], None),
        ([(SET, [])], set()),
    ],
)
def test_a_list_is_the_fold_of_its_changes(changes, expected):
    words = Words(known_traits={"t": Trait("t", ValueType.TEXTS)})
    for text in ("a", "b", "c", ",", '"b', 'a","b'):
        asked = In(Profile("t", ValueType.TEXTS), (Literal(TEXT, text, text),))
        assert answer(asked, changed(*changes), words) is (None if expected is None else text in expected)


def test_a_trait_is_as_of_the_instant_asked_for():
    words = Words(known_traits={"t": Trait("t", INTEGER)})
    past = changed((SET, 1), (SET, 2))
    for days, expected in ((0, 1), (1, 2)):
        asked = Compare(CompareOp.EQ, Profile("t", INTEGER), number(expected))
        assert answer(asked, past, words, now=NOW - 99 * DAY + days * DAY)


def test_of_a_personal_trait_it_is_known_that_it_is_there():
    words = Words(known_traits={"secret": Trait("secret", TEXT, is_personal=True)})
    there = Missing(Profile("secret", TEXT))
    assert answer(there, changed((SET, "x"), trait="secret"), words) is False
    assert answer(there, changed((SET, "x"), (UNSET, None), trait="secret"), words) is True


def test_a_segment_that_cannot_be_told_has_no_members():
    last = Aggregate(AggregateKind.LAST, ORDER, ValueType.TIME)
    words = Words(known_segments={"lapsed": Criterion(Compare(CompareOp.LT, last, Ago("1d", DAY)))})
    assert answer(words.known_segments["lapsed"].root, ordered(), words) is None
    assert answer(Not(InSegment("lapsed")), ordered(), words) is True


def test_ago_before_all_time_is_earlier_than_any_fact():
    first = Aggregate(AggregateKind.FIRST, ORDER, ValueType.TIME)
    assert answer(Compare(CompareOp.GT, first, Ago("999999999w", 10**21)), ordered((NOW, {})))


def test_a_field_declared_after_the_warehouse_was_loaded_is_missing_in_all_facts():
    where = Missing(Event("brand_new", TEXT))
    count = Aggregate(AggregateKind.COUNT, ORDER, INTEGER, where=where)
    assert answer(Compare(CompareOp.EQ, count, number(1)), ordered((NOW, {})))


def test_sequences_of_one_criterion_are_told_apart():
    past = ordered((NOW - 3 * DAY, {}), (NOW - 2 * DAY, {}))
    there, back, thrice = (InSequence(steps) for steps in ((ORDER, ORDER), (ORDER, VIEW), (ORDER, ORDER, ORDER)))
    assert answer(And((there, Not(back), Not(thrice))), past)


def test_a_tally_counts_the_unknown_and_everybody_asked():
    last = Aggregate(AggregateKind.LAST, ORDER, ValueType.TIME)
    late = Criterion(Compare(CompareOp.LT, last, Ago("1d", DAY)))
    assert tally(late, Words(), tables_of(ordered((NOW - 2 * DAY, {}))), NOW) == Answer(1, 1, 2)


def test_a_tally_counts_those_to_whom_nothing_happened():
    never = Criterion(Compare(CompareOp.EQ, ORDERS, number(0)))
    assert tally(never, Words(), tables_of(ordered((NOW, {}))), NOW) == Answer(1, 0, 2)
    assert tally(never, Words(), tables_of(ordered()), NOW) == Answer(2, 0, 2)


def test_windows_of_one_criterion_do_not_disturb_each_other():
    week = Within("7d", 7 * DAY)
    before = Between("2025-12-01", "2025-12-25", Micros(NOW - 31 * DAY), Micros(NOW - 7 * DAY))
    past = ordered(*[(NOW - days * DAY, {"quantity": days}) for days in (1, 2, 7, 20, 40)])
    for window, count, total in ((week, 2, 3), (before, 1, 20), (None, 5, 70)):
        counted = Aggregate(AggregateKind.COUNT, ORDER, INTEGER, window=window)
        summed = Aggregate(AggregateKind.SUM, ORDER, INTEGER, "quantity", INTEGER, window)
        others = [Aggregate(AggregateKind.COUNT, ORDER, INTEGER, window=one) for one in (week, before)]
        beside = tuple(Compare(CompareOp.GE, one, number(0)) for one in others)
        equal = (Compare(CompareOp.EQ, counted, number(count)), Compare(CompareOp.EQ, summed, number(total)))
        assert answer(And((*equal, *beside)), past)


def test_facts_of_one_criterion_are_told_apart_by_name():
    past = ordered((NOW, {}), (NOW, {}))
    views = Aggregate(AggregateKind.COUNT, VIEW, INTEGER)
    assert answer(And((Compare(CompareOp.EQ, ORDERS, number(2)), Compare(CompareOp.EQ, views, number(0)))), past)


def unbound():
    """Tables of no engine in particular."""
    fields = {"channel": "string", "value": "int64", "labels": "string"}
    moments = {"position": "int64", "subject": "int64", "occurred_at": "int64"}
    return Tables(
        customers=ibis.table({"customer": "int64"}, name="customers"),
        members=ibis.table({"subject": "int64", "customer": "int64"}, name="members"),
        facts=ibis.table({**moments, "name": "string", **fields}, name="facts"),
        traits=ibis.table(
            {**moments, "trait": "string", "op": "string", "number": "int64", "text": "string"}, name="traits"
        ),
    )


@pytest.fixture
def everything():
    """A criterion of all that is portable: many aggregates, also through a segment and a computed trait."""
    traits = {
        "often": Trait("often", INTEGER, definition=ORDERS),
        "size": Trait("size", INTEGER),
        "likes": Trait("likes", ValueType.TEXTS),
    }
    liked = Literal(TEXT, "tea", "tea")
    words = Words(known_traits=traits, known_segments={"far": Criterion(And(tuple(FAR)))})
    often = Compare(CompareOp.GE, Profile("often", INTEGER), Profile("size", INTEGER))
    where = In(Event("labels", ValueType.TEXTS), (liked,))
    views = Compare(CompareOp.GE, Aggregate(AggregateKind.COUNT, VIEW, INTEGER, where=where), number(3))
    return Criterion(And((InSegment("far"), often, views, In(Profile("likes", ValueType.TEXTS), (liked,))))), words


def test_all_aggregates_are_read_in_one_scan_of_the_facts_and_one_of_the_traits(everything):
    sql = ibis.to_sql(answers(*everything, unbound(), NOW), dialect="duckdb")
    assert sql.count('FROM "facts"') == 1
    assert sql.count('FROM "traits"') == 1


@pytest.mark.parametrize("dialect", ["clickhouse", "pyspark"])
def test_the_expression_is_not_tied_to_one_engine(everything, dialect):
    assert "customers" in ibis.to_sql(answers(*everything, unbound(), NOW), dialect=dialect)


def test_segments_that_name_each_other_twice_are_refused_before_they_are_written_out():
    words = shop()
    words.known_segments["s0"] = criterion('count("order.completed") >= 1', words)
    for level in range(1, 40):
        below = f'segment("s{level - 1}")'
        words.known_segments[f"s{level}"] = criterion(f"{below} and {below}", words)
    with pytest.raises(AppError) as refused:
        tally(words.known_segments["s39"], words, tables_of(Past([], [], {})), NOW)
    assert refused.value.code == "criteria.too_many_conditions"
