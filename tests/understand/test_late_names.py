"""A fact that came before a document said whose name it is: known by that name everywhere, in whichever order."""

import json

import pyarrow.dataset as ds
import pytest

from interplay.collect.ingest import api as ingest
from interplay.collect.ingest.contracts import Door
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from interplay.understand.profiles import api as profiles
from interplay.understand.profiles.contracts import CountFacts, ListFacts, ShowCustomer
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import CountSegment, ExplainMember
from interplay.understand.warehouse import api as warehouse
from interplay.understand.warehouse.contracts import Export
from tests.stores import NOW, Store

LABEL = {"zh": "某", "en": "Some"}
SEGMENT_LIBRARY = {"name": "analytics.js", "version": "2"}
SENSORS_LIBRARY = {"$lib": "js", "$lib_version": "1"}


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "data") as opened:
        yield opened


def track(store, event, user, *, library=None, **properties):
    """Post a fact as Segment's libraries do, read by what is declared at that moment."""
    context = {"context": {"library": library}} if library else {}
    post = {"userId": user, "event": event, "properties": properties, "messageId": str(store.clock()), **context}
    found = ingest.from_segment(ingest.Call.TRACK, json.dumps(post).encode(), door(store), store.clock())
    store.store(*(ingest.to_new_fact(one, "web", store.clock(), is_trusted=True) for one in found))
    store.clock.at += DAY


def sensors(store, event, user, *, library=SENSORS_LIBRARY):
    post = {"type": "track", "event": event, "distinct_id": user, "lib": library}
    found = ingest.from_sensors(json.dumps(post).encode(), "", door(store), store.clock())
    store.store(*(ingest.to_new_fact(one, "mini", store.clock(), is_trusted=True) for one in found))
    store.clock.at += DAY


def door(store):
    return Door(store.reading.declarations.current().catalogue, "test")


def declare(store, **facts):
    """Declare facts by the names that senders use for them."""
    fields = {"why": {"type": "text", "label": LABEL}}
    kinds = {name.replace("_", "."): {"label": LABEL, "fields": ["why"], **names} for name, names in facts.items()}
    store.apply({"kind": "facts", "name": "ours", "fields": fields, "facts": kinds})


def answers(store, criteria, who):
    """Return what the warehouse and the closure say of one customer; they must agree."""
    size = store.ask(segments.count, CountSegment(criteria))
    explained = store.ask(segments.explain_member, ExplainMember(criteria, *who))
    assert (size.count == 1) is explained.answer
    return explained.answer


def names(store):
    store.mind.wait()
    return store.query('SELECT name FROM facts ORDER BY "position"')


def test_a_late_declaration_is_known_everywhere(store, tmp_path):
    track(store, "Fitting Cancelled", "u-1", why="rain")
    sealed = [(row.name, row.body) for row in store.rows()]
    declare(store, fitting_cancelled={"segment": ["Fitting Cancelled"]})
    track(store, "fitting_cancelled", "u-1", why="late")
    criteria = 'count("fitting.cancelled", where=event.why in ("rain", "late")) == 2'
    assert answers(store, criteria, ("user_id", "u-1"))
    assert names(store) == [("fitting.cancelled",)] * 2
    assert store.ask(profiles.count_facts, CountFacts()) == {"fitting.cancelled": 2}
    newest = store.ask(profiles.list_facts, ListFacts())
    timeline = store.ask(profiles.show, ShowCustomer("user_id", "u-1")).timeline
    assert [(one.name, one.fields) for one in newest] == [
        ("fitting.cancelled", {"why": "rain"}),
        ("fitting.cancelled", {"why": "late"}),
    ]
    assert sorted(one.position for one in timeline if one.name == "fitting.cancelled") == [1, 2]
    store.ask(warehouse.export, Export(str(tmp_path / "open")))
    exported = ds.dataset(tmp_path / "open/facts", format="parquet").to_table()
    assert set(exported["name"].to_pylist()) == {"fitting.cancelled"}
    assert [(row.name, row.body) for row in store.rows()][:1] == sealed  # the log is never rewritten


