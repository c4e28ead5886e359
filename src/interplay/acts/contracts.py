"""An Act, as a value: under which key, what it takes and gives, and what is told of it.

    Act      key, steps, what to tell, what to answer         Hold: the same, undone at `hold_until` unless settled
    Settle   makes a held act final                           Undo (a step) takes back what another act did
    Receipt  what was done; the same for every repetition     Refused: why not; nothing was done, and the key is free

Steps are done in their order, all of them or none. Amounts are whole units and positive.
"""

from collections.abc import Collection, Generator
from hashlib import sha256
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec
from msgspec import Struct

from interplay.engine.log.contracts import NewFact, Origin
from interplay.engine.oltp.contracts import Command, Tx
from interplay.kernel.ids import Micros, SubjectId

CUSTOMERS = "customers"
ISSUED = "issued"
SPENT = "spent"
EXPIRED = "expired"
HELD = "held"
ADJUSTED = "adjusted"
ERASED = "erased"
"""Where goes what a customer had when she was erased."""
REFUSED = "act.refused"
MOVED = "points.moved"
SOURCE = "acts"
KEY_CHARS_MAX = 400
STEPS_MAX = 1_000
AMOUNT_MAX = 10**15
CAP_MAX = 2**53

Argument = int | str


class Count(Struct, frozen=True, tag="count"):
    """Take `amount` of what may be used in a window, which begins at `window` (0: there is no other).

    With a `subject` it is counted by her and limited by all that is hers, so that two cards of one person share a cap.
    """

    scope: str
    amount: int = 1
    cap: int | None = None
    window: Micros = Micros(0)
    subject: SubjectId | None = None
    refusal: str = "acts.limit"


class Credit(Struct, frozen=True, tag="credit"):
    """Give units: a lot that can be spent in [active_from, expires_at). Debts are paid first."""

    unit: str
    subject: SubjectId
    amount: int
    active_from: Micros = Micros(0)
    expires_at: Micros | None = None
    source: str = ISSUED


class Debit(Struct, frozen=True, tag="debit"):
    """Spend units, those that expire first before others. `may_owe`: what is not there becomes a debt."""

    unit: str
    subject: SubjectId
    amount: int
    to: str = SPENT
    may_owe: bool = False
    refusal: str = "acts.balance"


class Take(Struct, frozen=True, tag="take"):
    """Take from a pool of things that are all alike."""

    pool: str
    amount: int = 1
    refusal: str = "acts.sold_out"


class Mint(Struct, frozen=True, tag="mint"):
    """Put things that are all alike into a pool; a negative amount takes some out again that nobody has yet."""

    pool: str
    amount: int


class Issue(Struct, frozen=True, tag="issue"):
    """Make one unit of a pool and give it to somebody."""

    pool: str
    subject: SubjectId
    valid_from: Micros = Micros(0)
    valid_until: Micros | None = None


class Claim(Struct, frozen=True, tag="claim"):
    """Give somebody the next unit that waits in a pool, or the one named by the digest of its code."""

    pool: str
    subject: SubjectId
    digest: bytes | None = None
    valid_from: Micros = Micros(0)
    valid_until: Micros | None = None
    refusal: str = "acts.sold_out"


class Use(Struct, frozen=True, tag="use"):
    """Use up a unit that is somebody's, within its time.

    `is_bearer`: one that waits for its first owner may be used too, by whoever brings its code, known or not. `at`:
    when it was used, where that is told afterwards; its time is asked of that moment.
    """

    unit: int
    subject: SubjectId | None
    is_bearer: bool = False
    at: Micros | None = None


class Hand(Struct, frozen=True, tag="hand"):
    """Give a unit to somebody else."""

    unit: int
    subject: SubjectId
    to: SubjectId


class Void(Struct, frozen=True, tag="void"):
    """Take a unit out of the world, whoever has it."""

    unit: int


class Open(Struct, frozen=True, tag="open"):
    """Open a group (of friends, a team, an occasion) until an instant, for so many members; somebody's, or nobody's."""

    kind: str
    group: str
    subject: SubjectId | None
    closes_at: Micros | None = None
    members_max: int | None = None


class Join(Struct, frozen=True, tag="join"):
    """Join a group. `is_only`: nobody may be in two groups of the kind.

    With a `loop` the groups of the kind are a tree, where each belongs to somebody who may have joined another: whoever
    owns the group, or stands above its owner, is refused with this code.
    """

    kind: str
    group: str
    subject: SubjectId
    is_only: bool = False
    loop: str = ""


class Outcome(Struct, frozen=True):
    """One of the things a draw may end with, by its weight among all; losing is one of them.

    It takes part from play `from_play` on and from `opens_at` on; before, its weight is the fallback's. `tells` are
    told when it is given; they are filled from its own steps, and by place -1 from the draw itself.
    """

    name: str
    weight: int
    steps: "tuple[Step, ...]" = ()
    from_play: int = 1
    opens_at: Micros = Micros(0)
    tells: "tuple[Tell, ...]" = ()


