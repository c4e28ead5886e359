"""Tasks, badges and stamps 任务 · 徽章 · 集章: facts that count towards something, and a prize when there are enough.

A stamp card is a task that begins anew when it is full. What is counted is one counter for each task and period, and
another says how often it was done; what is due is always the first over the target less the second, so a merge, a
refund or a late fact never gives anything twice, and loses nothing.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from interplay.acts.contracts import AMOUNT_MAX, Attempt, Count, Issue, Refused, Tell
from interplay.criteria.contracts import Occurrence
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
    numbers_of,
    unknown,
    unknown_prizes,
    unread,
)
from interplay.interact.mechanics.orders import (
    BACK,
    Sources,
    left_of,
    number_in,
    open_order,
    taken_back,
    uncounted,
    with_refunds,
)
from interplay.interact.mechanics.periods import Per, window_of
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.link.quotes.contracts import Label

DONE = "task.done"
BADGE = "badge.granted"
GIVEN_BY_PRIZES = frozenset(
    {"task.done", "badge.granted", "prize.given", "prize.missed", "points.moved", "points.earned", "coupon.issued"}
)
"""Facts that giving tells: a task that counts them could feed itself."""
TASKS_MAX = 50
AT_ONCE_MAX = 10  # how often one fact completes a task; what is left comes with the next


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
    is_simulated = False

    def mistakes(self, settings: TasksSettings, around: Around) -> Iterator[Mistake]:
        yield from bounds(("tasks",), len(settings.tasks), 1, TASKS_MAX)
        for name, task in settings.tasks.items():
            yield from _mistakes(("tasks", name), task, around)

    def play(self, at: At, settings: TasksSettings, move: Nothing) -> Plan | Refused:  # noqa: ARG002
        return no("tasks.no_move")

    def follows(self, settings: TasksSettings) -> frozenset[str]:
        return with_refunds(frozenset(task.fact for task in settings.tasks.values()))

    def follow(self, at: At, settings: TasksSettings, fact: Occurrence) -> Plan | None:
        if fact.name in BACK:
            return taken_back(at, fact)
        wanted = {task.sources for task in settings.tasks.values() if task.fact == fact.name}
        fresh, before = uncounted(at, fact, wanted)
        hers = {name: one for name, one in settings.tasks.items() if one.sources in fresh and _counts(at, one, fact)}
        amounts = {name: _amount(at, one, fact) for name, one in hers.items()}
        hers = {name: task for name, task in hers.items() if amounts[name] > 0}
        if not hers or not at.is_offered(fact):
            return None
        plan = Planning(at)
        plan.do(at.turn())
        windows = {name: window_of(task.per, fact.at, at.zone)[0] for name, task in hers.items()}
        counted: dict[Sources, list[int]] = {}
        for name, task in hers.items():
            place = plan.do(Count(at.scope(name), amounts[name], None, windows[name], at.subject))
            counted.setdefault(task.sources, []).append(place)
        open_order(plan, at, fact, counted, before)
        for name, task in hers.items():
            _complete(plan, at, name, task, amounts[name], windows[name])
        return plan.done()

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
    if task.fact not in around.facts:
        yield (*here, "fact"), unknown(task.fact, around.facts)
    elif task.fact in GIVEN_BY_PRIZES:
        yield (*here, "fact"), AppError("mechanics.feeds_itself", fact=task.fact)
    else:
        if task.sum and task.sum not in (numbers := numbers_of(task.fact, around)):
            yield (*here, "sum"), unknown(task.sum, numbers)
        if (wrong := unread(task.where, task.fact, around)) is not None:
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


def _amount(at: At, task: TaskSettings, fact: Occurrence) -> int:
    """Return what a fact counts, less what is refunded of it: a count as long as any of its money is left."""
    left, whole = left_of(at, fact, task.sources)
    return number_in(fact, task.sum) * left // whole if task.sum else min(left, 1)


def _due(task: TaskSettings, counted: int) -> int:
    times, most = counted // task.target, _times_max(task)
    return times if most is None else min(times, most)


def _times_max(task: TaskSettings) -> int | None:
    return task.times_max if task.repeats else 1


def _has(at: At, badge: BadgeSettings) -> bool:
    return at.look.used(_badge(badge), whose=at.wallet) > 0


def _badge(badge: BadgeSettings) -> str:
    return f"badge:{badge.name}"


def _done(at: At, name: str) -> str:
    return f"{at.scope(name)}:done"
