"""`engines.md`: which engine answers what, from the table of markers that the parity tests hold to be so."""

from collections.abc import Iterable

from interplay.engine.olap.dialects import CLICKHOUSE_SETTINGS
from tools.reference.markdown import code, page, table
from tools.reference.support import IBIS, MARKS, TESTED, Engine, Feature, Kind

WORDS: dict[Feature, tuple[str, str]] = {
    Feature.COUNT: ("`count`", "次数"),
    Feature.SUM: ("`sum` of integers, decimals and money, exact beyond 64 bits", "合计，超过 64 位仍精确"),
    Feature.AVERAGE: ("`avg`, compared as a fraction", "平均值，按分数精确比较"),
    Feature.EXTREMES: ("`min`, `max` of numbers, texts and times", "最小值、最大值"),
    Feature.DISTINCT: ("`distinct`", "去重个数"),
    Feature.FIRST_LAST: ("when the `first`, the `last` was", "首次、最近一次的时间"),
    Feature.FIRST_LAST_FIELD: ("a field of the `first`, the `last`, also where it is missing", "首次、最近一次的字段"),
    Feature.WINDOW: ("`within`, `between`, to the microsecond", "时间窗口，精确到微秒"),
    Feature.WHERE: ("`where`", "事实的条件"),
    Feature.TEXT: ("texts: equal, in order of code points, Chinese and emoji", "文本，按码位比较"),
    Feature.NUMBER: ("integers, decimals and money compared with each other", "整数、小数、金额互相比较"),
    Feature.BOOLEAN: ("booleans", "是与否"),
    Feature.TIME: ("instants and dates", "时刻与日期"),
    Feature.LIST: ('lists of texts: `"a" in profile.interests`', "文本列表"),
    Feature.AMONG: ("`in`, `not in`", "属于其中之一"),
    Feature.MISSING: ("`missing`", "没有值"),
    Feature.UNKNOWN: ("`and`, `or`, `not` with unknowns", "三值逻辑"),
    Feature.TRAIT: ("traits: set, set once, increment, append, unset", "属性的各种变更"),
    Feature.PERSONAL: ("`missing` of a personal trait", "个人信息属性是否有值"),
    Feature.COMPUTED: ("computed traits", "计算属性"),
    Feature.SEGMENT: ("`segment`", "属于分群"),
    Feature.TAG: ("`tag`", "标签"),
    Feature.CONSENT: ("`consent`", "同意"),
    Feature.STOCK: ("`points`, `tier`, also where times of lots begin and end", "积分余额与等级，含生效与到期"),
    Feature.TERM: ("a term whose values come from elsewhere", "其他来源的值"),
    Feature.SEQUENCE: ("`sequence`", "先后顺序"),
    Feature.TALLY: ("how many match and how many are unknown, in one question", "符合与未知的人数"),
    Feature.AS_OF: ("as of an earlier moment, of who had been heard of by then", "截至过去某一时刻"),
    Feature.MANY_DISTINCT: ("`distinct` of hundreds of thousands of values, exact", "数十万个不同的值，精确去重"),
    Feature.MANY_CONDITIONS: ("as many conditions as are allowed (2,000)", "条件数达到上限（2,000）"),
    Feature.LATE_FIELD: ("a field that was declared after the rows were loaded", "装载之后才声明的字段"),
    Feature.NOTHING: ("tables without rows", "空表"),
    Feature.ONE_STATEMENT: ("a question without a sequence is one SQL statement", "不含先后顺序的问题是一条 SQL"),
    Feature.SEQUENCE_STATEMENT: ("a question with a sequence is one SQL statement", "含先后顺序的问题是一条 SQL"),
}
"""Feature → meaning, Chinese term."""

KINDS = {
    Kind.NOTIMPL: "the engine, or Ibis, has no such operation",
    Kind.NOTYET: "it could be done and has not been",
    Kind.NEVER: "it is not meant to be done",
}


def engines_page() -> str:
    """Return what is answered where, with which versions and settings."""
    introduction = (
        "A [criterion](criteria.md) is compiled to one Ibis expression, so the warehouse can be another engine. These "
        "are asked the same questions about the same customers, and everybody has to get the answer that Interplay "
        "gives for one customer at a time. What is marked is tried as well, and has to fail."
    )
    return page(
        "Engines",
        introduction,
        _versions(),
        "## What is answered",
        _features(),
        " · ".join(f"{code(kind.value)}: {meaning}" for kind, meaning in KINDS.items()) + ".",
        "## What is not",
        _marks(),
        "## What an engine needs",
        _NEEDS,
        _settings(),
        _MOVING,
    )


_NEEDS = """\
The connection is one that Ibis made. `with_rules` lets it compile by Interplay's rules: on ClickHouse Ibis counts
different values by an estimate, and neither there nor on Spark does it read a list out of JSON text.

```python
import ibis
from interplay.engine.olap.dialects import with_rules

connection = with_rules(ibis.pyspark.connect(session))
```

With ClickHouse's own defaults, who has done nothing would have zeros instead of nothing. Spark's defaults are right."""
_MOVING = """\
What `interplay warehouse export` writes fits, with `occurred_at` as microseconds since 1970 (64 bits) and, as
`customers`, the members whose `subject` is their `customer`. Interplay itself keeps its warehouse in DuckDB, where
facts and members are of one moment; keeping another engine's tables up to date, and of one moment, is up to you."""


def _versions() -> str:
    rows = [[one.name, one.version, one.by] for one in TESTED.values()]
    return table(["engine 引擎", "tested version 测试版本", "as"], rows) + f"\n\nIbis {IBIS} writes the SQL."


def _features() -> str:
    names = [TESTED[engine].name for engine in Engine]
    return table(["asked", "中文", *names], [[*WORDS[feature], *_stands(feature)] for feature in Feature])


def _stands(feature: Feature) -> Iterable[str]:
    for engine in Engine:
        mark = MARKS.get((feature, engine))
        yield "yes" if mark is None else code(mark.kind.value)


def _marks() -> str:
    rows = [
        [WORDS[feature][0], TESTED[engine].name, code(mark.kind.value), mark.reason, mark.zh]
        for (feature, engine), mark in MARKS.items()
    ]
    return table(["asked", "engine", "", "why", "原因"], rows)


def _settings() -> str:
    rows = [[code(key), code(str(value))] for key, value in CLICKHOUSE_SETTINGS.items()]
    return table(["setting of ClickHouse 设置", "value"], rows)
