"""What a mechanic is: how a part of a campaign is played, as a value that the writer then does.

A mechanic decides from what it is handed (`At`) and answers with a `Plan`: steps of one act, facts, what the player is
told. It has no tables, no clock and no chance of its own, so the same file runs live, in a test and in a preview.

    settings   the part's words in the campaign's document     move   what a player sends
    play       a player's move                                 follow a fact that somebody else told
    show       what a player sees before she plays             settle what is decided when the campaign ends
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from interplay.acts.api import Joined
from interplay.acts.contracts import (
    Argument,
    Attempt,
    Count,
    Draw,
    Effect,
    Odds,
    Outcome,
    OutcomeOdds,
    Receipt,
    Refused,
    Standing,
    Step,
    Tell,
)
from interplay.collect.facts.api import FactWords, read_where
from interplay.collect.facts.contracts import Declared
from interplay.criteria.contracts import Occurrence, ValueType
from interplay.engine.documents.places import Place
from interplay.interact.codes.contracts import Reading
from interplay.interact.contests.contracts import Entered
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.settings import Brand
from interplay.kernel.time import start_of

ALWAYS = Micros(0)
"""The window of what is counted without an end."""
FAR = Micros(start_of(date.max, ZoneInfo("UTC")))
"""After every campaign."""
REFUSAL = "acts.limit"
MEANWHILE = "campaign.again"
"""She did something on another device meanwhile: what is asked is planned again, from how it stands now."""
PRIZE_MISSED = "prize.missed"

Mistake = tuple[Place, AppError]
"""Where in the part's settings, and what is wrong."""

Turn = Generator[dict[str, Any], Mapping[str, Any], None]
"""The moves of a simulated player, each made when she was told what the one before came to."""

S = TypeVar("S", bound=Struct)
M = TypeVar("M", bound=Struct)


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """The move of a mechanic that asks nothing of its player."""


class Award(Struct, frozen=True, array_like=True):
    """Which steps give a prize. `outcome`: they are those of a draw's outcome, and `place` counts within it.

    `is_tried`: they are those of the attempt that stands where `draw` says, so it may not have been given.
    """

    prize: str
    place: int
    steps: int
    outcome: str = ""
    draw: int = 0  # the draw's own place, or the attempt's
    is_tried: bool = False
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
    is_awaited: bool = False  # of a settling: what follows depends on what it came to
    promises: "tuple[Promise, ...]" = ()  # of a followed fact: made if the plan itself is possible
    withdraws: "tuple[Withdrawal, ...]" = ()  # of a followed fact
    key: str = ""  # of a settling: by what it is known; none: by its number
    goes_on: bool = False  # with a play that was counted and paid for when it began
    is_free: bool = False  # whatever a play costs: it can come to nothing


class Sheet(Struct, frozen=True):
    """What somebody has under way: a unit of a pool, hers and not used yet, and what the play said that gave it."""

    unit: int
    at: Micros
    until: Micros | None
    says: dict[str, Any]


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


class Said(Struct, frozen=True):
    """What a play or a settling said, and which of the steps of its act were its plan's first."""

    says: dict[str, Any]
    begins: int
    effects: tuple[Effect, ...]


