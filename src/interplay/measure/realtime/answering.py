"""The last minutes, counted by the warehouse: four aggregates over the few facts since then."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

import ibis
import pyarrow as pa

from interplay.engine.olap.keeper import BOTS
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import say
from interplay.kernel.ids import Micros
from interplay.kernel.money import EXPONENTS
from interplay.kernel.settings import Brand
from interplay.kernel.time import HOUR, MINUTE, from_micros
from interplay.measure.realtime.contracts import MINUTES_MAX, TOP, AskRealtime, Counted, Minute, Realtime, Top
from interplay.understand.profiles.contracts import Reading

if TYPE_CHECKING:
    import ibis.expr.types as ir

ORDER = "order.completed"
PLAYS = (
    "draw.played", "checkin.done", "task.done", "survey.completed", "quiz.completed", "vote.cast", "entry.submitted",
    "item.scanned", "score.posted",
)  # fmt: skip


COLUMNS = {"channel": "string", "campaign_id": "string", "value": "int64"}


class Tables(Protocol):
    """One moment of a warehouse."""

    def table(self, name: str) -> "ir.Table": ...


Build: TypeAlias = "Callable[[int, int], ir.Table]"
Fetch: TypeAlias = Callable[[str, Build, int, int], pa.Table]
"""Runs what is built for facts in (after, until]; the name stands for the text that is kept of it."""


class Found(NamedTuple):
    """What was counted. A minute is so many after the epoch's beginning."""

    by_name: pa.Table  # minute, name, facts, value: of orders, in minor units
    by_minute: pa.Table  # minute, people
    whole: pa.Table  # people, facts of them
    by_channel: pa.Table  # value, facts
    by_campaign: pa.Table  # value, facts
    before: pa.Table  # facts


def answer(reading: Reading, ask: AskRealtime) -> Realtime:
    """Return the last minutes. Raises AppError `realtime.minutes`."""
    if not 1 <= ask.minutes <= MINUTES_MAX:
        raise AppError("realtime.minutes", given=ask.minutes, most=MINUTES_MAX)
    now = reading.world.now() if ask.at is None else ask.at
    with reading.warehouse.session() as session:

        def fetch(name: str, build: Build, after: int, until: int) -> pa.Table:
            return session.rows(("realtime", name), build, after, until)

        return told(count(session, fetch, ask.minutes, now), ask, reading.world.brand, now, session.marks().position)


def count(tables: Tables, fetch: Fetch, minutes: int, now: Micros) -> Found:
    """Ask for everything of the last minutes, on whatever engine the facts are."""
    this = now // MINUTE * MINUTE
    since = this - (minutes - 1) * MINUTE

    def facts(after: int, until: int) -> "ir.Table":
        every = tables.table("facts")
        has = {name for name in ("channel", "campaign_id", "value") if name in every.columns}
        columns = {name: every[name] if name in has else ibis.null(type_) for name, type_ in COLUMNS.items()}
        if BOTS in every.columns:
            every = every.filter(~every[BOTS].coalesce(ibis.literal(False)))
        found = every.select("occurred_at", "name", "subject", **columns)
        return found.filter(found["occurred_at"] > after, found["occurred_at"] <= until)

    def by_name(after: int, until: int) -> "ir.Table":
        found = _by_minute(facts(after, until))
        value = ibis.ifelse(found["name"] == ORDER, found["value"], None)
        return found.group_by("minute", "name").aggregate(facts=found.count(), value=value.sum())

    def by_minute(after: int, until: int) -> "ir.Table":
        found = _by_minute(_owned(facts(after, until), tables))
        return found.group_by("minute").aggregate(people=found["customer"].nunique())

    def whole(after: int, until: int) -> "ir.Table":
        found = _owned(facts(after, until), tables)
        return found.aggregate(people=found["customer"].nunique(), facts=found.count())

    def by(field: str) -> Build:
        def build(after: int, until: int) -> "ir.Table":
            found = facts(after, until)
            return found.group_by(value=found[field]).aggregate(facts=found.count())

        return build

    def before(after: int, until: int) -> "ir.Table":
        found = facts(after, until)
        return found.aggregate(facts=found.count())

    builds = {"by_name": by_name, "by_minute": by_minute, "whole": whole,
              "by_channel": by("channel"), "by_campaign": by("campaign_id")}  # fmt: skip
    found = {name: fetch(name, build, since - 1, now) for name, build in builds.items()}
    return Found(**found, before=fetch("before", before, since - 1 - HOUR, this - 1 - HOUR))


def _by_minute(facts: "ir.Table") -> "ir.Table":
    return facts.mutate(minute=facts["occurred_at"] // MINUTE)


def _owned(facts: "ir.Table", tables: Tables) -> "ir.Table":
    return facts.select("occurred_at", "subject").inner_join(tables.table("members"), "subject")


def told(found: Found, ask: AskRealtime, brand: Brand, now: Micros, position: int) -> Realtime:
    """Return the answer."""
    this = now // MINUTE
    first, zone = this - ask.minutes + 1, brand.zone()
    scale = 10 ** EXPONENTS[brand.currency]
    rows = found.by_name.to_pylist()
    people = {row["minute"]: row["people"] for row in found.by_minute.to_pylist()}

    def local(at: int) -> str:
        return from_micros(Micros(at)).astimezone(zone).isoformat(timespec="seconds")

    def facts_of(minute: int, *names: str) -> int:
        return sum(row["facts"] for row in rows if row["minute"] == minute and (not names or row["name"] in names))

    def value_of(minute: int) -> float:
        return float(sum(int(row["value"] or 0) for row in rows if row["minute"] == minute) / scale)

    minutes = tuple(
        Minute(local(one * MINUTE), facts_of(one), people.get(one, 0), facts_of(one, ORDER), value_of(one))
        for one in range(first, this + 1)
    )
    every = sum(row["facts"] for row in rows)
    (whole,) = found.whole.to_pylist()
    over = ask.minutes - 1
    times = {"since": local(first * MINUTE), "at": local(now)}
    return Realtime(
        times["at"], times["since"], position, every, whole["people"], every - whole["facts"],
        sum(row["facts"] for row in rows if row["name"] in PLAYS), sum(one.orders for one in minutes),
        sum(int(row["value"] or 0) for row in rows) / scale, brand.currency,
        sum(one.facts for one in minutes[:-1]) / over if over else float(minutes[0].facts),
        found.before.to_pylist()[0]["facts"] / over if over else 0.0, minutes,
        _top([(row["name"], row["facts"]) for row in rows]),
        _of_field(found.by_channel), _of_field(found.by_campaign),
        say("realtime.definition", ask.lang, currency=brand.currency, **times),
    )  # fmt: skip


def _of_field(counted: pa.Table) -> Top:
    return _top([(row["value"], row["facts"]) for row in counted.to_pylist()])


def _top(counted: Iterable[tuple[str | None, int]]) -> Top:
    """Return the most frequent; what has none is one of them, if it is so frequent."""
    sums: Counter[str | None] = Counter()
    for name, facts in counted:
        sums[name] += facts
    ranked = sorted(sums.items(), key=lambda one: (-one[1], one[0] or ""))
    return Top(tuple(Counted(*one) for one in ranked[:TOP]), sum(facts for _, facts in ranked[TOP:]))
