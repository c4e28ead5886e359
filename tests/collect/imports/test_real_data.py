"""The published data sets, by the mappings that ship as examples."""

import os
from collections import Counter
from pathlib import Path

import pytest

from interplay.collect.facts.api import catalogue, decode_documents
from interplay.collect.imports import api
from interplay.collect.imports.contracts import Reading
from interplay.kernel.ids import Micros
from interplay.kernel.settings import Brand
from interplay.kernel.time import iso

DATA = os.environ.get("INTERPLAY_DATA", "")
EXAMPLES = Path(__file__).parents[3] / "examples"
NOW = Micros(1_790_000_000_000_000)

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not DATA, reason="INTERPLAY_DATA does not name the folder with the data"),
]


def import_twice(sink, file, mapping):
    """Return the log after a first import, having seen that a second one changes nothing."""
    documents = decode_documents((EXAMPLES / "starbucks/facts.yaml").read_bytes(), "facts.yaml")
    reading = Reading(catalogue(documents), Brand("Test", "Asia/Shanghai", "GBP"), NOW)
    document, text = api.load(EXAMPLES / mapping)
    log = sink()
    first = api.run(Path(DATA) / file, document, reading, log, text=text)
    rejects = list(log.rejects)
    again = api.run(Path(DATA) / file, document, reading, log, text=text)
    assert (first.stored, first.duplicates) == (first.facts, 0)
    assert (again.stored, again.duplicates) == (0, first.facts)
    return list(log.facts.values()), rejects


def names(facts):
    return Counter(fact.name for fact in facts)


def test_online_retail_becomes_orders_and_refunds(sink):
    facts, rejects = import_twice(sink, "online_retail/online_retail.parquet", "online_retail/mapping.yaml")
    assert names(facts) == {"order.completed": 22_061, "order.refunded": 3_836}
    worth, known, anonymous = Counter(), Counter(), Counter()
    for fact in facts:
        (known if fact.identifiers else anonymous)[fact.name] += 1
        worth[fact.name] += fact.payload.fields["value"] if fact.identifiers else 0
    assert worth == {"order.completed": 891_140_790, "order.refunded": 61_134_209}
    assert known == {"order.completed": 18_536, "order.refunded": 3_654}
    assert anonymous == {"order.completed": 3_525, "order.refunded": 182}
    assert len({fact.identifiers[0] for fact in facts if fact.identifiers}) == 4_372
    assert [one.code for one in rejects] == ["import.row.filtered"] * 3
    assert sum(fact.payload.fields["item_count"] for fact in facts) == 541_909 - 3
    at = {fact.payload.fields["order_id"]: iso(fact.at) for fact in facts}
    assert at["536365"] == "2010-12-01T08:26:00Z"  # London in winter
    assert at["558638"] == "2011-07-01T07:16:00Z"  # and in summer


def test_starbucks_profiles_become_traits(sink):
    facts, rejects = import_twice(sink, "starbucks_rewards/profile.json", "starbucks/profile.yaml")
    assert rejects == []
    assert names(facts) == {"customer.identified": 17_000}
    traits = Counter(write.trait for fact in facts for write in fact.payload.traits)
    known = 17_000 - 2_175
    assert traits == {"age": known, "gender": known, "income": known, "became_member_on": 17_000}


def test_the_starbucks_transcript_counts_identical_rows(sink):
    facts, rejects = import_twice(sink, "starbucks_rewards/transcript.parquet", "starbucks/transcript.yaml")
    assert rejects == []
    assert names(facts) == {
        "offer.received": 76_277, "offer.viewed": 57_725, "offer.completed": 33_579, "order.completed": 138_953,
    }  # fmt: skip
    assert sum(fact.payload.fields.get("value", 0) for fact in facts) == 177_545_197
    assert sum(fact.payload.fields.get("reward", 0) for fact in facts) == 16_467_600


def test_taobao_behaviour_and_its_torn_last_row(sink):
    facts, rejects = import_twice(sink, "taobao_userbehavior/UserBehavior.csv", "taobao/mapping.yaml")
    assert names(facts) == {
        "product.viewed": 75_872, "cart.added": 4_497, "wishlist.added": 2_356, "order.completed": 1_750,
    }  # fmt: skip
    assert [(one.line, one.code, one.raw) for one in rejects] == [
        (84_476, "import.row.ragged", "100370,1968385,1875258,pv")
    ]
    assert len({fact.identifiers[0] for fact in facts}) == 815