def test_a_name_that_nobody_declares_stays_as_it_came(store):
    track(store, "Fitting Begun", "u-1")
    declare(store, fitting_cancelled={"segment": ["Fitting Cancelled"]})
    assert names(store) == [("Fitting Begun",)]
    assert answers(store, 'count("Fitting Begun") == 1', ("user_id", "u-1"))


def test_two_names_of_one_fact(store):
    track(store, "Fitting Cancelled", "u-1")
    track(store, "Fitting Called Off", "u-1")
    sensors(store, "CancelFitting", "u-1")
    declare(
        store,
        fitting_cancelled={"segment": ["Fitting Cancelled", "Fitting Called Off"], "sensors": ["CancelFitting"]},
    )
    assert names(store) == [("fitting.cancelled",)] * 3


def test_a_changed_mapping_loads_the_warehouse_again(store):
    track(store, "Fitting Cancelled", "u-1")
    declare(store, fitting_cancelled={"segment": ["Fitting Cancelled"]})
    track(store, "Fitting Cancelled", "u-1")
    before = store.reading.declarations.current().layout()
    declare(store, fitting_cancelled={}, visit_cancelled={"segment": ["Fitting Cancelled"]})
    assert store.reading.declarations.current().layout() != before
    assert names(store) == [("visit.cancelled",)] * 2
    assert answers(store, 'count("visit.cancelled") == 2', ("user_id", "u-1"))
    declare(store, fitting_cancelled={}, visit_cancelled={})  # nobody says any more whose name it is
    assert names(store) == [("Fitting Cancelled",), ("fitting.cancelled",)]


def test_a_name_belongs_to_the_dialect_it_came_in_where_that_can_be_told(store):
    track(store, "Cancelled", "u-1", library=SEGMENT_LIBRARY)
    sensors(store, "Cancelled", "u-2")
    track(store, "Cancelled", "u-3")
    sensors(store, "Cancelled", "u-4", library=None)
    declare(store, fitting_cancelled={"segment": ["Cancelled"]})
    assert names(store) == [("fitting.cancelled",), ("Cancelled",), ("fitting.cancelled",), ("fitting.cancelled",)]
    declare(store, fitting_cancelled={"segment": ["Cancelled"]}, visit_cancelled={"sensors": ["Cancelled"]})
    assert [name for (name,) in names(store)][:2] == ["fitting.cancelled", "visit.cancelled"]


def test_a_call_is_what_it_is_whatever_events_are_called(store):
    post = json.dumps({"userId": "u-1", "traits": {"city": "上海"}}).encode()
    found = ingest.from_segment(ingest.Call.IDENTIFY, post, door(store), NOW)
    store.store(*(ingest.to_new_fact(one, "web", NOW, is_trusted=True) for one in found))
    declare(store, fitting_cancelled={"segment": ["identify"]})
    assert names(store) == [("customer.identified",)]


def test_criteria_know_the_declared_name_only(store):
    track(store, "Fitting Cancelled", "u-1")
    declare(store, fitting_cancelled={"segment": ["Fitting Cancelled"]})
    with pytest.raises(AppError) as refused:
        store.ask(segments.count, CountSegment('count("Fitting Cancelled") >= 1'))
    assert "did you mean fitting.cancelled?" in str(refused.value)


def test_a_time_in_the_future_is_marked_where_facts_are_shown(store):
    later = "2026-03-01T00:00:00Z"
    post = json.dumps({"userId": "u-1", "event": "Fitting Begun", "timestamp": later}).encode()
    found = ingest.from_segment(ingest.Call.TRACK, post, door(store), NOW)
    store.store(*(ingest.to_new_fact(one, "web", NOW, is_trusted=True) for one in found))
    (shown,) = store.ask(profiles.list_facts, ListFacts())
    assert (shown.at, shown.clamped_from) == (NOW, later)
    assert store.ask(profiles.show, ShowCustomer("user_id", "u-1")).timeline[0].clamped_from == later
