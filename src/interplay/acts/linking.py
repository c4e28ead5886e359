"""Groups and who is in them: friends who help, teams, who came to an occasion; each with room and a deadline."""

from collections.abc import Sequence

from interplay.acts.contracts import Effect, Join, Open, RefusedError
from interplay.acts.doing import Doing, marks
from interplay.acts.store import groups, links
from interplay.kernel.ids import SubjectId

FIND = "SELECT closes_at, members_max, members FROM link_groups WHERE kind = ? AND name = ?"
ENTER = (
    "UPDATE link_groups SET members = members + 1 WHERE kind = ? AND name = ?"
    " AND (members_max IS NULL OR members < members_max) AND (closes_at IS NULL OR closes_at > ?)"
)
LEAVE = "UPDATE link_groups SET members = members - 1 WHERE kind = ? AND name = ? AND members > 0"
IS_IN = "SELECT name, kind FROM links WHERE subject IN ({})"  # by kind it would look at everybody in it
OWNER = "SELECT owner FROM link_groups WHERE kind = ? AND name = ?"
REMOVE = "DELETE FROM links WHERE kind = ? AND name = ? AND subject = ?"
CLOSE = "DELETE FROM link_groups WHERE kind = ? AND name = ? AND members = 0"

ABOVE_MAX = 10_000  # people who are looked at; a tree that is higher lets nobody in


def open_group(doing: Doing, place: int, step: Open) -> Effect:
    if doing.is_held:
        return Effect(place)
    row = (step.kind, step.group, step.subject or 0, doing.act, step.closes_at, step.members_max, 0)
    if doing.raw.insert_many(groups, [row], skips_known=True) != 1:
        raise RefusedError("acts.group_taken", group=step.group)
    return Effect(place, 1)


def join(doing: Doing, place: int, step: Join) -> Effect:
    wallet = doing.wallet(step.subject)
    found = _groups_of(doing, step.kind, wallet)
    if any(name == step.group or step.is_only for name in found):
        raise RefusedError("acts.joined_already", group=found[0])
    if step.loop and _is_above(doing, step):
        raise RefusedError(step.loop, group=step.group)
    if doing.raw.execute(ENTER, (step.kind, step.group, doing.now)).rowcount != 1:
        _refuse(doing, step)
    doing.raw.insert_many(links, [(step.kind, step.group, step.subject, doing.act, doing.now)])
    return Effect(place, 1)


def undo_join(doing: Doing, step: Join) -> None:
    if doing.raw.execute(REMOVE, (step.kind, step.group, step.subject)).rowcount == 1:
        doing.raw.execute(LEAVE, (step.kind, step.group))


def undo_open(doing: Doing, step: Open) -> None:
    """Close a group that nobody is in."""
    if doing.raw.execute(CLOSE, (step.kind, step.group)).rowcount != 1:
        raise RefusedError("acts.group_in_use", group=step.group)


def _is_above(doing: Doing, step: Join) -> bool:
    """Return whether who joins owns the group, or is above its owner. Too high a tree counts as one."""
    mine, seen = set(doing.wallet(step.subject)), set[int]()
    waiting = [step.group]
    while waiting and len(seen) < ABOVE_MAX:
        found = doing.raw.execute(OWNER, (step.kind, waiting.pop())).fetchone()
        if found is None or found[0] in seen:
            continue
        wallet = doing.wallet(found[0])
        if not mine.isdisjoint(wallet):
            return True
        seen.update(wallet)
        waiting += _groups_of(doing, step.kind, wallet)
    return bool(waiting)


def _groups_of(doing: Doing, kind: str, wallet: Sequence[SubjectId]) -> list[str]:
    """Return the groups of a kind that somebody is in."""
    rows = doing.raw.execute(IS_IN.format(marks(len(wallet))), tuple(wallet))
    return [name for name, of in rows if of == kind]


def _refuse(doing: Doing, step: Join) -> None:
    found = doing.raw.execute(FIND, (step.kind, step.group)).fetchone()
    if found is None:
        raise RefusedError("acts.no_group", group=step.group)
    closes_at, members_max, _ = found
    if closes_at is not None and closes_at <= doing.now:
        raise RefusedError("acts.closed", group=step.group, closes_at=closes_at)
    raise RefusedError("acts.full", group=step.group, members_max=members_max)
