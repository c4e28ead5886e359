"""What is decided while a campaign goes on: the prizes of a week are given when the week is over, not at the end.

A part says when it has something to decide next; then it is asked what. Each decision is an act with a key of its own,
the same that settling the campaign uses, so what was interrupted, or is asked again, is decided once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from msgspec import Struct

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Do, Receipt
from interplay.engine.log.reactions import Reaction
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.engine.timers.api import Timer, schedule
from interplay.interact.campaigns.contracts import Running, State
from interplay.interact.campaigns.playing import at_of_nobody, part_of
from interplay.interact.campaigns.regrouping import is_settled
from interplay.interact.campaigns.running import settling
from interplay.interact.campaigns.standing import Campaigns, state_at
from interplay.kernel.ids import Micros, Position

REACTION = "campaigns.closing"
TIMER = "campaigns.period"
BY = "closing"
ACTS_AT_ONCE_MAX = 32  # a few milliseconds of the writer

Part = tuple[str, int, str]
"""Campaign, version, part."""


class Close(Struct, frozen=True):
    """Some of what is decided when a period ends; or by which timer whoever sleeps is woken at the next end."""

    acts: tuple[Act, ...]
    wake: tuple[str, Micros] | None = None


def closing(running: acts.Acts) -> Command[Close, int]:
    """Return the command that does it; it answers how many were decided now."""

    def close(tx: Tx, ask: Close) -> int:
        answers = running.run_all(tx, [Do(one) for one in ask.acts])
        if ask.wake is not None:
            schedule(tx, Timer(TIMER, *ask.wake))
        return sum(isinstance(one, Receipt) and one.is_new for one in answers)

    return Command("campaigns.close", Close, int, close)


def awake(_: Tx, __: Timer) -> None:
    """Do nothing: that the timer has fired is a change, after which the reaction looks at the time."""


def reaction(state: Campaigns) -> Reaction:
    """Return the reaction. It follows no fact, only the time; it waits while all giving is paused."""
    found = Closing(state)
    return Reaction(REACTION, found.ask, closing(state.acts), is_current=found.is_current, is_wanted=found.is_wanted)


@dataclass(slots=True)
class Closing:
    """What is remembered: when each part has something to decide next. After a start everything is looked at once."""

    state: Campaigns
    _next: dict[Part, Micros | None] = field(default_factory=dict)
    _left: Iterator[Close] = field(default_factory=lambda: iter(()))
    _asked: tuple[Part, Micros | None] | None = None

    def is_wanted(self, database: Database) -> bool:
        """Return whether decisions can be made: giving goes on, and boards know who is who."""
        self._asked = None  # where the last step was cut off, it is begun again
        return not acts.is_paused(database) and is_settled(database)

    def is_current(self, _: Database) -> bool:
        """Return whether nothing is to be decided now."""
        return self._asked is None and self._due() is None

    def ask(self, _: LogReader, __: Database, ___: Position, until: Position) -> tuple[Close | None, Position]:
        """Return the next decisions."""
        if self._asked is None:
            if (due := self._due()) is None:
                return None, until
            self._asked = due, self._after(due)
            self._left = self._closes(*self._asked)
        if (close := next(self._left, None)) is None:
            part, following = self._asked
            self._next[part], self._asked = following, None
        return close, until

    def _closes(self, of: Part, following: Micros | None) -> Iterator[Close]:
        name, _, part = of
        decisions = settling(self.state, self.state.running(name).snapshot, BY, part)
        while some := tuple(islice(decisions, ACTS_AT_ONCE_MAX)):
            yield Close(some)
        if following is not None:
            yield Close((), (f"{name}/{part}", following))

    def _due(self) -> Part | None:
        now = self.state.now()
        for running in self.state.board().running.values():
            if running.state is State.LIVE:
                for part in running.snapshot.content.parts:
                    key = (running.snapshot.name, running.snapshot.version, part)
                    if key not in self._next:
                        self._next[key] = Micros(0) if self._after(key) is not None else None
                    due = self._next[key]
                    if due is not None and due <= now and state_at(running, now) is not State.SCHEDULED:
                        return key
        return None

    def _after(self, key: Part) -> Micros | None:
        name, _, part = key
        running: Running = self.state.running(name)
        found, mechanic = part_of(running.snapshot, part)
        if state_at(running, self.state.now()) is State.ENDED:
            return None
        return mechanic.next_settling(at_of_nobody(self.state, running, part), getattr(found, mechanic.name))
