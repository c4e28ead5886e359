"""`criteria.md`: the words of the language. The parser's own names decide what has to be told."""

from interplay.criteria.calls import SEQUENCE_STEPS_MIN
from interplay.criteria.contracts import SEQUENCE_STEPS_MAX, CompareOp, ValueType
from interplay.criteria.operands import AGGREGATES, CONDITIONS, TERMS
from tools.reference.markdown import code, page, table

WORDS: dict[str, tuple[str, str, str]] = {
    "count": ('count("order.completed", within="90d")', "how many of these facts; 0 for none", "次数"),
    "sum": ('sum("order.completed", "value", within="365d")', "of a number or an amount; 0 for none", "合计"),
    "min": ('min("order.completed", "value")', "the least; missing for none", "最小值"),
    "max": ('max("order.completed", "value")', "the greatest; missing for none", "最大值"),
    "avg": ('avg("order.completed", "value")', "the mean, compared exactly; missing for none", "平均值"),
    "distinct": ('distinct("order.completed", "store_id")', "how many different values; 0 for none", "去重个数"),
    "first": ('first("order.completed")', "when the first one was, or a field of it; missing for none", "首次"),
    "last": (
        'last("order.completed", "channel")',
        "when the last one was, or a field of it; missing for none",
        "最近一次",
    ),
    "sequence": (
        'sequence("product.viewed", "cart.added", span="7d", within="30d")',
        f"whether these happened, each strictly after the one before; {SEQUENCE_STEPS_MIN}–{SEQUENCE_STEPS_MAX} steps",
        "先后顺序",
    ),
    "segment": ('segment("staff")', "whether the customer is in a segment; unknown inside counts as no", "属于分群"),
    "missing": ("missing(profile.city)", "whether there is no value; never unknown", "没有值"),
    "profile": ('profile.city == "上海"', "a trait", "属性"),
    "event": (
        'count("order.completed", where=event.channel == "store") >= 1',
        "a field of the fact at hand",
        "事实的字段",
    ),
    "now": ("now()", "the instant the question is asked for", "此刻"),
    "ago": ('ago("7d")', "an instant before it", "之前"),
    "tag": ('tag("vip")', "whether people gave the customer a tag; never unknown", "标签"),
    "consent": (
        'consent("marketing:sms")',
        "whether the customer agreed to a purpose, on a channel; never unknown",
        "同意",
    ),
    "points": (
        'points("beans") >= 100',
        "what the customer could spend of a unit: without what is pending or has expired by then; never unknown",
        "可用积分",
    ),
    "tier": (
        'tier == "gold"',
        'the highest tier that the customer was granted and that has not ended; of several ladders `tier("club")`; '
        "missing for none",
        "等级",
    ),
}
"""Word → form, meaning, Chinese term."""

TYPES = {
    ValueType.TEXT: ('"上海"', "compared by code point"),
    ValueType.INTEGER: ("3", "64 bits"),
    ValueType.DECIMAL: ("4.5", "exact, six decimals at most"),
    ValueType.MONEY: ("10000", "whole minor units of the brand's currency: 10000 is ¥100.00"),
    ValueType.BOOLEAN: ("True", "is not 1"),
    ValueType.TIME: ('"2026-01-31T08:00:00+08:00"', "an instant; without an offset, in the brand's zone"),
    ValueType.DATE: ('"2026-01-31"', "a day, without a zone"),
    ValueType.TEXTS: ('"coffee" in profile.interests', "a list of texts; may be asked for an element"),
}


def criteria_page() -> str:
    """Return the words, the types and the operators."""
    introduction = "The words of [criteria](../guides/criteria.md)."
    operators = " ".join(code(op.value) for op in CompareOp) + " `in` `not in` `and` `or` `not`"
    return page(
        "Criteria",
        introduction,
        _words(),
        "## Types of values",
        _types(),
        "## Operators",
        f"{operators}. Comparisons may be chained.",
    )


def words_of_the_language() -> frozenset[str]:
    """Return every word that the parser knows."""
    return AGGREGATES | CONDITIONS | TERMS | {"profile", "event", "now", "ago"}


def _words() -> str:
    windows = (
        '`count sum min max avg distinct first last` also take `within="30d"`, `between=("2026-01-01", "2026-02-01")` '
        "and `where=…`; `sequence` takes a window and `span`. Units of spans: `s m h d w`; a day is 24 hours. "
        "The last two words need a unit of points and a ladder of tiers; without, each is an error that says so."
    )
    return (
        table(
            ["word", "example", "", "中文"], [[code(w), code(form), text, zh] for w, (form, text, zh) in WORDS.items()]
        )
        + "\n\n"
        + windows
    )


def _types() -> str:
    return table(["type", "as written", ""], [[code(t.value), code(form), text] for t, (form, text) in TYPES.items()])
