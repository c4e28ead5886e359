"""The example documents: they are sound, and their segments find the people they are named after.

The histories here are what a perfect identity resolution would put together: everything known under its person.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
import yaml

from interplay.collect.facts.api import catalogue, decode_documents
from interplay.collect.facts.contracts import Declared
from interplay.criteria.api import CustomerHistory, closure, parse
from interplay.criteria.contracts import Criterion, Occurrence, TraitChange, TraitOp
from interplay.kernel.ids import CustomerId, Position
from interplay.kernel.time import DAY
from interplay.rehearse.brand.api import simulate, write_documents
from interplay.rehearse.brand.contracts import Door, Habit, Stage, StepKind, TillOrder
from interplay.rehearse.brand.setting import day_kind, local
from interplay.rehearse.brand.truth import FACTS

BRAND = Path(__file__).parents[3] / "src" / "interplay" / "rehearse" / "brand"
UNTIL = datetime(2026, 10, 1, tzinfo=UTC)


@dataclass
class Words:
    """The brand's vocabulary: what is declared, and the segments so far."""

    declared: Declared
    criteria: dict[str, Criterion] = field(default_factory=dict)

    def fact_names(self):
        return list(self.declared.facts)

    def fields(self, fact):
        return self.declared.facts[fact].fields if fact in self.declared.facts else {}

    def fact_label(self, fact):
        return self.declared.facts[fact].zh, self.declared.facts[fact].en

    def traits(self):
        return self.declared.traits

    def segments(self):
        return self.criteria

    def features(self):
        return {}


@pytest.fixture(scope="module")
def told():
    return simulate(seed=1, people=1_500, until=UNTIL, days=90)


@pytest.fixture(scope="module")
def documents():
    return list(yaml.safe_load_all((BRAND / "documents" / "segments.yaml").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def words(documents):
    declared = catalogue(decode_documents((BRAND / "documents" / "facts.yaml").read_bytes(), "facts.yaml"))
    words = Words(declared)
    for document in documents:
        text = document["criteria"]
        words.criteria[document["name"]] = parse(text, words, ZoneInfo("Asia/Shanghai"), segment=document["name"])
    return words


@pytest.fixture(scope="module")
def found(told, words):
    """segment → numbers of the people in it"""
    histories = histories_of(told)
    now = told.window.until_at
    answers = {}
    for name, criterion in words.criteria.items():
        ask = closure(criterion, words)
        answers[name] = {number for number, history in histories.items() if ask(history, now) is True}
    return answers


def histories_of(told):
    histories = defaultdict(CustomerHistory)
    position = 0
    for happening in told.happenings():
        if happening.person is None:
            continue
        number = happening.person.number
        history = histories.setdefault(number, CustomerHistory(CustomerId(number)))
        for at, name, fields in known_facts(happening):
            position += 1
            history.add(Occurrence(Position(position), at, name, fields))
            if name == "customer.identified" and happening.door is Door.MINI_PROGRAM:
                is_staff = happening.person.habit is Habit.STAFF
                history.change(TraitChange(Position(position), at, "is_staff", TraitOp.SET, is_staff))
    return histories


def known_facts(happening):
    if isinstance(happening, TillOrder):
        is_mistyped = happening.phone not in {"", happening.person.phone}
        if not (happening.is_anonymous or is_mistyped):
            name = "order.refunded" if happening.refund_of else "order.completed"
            yield happening.at, name, order_fields(happening, "store")
        return
    for step in happening.steps:
        is_order = step.kind is StepKind.ORDER
        yield step.at, FACTS[happening.door, step.kind], order_fields(step, happening.door.value) if is_order else {}


def order_fields(order, channel):
    return {"value": order.value, "channel": channel, "day_type": day_kind(local(order.at).date()).value}


def test_the_segments_have_names_in_both_languages(documents):
    assert len(documents) == 8
    for document in documents:
        assert document.keys() == {"kind", "name", "label", "criteria"}
        assert document["kind"] == "segment"
        assert document["label"].keys() == {"zh", "en"}
        assert re.fullmatch(r"[a-z_]+", document["name"])


def test_every_segment_finds_some_people_and_not_everybody(found, told):
    sizes = {name: len(members) for name, members in found.items()}
    assert all(5 <= size < 0.5 * len(told.people) for size in sizes.values()), sizes


def test_staff_are_staff(found, told):
    staff = {p.number for p in told.people if p.habit is Habit.STAFF}
    assert found["staff"] <= staff
    assert len(found["staff"]) > 0.5 * len(staff)


def test_weekend_regulars_are_mostly_families(found, told):
    members = [told.truth.people[number] for number in found["weekend_regulars"]]
    assert sum(p.habit is Habit.FAMILY for p in members) > 0.7 * len(members)


def test_the_lapsed_are_mostly_those_who_left(found, told):
    members = [told.truth.people[number] for number in found["lapsed"]]
    assert sum(p.stage is Stage.LAPSED for p in members) > 0.6 * len(members)


def test_newcomers_bought_first_in_the_last_30_days(found, told):
    first = {}
    for happening in told.happenings():
        for at, name, _ in known_facts(happening) if happening.person else ():
            if name == "order.completed":
                first.setdefault(happening.person.number, at)
    # Steps of one session overlap another's, so the first told is the first bought but for minutes.
    expected = {number for number, at in first.items() if at > told.window.until_at - 30 * DAY}
    assert found["newcomers"] == expected


def test_high_value_members_spent_what_the_truth_says(found, told):
    for number in found["high_value"]:
        assert told.truth.known[number].value >= 80_000


def test_the_mapping_is_a_document():
    mapping = yaml.safe_load((BRAND / "orders.yaml").read_text(encoding="utf-8"))
    assert mapping["kind"] == "mapping"
    assert msgspec.json.encode(mapping)


def test_the_documents_can_be_written_out(tmp_path):
    folder = write_documents(tmp_path)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.yaml")) == [
        "documents/facts.yaml",
        "documents/loyalty.yaml",
        "documents/offers.yaml",
        "documents/segments.yaml",
        "documents/stores.yaml",
        "orders.yaml",
    ]
    assert (folder / "segments.yaml").read_bytes() == (BRAND / "documents" / "segments.yaml").read_bytes()
