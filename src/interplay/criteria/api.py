"""What can be done with criteria. Other slices import this file and `contracts`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from interplay.criteria.contracts import Answer, Criterion, Profile, Stock, Switch, Tables, Value, Vocabulary
from interplay.criteria.dependencies import Dependencies, depends_on
from interplay.criteria.edges import Edges, FactEdge, TraitEdge, edges
from interplay.criteria.errors import CriteriaError, Place
from interplay.criteria.evaluate import CustomerHistory, closure, trigger_closure
from interplay.criteria.exchange import from_json, to_json
from interplay.criteria.explain import Explanation, explain
from interplay.criteria.history import Timeline
from interplay.criteria.literals import type_of
from interplay.criteria.parse import parse, parse_trigger, parse_value
from interplay.criteria.segments import parse_segments
from interplay.criteria.stocks import instants_of, stock_of
from interplay.criteria.switches import turned
from interplay.criteria.syntax import expression
from interplay.criteria.text import to_text

if TYPE_CHECKING:
    import ibis.expr.types as ir


def answers(criterion: Criterion, vocabulary: Vocabulary, tables: Tables, now: int) -> "ir.Table":
    """Return (customer int64, answer boolean), one row per customer; NULL is unknown."""
    from interplay.criteria import compile  # noqa: A004 - a lazy seam: importing Ibis takes about a second

    return compile.answers(criterion, vocabulary, tables, now)


def answers_with(
    criterion: Criterion, values: Sequence[Value], vocabulary: Vocabulary, tables: Tables, now: int
) -> "ir.Table":
    """Return `answers` with a column `value_0`, `value_1`, … for each of the values, as they are stored."""
    from interplay.criteria import compile  # noqa: A004 - a lazy seam: importing Ibis takes about a second

    return compile.answers_with(criterion, values, vocabulary, tables, now)


def tally(criterion: Criterion, vocabulary: Vocabulary, tables: Tables, now: int) -> Answer:
    """Return how many customers match, how many are unknown and how many were asked, in one query."""
    from interplay.criteria import compile  # noqa: A004 - a lazy seam: importing Ibis takes about a second

    return compile.tally(criterion, vocabulary, tables, now)


def matching(criterion: Criterion, facts: "ir.Table", now: int) -> "ir.Table":
    """Return the facts for which a condition on one fact, as `where=` has it, is true."""
    from interplay.criteria import compile_facts  # a lazy seam: importing Ibis takes about a second

    return compile_facts.matching(criterion, facts, now)


def truth(criterion: Criterion, facts: "ir.Table", now: int) -> "ir.BooleanValue":
    """Return whether such a condition is true of each fact."""
    from interplay.criteria import compile_facts  # a lazy seam: importing Ibis takes about a second

    return compile_facts.truth(criterion, facts, now)


def switch_values(switch: Switch, tables: Tables, now: int) -> "ir.Table":
    """Return (customer, value boolean): whether a switch is on, for customers for whom anything has turned it."""
    from interplay.criteria import compile_sources  # a lazy seam: importing Ibis takes about a second

    return compile_sources.switch_values(switch, tables, now)


def stock_values(stocks: Sequence[Stock], tables: Tables, now: int) -> "ir.Table":
    """Return (customer, stock_0, stock_1, …): what everybody has of each stock as of `now`."""
    from interplay.criteria import compile_sources  # a lazy seam: importing Ibis takes about a second

    return compile_sources.stock_values(stocks, tables, now)


def trait_values(trait: Profile, tables: Tables, now: int) -> "ir.Table":
    """Return (customer, value): a stored trait as of `now`, for customers with changes of it."""
    from interplay.criteria import compile_sources  # a lazy seam: importing Ibis takes about a second

    return compile_sources.trait_values(trait, tables, now)


__all__ = [
    "CriteriaError",
    "CustomerHistory",
    "Dependencies",
    "Edges",
    "Explanation",
    "FactEdge",
    "Place",
    "Timeline",
    "TraitEdge",
    "answers",
    "answers_with",
    "closure",
    "depends_on",
    "edges",
    "explain",
    "expression",
    "from_json",
    "instants_of",
    "parse",
    "parse_segments",
    "parse_trigger",
    "parse_value",
    "stock_of",
    "stock_values",
    "switch_values",
    "tally",
    "to_json",
    "to_text",
    "trait_values",
    "trigger_closure",
    "truth",
    "turned",
    "type_of",
]
