"""What a mechanic is: how a part of a campaign is played, as a value that the writer then does.

A mechanic decides from what it is handed (`At`) and answers with a `Plan`: steps of one act, facts, what the player is
told. It has no tables, no clock and no chance of its own, so the same file runs live, in a test and in a preview.

    settings   the part's words in the campaign's document     move   what a player sends
    play       a player's move                                 follow a fact that somebody else told
    show       what a player sees before she plays             settle what is decided when the campaign ends
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from interplay.acts.contracts import Argument, Count, Outcome, Receipt, Refused, Step, Tell
from interplay.criteria.contracts import Occurrence
from interplay.engine.documents.places import Place
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros, SubjectId

ALWAYS = Micros(0)
"""The window of what is counted without an end."""
REFUSAL = "acts.limit"

Mistake = tuple[Place, AppError]
"""Where in the part's settings, and what is wrong."""

S = TypeVar("S", bound=Struct)
M = TypeVar("M", bound=Struct)


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """The move of a mechanic that asks nothing of its player."""


class Award(Struct, frozen=True, array_like=True):
    """Which steps give a prize. `outcome`: they are those of a draw's outcome, and `place` counts within it."""

    prize: str
    place: int
    steps: int
    outcome: str = ""
    draw: int = 0  # the draw's own place
    waits: tuple[Refused, ...] = ()  # what a review has to look at before it is given


class Gift(Struct, frozen=True):
    """How a prize is given: steps of an act, and facts that are filled from them by their place among these steps."""

    prize: str
    steps: tuple[Step, ...]
    tells: tuple[Tell, ...] = ()
    waits: tuple[Refused, ...] = ()  # why these steps only reserve it


class Plan(Struct, frozen=True):
    """What a play, a followed fact or a settling comes to. Places count from the first step of the plan."""

    steps: tuple[Step, ...] = ()
    tells: tuple[Tell, ...] = ()
    awards: tuple[Award, ...] = ()
    says: dict[str, Any] = {}  # for the player: plain data
    subject: SubjectId | None = None  # of a settling: whom it is about


class Look(Protocol):
    """What may be read of the state of things. It decides nothing for good: the writer looks again."""

    def used(self, scope: str, window: Micros = ALWAYS, whose: Sequence[SubjectId] = ()) -> int:
        """Return how much of a counter is used: by all of somebody's subjects, or, without any, by everybody."""

    def balance(self, unit: str, whose: Sequence[SubjectId]) -> int:
        """Return what somebody can spend of a unit now."""

    def receipt(self, key: str) -> Receipt | None:
        """Return the receipt of an act by its key."""

    def joined(self, kind: str, whose: Sequence[SubjectId]) -> list[str]:
        """Return the groups of a kind that somebody is in, the earliest first."""


@dataclass(frozen=True, slots=True)
class At:
    """Where and when something is played, and by whom."""

    campaign: str
    part: str
    version: int
    now: Micros
    zone: ZoneInfo
    subject: SubjectId
    wallet: tuple[SubjectId, ...]  # all subjects of her customer
    segments: Collection[str]
    look: Look
    gift: Callable[[str, SubjectId], Gift]  # of a prize of the campaign, for somebody
    roll: Callable[[str, int], int]  # (what for, n) → one of 0 … n − 1, always the same for this customer
    says: Mapping[str, object] = field(default_factory=dict)  # what every fact of this play says
    key: str = ""

    @property
    def name(self) -> str:
        """Return the part's own name among all campaigns."""
        return f"{self.campaign}/{self.part}"

    def scope(self, what: str) -> str:
        """Return the scope under which the part counts something."""
        return f"play:{self.name}:{what}"

    def mine(self, what: str, cap: int | None = None, window: Micros = ALWAYS, refusal: str = REFUSAL) -> Count:
        """Return a step that counts something of the player's."""
        return Count(self.scope(what), 1, cap, window, self.subject, refusal)


