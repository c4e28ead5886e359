"""Tags: given and taken by staff, and `tag("vip")` in criteria: true or false, never unknown."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from interplay.criteria.api import CustomerHistory, switch_values, turned
from interplay.criteria.contracts import History, Physical, Switch, Tables, Turn, ValueType
from interplay.unify.customers.contracts import TAG_ADDED, TAG_REMOVED, Tag

if TYPE_CHECKING:
    import ibis.expr.types as ir


class TagTerm:
    """Any text may be asked for: who never had it does not have it."""

    type = ValueType.BOOLEAN
    takes_argument = True
    arguments = None
    facts = frozenset({TAG_ADDED, TAG_REMOVED})
    traits: frozenset[str] = frozenset()
    instants: frozenset[tuple[str, str]] = frozenset()

    def label(self, argument: str | None) -> None:
        """Say it as it is written."""

    def closure(self, argument: str | None) -> Callable[[History, int], Physical | None]:
        switch = switch_of(argument or "")

        def ask(history: History, now: int) -> bool:
            last = turned(switch, history, now)
            return last is not None and last.is_on

        return ask

    def ibis(self, argument: str | None, tables: Tables, now: int) -> "ir.Table":
        tagged = switch_values(switch_of(argument or ""), tables, now)
        everybody = tables.customers.left_join(tagged, "customer").select("customer", "value")
        return everybody.select("customer", value=everybody["value"].coalesce(False))


def switch_of(tag: str) -> Switch:
    """Return what gives a tag and takes it."""
    asked = (("tag", (tag,)),)
    return Switch(Turn(TAG_ADDED, asked), Turn(TAG_REMOVED, asked))


def tags_of(past: CustomerHistory, now: int) -> tuple[Tag, ...]:
    """Return the tags that a customer has as of `now`, in order of their names."""
    line = past.timelines.get(TAG_ADDED)
    names = {row.get("tag") for row in line.rows} if line is not None else set()
    found = []
    for name in sorted(name for name in names if isinstance(name, str)):
        last = turned(switch_of(name), past, now)
        if last is not None and last.is_on:
            found.append(Tag(name, last.at))
    return tuple(found)
