"""What is asked of which engine, and where an engine cannot: the one table of markers, as Ibis has them.

`tests/parity` asks every feature of every engine. What is marked here must fail there: a marker that is no longer
needed fails the tests as surely as an answer that is wrong.
"""

from enum import StrEnum
from typing import NamedTuple


class Engine(StrEnum):
    """Engines by the name that Ibis gives them."""

    DUCKDB = "duckdb"
    CLICKHOUSE = "clickhouse"
    SPARK = "pyspark"


class Tested(NamedTuple):
    """How an engine is run by the tests."""

    name: str
    version: str
    by: str


TESTED = {
    Engine.DUCKDB: Tested("DuckDB", "2.0.0", "the package `duckdb`"),
    Engine.CLICKHOUSE: Tested("ClickHouse", "26.9.2.1", "the package `chdb`, which is ClickHouse in the process"),
    Engine.SPARK: Tested("Spark", "4.3.0", "the package `pyspark`, a local session"),
}
IBIS = "12.0.0"


class Feature(StrEnum):
    """What may be asked. `tests/parity/cases.py` has the questions."""

    COUNT = "count"
    SUM = "sum"
    AVERAGE = "average"
    EXTREMES = "extremes"
    DISTINCT = "distinct"
    FIRST_LAST = "first_last"
    FIRST_LAST_FIELD = "first_last_field"
    WINDOW = "window"
    WHERE = "where"
    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"
    LIST = "list"
    AMONG = "among"
    MISSING = "missing"
    UNKNOWN = "unknown"
    TRAIT = "trait"
    PERSONAL = "personal"
    COMPUTED = "computed"
    SEGMENT = "segment"
    TAG = "tag"
    CONSENT = "consent"
    STOCK = "stock"
    TERM = "term"
    SEQUENCE = "sequence"
    TALLY = "tally"
    AS_OF = "as_of"
    MANY_DISTINCT = "many_distinct"
    MANY_CONDITIONS = "many_conditions"
    LATE_FIELD = "late_field"
    NOTHING = "nothing"
    ONE_STATEMENT = "one_statement"
    SEQUENCE_STATEMENT = "sequence_statement"


class Kind(StrEnum):
    """Why something is not there."""

    NOTIMPL = "notimpl"  # the engine or Ibis has no such operation
    NOTYET = "notyet"  # it could be done
    NEVER = "never"  # it is not meant to be done


class Mark(NamedTuple):
    """What an engine cannot, and why."""

    kind: Kind
    reason: str
    zh: str


_FETCHED = "the facts that may be steps are fetched and matched by Interplay's own kernel; {} could match them itself"
_FETCHED_ZH = "可能的步骤取回后由 Interplay 的内核匹配；{}"

MARKS: dict[tuple[Feature, Engine], Mark] = {
    (Feature.SEQUENCE_STATEMENT, Engine.DUCKDB): Mark(
        Kind.NEVER,
        "the kernel runs in the process that DuckDB runs in, and takes hundredths of a second where SQL takes seconds",
        "内核与 DuckDB 同在一个进程，百分之几秒即可完成，用 SQL 则要数秒",
    ),
    (Feature.SEQUENCE_STATEMENT, Engine.CLICKHOUSE): Mark(
        Kind.NOTYET, _FETCHED.format("ClickHouse"), _FETCHED_ZH.format("尚未用 ClickHouse 自己的函数")
    ),
    (Feature.SEQUENCE_STATEMENT, Engine.SPARK): Mark(
        Kind.NOTYET, _FETCHED.format("Spark"), _FETCHED_ZH.format("尚未在 Spark 的各节点上运行")
    ),
}
