"""Random brands, criteria and customers' pasts, made to hit the edges.

`vocabulary()` draws a brand's words, `criteria(words)` a checked tree over them, `histories(words)` the past of a few
customers, `instants()` a moment to ask for. All times lie on a lattice of whole days around `NOW` (and one microsecond
beside it), the spans of windows are multiples of the same step, so ties and exact window edges are the usual case.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from interplay.criteria.contracts import (
    SEQUENCE_STEPS_MAX,
    Aggregate,
    AggregateKind,
    Ago,
    And,
    Between,
    Compare,
    CompareOp,
    Criterion,
    Event,
    Feature,
    FeatureSource,
    Field,
    In,
    InSegment,
    InSequence,
    Literal,
    Missing,
    Not,
    Now,
    Occurrence,
    Or,
    Predicate,
    Profile,
    Trait,
    TraitChange,
    TraitOp,
    Truth,
    Value,
    ValueType,
    Window,
    Within,
)
from interplay.kernel.ids import CustomerId, Micros, Position, SubjectId
from interplay.kernel.time import DAY, iso

NOW = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
TODAY = NOW // DAY
NUMBERS = (ValueType.INTEGER, ValueType.DECIMAL, ValueType.MONEY)
COMPARED = (ValueType.TEXT, ValueType.INTEGER, ValueType.BOOLEAN, ValueType.TIME, ValueType.DATE)  # one per family

FIELDS = {
    "channel": ValueType.TEXT,
    "quantity": ValueType.INTEGER,
    "score": ValueType.DECIMAL,
    "value": ValueType.MONEY,
    "is_gift": ValueType.BOOLEAN,
    "due_at": ValueType.TIME,
    "visit_on": ValueType.DATE,
    "labels": ValueType.TEXTS,
}
DECLARED = ("order.completed", "product.viewed", "cart.added")
UNDECLARED = "thing.done"
TEXTS = ("", "a", "A", "上海", "\uffee", "😀", 'q"\\\n')


class PointsByCustomer:
    """A term as a higher slice would register it: some customers have a value, the others have it missing."""

    type = ValueType.INTEGER
    takes_argument = True
    arguments = None
    facts = frozenset()
    traits = frozenset()
    instants = frozenset()

    def __init__(self, points: Mapping[int, int]) -> None:
        self.points = points

    def label(self, argument: str | None) -> None:
        """Say it as it is written."""

    def closure(self, argument: str | None) -> Any:
        return lambda history, now: self.points.get(history.customer)

    def ibis(self, argument: str | None, tables: Any, now: int) -> Any:
        import ibis

        rows = [{"customer": c, "value": v} for c, v in self.points.items()]
        return ibis.memtable(rows, schema={"customer": "!int64", "value": "!int64"})


@dataclass
class Words:
    """A vocabulary held in dictionaries."""

    declared: dict[str, dict[str, Field]] = field(default_factory=dict)
    received: tuple[str, ...] = ()
    known_traits: dict[str, Trait] = field(default_factory=dict)
    known_segments: dict[str, Criterion] = field(default_factory=dict)
    sources: dict[str, FeatureSource] = field(default_factory=dict)

    def fact_names(self) -> Sequence[str]:
        return [*self.declared, *self.received]

    def fields(self, fact: str) -> Mapping[str, Field]:
        return self.declared.get(fact, {})

    def fact_label(self, fact: str) -> tuple[str, str]:
        return ("事实 " + fact, fact)

    def traits(self) -> Mapping[str, Trait]:
        return self.known_traits

    def segments(self) -> Mapping[str, Criterion]:
        return self.known_segments

    def features(self) -> Mapping[str, FeatureSource]:
        return self.sources


@dataclass
class Past:
    """What the log holds: facts and trait changes per subject (None: no identifier), and whose the subjects are.

    Lists are in order of arrival (position), which is not the order of `at`: some facts are late.
    """

    facts: list[tuple[SubjectId | None, Occurrence]]
    changes: list[tuple[SubjectId, TraitChange]]
    customers: dict[SubjectId, CustomerId]


def instants() -> st.SearchStrategy[int]:
    """A moment to ask for, often exactly on the edge of something."""
    return st.builds(
        lambda days, beside: NOW + days * DAY + beside,
        st.sampled_from([0, 0, 0, -1, -7, 3]),
        st.sampled_from([0, 0, -1, 1]),
    )


@st.composite
def vocabulary(draw: st.DrawFn) -> Words:
    """A brand: three declared facts with some of the fields each, an undeclared one, traits of every type, segments."""
    words = Words(received=(UNDECLARED,))
    for fact in DECLARED:
        names = draw(st.sets(st.sampled_from(sorted(FIELDS)), min_size=3))
        words.declared[fact] = {n: Field(n, FIELDS[n], zh=f"字段{n}", en=n) for n in sorted(names)}
    for kind in ValueType:
        words.known_traits[f"t_{kind.value}"] = Trait(f"t_{kind.value}", kind, zh=f"特征{kind.value}")
    words.known_traits["secret"] = Trait("secret", ValueType.TEXT, is_personal=True)
    for n in range(draw(st.integers(0, 2))):
        value, kind = draw(values(words, draw(st.sampled_from(COMPARED))))
        words.known_traits[f"computed_{n}"] = Trait(f"computed_{n}", kind, definition=value)
    points = draw(st.dictionaries(st.integers(1, 4), st.integers(-3, 5)))
    words.sources["points"] = PointsByCustomer(points)
    for n in range(draw(st.integers(0, 2))):
        words.known_segments[f"segment {n}"] = draw(criteria(words, depth=1))
    return words


# Trees. Every one is canonical: what the parser would make of its own text.


@st.composite
def criteria(draw: st.DrawFn, words: Words, depth: int = 2) -> Criterion:
    return Criterion(draw(predicates(words, depth)))


def triggers(words: Words, fact: str) -> st.SearchStrategy[Criterion]:
    """Criteria that may also read the fields of the fact at hand."""
    return st.lists(st.one_of(predicates(words, 1), rows(words, fact, 1)), min_size=2, max_size=3).map(
        lambda items: Criterion(And(tuple(items)))
    )


@st.composite
def predicates(draw: st.DrawFn, words: Words, depth: int = 2) -> Predicate:
    if depth and draw(st.booleans()):
        return draw(_combined(predicates(words, depth - 1)))
    kinds = ["compare", "compare", "compare", "in", "in texts", "truth", "missing", "personal", "sequence"]
    if words.known_segments:
        kinds.append("segment")
    match draw(st.sampled_from(kinds)):
        case "segment":
            return InSegment(draw(st.sampled_from(sorted(words.known_segments))))
        case "sequence":
            return draw(sequences(words))
        case "personal":
            return Missing(Profile("secret", ValueType.TEXT))
        case kind:
            return draw(_tests(kind, lambda family: values(words, family), [*COMPARED, ValueType.TEXTS]))


@st.composite
def rows(draw: st.DrawFn, words: Words, fact: str, depth: int = 1) -> Predicate:
    """What may stand in `where=`: tests of the fields of one fact."""
    if depth and draw(st.booleans()):
        return draw(_combined(rows(words, fact, depth - 1)))
    families = _families(words, fact)
    kinds = ["missing", "missing"]
    kinds += ["truth"] * (ValueType.BOOLEAN in families)
    kinds += ["in texts"] * (ValueType.TEXTS in families)
    kinds += ["compare", "compare", "compare", "in"] * any(f in COMPARED for f in families)
    return draw(_tests(draw(st.sampled_from(kinds)), lambda family: _events(words, fact, family), families))


def _families(words: Words, fact: str) -> list[ValueType]:
    types = {f.type for f in words.fields(fact).values()}
    families = [f for f in (*COMPARED, ValueType.TEXTS) if f in types]
    if ValueType.INTEGER not in families and types & set(NUMBERS):
        families.append(ValueType.INTEGER)
    return families


@st.composite
def _combined(draw: st.DrawFn, items: st.SearchStrategy[Predicate]) -> Predicate:
    match draw(st.sampled_from(["and", "or", "not"])):
        case "not":
            return Not(draw(items))
        case "and":
            return And(tuple(draw(st.lists(items, min_size=2, max_size=3))))
        case _:
            return Or(tuple(draw(st.lists(items, min_size=2, max_size=3))))


@st.composite
def _tests(draw: st.DrawFn, kind: str, of: Any, families: list[ValueType]) -> Predicate:
    if kind == "truth":
        value, _ = draw(of(ValueType.BOOLEAN))
        return Truth(value)
    if kind == "missing":
        value, _ = draw(of(draw(st.sampled_from(families))))
        return Missing(value)
    if kind == "in texts":
        value, _ = draw(of(ValueType.TEXTS))
        return In(value, tuple(draw(st.lists(literals(ValueType.TEXT), min_size=1, max_size=2))))
    family = draw(st.sampled_from([f for f in COMPARED if f in families]))
    value, type_ = draw(of(family))
    if kind == "in":
        return In(value, tuple(draw(st.lists(literals(type_), min_size=1, max_size=3))))
    return draw(_compares(value, type_, of(family)))


@st.composite
def _compares(
    draw: st.DrawFn, value: Value, type_: ValueType, others: st.SearchStrategy[tuple[Value, ValueType]]
) -> Predicate:
    ops = [CompareOp.EQ, CompareOp.NE] if type_ is ValueType.BOOLEAN else list(CompareOp)
    op = draw(st.sampled_from(ops))
    other: Value = draw(st.one_of(literals(type_), others.map(lambda pair: pair[0])))
    if type_ is ValueType.TIME and draw(st.booleans()):
        other = draw(_moments())
    pair = (value, other) if draw(st.booleans()) else (other, value)
    return Compare(op, *pair)


def _moments() -> st.SearchStrategy[Value]:
    return st.one_of(st.just(Now()), st.integers(0, 9).map(lambda n: Ago(f"{n}d", n * DAY)))


@st.composite
def sequences(draw: st.DrawFn, words: Words) -> InSequence:
    longest = draw(st.sampled_from([2, 3, 3, 4, SEQUENCE_STEPS_MAX]))
    steps = draw(st.lists(st.sampled_from(words.fact_names()), min_size=2, max_size=longest))
    span = draw(st.one_of(st.none(), st.integers(0, 5)))
    window = draw(windows())
    if span is None:
        return InSequence(tuple(steps), window=window)
    return InSequence(tuple(steps), f"{span}d", span * DAY, window)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    match draw(st.sampled_from(["all", "within", "between"])):
        case "all":
            return None
        case "within":
            days = draw(st.integers(1, 9))
            return Within(f"{days}d", days * DAY)
        case _:
            start = draw(_times())
            until = start + draw(st.integers(1, 9)) * DAY
            return Between(iso(start), iso(until), Micros(start), Micros(until))


@st.composite
def values(draw: st.DrawFn, words: Words, family: ValueType) -> tuple[Value, ValueType]:
    """A value of a family (integer stands for all numbers) and its exact type; never a literal."""
    types = NUMBERS if family is ValueType.INTEGER else (family,)
    options: list[st.SearchStrategy[tuple[Value, ValueType]]] = []
    traits = [t for t in words.known_traits.values() if t.type in types and not t.is_personal]
    if traits:
        options.append(st.sampled_from(traits).map(lambda t: (Profile(t.name, t.type), t.type)))
    if family is not ValueType.TEXTS:
        options += [aggregates(words, family)] * 2
    else:
        options.append(_picked(words, family))
    if family is ValueType.INTEGER and words.sources:
        options.append(st.just((Feature("points", "gold", ValueType.INTEGER), ValueType.INTEGER)))
    return draw(st.one_of(options))


@st.composite
def aggregates(draw: st.DrawFn, words: Words, family: ValueType) -> tuple[Value, ValueType]:
    choices = {"picked"}
    if family is ValueType.INTEGER:
        choices |= {"count", "distinct", "total"}
    if family is ValueType.TIME:
        choices.add("when")
    match draw(st.sampled_from(sorted(choices))):
        case "count":
            return draw(_aggregate(words, [AggregateKind.COUNT], None))
        case "when":
            return draw(_aggregate(words, [AggregateKind.FIRST, AggregateKind.LAST], None))
        case "distinct":
            types = set(ValueType) - {ValueType.TEXTS}
            return draw(_aggregate(words, [AggregateKind.DISTINCT], types))
        case "total":
            return draw(_aggregate(words, [AggregateKind.SUM, AggregateKind.AVG], set(NUMBERS)))
        case _:
            return draw(_picked(words, family))


def _picked(words: Words, family: ValueType) -> st.SearchStrategy[tuple[Value, ValueType]]:
    kinds = [AggregateKind.FIRST, AggregateKind.LAST]
    if family not in (ValueType.BOOLEAN, ValueType.TEXTS):
        kinds += [AggregateKind.MIN, AggregateKind.MAX]
    types = set(NUMBERS) if family is ValueType.INTEGER else {family}
    return _aggregate(words, kinds, types)


@st.composite
def _aggregate(
    draw: st.DrawFn, words: Words, kinds: list[AggregateKind], types: set[ValueType] | None
) -> tuple[Value, ValueType]:
    kind = draw(st.sampled_from(kinds))
    if types is None:
        fact = draw(st.sampled_from(words.fact_names()))
        name, field_type = None, None
        type_ = ValueType.INTEGER if kind is AggregateKind.COUNT else ValueType.TIME
    else:
        pairs = [(f, n) for f in words.declared for n, d in words.declared[f].items() if d.type in types]
        if not pairs:  # this brand has no such field
            fact, name, field_type = UNDECLARED, None, None
            kind, type_ = (AggregateKind.COUNT, ValueType.INTEGER)
            if types <= set(NUMBERS) or len(types) > 3:
                return Aggregate(kind, fact, type_), type_
            fallback = next(iter(types))
            return Profile(f"t_{fallback.value}", fallback), fallback
        fact, name = draw(st.sampled_from(pairs))
        field_type = words.declared[fact][name].type
        type_ = ValueType.INTEGER if kind is AggregateKind.DISTINCT else field_type
    where = draw(rows(words, fact)) if words.fields(fact) and draw(st.booleans()) else None
    return Aggregate(kind, fact, type_, name, field_type, draw(windows()), where), type_


@st.composite
def _events(draw: st.DrawFn, words: Words, fact: str, family: ValueType) -> tuple[Value, ValueType]:
    types = NUMBERS if family is ValueType.INTEGER else (family,)
    fields = [f for f in words.fields(fact).values() if f.type in types]
    chosen = draw(st.sampled_from(fields))
    return Event(chosen.name, chosen.type), chosen.type


@st.composite
def literals(draw: st.DrawFn, type_: ValueType) -> Literal:
    """A constant as the parser would type it beside a value of `type_`."""
    match type_:
        case ValueType.TIME:
            at = draw(_times())
            return Literal(type_, at, iso(at))
        case ValueType.DATE:
            day = draw(_days())
            return Literal(type_, day, iso(day * DAY)[:10])
        case ValueType.BOOLEAN:
            answer = draw(st.booleans())
            return Literal(type_, answer, str(answer))
        case ValueType.DECIMAL:
            scaled = draw(st.sampled_from([-1_500_000, 0, 1, 100_000, 1_000_000, 2_500_000, 3_000_000, 2**63 - 1]))
            return Literal(type_, scaled, _decimal(scaled))
        case ValueType.INTEGER if draw(st.integers(0, 4)) == 0:
            return Literal(ValueType.DECIMAL, 2_500_000, "2.5")
        case ValueType.INTEGER | ValueType.MONEY:
            number = draw(_numbers())
            return Literal(type_, number, str(number))
        case _:
            text = draw(st.sampled_from(TEXTS))
            return Literal(ValueType.TEXT, text, text)


def _decimal(scaled: int) -> str:
    whole, rest = divmod(abs(scaled), 10**6)
    return f"{'-' if scaled < 0 else ''}{whole}.{f'{rest:06d}'.rstrip('0') or '0'}"


# Pasts.


def _times() -> st.SearchStrategy[int]:
    return st.builds(
        lambda days, beside: NOW + days * DAY + beside, st.integers(-12, 4), st.sampled_from([0, 0, 0, 0, -1, 1])
    )


def _days() -> st.SearchStrategy[int]:
    return st.integers(-3, 3).map(lambda n: TODAY + n)


def _numbers() -> st.SearchStrategy[int]:
    return st.one_of(st.integers(-2, 5), st.sampled_from([2**63 - 1, -(2**63), 2**62]))


def physical(type_: ValueType) -> st.SearchStrategy[Any]:
    """A value as it is stored, never missing."""
    match type_:
        case ValueType.TEXT:
            return st.sampled_from(TEXTS)
        case ValueType.TEXTS:
            return st.lists(st.sampled_from(TEXTS), max_size=3)
        case ValueType.BOOLEAN:
            return st.booleans()
        case ValueType.TIME:
            return _times()
        case ValueType.DATE:
            return _days()
        case ValueType.DECIMAL:
            return st.one_of(st.integers(-3, 3).map(lambda n: n * 500_000), _numbers())
        case _:
            return _numbers()


@st.composite
def histories(draw: st.DrawFn, words: Words) -> Past:
    """A few customers; one of them is known by two subjects, one has no past at all, some facts are nobody's."""
    customers = {SubjectId(s): CustomerId(c) for s, c in {11: 1, 12: 2, 13: 1, 14: 3, 15: 4}.items()}
    subjects = st.sampled_from([*customers, *customers, None])
    size = draw(st.integers(0, 14))
    facts = []
    for n in range(size):
        name = draw(st.sampled_from(words.fact_names()))
        fields = {f.name: draw(physical(f.type)) for f in words.fields(name).values() if draw(st.integers(0, 3))}
        at = Micros(draw(_times()))
        facts.append((draw(subjects), Occurrence(Position(10 + n * 3), at, name, fields)))
    changes = [draw(_changes(words, customers, n)) for n in range(draw(st.integers(0, 8)))]
    return Past(facts, changes, customers)


@st.composite
def _changes(
    draw: st.DrawFn, words: Words, customers: dict[SubjectId, CustomerId], n: int
) -> tuple[SubjectId, TraitChange]:
    trait = draw(st.sampled_from([t for t in words.known_traits.values() if t.definition is None]))
    ops = [TraitOp.SET, TraitOp.SET_ONCE, TraitOp.UNSET]
    if trait.type in NUMBERS:
        ops += [TraitOp.INCREMENT] * 3
    if trait.type is ValueType.TEXTS:
        ops += [TraitOp.APPEND] * 3
    op = draw(st.sampled_from(ops))
    value = None if op is TraitOp.UNSET else draw(physical(trait.type))
    if op is TraitOp.INCREMENT:
        value = draw(st.integers(-3, 3))
    subject = draw(st.sampled_from([*customers][:4]))
    return subject, TraitChange(Position(11 + n * 3), Micros(draw(_times())), trait.name, op, value)