class Look(Protocol):
    """What may be read of the state of things. It decides nothing for good: the writer looks again."""

    def used(self, scope: str, window: Micros = ALWAYS, whose: Sequence[SubjectId] = ()) -> int:
        """Return how much of a counter is used: by all of somebody's subjects, or, without any, by everybody."""

    def used_each(self, scope: str, windows: Sequence[Micros], whose: Sequence[SubjectId]) -> list[int]:
        """Return how much of a counter is used in each of these windows by all of somebody's subjects."""

    def used_of(self, scopes: Sequence[str]) -> dict[str, int]:
        """Return how much of many counters without a window is used by everybody, of those that are used at all."""

    def balance(self, unit: str, whose: Sequence[SubjectId]) -> int:
        """Return what somebody can spend of a unit now."""

    def receipt(self, key: str) -> Receipt | None:
        """Return the receipt of an act by its key."""

    def founder(self, kind: str, group: str) -> tuple[str, Said] | None:
        """Return the key of the act that opened a group, and what it said; None where there is none any more."""

    def leaders(self, board: str, window: Micros, most: int) -> Sequence[Standing]:
        """Return who leads a board."""

    def standing(self, board: str, window: Micros, whose: Sequence[SubjectId]) -> Standing | None:
        """Return where somebody stands on a board."""

    def people_on(self, board: str, window: Micros) -> int:
        """Return how many people have a score on a board."""

    def windows_of(self, board: str) -> Sequence[Micros]:
        """Return the windows in which a board has any score, the earliest first."""

    def said(self, key: str) -> Said | None:
        """Return what a play or a settling came to, by the key of its act; None while it is not done."""

    def entries(
        self, name: str, only: Sequence[int] | None = None, whose: Sequence[SubjectId] | None = None
    ) -> list[Entered]:
        """Return the entries of a contest by number: all, or some, or somebody's."""

    def free_photos(self, name: str, digests: Sequence[str], whose: Sequence[SubjectId]) -> int:
        """Return how many of some photos somebody has uploaded for a contest and not entered yet."""

    def joined(self, kind: str, whose: Sequence[SubjectId]) -> list[str]:
        """Return the groups of a kind that somebody is in, the earliest first."""

    def links(self, kind: str, whose: Sequence[SubjectId]) -> list[Joined]:
        """Return the groups of a kind that somebody is in, and since when, the earliest first."""

    def sheets(self, pool: str, whose: Sequence[SubjectId]) -> list[Sheet]:
        """Return what somebody has under way in a pool, the earliest first; also what is late by now."""

    def opened(self, kind: str, groups: Sequence[str]) -> list[str]:
        """Return those of some groups that there are, the first opened first."""

    def above(self, kind: str, whose: Sequence[SubjectId]) -> list[SubjectId]:
        """Return whose group somebody is in, whose group that one is in, and so on: one subject of each."""

    def brought(self, kind: str, whose: Sequence[SubjectId], most: int) -> int:
        """Return how many people came into somebody's groups first, up to `most`; as of who is who now."""

    def wallet(self, subject: SubjectId) -> tuple[SubjectId, ...]:
        """Return all subjects of a subject's customer."""

    def since(self, whose: Sequence[SubjectId]) -> Micros | None:
        """Return when somebody was first heard of; None: she was erased."""

    def are_near(self, one: Sequence[SubjectId], other: Sequence[SubjectId]) -> bool:
        """Return whether two people came with one identifier: a device, a card, whatever changed hands between them."""

    def digest(self, what: str, text: str) -> bytes:
        """Return a keyed digest: nobody outside can make it, and nobody finds the text by it."""

    def item(self, code: str) -> Reading | Refused:
        """Return the item that a code is on, or why it may not be scanned."""


class Giving(Protocol):
    """How a prize of the campaign is given to somebody; `now`: as if it were then, where it is given later."""

    def __call__(self, prize: str, subject: SubjectId, now: Micros | None = None, /) -> Gift: ...


def _holds_never(text: str, fact: Occurrence) -> bool:  # noqa: ARG001
    return False


def _offered(_: Occurrence) -> bool:
    return True


