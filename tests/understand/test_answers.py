"""Count, list, explain and the closure fed from the log give the same answers, for every customer and any instant."""

from contextlib import closing

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from interplay.collect.facts.contracts import TraitWrite
from interplay.criteria.api import answers, closure, parse, to_text
from interplay.criteria.contracts import TraitChange
from interplay.criteria.history import CustomerHistory
from interplay.engine.log.read import LogReader
from interplay.kernel.time import DAY
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import CountSegment, ExplainMember, ListMembers
from interplay.unify.identity.api import customer_of
from tests.criteria.strategies import criteria, histories, instants
from tests.stores import NOW, Store, cookie, fact, user
from tests.understand.documents import DOCUMENTS, words_of

EXAMPLES = 30


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with Store(tmp_path_factory.mktemp("brand") / "data") as opened:
        opened.clock.at = NOW + 400 * DAY
        opened.apply(*DOCUMENTS)
        opened.store(fact("thing.done", user("first")))
        yield opened


def tell(store, past, turn):
    """Send a past through the log; subjects 11 and 13 turn out to be one person in the last fact."""

    def who(subject):
        return () if subject is None else (cookie(f"{turn}-{subject}"),)

    news = []
    rows = [(row.position, row.at, subject, row) for subject, row in (*past.facts, *past.changes)]
    for position, at, subject, row in sorted(rows, key=lambda one: one[0]):
        key = (turn, position, type(row).__name__)
        if isinstance(row, TraitChange):
            write = TraitWrite(row.trait, row.op, row.value)
            news.append(fact("customer.identified", *who(subject), at=at, traits=(write,), key=key))
        else:
            news.append(fact(row.name, *who(subject), at=at, fields=row.fields, key=key))
    link = fact("thing.done", *who(11), *who(13), at=NOW - 90 * DAY, key=(turn, "link"))
    store.store(*news[: len(news) // 2])
    store.store(*news[len(news) // 2 :], link)
    heard = {13} | {subject for subject, _ in (*past.facts, *past.changes) if subject is not None}
    return [cookie(f"{turn}-{subject}") for subject in sorted(heard, reverse=True)]


def people_of(store):
    """Return everybody's past, folded fact by fact from the log, and when each was first heard of."""
    projector = store.reading.declarations.current().projector
    people, first = {}, {}
    with closing(LogReader(store.database)) as reader:
        rows = reader.read(0, 10**6)
    belongs = {row.subject: customer_of(store.database, row.subject)[0] for row in rows if row.subject is not None}
    for row in rows:
        if row.subject is None:
            continue
        customer = belongs[row.subject]
        past = people.setdefault(customer, CustomerHistory(customer))
        payload = projector.payload(row)
        past.add(projector.occurrence(row, payload))
        for change in projector.trait_changes(row, payload):
            past.change(change)
        first[customer] = min(first.get(customer, row.occurred_at), row.occurred_at)
    return people, first


@pytest.mark.slow
def test_every_way_to_ask_gives_the_same_answer(store):
    words = words_of(store)
    turns = iter(range(10_000))

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True,
        suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate],
    )  # fmt: skip
    @given(histories(words), criteria(words), instants(), st.integers(1, 4))
    def ask(past, criterion, now, page):
        who = tell(store, past, next(turns))
        store.mind.wait()
        text = to_text(criterion)
        known = segments.vocabulary(store.reading, store.reading.declarations.current())
        parsed = parse(text, known, store.reading.world.zone)
        holds = closure(parsed, known)
        people, first = people_of(store)
        expected = {customer: holds(past, now) for customer, past in people.items() if first[customer] <= now}
        event(f"answers {sorted(map(str, set(expected.values())))}")
        with store.mind.warehouse.session() as backend:
            rows = answers(parsed, known, segments.as_of(backend, now), now).to_pyarrow().to_pylist()
        assert {row["customer"]: row["answer"] for row in rows} == expected
        size = store.ask(segments.count, CountSegment(text, now))
        values = [*expected.values()]
        assert (size.count, size.unknown, size.population) == (values.count(True), values.count(None), len(values))
        assert members(store, text, now, page) == sorted(c for c, answer in expected.items() if answer)
        for kind, value in who[:2]:
            explained = store.ask(segments.explain_member, ExplainMember(text, kind, value, now))
            assert explained.answer == holds(people[explained.customer], now)
            assert explained.sentences

    ask()


def members(store, text, now, page):
    found, after = [], 0
    while some := store.ask(segments.list_members, ListMembers(text, now, after, page * 10)):
        found += [one.customer for one in some]
        after = found[-1]
    assert len(found) == len(set(found))
    return found
