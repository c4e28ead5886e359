"""What the steps of one act share while they are done: the transaction, the moment, whose wallet is whose, numbers."""

from dataclasses import dataclass, field

from interplay.acts.contracts import Wallet
from interplay.acts.tally import Tally
from interplay.engine.oltp.contracts import Tx
from interplay.engine.oltp.database import Raw
from interplay.kernel.ids import Micros, SubjectId

Times = tuple[int, int, int | None]  # of a lot: subject, active_from, expires_at
Entry = tuple[int, int, str, str, int | None, int]  # act, at, unit, account, lot, amount


@dataclass(slots=True)
class Numbers:
    """The next free numbers of a group; whoever writes is alone, so they are counted here."""

    act: int
    lot: int
    unit: int


@dataclass(slots=True)
class Doing:
    """One act under way. What it adds here becomes part of the group only when every step was done."""

    tx: Tx
    numbers: Numbers
    act: int
    wallet_of: Wallet
    tally: Tally
    is_held: bool = False
    wallets: dict[SubjectId, list[SubjectId]] = field(default_factory=dict)  # of the whole group
    entries: list[Entry] = field(default_factory=list)
    new_lots: dict[int, Times] = field(default_factory=dict)
    now: Micros = field(init=False)  # one moment for all of it: what is kept says the same as the first receipt

    def __post_init__(self) -> None:
        self.now = self.tx.world.now()

    @property
    def raw(self) -> Raw:
        return self.tx.raw

    def mark(self) -> tuple[int, int, int, dict[int, Times]]:
        """Return where `back_to` leads: what stands in mind beside the transaction and the tally."""
        return self.numbers.lot, self.numbers.unit, len(self.entries), dict(self.new_lots)

    def back_to(self, mark: tuple[int, int, int, dict[int, Times]]) -> None:
        """Forget what came to mind since, as the transaction forgets what was written."""
        self.numbers.lot, self.numbers.unit, entries, self.new_lots = mark
        del self.entries[entries:]

    def wallet(self, subject: SubjectId) -> list[SubjectId]:
        """Return all subjects of her whose subject this is."""
        if (found := self.wallets.get(subject)) is None:
            found = self.wallets[subject] = self.wallet_of(self.tx, subject)
        return found

    def enter(self, unit: str, account: str, amount: int, lot: int | None = None) -> None:
        """Write one side of an entry; the other sides of the same act make up for it."""
        self.entries.append((self.act, self.now, unit, account, lot, amount))

    def next_lot(self) -> int:
        self.numbers.lot += 1
        return self.numbers.lot - 1

    def next_unit(self) -> int:
        self.numbers.unit += 1
        return self.numbers.unit - 1


def marks(count: int) -> str:
    """Return so many places for parameters."""
    return ", ".join("?" * count)
