"""Appending: each fact once, a position each, bodies sealed; hundreds of facts a statement."""

import struct

from msgspec import Struct

from interplay.engine.log import store
from interplay.engine.log.contracts import NewFact, Stored
from interplay.engine.log.renewal import renewals
from interplay.engine.oltp.contracts import GroupCommand, Tx
from interplay.engine.oltp.database import Lock, Raw
from interplay.engine.secrets.subject_keys import NOBODY, SubjectKeys
from interplay.kernel.ids import Position

REMEMBERED_SUBJECTS_MAX = 200_000
KEYS_AHEAD = 1_000  # 32 bytes each; writing them waits for the disk as long as writing one

_DIGEST = struct.Struct("<qq")


class Append(Struct, frozen=True, array_like=True):
    """Facts to be stored together: all of them or, when the disk fails, none."""

    facts: list[NewFact]


class Appender:
    """The log's side of the writer. What it remembers (words, subjects) it forgets when a group is lost."""

    def __init__(self, keys: SubjectKeys) -> None:
        self._keys = keys
        self._words: dict[tuple[str, str], int] = {}
        self._subjects: dict[tuple[str, str], int] = {}
        self._position: int | None = None
        self._subject = 0
        self._keyed = 0  # up to this subject there are keys
        self._renewals = 0
        self._last_word = 0
        self.command: GroupCommand[Append, list[Stored]] = GroupCommand(
            "log.append", Append, list[Stored], self.append_all, Lock.LOG
        )

    def append_all(self, tx: Tx, asks: list[Append]) -> list[list[Stored]]:
        """Store the facts of every ask and return, for each ask, where each of its facts is."""
        tx.lost.append(self._forget)
        if tx.raw.has_other_writers or self._position is None or self._renewals != renewals(tx.raw):
            self._learn(tx.raw)
        facts = [fact for ask in asks for fact in ask.facts]
        stored = self._claim(tx.raw, facts)
        self._insert(tx.raw, [(fact, at.position) for fact, at in zip(facts, stored, strict=True) if at.is_new])
        answers = []
        start = 0
        for ask in asks:
            answers.append(stored[start : start + len(ask.facts)])
            start += len(ask.facts)
        return answers

    def _claim(self, raw: Raw, facts: list[NewFact]) -> list[Stored]:
        """Take the ids; who finds one taken learns where its fact is."""
        assert self._position is not None
        first = self._position + 1
        rows = [(fact.hour, *_DIGEST.unpack(fact.key), first + i) for i, fact in enumerate(facts)]
        inserted = raw.insert_many(store.log_ids, rows, skips_known=True)
        if inserted == len(rows):
            self._position += len(rows)
            return [Stored(Position(row[3]), True) for row in rows]
        taken = raw.find_each(store.log_ids, "position", [row[:3] for row in rows])
        found = (Position(at) for at in taken if at is not None)  # all of them are: that is why they were skipped
        stored = [Stored(at, at == row[3]) for at, row in zip(found, rows, strict=True)]
        self._position = max((one.position for one in stored if one.is_new), default=self._position)
        return stored  # positions of repeated facts between new ones stay empty

    def _insert(self, raw: Raw, facts: list[tuple[NewFact, Position]]) -> None:
        subjects = self._resolve(raw, facts)
        words = {(use, word): self._code(raw, use, word) for use, word in _words(facts)}
        seal = self._keys.seal
        nonces = self._keys.nonces(len(facts))
        rows = []
        for (fact, position), nonce in zip(facts, nonces, strict=True):
            subject: int | None = fact.subject
            also = None
            if identifiers := fact.identifiers:
                subject = subjects[identifiers[0]]
                if len(identifiers) > 1:
                    also = _packed(subject, [subjects[identifier] for identifier in identifiers])
            rows.append(
                (
                    position,
                    words["fact", fact.name],
                    subject,
                    also,
                    fact.occurred_at,
                    fact.received_at,
                    int(fact.origin),
                    words[_use(fact), fact.source],
                    seal(NOBODY if subject is None else subject, fact.body, nonce),
                )
            )
        raw.insert_many(store.log, rows)

    def _resolve(self, raw: Raw, facts: list[tuple[NewFact, Position]]) -> dict[tuple[str, str], int]:
        """Return the subject of every identifier, making the new ones: keys first, rows after."""
        known = self._subjects
        if len(known) > REMEMBERED_SUBJECTS_MAX:
            known.clear()
        unknown: dict[bytes, tuple[tuple[str, str], int]] = {}
        for fact, position in facts:
            for identifier in fact.identifiers:
                if identifier not in known:
                    unknown.setdefault(self._keys.digest(*identifier), (identifier, position))
        if unknown:
            for digest, subject in raw.find_numbers(store.subjects, "subject", "digest", list(unknown)):
                known[unknown.pop(digest)[0]] = subject
        if unknown:
            self._make(raw, {identifier: (digest, at) for digest, (identifier, at) in unknown.items()})
        return known

    def _make(self, raw: Raw, new: dict[tuple[str, str], tuple[bytes, int]]) -> None:
        first = self._subject + 1
        self._see_to_keys(first, first + len(new) - 1)
        rows = []
        nonces = iter(self._keys.nonces(len(new)))
        for subject, (identifier, (digest, position)) in enumerate(new.items(), first):
            kind, value = identifier
            sealed = self._keys.seal(subject, value.encode(), next(nonces))
            rows.append((subject, digest, self._code(raw, "kind", kind), sealed, position))
            self._subjects[identifier] = subject
        raw.insert_many(store.subjects, rows)
        self._subject += len(new)

    def _see_to_keys(self, first: int, last: int) -> None:
        """Have keys on disk before anything is sealed with them, and some for those who come next."""
        if last > self._keyed:
            self._keys.add(first, last - first + 1 + KEYS_AHEAD)
            self._keyed = last + KEYS_AHEAD

    def _code(self, raw: Raw, use: str, word: str) -> int:
        if (code := self._words.get((use, word))) is None:
            code = self._words[use, word] = int(raw.execute(store.INSERT_WORD, (use, word)).fetchone()[0])
            self._last_word = code
        return code

    def _learn(self, raw: Raw) -> None:
        """Read where the log stands. What others cannot have changed since is kept in mind."""
        position, subject, renewals_count, last_word = raw.execute(store.STATE).fetchone()
        if self._position is None or renewals_count != self._renewals:
            self._subjects.clear()
        if self._position is None or last_word != self._last_word:
            self._words = {(use, word): code for code, use, word in raw.execute(store.ALL_WORDS)}
        self._position, self._subject = position, subject
        self._renewals, self._last_word = renewals_count, last_word

    def _forget(self) -> None:
        self._words.clear()
        self._subjects.clear()
        self._position = None


def _words(facts: list[tuple[NewFact, Position]]) -> set[tuple[str, str]]:
    return {("fact", fact.name) for fact, _ in facts} | {(_use(fact), fact.source) for fact, _ in facts}


def _use(fact: NewFact) -> str:
    """Return as what the source of a fact is written: so each says whether it was trusted, for no byte more."""
    return store.TRUSTED if fact.is_trusted else store.UNTRUSTED


def _packed(subject: int, subjects: list[int]) -> bytes | None:
    """Return the other subjects of a fact, 8 bytes each, or None where there are none."""
    others = [other for other in dict.fromkeys(subjects) if other != subject]
    return struct.pack(f"<{len(others)}q", *others) if others else None
