"""A published shop's two years, exported as Parquet, loaded into each engine and asked: the way a brand would move."""

from collections import Counter
from contextlib import closing
from typing import NamedTuple

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from interplay.bootstrap.home import open_home
from interplay.collect.facts.api import Declarations
from interplay.criteria.api import parse
from interplay.criteria.compile import answers, tally
from interplay.criteria.contracts import Answer, Tables, Vocabulary
from interplay.kernel.time import parse_instant
from interplay.understand.segments.vocabulary import BrandVocabulary
from tests.loop.test_real_data import ANSWERS, AT, CUSTOMERS, DATA, Brand
from tests.parity.marking import of_engine
from tools.reference.support import Engine

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.name, reason="INTERPLAY_DATA does not name the folder with the data"),
]
ON_EVERY_ENGINE = pytest.mark.parametrize(
    "engine", [pytest.param(engine, marks=of_engine(engine)) for engine in Engine]
)
ORDER = '"order.completed"'
MORE = (
    f'avg({ORDER}, "value") > 30000 and count("order.refunded") == 0',
    f'first({ORDER}) < ago("300d") and not last({ORDER}) < ago("30d")',
    f'max({ORDER}, "value", within="365d") >= 100000 or sum("order.refunded", "value") > 5000',
    f'sequence({ORDER}, "order.refunded", {ORDER}, span="30d")',
    f'distinct({ORDER}, "order_id", between=("2011-01-01", "2011-07-01")) in (2, 3)',
)


class Shop(NamedTuple):
    """What is asked, of what, when."""

    rows: Tables
    words: Vocabulary
    zone: object
    now: int


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("retail")
    brand = Brand(folder, "--timezone", "Europe/London", "--currency", "GBP", "--region", "GB")
    brand.imported("online_retail/online_retail.parquet", "online_retail/mapping.yaml")
    brand.ask("warehouse", "export", folder / "export")
    with closing(open_home(folder / "data")) as home:
        declared = Declarations(home.database, home.settings.brand, home.keys).current().declared
        words = BrandVocabulary(declared, [], {}, home.settings.brand)
        now = parse_instant(AT, home.world.zone)
        return Shop(exported(folder / "export"), words, home.world.zone, now)


def exported(folder):
    """Return an export as the tables that criteria ask."""
    members = pq.read_table(folder / "members" / "members.parquet")
    is_first = pc.equal(members["subject"], members["customer"])
    return Tables(
        customers=ibis.memtable(members.filter(is_first).select(["customer"])),
        members=ibis.memtable(members.select(["subject", "customer"])),
        facts=ibis.memtable(_rows(folder / "facts")),
        traits=ibis.memtable(_rows(folder / "traits")),
    )


def _rows(folder):
    columns = pq.read_schema(folder / "_common_metadata")
    rows = ds.dataset(folder, schema=columns, format="parquet", partitioning="hive").to_table()
    at = rows["occurred_at"].cast(pa.int64())
    return rows.set_column(rows.schema.get_field_index("occurred_at"), "occurred_at", at).drop_columns("month")


@pytest.fixture(scope="module")
def moved(shop, loads):
    """Return the shop's tables as an engine holds them."""
    tables = {}

    def move(engine):
        if engine not in tables:
            tables[engine] = loads(engine)(shop.rows)
        return tables[engine]

    return move


@ON_EVERY_ENGINE
def test_the_segments_have_the_known_sizes(engine, moved, shop):
    for text, (count, unknown) in ANSWERS.items():
        asked = parse(text, shop.words, shop.zone)
        assert tally(asked, shop.words, moved(engine), shop.now) == Answer(count, unknown, CUSTOMERS)


@ON_EVERY_ENGINE
def test_every_customer_gets_the_same_answer_on_every_engine(engine, moved, shop):
    for text in (*ANSWERS, *MORE):
        asked = parse(text, shop.words, shop.zone)
        ours, theirs = (answers(asked, shop.words, moved(one), shop.now) for one in (Engine.DUCKDB, engine))
        expected = Counter(tuple(row.values()) for row in ours.to_pyarrow().to_pylist())
        assert Counter(tuple(row.values()) for row in theirs.to_pyarrow().to_pylist()) == expected
        assert len({answer for _, answer in expected}) > 1