class Draw(Struct, frozen=True, tag="draw"):
    """Let chance decide between outcomes, so that anybody can verify it afterwards.

    An outcome whose steps are refused (no stock, a limit) gives way to `fallback`, and the receipt says so. After
    `pity_after` plays of hers in a row that ended with the fallback, the next one is `pity`. `odds` is the digest of
    what was published of them (`Odds`), `segment` the one whose weights are hers.
    """

    campaign: str
    subject: SubjectId
    outcomes: tuple[Outcome, ...]
    fallback: str
    pity_after: int | None = None
    pity: str = ""
    odds: str = ""
    segment: str = ""


class OutcomeOdds(Struct, frozen=True):
    """One outcome: its weight beside what all of them add up to, what it gives, when it begins, for whom it differs."""

    outcome: str
    weight: int
    of: int
    prizes: tuple[str, ...] = ()
    from_play: int = 1
    opens: str | None = None  # as the brand wrote it
    opens_at: Micros = Micros(0)
    segments: dict[str, int] = {}  # weights for who is in one


class Pity(Struct, frozen=True):
    """After so many plays in a row that ended with the fallback, the next ends with this outcome."""

    after: int
    outcome: str


class Odds(Struct, frozen=True):
    """All that decides with which weights somebody plays."""

    outcomes: tuple[OutcomeOdds, ...]
    fallback: str
    pity: Pity | None = None

    def digest(self) -> str:
        """Return by what plays name them: SHA-256 of their JSON without spaces, its names sorted; hex."""
        return sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


class Attempt(Struct, frozen=True, tag="attempt"):
    """Do steps all together where they are possible; where they are not, the act goes on without them.

    So a prize that has run out costs nobody what she has done for it. `tells` are told when they were done, filled from
    these steps; `instead` when they were not.
    """

    steps: "tuple[Step, ...]"
    tells: "tuple[Tell, ...]" = ()
    instead: "tuple[Tell, ...]" = ()


class Undo(Struct, frozen=True, tag="undo"):
    """Take back what the act of another key did: all of its steps, or one, or a part of an amount.

    What was given is taken from its own lot; what is not there any more from the rest of the wallet (`from_balance`),
    or becomes a debt (`may_owe`), or stays given. `if_pending`: only what could not be spent yet is taken. What stays
    given counts as taken back too: a second undo does not ask for it again. Of the steps `along` the same
    share is taken back as really was of `step`: a limit is free again for what came back, and not for what stays given.
    """

    key: str
    step: int | None = None
    amount: int | None = None
    along: tuple[int, ...] = ()
    from_balance: bool = False
    may_owe: bool = False
    if_pending: bool = False


class Score(Struct, frozen=True, tag="score"):
    """Post a score on a board, which is of a window: it adds to hers (`is_sum`), or the best of hers counts.

    A person stands once, by all of her subjects. A board is of one of the two kinds for ever.
    """

    board: str
    subject: SubjectId
    amount: int
    window: Micros = Micros(0)
    is_sum: bool = True


class Within(Struct, frozen=True, tag="within"):
    """Refuse outside [opens_at, closes_at): the moment that counts is when it is written, not when it was asked."""

    opens_at: Micros = Micros(0)
    closes_at: Micros | None = None
    early: str = "acts.early"
    late: str = "acts.late"


class Still(Struct, frozen=True, tag="still"):
    """Refuse where a counter stands elsewhere than it was read: what was planned by is no more."""

    scope: str
    used: int
    refusal: str


class Refuse(Struct, frozen=True, tag="refuse"):
    """Refuse, for a reason that was found while reading: the same way out for every no, and a fact of it."""

    code: str
    arguments: dict[str, Argument] = {}


Step = (
    Count
    | Credit
    | Debit
    | Take
    | Mint
    | Issue
    | Claim
    | Use
    | Hand
    | Void
    | Open
    | Join
    | Draw
    | Attempt
    | Undo
    | Score
    | Within
    | Still
    | Refuse
)


class Tell(Struct, frozen=True):
    """A fact of an act. `filled` names fields that only the act itself knows: field → (step, what of its effect).

    `scaled`: field → (step, a, b) is the step's amount × a ÷ b, towards zero; a may be negative.
    `is_move`: its fields `unit`, `amount`, `active_from` and `expires_at` say what came into the subject's wallet, so
    that it is not told by `points.moved` as well.
    """

    name: str
    subject: SubjectId | None = None
    fields: dict[str, object] = {}
    filled: dict[str, tuple[int, str]] = {}
    scaled: dict[str, tuple[int, int, int]] = {}
    is_move: bool = False


