"""The table of support says what is so: of which versions, and nothing twice."""

from importlib.metadata import version

import ibis

from tests.parity.engines import cannot_run
from tools.reference.engines import WORDS
from tools.reference.support import IBIS, MARKS, TESTED, Engine, Feature, Kind


def test_the_table_names_the_versions_that_are_tested(held):
    assert ibis.__version__ == IBIS
    assert version("duckdb") == TESTED[Engine.DUCKDB].version
    assert version("pyspark") == TESTED[Engine.SPARK].version
    backend = held(Engine.CLICKHOUSE).customers.get_backend()
    assert backend.version == TESTED[Engine.CLICKHOUSE].version


def test_every_feature_has_words_for_people():
    assert list(WORDS) == list(Feature)


def test_every_mark_says_why_in_both_languages():
    for mark in MARKS.values():
        assert mark.kind in Kind
        assert mark.reason.isascii()
        assert not mark.zh.isascii()


def test_only_spark_may_be_left_out():
    assert [engine for engine in Engine if cannot_run(engine)] in ([], [Engine.SPARK])
