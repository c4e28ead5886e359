"""Tasks, badges and stamps 任务 · 徽章 · 集章: facts that count towards something, and a prize when there are enough.

A stamp card is a task that begins anew when it is full. What is counted is one counter for each task and period, and
another says how often it was done; what is due is always the first over the target less the second, so a merge, a
refund or a late fact never gives anything twice, and loses nothing.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from interplay.acts.contracts import AMOUNT_MAX, Attempt, Count, Issue, Open, Refused, Tell, Undo
from interplay.collect.facts.api import FactWords, read_where
from interplay.criteria.contracts import Occurrence, ValueType
from interplay.interact.mechanics.contracts import (
    Around,
    At,
    Mechanic,
    Mistake,
    Nothing,
    Plan,
    Planning,
    bounds,
    no,
    unknown,
    unknown_prizes,
)
from interplay.interact.mechanics.periods import Per, window_of
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.link.quotes.contracts import Label

DONE = "task.done"
BADGE = "badge.granted"
ORDER = "order.completed"
BACK = frozenset({"order.refunded", "order.cancelled"})
"""What takes an order back that was counted. A cancelled one is refunded whole, and so is one without an amount."""
GIVEN_BY_PRIZES = frozenset(
    {"task.done", "badge.granted", "prize.given", "prize.missed", "points.moved", "points.earned", "coupon.issued"}
)
"""Facts that giving tells: a task that counts them could feed itself."""
TASKS_MAX = 50
AT_ONCE_MAX = 10  # how often one fact completes a task; what is left comes with the next
WHOLE = 10**15  # minor units: more than any order's


class BadgeSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """A mark that stays, of the whole brand: whoever has it gets it by no other campaign again."""

    name: str
    label: Label


class TaskSettings(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """So many facts, or so much of a field of theirs, in a period."""

    label: Label
    fact: str
    target: int
    where: str = ""
    sum: str = ""  # an integer or money field; none named: facts are counted
    per: Per = Per.CAMPAIGN
    repeats: bool = False  # a stamp card: when it is full, the next begins
    times_max: int | None = None  # of cards, in each period
    sources: tuple[str, ...] = ()  # whose facts count; none named: everybody's
    prizes: tuple[str, ...] = ()
    badge: BadgeSettings | None = None


class TasksSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """A part `tasks`."""

    tasks: dict[str, TaskSettings]


class TasksMechanic(Mechanic[TasksSettings, Nothing]):
    """Counts facts that others tell."""

    name = "tasks"
    settings = TasksSettings

    def mistakes(self, settings: TasksSettings, around: Around) -> Iterator[Mistake]:
        yield from bounds(("tasks",), len(settings.tasks), 1, TASKS_MAX)
        for name, task in settings.tasks.items():
            yield from _mistakes(("tasks", name), task, around)

    def play(self, at: At, settings: TasksSettings, move: Nothing) -> Plan | Refused:  # noqa: ARG002
        return no("tasks.no_move")

    def follows(self, settings: TasksSettings) -> frozenset[str]:
        facts = {task.fact for task in settings.tasks.values()}
        return frozenset(facts | BACK if ORDER in facts else facts)

    def follow(self, at: At, settings: TasksSettings, fact: Occurrence) -> Plan | None:
        order = _order_of(at, fact)
        if fact.name in BACK:
            return _taken_back(at, order, fact) if order else None
        hers = {name: task for name, task in settings.tasks.items() if _counts(at, task, fact)}
        whole = max(_number(fact, "value"), 1)
        left = whole - at.look.used(_refunded(at, order)) if order and hers else whole
        if not hers or left <= 0 or not at.is_offered(fact):
            return None
        plan = Planning(at)
        plan.do(at.turn())
        if order:
            plan.do(Open(_orders(at), order, at.subject))
            plan.say(whole=whole, paid=plan.do(Count(at.scope("paid"), left)))
        amounts = {name: _number(fact, task.sum) * left // whole if task.sum else 1 for name, task in hers.items()}
        hers = {name: task for name, task in hers.items() if amounts[name] > 0}
        windows = {name: window_of(task.per, fact.at, at.zone)[0] for name, task in hers.items()}
        plan.say(counts=[
            plan.do(Count(at.scope(name), amounts[name], None, windows[name], at.subject)) for name in hers
        ])  # fmt: skip
        for name, task in hers.items():
            _complete(plan, at, name, task, amounts[name], windows[name])
        return plan.done() if hers else None

    def show(self, at: At, settings: TasksSettings) -> dict[str, Any]:
        return {"tasks": [_shown(at, name, task) for name, task in settings.tasks.items()]}


def _complete(plan: Planning, at: At, name: str, task: TaskSettings, amount: int, window: Micros) -> None:
    """Give what is due for what was counted, less what was given before."""
    counted = at.look.used(at.scope(name), window, at.wallet) + amount
    done = at.look.used(_done(at, name), window, at.wallet)
    times = min(_due(task, counted) - done, AT_ONCE_MAX)
    if times <= 0:
        return
    plan.do(Count(_done(at, name), times, None, window, at.subject))
    plan.tell(DONE, {"task": name, "times": done + times})
    for _ in range(times):
        for prize in task.prizes:
            plan.offer(prize)
    if task.badge is not None and not _has(at, task.badge):
        unit = _badge(task.badge)
        told = Tell(BADGE, at.subject, {**at.says, "badge": task.badge.name})
        plan.do(Attempt((Count(unit, 1, 1, subject=at.subject), Issue(unit, at.subject)), (told,)))


def _taken_back(at: At, order: str, fact: Occurrence) -> Plan:
    """Take back what an order counted, in proportion to its money. Prizes stay; what is due next takes longer."""
    value = fact.fields.get("value")
    money = abs(value) if fact.name != "order.cancelled" and isinstance(value, int) else WHOLE
    plan = Planning(at)
    if money:
        plan.do(Count(_refunded(at, order), money))
    found = at.look.founder(_orders(at), order)
    if found is not None:
        key, says = found
        some = min(money, says["whole"] - at.look.used(_refunded(at, order)))
        if some > 0:
            plan.do(Undo(key, says["paid"], some, along=tuple(says["counts"])))
    return plan.done()


def _shown(at: At, name: str, task: TaskSettings) -> dict[str, Any]:
    window, ends_at = window_of(task.per, at.now, at.zone)
    counted = at.look.used(at.scope(name), window, at.wallet)
    done = at.look.used(_done(at, name), window, at.wallet)
    most = _times_max(task)
    is_done = most is not None and done >= most
    return {
        "task": name, "label": msgspec.to_builtins(task.label), "target": task.target, "done": done,
        "progress": task.target if is_done else max(counted - done * task.target, 0), "is_done": is_done,
        "ends_at": min(ends_at, at.ends_at), "prizes": list(task.prizes),
        "badge": None if task.badge is None else {"name": task.badge.name, "is_hers": _has(at, task.badge)},
    }  # fmt: skip


def _mistakes(here: tuple[str, ...], task: TaskSettings, around: Around) -> Iterator[Mistake]:
    words = FactWords(around.declared)
    if task.fact not in around.facts:
        yield (*here, "fact"), unknown(task.fact, around.facts)
    elif task.fact in GIVEN_BY_PRIZES:
        yield (*here, "fact"), AppError("mechanics.feeds_itself", fact=task.fact)
    else:
        numbers = [
            one.name for one in words.fields(task.fact).values() if one.type in (ValueType.INTEGER, ValueType.MONEY)
        ]
        if task.sum and task.sum not in numbers:
            yield (*here, "sum"), unknown(task.sum, numbers)
        try:
            read_where(task.where, task.fact, words, around.brand) if task.where else None
        except AppError as wrong:
            yield (*here, "where"), wrong
    yield from bounds((*here, "target"), task.target, 1, AMOUNT_MAX)
    yield from bounds((*here, "times_max"), task.times_max, 1, AMOUNT_MAX)
    if task.times_max is not None and not task.repeats:
        yield (*here, "times_max"), AppError("mechanics.not_repeated")
    yield from unknown_prizes((*here, "prizes"), task.prizes, around)


def _counts(at: At, task: TaskSettings, fact: Occurrence) -> bool:
    if task.fact != fact.name or (task.sources and at.source not in task.sources):
        return False
    return not task.where or at.holds(task.where, fact)


def _due(task: TaskSettings, counted: int) -> int:
    times, most = counted // task.target, _times_max(task)
    return times if most is None else min(times, most)


def _times_max(task: TaskSettings) -> int | None:
    return task.times_max if task.repeats else 1


def _order_of(at: At, fact: Occurrence) -> str:
    number = fact.fields.get("order_id")
    is_known = fact.name == ORDER or fact.name in BACK
    return at.digest("order", number) if is_known and isinstance(number, str) and number else ""


def _number(fact: Occurrence, name: str) -> int:
    found = fact.fields.get(name)
    return found if isinstance(found, int) and found > 0 else 0


def _has(at: At, badge: BadgeSettings) -> bool:
    return at.look.used(_badge(badge), whose=at.wallet) > 0


def _badge(badge: BadgeSettings) -> str:
    return f"badge:{badge.name}"


def _done(at: At, name: str) -> str:
    return f"{at.scope(name)}:done"


def _orders(at: At) -> str:
    return at.scope("orders")


def _refunded(at: At, order: str) -> str:
    return at.scope(f"refunded:{order}")