class Act(Struct, frozen=True, tag="act"):
    """What is to be done. `body` is a digest of what was asked: the same key with another body is a mistake.

    `gives`: a pause of all giving stops it. `by` is who did it: a rule, a member of staff, a device.
    """

    key: str
    kind: str
    body: bytes
    steps: tuple[Step, ...] = ()
    tells: tuple[Tell, ...] = ()
    subject: SubjectId | None = None
    result: bytes = b""
    hold_until: Micros | None = None
    gives: bool = False
    by: str = ""
    origin: Origin = Origin.LIVE
    is_dry: bool = False  # say what would be done, and do nothing


SETTLING = "acts.settle"
"""The kind of the act that stands for the key under which a hold was settled."""


class Settle(Struct, frozen=True, tag="settle"):
    """Make a held act final, or let it go. `under` is the key by which that is asked; it then stands for this alone."""

    key: str
    is_kept: bool = True
    tells: tuple[Tell, ...] = ()
    under: str = ""


class Do(Struct, frozen=True):
    """What the writer is asked."""

    what: Act | Settle


class DoAll(Struct, frozen=True):
    """What the writer is asked in bulk: a slice of a long list, behind whoever waits."""

    acts: tuple[Act, ...]


class Effect(Struct, frozen=True, array_like=True):
    """What one step did. `parts` are (lot, amount), the amounts positive; the others as far as they apply."""

    step: int
    amount: int = 0
    lot: int = 0
    unit: int = 0
    used: int = 0
    parts: tuple[tuple[int, int], ...] = ()
    former: int = 0  # state of a unit before
    owner: int = 0  # of a unit before; 0: nobody
    before: int = 0  # the act that had brought a unit to its former state; 0: none
    validity: tuple[int, int | None] | None = None  # of a unit before, where it was changed
    inner: tuple["Effect", ...] = ()  # of a Draw or Attempt: what its steps did; of an Undo: what was taken back
    name: str = ""  # of the outcome that a draw ended with

    @property
    def is_first(self) -> bool:
        """Return whether a count was the first: nothing had been used before."""
        return self.used == self.amount


class Receipt(Struct, frozen=True, tag="receipt"):
    """What was done. `is_new` is false for a repetition; all else is the same for ever."""

    act: int
    key: str
    kind: str
    at: Micros
    effects: tuple[Effect, ...]
    result: bytes = b""
    position: int = 0  # of the first fact that tells of it; 0: none does
    state: str = "done"  # held, done, let_go
    is_new: bool = True
    by: str = ""


class Refused(Struct, frozen=True, tag="refused"):
    """Why not: the key of a sentence, and what stands in it."""

    code: str
    arguments: dict[str, Argument] = {}


class Standing(Struct, frozen=True):
    """Where somebody stands: the first is 1, and nobody shares a rank."""

    rank: int
    subject: SubjectId
    score: int
    at: Micros  # when it was reached


class Wallet(Protocol):
    """Whose is what: registered by who knows people (`unify/identity`)."""

    def __call__(self, tx: Tx, subjects: Collection[SubjectId], /) -> dict[SubjectId, list[SubjectId]]:
        """Return all subjects of the customer of each subject."""


class Spendable(Protocol):
    """From whose possessions a subject may take: registered by who knows people (`unify/identity`)."""

    def __call__(self, tx: Tx, subject: SubjectId, /) -> list[SubjectId]:
        """Return those subjects of a subject's wallet that it may take from."""


class Telling(Protocol):
    """How a fact of ours is written: registered by who knows bodies (`collect/ingest`)."""

    def __call__(
        self, source: str, name: str, at: Micros, message_id: str, fields: dict[str, object],
        subject: SubjectId | None, origin: Origin, /,
    ) -> NewFact: ...  # fmt: skip


Result = TypeVar("Result")


class Errand(NamedTuple):
    """What a use case wants written that is no act, by a command of its own; its answer is sent back."""

    command: Command[Any, Any]
    ask: Any


Asking = Generator[Act | Settle | Errand, Any, Result]
"""A use case that yields what it wants done, and is sent what became of it. Whoever drives it decides how to wait."""


class Beside(Protocol):
    """What is written beside an act that tells a certain fact, in its part of the transaction; it may refuse.

    Registered by who has a table of what acts tell of (`Acts.beside`), so that it does not matter who has them done.
    """

    def __call__(self, tx: Tx, told: Tell, effects: tuple[Effect, ...], act: Act, /) -> None: ...


class RefusedError(Exception):
    """Carries a refusal up to where the act's part of the transaction is taken back. Nobody else sees it."""

    def __init__(self, code: str, **arguments: Argument) -> None:
        super().__init__(code)
        self.refused = Refused(code, arguments)
