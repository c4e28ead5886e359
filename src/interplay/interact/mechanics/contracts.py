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

from interplay.acts.api import Joined
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
    promises: "tuple[Promise, ...]" = ()  # of a followed fact: made if the plan itself is possible
    withdraws: "tuple[Withdrawal, ...]" = ()  # of a followed fact


class Promise(Struct, frozen=True):
    """What is decided now and given at `due_at`, unless it is withdrawn before: an act of its own, held until then.

    What it gives is reserved from now on. `key` tells it from the part's other promises; `about` is what the mechanic
    asks of when it is due (`Mechanic.objection`).
    """

    key: str
    subject: SubjectId
    due_at: Micros
    plan: Plan
    about: dict[str, Any] = {}


class Withdrawal(Struct, frozen=True):
    """A promise that shall not be kept, and what the fact of it says. One that was kept, or never made, stays so."""

    key: str
    says: dict[str, Any] = {}


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

    def links(self, kind: str, whose: Sequence[SubjectId]) -> list[Joined]:
        """Return the groups of a kind that somebody is in, and since when, the earliest first."""

    def opened(self, kind: str, groups: Sequence[str]) -> list[str]:
        """Return those of some groups that there are, the first opened first."""

    def above(self, kind: str, whose: Sequence[SubjectId]) -> list[SubjectId]:
        """Return whose group somebody is in, whose group that one is in, and so on: one subject of each."""

    def wallet(self, subject: SubjectId) -> tuple[SubjectId, ...]:
        """Return all subjects of a subject's customer."""

    def since(self, whose: Sequence[SubjectId]) -> Micros | None:
        """Return when somebody was first heard of; None: she was erased."""

    def are_near(self, one: Sequence[SubjectId], other: Sequence[SubjectId]) -> bool:
        """Return whether two people came with one identifier: a device, a card, whatever changed hands between them."""

    def digest(self, what: str, text: str) -> bytes:
        """Return a keyed digest: nobody outside can make it, and nobody finds the text by it."""


class Giving(Protocol):
    """How a prize of the campaign is given to somebody; `now`: as if it were then, where it is given later."""

    def __call__(self, prize: str, subject: SubjectId, now: Micros | None = None, /) -> Gift: ...


def _holds_never(text: str, fact: Occurrence) -> bool:  # noqa: ARG001
    return False


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
    gift: Giving
    roll: Callable[[str, int], int]  # (what for, n) → one of 0 … n − 1, always the same for this customer
    says: Mapping[str, object] = field(default_factory=dict)  # what every fact of this play says
    key: str = ""
    device: str = ""  # by which a move came
    address: str = ""
    source: str = ""  # of a followed fact: who told it
    details: Callable[[], Mapping[str, object]] = dict  # of it: personal fields too, to be compared and never told
    holds: Callable[[str, Occurrence], bool] = _holds_never  # whether a condition on one fact, as text, is true of it

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

    def give(self, prize: str, subject: SubjectId | None = None, now: Micros | None = None) -> None:
        """Give a prize to the player, or to somebody else; in a promise: as of when it is due."""
        gift = self._at.gift(prize, self._at.subject if subject is None else subject, now)
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
    condition: Callable[[str, str], AppError | None] = lambda _, __: None  # what is wrong with (text, fact)
    fields: Mapping[str, frozenset[str]] = {}  # of each fact


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

    def hears(self, settings: S) -> frozenset[str]:  # noqa: ARG002
        """Return the names of facts that it follows whatever the campaign's state is, also of nobody: what takes back.

        Each is followed by itself, when everything told before has been dealt with.
        """
        return frozenset()

    def objection(self, at: At, settings: S, about: Mapping[str, Any]) -> str:  # noqa: ARG002
        """Return why a promise that is due is not kept after all; empty: it is. `at` names whose it is."""
        return ""

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