def _held_out_nowhere(_: str) -> bool:
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
    key: str = ""  # of the act that it will be
    device: str = ""  # by which a move came
    address: str = ""
    source: str = ""  # of a followed fact: who told it
    details: Callable[[], Mapping[str, object]] = dict  # of it: personal fields too, to be compared and never told
    holds: Callable[[str, Occurrence], bool] = _holds_never  # whether a condition on one fact, as text, is true of it
    starts_at: Micros = ALWAYS
    ends_at: Micros = FAR  # exclusive
    is_trusted: bool = False  # is it the brand itself, or a till of it, that says what the move is?
    is_over: bool = False  # was the campaign stopped before its end?
    is_offered: Callable[[Occurrence], bool] = _offered  # may whose fact it is take part, there where it happened?
    is_held_out: Callable[[str], bool] = _held_out_nowhere  # a batch of items, where batches are what is held out

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

    def turn(self) -> Count:
        """Return a step that is refused with `MEANWHILE` where she had another turn after what was read from now on.

        Whoever decides by reading what she did before asks for it first, and does it first.
        """
        used = self.look.used(self.scope("turns"), whose=self.wallet)
        return self.mine("turns", used + 1, refusal=MEANWHILE)


class Planning:
    """Puts a plan together, so that a mechanic does not count places."""

    def __init__(self, at: At) -> None:
        self._at = at
        self._steps: list[Step] = []
        self._tells: list[Tell] = []
        self._awards: list[Award] = []
        self._says: dict[str, Any] = {}
        self._goes_on = False
        self._is_free = False

    def do(self, *steps: Step) -> int:
        """Add steps; return the place of the first."""
        self._steps += steps
        return len(self._steps) - len(steps)

    def go_on(self) -> None:
        """Make it a move of a play that began before: limits and price were asked then."""
        self._goes_on = True

    def free(self) -> None:
        """Ask no price: there is nothing to be had."""
        self._is_free = True

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

    def offer(self, prize: str) -> None:
        """Give a prize to the player if there is any left: where there is none, all else of the play stays."""
        gift = self._at.gift(prize, self._at.subject)
        missed = Tell(PRIZE_MISSED, self._at.subject, {**self._at.says, "prize": prize})
        place = self.do(Attempt(gift.steps, gift.tells, (missed,)))
        self._awards.append(Award(prize, 0, len(gift.steps), draw=place, is_tried=True, waits=gift.waits))

    def draw(self, odds: Odds, segment: str = "", tells: Mapping[str, Tell] | None = None) -> None:
        """Let chance decide by the odds that are published, and give the prizes that they name.

        `segment`: whose weights are hers. `tells`: a fact for each outcome, told when it is given.
        """
        at, pity = self._at, odds.pity
        outcomes = tuple(self._outcome(one, segment, tells or {}) for one in odds.outcomes)
        after, instead = (None, "") if pity is None else (pity.after, pity.outcome)
        self.do(Draw(at.name, at.subject, outcomes, odds.fallback, after, instead, odds.digest(), segment))

    def _outcome(self, one: OutcomeOdds, segment: str, told: Mapping[str, Tell]) -> Outcome:
        steps: list[Step] = []
        tells = [told[one.outcome]] if one.outcome in told else []
        for prize in one.prizes:
            gift = self._at.gift(prize, self._at.subject)
            tells += (moved(tell, len(steps)) for tell in gift.tells)
            self._awards.append(Award(prize, len(steps), len(gift.steps), one.outcome, self.place, waits=gift.waits))
            steps += gift.steps
        weight = one.segments.get(segment, one.weight)
        return Outcome(one.outcome, weight, tuple(steps), one.from_play, one.opens_at, tuple(tells))

    @property
    def place(self) -> int:
        """Return where the next step will stand."""
        return len(self._steps)

    def done(self) -> Plan:
        return Plan(
            tuple(self._steps), tuple(self._tells), tuple(self._awards), self._says, goes_on=self._goes_on,
            is_free=self._is_free,
        )  # fmt: skip


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
    units: frozenset[str] = frozenset()  # of points
    declared: Declared = Declared({}, {})
    brand: Brand = Brand("")
    batches: frozenset[str] = frozenset()  # of item codes


@dataclass(frozen=True, slots=True)
class Simulated:
    """Somebody who plays in a rehearsal."""

    pick: Callable[[int], int]  # n → one of 0 … n − 1, by chance
    right_percent: int  # how many questions of a quiz she knows


