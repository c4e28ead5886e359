"""Promises: decided when a fact comes, given when their time comes, unless withdrawn before.

A promise is a held act, so what it gives is reserved; a timer keeps it. It waits while all giving is paused, and while
anything that could take it back was told and not dealt with.
"""

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import msgspec
from msgspec import Struct

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Do, Refused, Settle, Tell
from interplay.collect.facts.api import Declarations, Names
from interplay.engine.log.reactions import position_in
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Tx
from interplay.engine.timers.api import Timer, cancel, due_by_key, find, schedule, schedule_once
from interplay.interact.campaigns.playing import act_of, at_of, part_of
from interplay.interact.campaigns.standing import Campaigns
from interplay.interact.mechanics.contracts import At, Promise, Withdrawal
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros, Position, SubjectId
from interplay.kernel.time import DAY, HOUR, MINUTE

TIMER = "campaigns.promise"
WITHDRAWN = "prize.withdrawn"
KIND = "campaigns.promise"
REACTION = "campaigns"
KEPT_FOR = 400 * DAY  # how long a promise that is due waits at most, for a pause to end
OVER = ("acts.settled", "acts.erased", "acts.unknown_key", "acts.hold_expired")


class Due(Struct, frozen=True):
    """What is known of a promise when its time comes."""

    key: str
    campaign: str
    version: int
    part: str
    mechanic: str
    subject: SubjectId
    about: dict[str, Any]


class Promised(Struct, frozen=True):
    """A promise as the writer is asked to make it."""

    act: Act
    due_at: Micros
    due: Due


def key_of(at: At, key: str) -> str:
    """Return the act's key of a part's promise."""
    return f"promise:{at.name}:{key}"


def pending(state: Campaigns, name: str) -> int:
    """Return how many promises of a part wait for their time."""
    return sum(key.startswith(f"promise:{name}:") for key in due_by_key(state.database, TIMER))


def promised(one: Promise, at: At, mechanic: str, by: str) -> Promised:
    """Return a promise of a plan as what the writer is asked."""
    key = key_of(at, one.key)
    plan = msgspec.structs.replace(one.plan, subject=one.subject)
    act = act_of(key, KIND, acts.body_of(key), (), plan, at, mechanic, by)
    held = msgspec.structs.replace(act, hold_until=Micros(one.due_at + KEPT_FOR))
    return Promised(held, one.due_at, Due(key, at.campaign, at.version, at.part, mechanic, one.subject, one.about))


def make(running: acts.Acts, tx: Tx, some: Sequence[Promised]) -> None:
    """Hold what is promised. What cannot be given (no stock, a limit) is not promised, and the others are."""
    answers = running.run_all(tx, [Do(one.act) for one in some])
    for one, answer in zip(some, answers, strict=True):
        if not isinstance(answer, Refused) and answer.is_new:
            schedule_once(tx, Timer(TIMER, one.due.key, one.due_at, msgspec.msgpack.encode(one.due)))


def withdraw(running: acts.Acts, tx: Tx, some: Sequence[Withdrawal]) -> None:
    """Let promises go. One that was kept, or that nobody made, stays as it is."""
    for one in some:
        if (timer := find(tx, TIMER, one.key)) is not None:
            told = _told(msgspec.msgpack.decode(timer.message, type=Due), one.says)
            running.run_all(tx, [Do(Settle(one.key, is_kept=False, tells=(told,)))])
            cancel(tx, TIMER, one.key)


class Keeping:
    """Keeps promises whose time has come."""

    def __init__(self, state: Campaigns, declarations: Declarations) -> None:
        self._state = state
        self._declarations = declarations

    def fire(self, tx: Tx, timer: Timer) -> None:
        """Give what was promised, or let it go where the mechanic objects; come again where nobody can tell yet."""
        due = msgspec.msgpack.decode(timer.message, type=Due)
        if self._is_behind(tx):
            schedule(tx, msgspec.structs.replace(timer, due_at=Micros(tx.world.now() + MINUTE)))
            return
        why = self._objection(due)
        tells = (_told(due, {"reason": why}),) if why else ()
        (answer,) = self._state.acts.run_all(tx, [Do(Settle(due.key, not why, tells))])
        if isinstance(answer, Refused) and answer.code == "acts.paused":
            schedule(tx, msgspec.structs.replace(timer, due_at=Micros(tx.world.now() + HOUR)))
        elif isinstance(answer, Refused) and answer.code not in OVER:
            raise AppError(answer.code, status=409, **answer.arguments)

    def _objection(self, due: Due) -> str:
        snapshot = self._state.snapshot(due.campaign, due.version)
        part, mechanic = part_of(snapshot, due.part)
        running = msgspec.structs.replace(self._state.running(due.campaign), snapshot=snapshot)
        at = at_of(self._state, running, due.part, due.subject, {})
        return mechanic.objection(at, getattr(part, mechanic.name), due.about)

    def _is_behind(self, tx: Tx) -> bool:
        """Return whether a fact that takes something back waits to be followed: who asked in time is not too late."""
        heard = self._heard()
        if not heard:
            return False
        current = self._declarations.current()
        today = Names(current.declared).today
        with closing(LogReader(self._state.database)) as reader:
            names = [name for name in reader.fact_names() if name in heard or today(name, "", None) in heard]
            after = Position(position_in(tx, REACTION))
            return bool(names) and bool(reader.live_named(after, reader.last_position(), names, 1))

    def _heard(self) -> frozenset[str]:
        found: set[str] = set()
        board = self._state.board()
        there = ((one, name) for one in board.running.values() for name in one.snapshot.content.parts)
        for running, name in (*there, *board.gone):
            part, mechanic = part_of(running.snapshot, name)
            found |= mechanic.hears(getattr(part, mechanic.name))
        return frozenset(found)


def _told(due: Due, says: dict[str, Any]) -> Tell:
    about = {"campaign_id": due.campaign, "campaign_version": due.version, "part": due.part, "mechanic": due.mechanic}
    return Tell(WITHDRAWN, due.subject, {**about, **says})