class Planning:
    """Puts a plan together, so that a mechanic does not count places."""

    def __init__(self, at: At) -> None:
        self._at = at
        self._steps: list[Step] = []
        self._tells: list[Tell] = []
        self._awards: list[Award] = []
        self._says: dict[str, Any] = {}

    def do(self, *steps: Step) -> int:
        """Add steps; return the place of the first."""
        self._steps += steps
        return len(self._steps) - len(steps)

    def tell(
        self, name: str, fields: Mapping[str, object], filled: Mapping[str, tuple[int, str]] | None = None,
        subject: SubjectId | None = None,
    ) -> None:  # fmt: skip
        """Tell a fact of the player, or of somebody else."""
        whose = self._at.subject if subject is None else subject
        self._tells.append(Tell(name, whose, {**self._at.says, **fields}, dict(filled or {})))

    def say(self, **says: Any) -> None:
        """Say something to the player."""
        self._says |= says

    def give(self, prize: str, subject: SubjectId | None = None) -> None:
        """Give a prize to the player, or to somebody else."""
        gift = self._at.gift(prize, self._at.subject if subject is None else subject)
        place = self.do(*gift.steps)
        self._tells += (moved(tell, place) for tell in gift.tells)
        self._awards.append(Award(prize, place, len(gift.steps), waits=gift.waits))

    def outcome(self, name: str, weight: int, prizes: Sequence[str], **when: Any) -> Outcome:
        """Return an outcome of a draw that is the next step, with its prizes."""
        steps: list[Step] = []
        tells: list[Tell] = []
        for prize in prizes:
            gift = self._at.gift(prize, self._at.subject)
            tells += (moved(tell, len(steps)) for tell in gift.tells)
            self._awards.append(Award(prize, len(steps), len(gift.steps), name, self.place, gift.waits))
            steps += gift.steps
        return Outcome(name, weight, tuple(steps), tells=tuple(tells), **when)

    @property
    def place(self) -> int:
        """Return where the next step will stand."""
        return len(self._steps)

    def done(self) -> Plan:
        return Plan(tuple(self._steps), tuple(self._tells), tuple(self._awards), self._says)


def moved(tell: Tell, by: int) -> Tell:
    """Return a fact that is filled from steps which stand so much later."""
    if not by or not (tell.filled or tell.scaled):
        return tell
    return msgspec.structs.replace(
        tell,
        filled={name: (place + by, what) for name, (place, what) in tell.filled.items()},
        scaled={name: (place + by, a, b) for name, (place, a, b) in tell.scaled.items()},
    )


class Around(Struct, frozen=True):
    """What a part's settings are checked beside."""

    prizes: frozenset[str]
    stocked: frozenset[str]  # prizes of which there is a limited number
    facts: frozenset[str]
    segments: frozenset[str]
    starts_at: Micros
    ends_at: Micros
    zone: ZoneInfo


class Mechanic(ABC, Generic[S, M]):
    """A kind of play."""

    name: ClassVar[str]
    """As it is called in documents, in facts and in the glossary."""
    settings: ClassVar[type[Struct]]
    move: ClassVar[type[Struct]] = Nothing
    draws: ClassVar[bool] = False
    """Whether chance decides: a draw is opened when the campaign starts, and revealed when it is settled."""

    def mistakes(self, settings: S, around: Around) -> Iterator[Mistake]:  # noqa: ARG002
        """Yield what is wrong with settings that have the right shape."""
        return iter(())

    def odds(self, settings: S) -> list[dict[str, Any]]:  # noqa: ARG002
        """Return what is published of its odds, whole weights beside what they add up to; nothing without chance."""
        return []

    @abstractmethod
    def play(self, at: At, settings: S, move: M) -> Plan | Refused:
        """Return what a move comes to, or why it is not possible."""

    def follows(self, settings: S) -> frozenset[str]:  # noqa: ARG002
        """Return the names of the facts that it wants to be told of."""
        return frozenset()

    def follow(self, at: At, settings: S, fact: Occurrence) -> Plan | None:  # noqa: ARG002
        """Return what a live fact comes to, if anything. It is done once for each fact."""
        return None

    def show(self, at: At, settings: S) -> dict[str, Any]:  # noqa: ARG002
        """Return what a player sees before she plays: her progress, her standing. Plain data."""
        return {}

    def settle(self, at: At, settings: S) -> Iterator[Plan]:  # noqa: ARG002
        """Yield what is decided when the campaign has ended, in an order that is always the same.

        `at` names nobody: its subject is 0.
        """
        return iter(())


def no(code: str, **arguments: Argument) -> Refused:
    """Return a refusal."""
    return Refused(code, arguments)


def unknown(given: str, known: Collection[str]) -> AppError:
    """Return the mistake of a word that is none of those there are."""
    return AppError("mechanics.unknown_word", given=given, allowed=", ".join(sorted(known)) or "—")
