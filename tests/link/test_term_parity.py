"""`points(…)` and `tier`: the closure of one customer and the Ibis expression of all say the same, at every instant."""

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interplay.criteria.api import CriteriaError, CustomerHistory, answers, closure, depends_on, edges, explain, parse
from interplay.criteria.contracts import Occurrence, Tables
from interplay.criteria.edges import FactEdge
from interplay.kernel.ids import CustomerId
from interplay.kernel.settings import Brand
from interplay.kernel.time import DAY
from interplay.link.points.api import PointsTerm
from interplay.link.points.contracts import Label as UnitLabel
from interplay.link.points.contracts import PointsDocument
from interplay.link.tiers.api import TierTerm
from interplay.link.tiers.contracts import Label, LadderDocument, Rung
from tests.criteria.strategies import NOW, Words

ZONE = Brand("B").zone()
CUSTOMER_OF = {1: 1, 2: 1, 3: 3, 4: 4, 5: 4}
CUSTOMERS = (1, 3, 4, 6)  # 6 has no fact at all
SLOW = settings(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
UNIT = PointsDocument(UnitLabel("积分", "Points"))
RUNGS = tuple(Rung(name, Label(name, name), at) for name, at in (("silver", 1), ("gold", 5)))
CLUB = LadderDocument(Label("会员", "Club"), "points", RUNGS)
CRITERIA = (
    'points("points") >= 3',
    'points("points") < 0 or points("beans") > points("points")',
    'not missing(points("beans")) and points("beans") == 0',
    'tier == "gold"',
    'tier("club") in ("silver", "gold")',
    "missing(tier)",
    'tier != "silver" and points("points") > 2',
)


def words(ladders=("club",)):
    return Words(
        sources={
            "points": PointsTerm({"points": UNIT, "beans": UNIT}),
            "tier": TierTerm(dict.fromkeys(ladders, CLUB)),
        }
    )


def instants():
    return st.sampled_from([NOW - DAY, NOW, NOW, NOW + 1, NOW + DAY])


@st.composite
def pasts(draw):
    facts = []
    for position in range(1, draw(st.integers(10, 60)) + 1):
        subject, at = draw(st.sampled_from([1, 1, 1, 2, 2, *CUSTOMER_OF, None])), draw(instants())
        if draw(st.booleans()):
            name = draw(st.sampled_from(["points.earned", "points.moved"]))
            fields = {
                "unit": draw(st.sampled_from([None, "points", "points", "beans"])),
                "amount": draw(st.sampled_from([None, *range(-3, 4)])),
                "active_from": draw(st.none() | instants()),
                "expires_at": draw(st.none() | instants()),
            }
        else:
            name = draw(st.sampled_from(["tier.granted", "tier.granted", "tier.ended"]))
            fields = {
                "ladder": draw(st.sampled_from([None, "club", "club", "club", "other"])),
                "tier": draw(st.sampled_from([None, "silver", "gold", "bronze"])),
            }
        known = {field: value for field, value in fields.items() if value is not None}
        facts.append((subject, Occurrence(position, at, name, known)))
    return facts


def tables_of(facts):
    members = {**CUSTOMER_OF, 6: 6}

    def integers(*values):
        return pa.array(values, pa.int64())

    rows = sorted(facts, key=lambda row: row[1].position * 7 % 61)
    columns = {
        "position": integers(*(fact.position for _, fact in rows)),
        "subject": integers(*(subject for subject, _ in rows)),
        "name": pa.array([fact.name for _, fact in rows], pa.string()),
        "occurred_at": integers(*(fact.at for _, fact in rows)),
    }
    for field in ("amount", "active_from", "expires_at"):
        columns[field] = integers(*(fact.fields.get(field) for _, fact in rows))
    for field in ("unit", "ladder", "tier"):
        columns[field] = pa.array([fact.fields.get(field) for _, fact in rows], pa.string())
    traits = {name: pa.array([], pa.int64()) for name in ("position", "subject", "occurred_at", "number")}
    traits |= {name: pa.array([], pa.string()) for name in ("trait", "op", "text")}
    return Tables(
        customers=ibis.memtable(pa.table({"customer": integers(*CUSTOMERS)})),
        members=ibis.memtable(pa.table({"subject": integers(*members), "customer": integers(*members.values())})),
        facts=ibis.memtable(pa.table(columns)),
        traits=ibis.memtable(pa.table(traits)),
    )


def by_closure(criterion, facts, now):
    people = {customer: CustomerHistory(CustomerId(customer)) for customer in CUSTOMERS}
    for subject, fact in facts:
        if subject is not None:
            people[CUSTOMER_OF[subject]].add(fact)
    holds = closure(criterion, words())
    return {customer: holds(history, now) for customer, history in people.items()}


@settings(SLOW, max_examples=40)
@given(pasts(), st.sampled_from(CRITERIA), instants())
def test_the_closure_and_ibis_agree_on_everybody(past, text, now):
    criterion = parse(text, words(), ZONE)
    rows = answers(criterion, words(), tables_of(past), now).to_pyarrow().to_pylist()
    assert {row["customer"]: row["answer"] for row in rows} == by_closure(criterion, past, now)
    assert len(rows) == len(CUSTOMERS)


@settings(SLOW, max_examples=40)
@given(pasts(), st.sampled_from(CRITERIA[:3]), instants(), instants())
def test_between_two_edges_nothing_changes(past, text, one, other):
    """Who keeps answers asks again only where an edge is passed."""
    criterion = parse(text, words(), ZONE)
    start, end = sorted((one, other))
    passed = set()
    for edge in edges(criterion, words()).facts:
        for _, fact in past:
            at = fact.fields.get(edge.field) if edge.field else fact.at
            if fact.name == edge.fact and at is not None:
                passed.add(at + edge.offset)
    if not any(start < at <= end for at in passed):
        assert by_closure(criterion, past, start) == by_closure(criterion, past, end)


def test_who_keeps_answers_live_knows_what_to_watch_and_when():
    criterion = parse('points("points") > 0 or tier == "gold"', words(), ZONE)
    assert depends_on(criterion, words()).facts == {"points.earned", "points.moved", "tier.granted", "tier.ended"}
    found = edges(criterion, words()).facts
    assert FactEdge("points.earned", 0, "expires_at") in found
    assert FactEdge("points.moved", 0, "active_from") in found


@pytest.mark.parametrize(
    ("text", "ladders", "code"),
    [
        ('points("pionts") > 1', ("club",), "criteria.feature_argument"),
        ("points > 1", ("club",), "criteria.function_brackets"),
        ('tier == "gold"', ("club", "staff"), "criteria.function_brackets"),
        ('tier("klub") == "gold"', ("club",), "criteria.feature_argument"),
        ("tier == 3", ("club",), "criteria.number_as_text"),
    ],
)
def test_what_is_not_there_is_a_static_error(text, ladders, code):
    with pytest.raises(CriteriaError) as refused:
        parse(text, words(ladders), ZONE)
    assert refused.value.code == code, refused.value.code


@pytest.mark.parametrize(
    ("lang", "said"),
    [("zh", ("可用积分（积分）", "等级（会员）")), ("en", ("points available (Points)", "tier (Club)"))],
)
def test_an_explanation_says_them_in_the_brands_words(lang, said):
    past = CustomerHistory(CustomerId(1))
    past.add(Occurrence(1, NOW, "points.earned", {"unit": "points", "amount": 7}))
    criterion = parse('points("points") >= 10 and tier == "gold"', words(), ZONE)
    text = explain(criterion, words(), past, NOW).sentences(lang, ZONE, "CNY")
    assert all(one in text for one in said), text
    assert "7" in text
