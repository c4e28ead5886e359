"""`consent(…)` and `tag(…)`: the closure of one customer and the Ibis expression of all say the same."""

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interplay.criteria.api import CriteriaError, CustomerHistory, answers, closure, depends_on, parse
from interplay.criteria.contracts import Occurrence, Tables, TraitChange, TraitOp
from interplay.kernel.ids import CustomerId
from interplay.kernel.settings import Brand
from interplay.kernel.time import DAY
from interplay.unify.consent.contracts import ConsentDocument, Label, PurposeDocument, Standing
from interplay.unify.consent.term import ConsentTerm
from interplay.unify.customers.api import TagTerm
from tests.criteria.strategies import NOW, Words

ZONE = Brand("B").zone()
G, D = Standing.GRANTED, Standing.DENIED
NAME = Label("名", "Name")
PURPOSES = {
    "marketing": PurposeDocument(NAME, D, {"US": G, "CN": D}),
    "service": PurposeDocument(NAME, G, {"DE": D, "CN": G}),
    "profiling": PurposeDocument(NAME, G),
}
DOCUMENT = ConsentDocument(PURPOSES, {"sms": NAME, "email": NAME})
CRITERIA = (
    'consent("marketing:sms")',
    'tag("vip")',
    'not consent("service:email")',
    'consent("profiling:sms") or tag("vip")',
    'tag("vip") and not tag("VIP")',
    'missing(consent("marketing:email")) or missing(tag("vip"))',
    'consent("marketing:sms") and consent("service:sms") and consent("marketing:email") == consent("service:email")',
)
COUNTRIES = (None, "US", "us", "uS", "DE", "CN", "China", "", "ſß", "U")
CUSTOMER_OF = {1: 1, 2: 1, 3: 3, 4: 4, 5: 4}  # 1 and 2 are one person by now, 4 and 5 too; 6 has no fact at all
SLOW = settings(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def words(region):
    return Words(sources={"consent": ConsentTerm(DOCUMENT, region), "tag": TagTerm()})


def texts(*choices):
    return st.sampled_from([None, *choices])


def instants():
    """Few instants, so that ties and facts later than the question are usual."""
    return st.sampled_from([NOW - DAY, NOW, NOW, NOW + DAY])


@st.composite
def pasts(draw):
    facts, changes = [], []
    for position in range(1, draw(st.integers(10, 60)) + 1):
        subject, at = draw(st.sampled_from([1, 1, 1, 2, 2, *CUSTOMER_OF, None])), draw(instants())
        if subject is not None and draw(st.integers(0, 5)) == 0:
            country = draw(st.sampled_from(COUNTRIES))
            op = TraitOp.UNSET if country is None else TraitOp.SET
            changes.append((subject, TraitChange(position, at, "country", op, country)))
            continue
        kind, turn = draw(st.sampled_from(["consent", "tag"])), draw(st.booleans())
        if kind == "tag":
            name, fields = ("tag.added" if turn else "tag.removed"), {"tag": draw(texts("vip", "vip", "vip", "VIP"))}
        else:
            name = "consent.granted" if turn else "consent.withdrawn"
            fields = {
                "purpose": draw(texts(*["marketing"] * 6, "service", "service")),
                "message_channel": draw(texts("sms", "sms", "email", "*", "unknown")),
            }
        known = {field: value for field, value in fields.items() if value is not None}
        facts.append((subject, Occurrence(position, at, name, known)))
    return facts, changes


def tables_of(facts, changes):
    members = {**CUSTOMER_OF, 6: 6}

    def integers(*values):
        return pa.array(values, pa.int64())

    rows = sorted(facts, key=lambda row: row[1].position * 7 % 61)  # in no useful order
    columns = {
        "position": integers(*(fact.position for _, fact in rows)),
        "subject": integers(*(subject for subject, _ in rows)),
        "name": pa.array([fact.name for _, fact in rows], pa.string()),
        "occurred_at": integers(*(fact.at for _, fact in rows)),
    }
    for field in ("purpose", "message_channel", "tag"):
        columns[field] = pa.array([fact.fields.get(field) for _, fact in rows], pa.string())
    traits = {
        "position": integers(*(change.position for _, change in changes)),
        "subject": integers(*(subject for subject, _ in changes)),
        "occurred_at": integers(*(change.at for _, change in changes)),
        "trait": pa.array([change.trait for _, change in changes], pa.string()),
        "op": pa.array([change.op.value for _, change in changes], pa.string()),
        "number": integers(*(None for _ in changes)),
        "text": pa.array([change.value for _, change in changes], pa.string()),
    }
    return Tables(
        customers=ibis.memtable(pa.table({"customer": integers(*sorted(set(members.values())))})),
        members=ibis.memtable(pa.table({"subject": integers(*members), "customer": integers(*members.values())})),
        facts=ibis.memtable(pa.table(columns)),
        traits=ibis.memtable(pa.table(traits)),
    )


def by_closure(criterion, vocabulary, facts, changes, now):
    people = {customer: CustomerHistory(CustomerId(customer)) for customer in {*CUSTOMER_OF.values(), 6}}
    for subject, fact in facts:
        if subject is not None:
            people[CUSTOMER_OF[subject]].add(fact)
    for subject, change in changes:
        people[CUSTOMER_OF[subject]].change(change)
    holds = closure(criterion, vocabulary)
    return {customer: holds(history, now) for customer, history in people.items()}


@settings(SLOW, max_examples=settings.default.max_examples)
@given(pasts(), st.sampled_from(CRITERIA), st.sampled_from(["CN", "US", "DE"]), instants())
def test_the_closure_and_ibis_agree_on_everybody(past, text, region, now):
    vocabulary = words(region)
    criterion = parse(text, vocabulary, ZONE)
    rows = answers(criterion, vocabulary, tables_of(*past), now).to_pyarrow().to_pylist()
    expected = by_closure(criterion, vocabulary, *past, now)
    assert {row["customer"]: row["answer"] for row in rows} == expected
    assert len(rows) == len(expected)
    assert None not in expected.values()


@pytest.mark.parametrize(
    ("text", "allowed", "suggestion"),
    [
        ('consent("marketing:smss")', "marketing:sms, marketing:email", "marketing:sms"),
        ('consent("marketing")', "marketing:sms", "marketing:sms"),
        ('consent("marketing:*")', "marketing:sms", "marketing:sms"),
        ('consent("xyz:abc")', "profiling:email", None),
    ],
)
def test_an_unknown_purpose_or_channel_is_a_static_error_that_says_what_is_allowed(text, allowed, suggestion):
    with pytest.raises(CriteriaError) as refused:
        parse(text, words("CN"), ZONE)
    assert refused.value.code == "criteria.feature_argument"
    assert allowed in refused.value.text("en")
    assert allowed in refused.value.text("zh")
    assert text[8:-1] == text[refused.value.place.start : refused.value.place.end]
    assert suggestion is None or refused.value.suggestion.startswith("marketing:")


def test_who_keeps_answers_live_knows_what_to_watch():
    found = depends_on(parse('consent("marketing:sms") or tag("vip")', words("CN"), ZONE), words("CN"))
    assert found.facts == {"consent.granted", "consent.withdrawn", "tag.added", "tag.removed"}
    assert found.traits == {"country"}
    assert found.earliest(NOW) is None