class Mechanic(ABC, Generic[S, M]):
    """A kind of play."""

    name: ClassVar[str]
    """As it is called in documents, in facts and in the glossary."""
    settings: ClassVar[type[Struct]]
    move: ClassVar[type[Struct]] = Nothing
    is_simulated: ClassVar[bool] = True
    """Whether a rehearsal can make up what players bring to it: no orders, photos or friends."""
    draws: ClassVar[bool] = False
    """Whether chance decides: a draw is opened when the campaign starts, and revealed when it is settled."""

    def mistakes(self, settings: S, around: Around) -> Iterator[Mistake]:  # noqa: ARG002
        """Yield what is wrong with settings that have the right shape."""
        return iter(())

    def has_draw(self, settings: S) -> bool:  # noqa: ARG002
        """Return whether chance decides in this part."""
        return self.draws

    def takes(self, settings: S) -> frozenset[str]:  # noqa: ARG002
        """Return what no other campaign may have while this one goes on."""
        return frozenset()

    def odds(self, settings: S, zone: ZoneInfo) -> Odds | None:  # noqa: ARG002
        """Return what is published of its odds; None where there is no chance, or nobody knows them before.

        A play that asks `Planning.draw` for them is held to their digest for good.
        """
        return None

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

        `at` names nobody: its subject is 0. Where there is a `next_settling`, it is also asked while the campaign goes
        on, and yields what is decided by then, each by its key.
        """
        return iter(())

    def next_settling(self, at: At, settings: S) -> Micros | None:  # noqa: ARG002
        """Return the next instant at which something is decided while the campaign goes on."""
        return None

    def simulate(self, settings: S, player: Simulated) -> Turn | None:  # noqa: ARG002
        """Return a simulated player's turn in a rehearsal. None: what she would bring cannot be made up.

        She is told what a play `says`. Where no field of the move is required she makes one that says nothing.
        """
        return None if any(one.required for one in msgspec.structs.fields(self.move)) else one_move()


def one_move(**says: Any) -> Turn:
    """Make a turn of one move."""
    yield says


class PointsPrice(Struct, frozen=True, forbid_unknown_fields=True):
    """So many of a unit of points."""

    unit: str
    amount: int


def chances_unit(campaign: str) -> str:
    """Return the unit in which chances to play a campaign are counted."""
    return f"chances:{campaign}"


def bounds(place: Place, given: int | None, least: int, most: int) -> Iterator[Mistake]:
    """Yield the mistake of a number that is out of bounds."""
    if given is not None and not least <= given <= most:
        yield place, AppError("mechanics.bounds", given=given, least=least, most=most)


def unknown_prizes(place: Place, prizes: Sequence[str], around: Around) -> Iterator[Mistake]:
    """Yield the mistakes of prizes that the campaign does not have."""
    for number, prize in enumerate(prizes):
        if prize not in around.prizes:
            yield (*place, number), unknown(prize, around.prizes)


def unread(where: str, fact: str, around: Around) -> AppError | None:
    """Return why a condition on a fact cannot be read, or None."""
    try:
        if where:
            read_where(where, fact, FactWords(around.declared), around.brand)
    except AppError as wrong:
        return wrong
    return None


def numbers_of(fact: str, around: Around) -> list[str]:
    """Return the fields of a fact that can be summed."""
    fields = FactWords(around.declared).fields(fact).values()
    return [one.name for one in fields if one.type in (ValueType.INTEGER, ValueType.MONEY)]


def settle_key(name: str, of: str | int) -> str:
    """Return the key of the act that a settling's plan becomes, by its own key or by its number from 0."""
    return f"settle:{name}:{of}"


def no(code: str, **arguments: Argument) -> Refused:
    """Return a refusal."""
    return Refused(code, arguments)


def unknown(given: str, known: Collection[str]) -> AppError:
    """Return the mistake of a word that is none of those there are."""
    return AppError("mechanics.unknown_word", given=given, allowed=", ".join(sorted(known)) or "—")
