"""Running acts in the writer: a group of them at once, each in its own part of the transaction.

known key     its first receipt, before any rule is looked at
new key       every step, or a refusal that takes the steps back and leaves the key free
at the end    the facts of the whole group in one append; receipts and entries in one statement each
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
import structlog
from msgspec import Struct

from interplay.acts import scoring, store
from interplay.acts import steps as kinds
from interplay.acts.asking import mistake, people
from interplay.acts.contracts import (
    REFUSED,
    SETTLING,
    SOURCE,
    Act,
    Attempt,
    Beside,
    Count,
    Credit,
    Debit,
    Do,
    DoAll,
    Draw,
    Effect,
    Receipt,
    Refuse,
    Refused,
    RefusedError,
    Settle,
    Spendable,
    Step,
    Still,
    Tell,
    Telling,
    Undo,
    Wallet,
    Within,
)
from interplay.acts.counters import counters_of
from interplay.acts.doing import Doing, Entry, Numbers
from interplay.acts.drawing import draw
from interplay.acts.moving import moved, told
from interplay.acts.tally import Tally
from interplay.engine.log.append import Append, Appender
from interplay.engine.log.contracts import NewFact, Origin
from interplay.engine.oltp.contracts import Command, GroupCommand, Tx
from interplay.engine.secrets.subject_keys import NOBODY, SubjectKeys
from interplay.engine.timers.api import Timer, schedule_once
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.time import MINUTE, SECOND

HELD, DONE, LET_GO = "held", "done", "let_go"
LET_GO_AT_ONCE_MAX = 200
TIMER = "acts.let_go"

FIND = "SELECT act, kind, state, at, until, subject, body, position, done, undone FROM acts WHERE act = ?"
OVERDUE = (
    "SELECT until, act FROM acts WHERE until IS NOT NULL AND until <= ? AND (until, act) > (?, ?)"
    " ORDER BY until, act LIMIT ?"
)
HELD_BY = "SELECT act FROM acts WHERE until IS NOT NULL AND subject"
PEOPLE = "SELECT subject FROM subjects WHERE subject"
NUMBERS = (
    "SELECT (SELECT coalesce(max(act), 0) FROM acts) + 1, (SELECT coalesce(max(lot), 0) FROM ledger_lots) + 1,"
    " (SELECT coalesce(max(unit), 0) FROM units) + 1, (SELECT coalesce(max(entry), 0) FROM ledger_entries) + 1,"
    " coalesce((SELECT position FROM cursors WHERE name = 'acts.paused'), 0)"
)
READ_ONLY = (Count, Refuse, Still, Within)  # they write nothing while an act is under way
FINISH = "UPDATE acts SET state = ?, until = NULL, done = ?, undone = ?, position = ? WHERE act = ? AND state = 'held'"
SET_UNDONE = "UPDATE acts SET undone = ? WHERE act = ? AND undone = ?"

log = structlog.get_logger()

_encode = msgspec.msgpack.Encoder().encode


class Done(Struct, frozen=True, array_like=True):
    """What is kept of an act beside its numbers; it may name people, so it is sealed."""

    key: str
    steps: tuple[Step, ...]
    effects: tuple[Effect, ...]
    result: bytes
    by: str
    tells: tuple[Tell, ...] = ()  # of a hold: to be told when it is settled
    origin: int = 0
    gives: bool = False


class Row(NamedTuple):
    """An act as it is kept."""

    act: int
    kind: str
    state: str
    at: int
    until: int | None
    subject: int | None
    body: bytes
    position: int
    done: bytes
    undone: bytes


@dataclass(slots=True)
class _Group:
    """What is to be written at the end, once for all."""

    facts: list[NewFact] = field(default_factory=list)
    rows: list[tuple[Row, bytes, int | None]] = field(default_factory=list)  # with its digest, and its first fact
    entries: list[Entry] = field(default_factory=list)
    fresh: set[int] = field(default_factory=set)


class Acts:
    """The running of acts for one writer. It keeps nothing in mind: a group begins with what the database says."""

    def __init__(
        self, keys: SubjectKeys, appender: Appender, wallet: Wallet, telling: Telling, spendable: Spendable
    ) -> None:
        self.keys = keys
        self.appender = appender
        self.wallet = wallet
        self.spendable = spendable
        self.telling = telling
        self.beside: dict[str, Beside] = {}  # by the fact that an act tells
        self._decode = msgspec.msgpack.Decoder(Done).decode
        self.command: GroupCommand[Do, Receipt | Refused] = GroupCommand("acts.do", Do, Receipt | Refused, self.run_all)
        self.in_bulk: Command[DoAll, list[Receipt | Refused]] = Command(
            "acts.do_all", DoAll, list[Receipt | Refused], self.run_slice
        )

    def run_all(self, tx: Tx, asks: list[Do]) -> list[Receipt | Refused]:
        """Do all that is asked, in its order."""
        run = self._run(tx)
        answers = run.answer([ask.what for ask in asks])
        run.flush()
        return [run.placed(answer) for answer in answers]

    def run_slice(self, tx: Tx, ask: DoAll) -> list[Receipt | Refused]:
        """Do a slice of a long list, in its order."""
        return self.run_all(tx, [Do(one) for one in ask.acts])

    def let_go_overdue(self, tx: Tx, timer: Timer) -> None:
        """Take back holds whose time is over. Until then nobody can settle them: expiry is tested at use."""
        run = self._run(tx)
        if run.let_go_overdue():
            schedule_once(tx, Timer(TIMER, f"{timer.key}+", Micros(tx.world.now() + SECOND)))

    def let_go_of(self, tx: Tx, subjects: Sequence[SubjectId]) -> None:
        """Take back every hold of somebody who is about to be erased."""
        self._run(tx).let_go_of(subjects)

    def regroup(self, tx: Tx, subjects: Sequence[SubjectId]) -> None:
        """Let people stand on boards as what they are now, after some became one or two."""
        scoring.regroup(tx.raw, sorted({tuple(one) for one in self.wallet(tx, subjects).values()}))

    def _run(self, tx: Tx) -> "_Run":
        act, lot, unit, entry, is_paused = tx.raw.execute(NUMBERS).fetchone()
        return _Run(self, tx, Numbers(act, lot, unit), entry, is_paused=bool(is_paused))

    def digest(self, key: str) -> bytes:
        return self.keys.digest("act", key)

    def open(self, row: Row) -> Done | None:
        """Return what an act did, or None when whose it was is erased."""
        body = self.keys.open(SubjectId(row.subject or NOBODY), row.done)
        return None if body is None else self._decode(body)

    def receipt(self, row: Row) -> Receipt | None:
        """Return the receipt that a repetition gets, or None when whose it was is erased."""
        if (done := self.open(row)) is None:
            return None
        return Receipt(
            row.act, done.key, row.kind, Micros(row.at), done.effects, done.result, row.position, row.state, False,
            done.by,
        )  # fmt: skip

    def seal(self, subject: int | None, done: Done, nonce: bytes | None = None) -> bytes:
        return self.keys.seal(subject or NOBODY, _encode(done), nonce)


class _Run:
    """One group under way."""

    def __init__(self, acts: Acts, tx: Tx, numbers: Numbers, entry: int, *, is_paused: bool) -> None:
        self._acts = acts
        self._tx = tx
        self._numbers = numbers
        self._entry = entry
        self._is_paused = is_paused
        self._known: dict[bytes, int] = {}
        self._people: set[SubjectId] = set()
        self._nonces: list[bytes] = []
        self._group = _Group()
        self._positions: dict[int, int] = {}
        self._wallets: dict[SubjectId, list[SubjectId]] = {}
        self._tally = Tally(tx.raw)

    def answer(self, asks: list[Act | Settle]) -> list[Receipt | Refused]:
        digests = [self._acts.digest(ask.key) for ask in asks]
        unders = {ask.under: self._acts.digest(ask.under) for ask in asks if isinstance(ask, Settle) and ask.under}
        whom = sorted({one for ask in asks if isinstance(ask, Act) for one in people(ask)})
        self._people = {subject for (subject,) in self._tx.raw.select_in(PEOPLE, whom)}
        self._known = dict(self._tx.raw.find_numbers(store.acts, "act", "digest", list({*digests, *unders.values()})))
        new = [ask for ask, digest in zip(asks, digests, strict=True) if digest not in self._known]
        self._nonces = self._acts.keys.nonces(len(new) + len(unders))
        self._tally.learn(one for ask in new if isinstance(ask, Act) for one in counters_of(ask.steps))
        return [self._answer(ask, digest) for ask, digest in zip(asks, digests, strict=True)]

    def placed(self, answer: Receipt | Refused) -> Receipt | Refused:
        """Return a receipt with the position of its first fact, which is known only now."""
        if isinstance(answer, Receipt) and answer.is_new and (position := self._positions.get(answer.act)):
            return msgspec.structs.replace(answer, position=position)
        return answer

    def flush(self) -> None:
        """Write what the acts so far have left to be written together."""
        group, self._group = self._group, _Group()
        stands = self._append(group.facts)
        rows = []
        for row, digest, first in group.rows:
            position = 0 if first is None else stands[first]
            self._positions[row.act] = position
            rows.append((row.act, digest, *row[1:7], position, row.done, row.undone))
        self._tx.raw.insert_many(store.acts, rows)
        self._enter(group.entries)
        self._tally.flush()
        for minute in {row.until // MINUTE for row, _, _ in group.rows if row.until is not None}:
            schedule_once(self._tx, Timer(TIMER, str(minute), Micros((minute + 1) * MINUTE)))

    def _append(self, facts: list[NewFact]) -> list[int]:
        if not facts:
            return []
        return [stored.position for stored in self._acts.appender.append_all(self._tx, [Append(facts)])[0]]

    def _enter(self, entries: list[Entry]) -> None:
        self._tx.raw.insert_many(store.ledger_entries, [(self._entry + i, *one) for i, one in enumerate(entries)])
        self._entry += len(entries)

    def _answer(self, ask: Act | Settle, digest: bytes) -> Receipt | Refused:
        number = self._known.get(digest)
        if isinstance(ask, Settle):
            return self._settle_under(ask, number)
        if number is not None:
            return self._repeated(ask, number)
        if (no := self._impossible(ask)) is not None:
            return self._refuse(ask, digest, no)
        if self._is_paused and ask.gives:
            return self._refuse(ask, digest, Refused("acts.paused"))
        if any(isinstance(step, Undo) for step in ask.steps):
            self.flush()  # what it takes back may be of this very group
        return self._do(ask, digest)

    def _impossible(self, ask: Act) -> Refused | None:
        """Return what is wrong with an act whatever the state of things: its numbers, or that nobody is there."""
        is_somebody = all(one in self._people for one in people(ask))
        return mistake(ask) or (None if is_somebody else Refused("acts.nobody"))

    def _repeated(self, ask: Act, number: int) -> Receipt | Refused:
        row = self._row(number)
        if row.body != ask.body or row.kind != ask.kind:
            return Refused("acts.key_reused", {"key": ask.key})
        return self._receipt(row)

    def _receipt(self, row: Row) -> Receipt | Refused:
        return self._acts.receipt(row) or Refused("acts.erased")

    def _row(self, number: int) -> Row:
        """Return an act as it is kept, also one of this very group."""
        if number in self._group.fresh:
            self.flush()
        return Row(*self._tx.raw.execute(FIND, (number,)).fetchone())

    def _do(self, ask: Act, digest: bytes) -> Receipt | Refused:
        numbers = self._numbers
        before = numbers.lot, numbers.unit
        is_held = ask.hold_until is not None
        doing = Doing(
            self._tx,
            numbers,
            numbers.act,
            self._acts.wallet,
            self._acts.spendable,
            self._tally,
            is_held,
            self._wallets,
            self._people,
        )
        try:
            with self._tally.kept(), self._part(ask):
                effects = tuple(
                    self._step(doing, place, step, is_dry=ask.is_dry) for place, step in enumerate(ask.steps)
                )
                if ask.is_dry:
                    raise _DryError
                for told in ask.tells:
                    if (beside := self._acts.beside.get(told.name)) is not None:
                        beside(self._tx, told, effects, ask)
        except RefusedError as no:
            numbers.lot, numbers.unit = before
            return self._refuse(ask, digest, no.refused)
        except _DryError:
            numbers.lot, numbers.unit = before
            return Receipt(0, ask.key, ask.kind, doing.now, effects, ask.result, by=ask.by)
        numbers.act += 1
        return self._done(ask, digest, doing, effects)

    def _part(self, ask: Act) -> AbstractContextManager[None]:
        """Return the part of the transaction that an act is. None where a refusal would have nothing to take back.

        What is counted is written at the end of the group, and a debit or a credit refuses before it writes.
        """
        writing = [step for step in ask.steps if not isinstance(step, READ_ONLY)]
        is_last = len(writing) == 1 and writing[0] is ask.steps[-1] and isinstance(writing[0], (Debit, Credit))
        is_alone = not any(told.name in self._acts.beside for told in ask.tells)
        return nullcontext() if is_alone and (not writing or (is_last and not ask.is_dry)) else self._tx.part()

    def _done(self, ask: Act, digest: bytes, doing: Doing, effects: tuple[Effect, ...]) -> Receipt:
        group, is_held = self._group, ask.hold_until is not None
        first = len(group.facts) if ask.tells and not is_held else None
        tells = ask.tells if is_held else ()
        done = Done(ask.key, ask.steps, effects, ask.result, ask.by, tells, int(ask.origin), ask.gives)
        sealed = self._acts.seal(ask.subject, done, self._nonces.pop())
        state = HELD if is_held else DONE
        row = Row(doing.act, ask.kind, state, doing.now, ask.hold_until, ask.subject, ask.body, 0, sealed, b"")
        if not is_held:
            group.facts += self._told(doing, ask.tells, effects, ask.origin)
            group.facts += self._drawn(doing, ask.steps, effects, ask.origin)
        group.facts += self._moved(doing, () if is_held else ask.tells, "done", ask.origin)
        group.rows.append((row, digest, first))
        group.entries += doing.entries
        group.fresh.add(doing.act)
        self._known[digest] = doing.act
        return Receipt(doing.act, ask.key, ask.kind, doing.now, effects, ask.result, 0, state, by=ask.by)

    def _drawn(
        self, doing: Doing, steps: tuple[Step, ...], effects: tuple[Effect, ...], origin: Origin
    ) -> Iterator[NewFact]:
        """Yield what is told of the outcomes that draws ended with, and of attempts."""
        for place, (step, effect) in enumerate(zip(steps, effects, strict=True)):
            if isinstance(step, Draw):
                effects_of = (*effect.inner, effect)
                yield from self._told(doing, step.outcomes[effect.former].tells, effects_of, origin, f"{place}.")
            elif isinstance(step, Attempt):
                tells = step.tells if effect.amount else step.instead
                yield from self._told(doing, tells, effect.inner, origin, f"{place}.")

    def _told(
        self, doing: Doing, tells: tuple[Tell, ...], effects: tuple[Effect, ...], origin: Origin, part: str = ""
    ) -> Iterator[NewFact]:
        for number, one in enumerate(tells):
            fields = dict(one.fields)
            for name, (place, what) in one.filled.items():
                fields[name] = getattr(effects[place], what)
            for name, (place, times, by) in one.scaled.items():
                size = effects[place].amount * abs(times) // by
                fields[name] = size if times >= 0 else -size
            message_id = f"{doing.act}:{part}{number}"
            yield self._acts.telling(SOURCE, one.name, doing.now, message_id, fields, one.subject, origin)

    def _moved(self, doing: Doing, tells: tuple[Tell, ...], stage: str, origin: Origin) -> Iterator[NewFact]:
        """Yield facts of what moved in wallets; a hold moves when it is made and again when it is settled."""
        places = moved(self._tx.raw, doing.entries, doing.lots, tells, doing.now)
        return told(self._acts.telling, places, doing.now, f"{doing.act}:{stage}", origin)

    def _refuse(self, ask: Act, digest: bytes, refused: Refused) -> Refused:
        """Leave nothing but a fact that says so."""
        if not ask.is_dry:
            now = self._tx.world.now()
            fields: dict[str, object] = {"act": ask.kind, "reason": refused.code}
            message_id = f"{digest.hex()}:{refused.code}:{now}"
            subject = ask.subject if ask.subject in self._people else None
            told = self._acts.telling(SOURCE, REFUSED, now, message_id, fields, subject, ask.origin)
            self._group.facts.append(told)
        return refused

    def _step(self, doing: Doing, place: int, step: Step, *, is_dry: bool) -> Effect:
        if isinstance(step, Undo):
            return self._undo(doing, place, step)
        if isinstance(step, Draw):
            return draw(doing, place, step, self._acts.keys, kinds.do, is_dry=is_dry)
        return kinds.do(doing, place, step)

    def _undo(self, doing: Doing, place: int, step: Undo) -> Effect:
        """Take back what another act did, or a part of it; never more than it did."""
        if doing.is_held:
            raise RefusedError("acts.not_undone")
        row, done = self._other(step.key)
        undone = msgspec.msgpack.decode(row.undone, type=list[int]) if row.undone else [0] * len(done.steps)
        taken: list[Effect] = []
        places, asked = _places(step, done), 0
        for one in places:
            left = kinds.amount_of(done.steps[one], done.effects[one]) - undone[one]
            wanted = left if step.amount is None else step.amount
            if wanted > left:
                raise RefusedError("acts.undone_already", asked=wanted, left=left)
            if wanted:
                effect, before = done.effects[one], undone[one]
                taken.append(kinds.undo(doing, done.steps[one], effect, wanted, before, step, of=row.act, held=False))
                undone[one] += wanted
                asked += wanted
        if not taken:
            raise RefusedError("acts.undone_already", asked=step.amount or 0, left=0)
        amount = sum(one.amount for one in taken)
        whole = sum(kinds.amount_of(done.steps[one], done.effects[one]) for one in places)
        asked_by_now = sum(undone[one] for one in places)
        for one in step.along:
            effect, before = done.effects[one], undone[one]
            there = kinds.amount_of(done.steps[one], effect)
            share = there * asked_by_now // whole - there * (asked_by_now - asked) // whole  # parts add up to all of it
            if some := min(share * amount // asked, there - before):
                taken.append(kinds.undo(doing, done.steps[one], effect, some, before, step, of=row.act, held=False))
                undone[one] += some
        self._tx.raw.execute(SET_UNDONE, (_encode(undone), row.act, row.undone))
        return Effect(place, amount, inner=tuple(taken))

    def _other(self, key: str) -> tuple[Row, Done]:
        found = dict(self._tx.raw.find_numbers(store.acts, "act", "digest", [self._acts.digest(key)]))
        if not found:
            raise RefusedError("acts.unknown_key", key=key)
        row = Row(*self._tx.raw.execute(FIND, (*found.values(),)).fetchone())
        if row.state != DONE:
            raise RefusedError("acts.still_held" if row.state == HELD else "acts.hold_expired", key=key)
        done = self._acts.open(row)
        if done is None:
            raise RefusedError("acts.erased")
        return row, done

    def _settle_under(self, ask: Settle, number: int | None) -> Receipt | Refused:
        """Settle a hold, and keep by which key it was asked, if by one of its own."""
        if number is None:
            return Refused("acts.unknown_key", {"key": ask.key})
        if not ask.under:
            return self._settle(ask, number)
        digest, body = self._acts.digest(ask.under), self._acts.digest(f"{ask.key}:{ask.is_kept}")
        own = Act(ask.under, SETTLING, body, ())
        if (wrong := mistake(own)) is not None:
            return wrong
        if (before := self._known.get(digest)) is not None:
            again = self._repeated(own, before)
            return again if isinstance(again, Refused) else self._settle(ask, number)
        answer = self._settle(ask, number)
        if isinstance(answer, Receipt):
            self._do(own, digest)
        return answer

    def _settle(self, ask: Settle, number: int) -> Receipt | Refused:
        row = self._row(number)
        if row.state == HELD:
            self.flush()  # what this group did before may be what its steps are taken back from
            return self._settle_held(ask, row)
        if (row.state == DONE) is ask.is_kept:
            return self._receipt(row)
        return Refused("acts.hold_expired" if ask.is_kept else "acts.settled", {"key": ask.key})

    def _settle_held(self, ask: Settle, row: Row) -> Receipt | Refused:
        done = self._acts.open(row)
        if done is None:
            return Refused("acts.erased")
        is_late = row.until is not None and row.until <= self._tx.world.now()
        if ask.is_kept and not is_late and self._is_paused and done.gives:
            return Refused("acts.paused")
        is_kept = ask.is_kept and not is_late
        try:
            finished = self._finish(row, done, self._tells(ask, done, is_kept=is_kept), is_kept=is_kept)
        except RefusedError as no:
            return no.refused
        return finished if is_kept or not ask.is_kept else Refused("acts.hold_expired", {"key": ask.key})

    def _tells(self, ask: Settle, done: Done, *, is_kept: bool) -> tuple[Tell, ...]:
        """Return what a settling tells; of who was erased meanwhile nothing."""
        tells = (*done.tells, *ask.tells) if is_kept else () if ask.is_kept else ask.tells
        whom = sorted({one.subject for one in tells if one.subject is not None})
        there = {subject for (subject,) in self._tx.raw.select_in(PEOPLE, whom)}
        return tuple(one for one in tells if one.subject is None or one.subject in there)

    def _finish(
        self, row: Row, done: Done, tells: tuple[Tell, ...], *, is_kept: bool, is_silent: bool = False
    ) -> Receipt:
        """Settle every step of a hold, or take every step back."""
        doing = Doing(
            self._tx, self._numbers, row.act, self._acts.wallet, self._acts.spendable, self._tally,
            wallets=self._wallets,
        )  # fmt: skip
        pairs = list(zip(done.steps, done.effects, strict=True))
        with self._tally.kept(), self._tx.part():
            if is_kept:
                effects = tuple(kinds.settle(doing, step, effect) for step, effect in pairs)
            else:
                effects = done.effects
                for step, effect in reversed(pairs):
                    if not isinstance(step, kinds.WAITS_FOR_SETTLING):
                        kinds.undo(doing, step, effect, effect.amount, 0, Undo(done.key), of=row.act, held=True)
            facts = list(self._told(doing, tells, effects, Origin(done.origin)))
            if not is_silent:
                facts += self._moved(doing, tells, "settled", Origin(done.origin))
            positions = self._append(facts)
            position = positions[0] if tells else 0
            state = DONE if is_kept else LET_GO
            after = msgspec.structs.replace(done, effects=effects, tells=())
            sealed = self._acts.seal(row.subject, after)
            self._tx.raw.execute(FINISH, (state, sealed, row.undone, position, row.act))
            self._enter(doing.entries)
            self._tally.flush()
        at = Micros(row.at)
        return Receipt(row.act, done.key, row.kind, at, effects, done.result, position, state, by=done.by)

    def let_go_overdue(self) -> bool:
        """Take back holds whose time is over, some at once; return whether there may be more."""
        now = self._tx.world.now()
        let_go, after = 0, (-1, -1)
        while let_go < LET_GO_AT_ONCE_MAX:
            overdue = self._tx.raw.execute(OVERDUE, (now, *after, LET_GO_AT_ONCE_MAX)).fetchall()
            if not overdue:
                return False
            let_go += sum(self._let_go(number) for _, number in overdue)
            after = overdue[-1]
        return True

    def let_go_of(self, subjects: Sequence[SubjectId]) -> None:
        """Take back every hold of somebody."""
        for (number,) in sorted(self._tx.raw.select_in(HELD_BY, subjects)):
            self._let_go(number, is_silent=True)

    def _let_go(self, number: int, *, is_silent: bool = False) -> bool:
        """Take a hold back. One that cannot be is said in the journal, and is in nobody's way."""
        row = self._row(number)
        done = self._acts.open(row)
        try:
            if done is not None:
                self._finish(row, done, (), is_kept=False, is_silent=is_silent)
                return True
        except RefusedError as no:
            log.error("a hold cannot be taken back", act=number, reason=no.refused.code)
        return False


def _places(step: Undo, done: Done) -> list[int]:
    """Return which steps an undo is about, the last first. Raises RefusedError."""
    if step.step is not None and not 0 <= step.step < len(done.steps):
        raise RefusedError("acts.unknown_step", key=step.key, step=step.step)
    places = list(reversed(range(len(done.steps)))) if step.step is None else [step.step]
    if any(isinstance(done.steps[one], Undo) for one in places):  # half of it would come back
        raise RefusedError("acts.not_undone")
    return places


class _DryError(Exception):
    """Ends a preview: everything was possible, and nothing is done."""
