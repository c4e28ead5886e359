"""Who is probably the same person: found by likeness, kept until staff say so, never merged by itself."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from interplay.collect.facts.api import Declarations, check_kind, identifier, split
from interplay.engine.log import erasure
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.errors import AppError
from interplay.kernel.ids import CustomerId, Micros, SubjectId
from interplay.kernel.settings import Brand
from interplay.unify.identity import api as identity
from interplay.unify.matching import columns, store
from interplay.unify.matching.contracts import (
    LIMIT_MAX,
    MEMORY_MB_MAX,
    Candidate,
    CandidateView,
    Column,
    Compare,
    Compared,
    Measured,
    Person,
    Proposal,
    Propose,
    Scored,
    Settle,
)
from interplay.unify.matching.leaving import MatchingData
from interplay.unify.matching.measuring import labels, qualities
from interplay.unify.matching.people import Everybody
from interplay.unify.matching.wording import sentence, shown

if TYPE_CHECKING:
    from interplay.unify.matching.likelihood import Likelihood

PROBABILITIES = (0.5, 0.8, 0.9, 0.95, 0.99)
"""Where the quality is told beside that at the asked probability."""

READING_SHARE = 0.5  # of the whole work, for a progress bar
PROPOSED_AT_ONCE_MAX = 100
LISTED_AT_ONCE = 500

Report = Callable[[float], None]


def check(ask: Compare) -> None:
    """Raise AppError `matching.probability` or `matching.limit` for what cannot be asked."""
    if not 0 < ask.min_probability < 1:
        raise AppError("matching.probability", given=ask.min_probability)
    if not 1 <= ask.limit <= LIMIT_MAX:
        raise AppError("matching.limit", given=ask.limit, allowed=LIMIT_MAX)


def compare(
    database: Database, keys: SubjectKeys, brand: Brand, now: Micros, ask: Compare, report: Report = lambda _: None
) -> Compared:
    """Return the pairs of customers who are probably one person and whom staff could merge; store nothing.

    Raises AppError `matching.*`.
    """
    check(ask)
    work = _Work(database, keys, brand, now, ask.memory_mb_max, report)
    scored = work.score(ask.min_probability)
    standing = {one.customer: one.subject for one in work.people}
    with closing(identity.Proposing(database, keys, brand)) as proposing:
        proposals = [
            Proposal(min(pair), max(pair), one.probability, one.reasons)
            for one in scored
            if proposing.allows(*(pair := (standing[one.one], standing[one.other])))
        ]
    return Compared(
        len(work.people), tuple(work.columns), work.blocks, work.is_learned,
        tuple(proposals[: ask.limit]), max(len(proposals) - ask.limit, 0), len(scored) - len(proposals),
    )  # fmt: skip


def measure(
    database: Database, keys: SubjectKeys, brand: Brand, now: Micros,
    ask: Compare, labelled: Sequence[tuple[str, str]], report: Report = lambda _: None,
) -> Measured:  # fmt: skip
    """Return how good the pairs are beside labels, (identifier, person) each; store nothing.

    Raises AppError `matching.*`, `facts.identifier*`, `customers.identifier`.
    """
    check(ask)
    work = _Work(database, keys, brand, now, ask.memory_mb_max, report)
    people, unknown_count = _labelled(database, keys, brand.region, labelled, work.everybody)
    probabilities = list(dict.fromkeys([ask.min_probability, *PROBABILITIES]))
    pairs, found = qualities(people, work.score(min(probabilities)), probabilities)
    return Measured(
        len(work.people), len(labelled) - unknown_count, unknown_count, pairs, tuple(work.columns), tuple(found)
    )


def batches(compared: Compared, found_at: Micros) -> Iterable[Propose]:
    """Yield the messages that keep what a run has found, each of a few milliseconds; `Settle` ends it."""
    for start in range(0, len(compared.proposals), PROPOSED_AT_ONCE_MAX):
        yield Propose(compared.proposals[start : start + PROPOSED_AT_ONCE_MAX], found_at)


def candidate_of(database: Database, one: SubjectId, other: SubjectId) -> Candidate | None:
    """Return the candidate that names the customers of two subjects, by whichever of their subjects."""
    ours, theirs = (set(identity.customer_of(database, subject)[1]) for subject in (one, other))
    for found in store.of(database, sorted(ours)):
        if {found.one, found.other} & ours and {found.one, found.other} & theirs:
            return found
    return None


def waiting(database: Database, keys: SubjectKeys, brand: Brand, rows_max: int) -> list[CandidateView]:
    """Return the candidates that wait for staff, the most probable first."""
    if rows_max < 1 or not store.count(database):
        return []
    found: list[Candidate] = []
    start = 0
    with closing(identity.Proposing(database, keys, brand)) as proposing:
        while len(found) < rows_max and (some := store.most_probable(database, start, LISTED_AT_ONCE)):
            found += [one for one in some if proposing.allows(one.one, one.other)]
            start += len(some)
    del found[rows_max:]
    names = identity.named(database, keys, sorted({subject for one in found for subject in (one.one, one.other)}))
    return [
        CandidateView(names[one.one], names[one.other], one.probability, one.reasons, one.found_at)
        for one in found
        if one.one in names and one.other in names
    ]


class _Work:
    """Everybody, and what they are compared by. Raises AppError `matching.too_few`, `matching.columns`."""

    def __init__(
        self, database: Database, keys: SubjectKeys, brand: Brand, now: Micros, memory_mb_max: int, report: Report
    ) -> None:
        _check_installed()
        self._memory_mb_max = memory_mb_max
        self._report = report
        declared = Declarations(database, brand, keys).current().declared
        wanted = columns.candidates(declared.traits)
        self.everybody = Everybody(database, keys, brand, now)
        self.people: list[Person] = self.everybody.read(wanted, lambda done: report(done * READING_SHARE))
        self.columns: list[Column] = columns.usable(wanted, self.people)
        self.blocks: tuple[tuple[str, ...], ...] = ()
        self.is_learned = False
        if len(self.people) < 2:
            raise AppError("matching.too_few", status=409, given=len(self.people))
        if len(self.columns) < 2:
            names = ", ".join(one.name for one in self.columns) or "-"
            raise AppError("matching.columns", status=409, given=names, allowed=", ".join(one.name for one in wanted))

    def score(self, min_probability: float) -> list[Scored]:
        with closing(_likelihood(self.people, self.columns, self._memory_mb_max)) as model:
            scored = model.score(min_probability, lambda done: self._report(READING_SHARE + done * (1 - READING_SHARE)))
            self.blocks, self.is_learned = model.blocks, model.is_learned
        return scored


def _check_installed() -> None:
    """Raise AppError `matching.missing` before anything is opened."""
    _likelihood([], [], MEMORY_MB_MAX).close()


def _likelihood(people: Sequence[Person], compared_by: Sequence[Column], memory_mb_max: int) -> "Likelihood":
    try:
        from interplay.unify.matching.likelihood import Likelihood  # a lazy seam: Splink, an extra
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] != "splink":
            raise
        raise AppError("matching.missing", status=501) from None
    return Likelihood(people, compared_by, memory_mb_max=memory_mb_max)


def _labelled(
    database: Database, keys: SubjectKeys, region: str, labelled: Sequence[tuple[str, str]], everybody: Everybody
) -> tuple[dict[CustomerId, list[str]], int]:
    """Return the persons of each customer's labelled identifiers, and how many identifiers nobody has."""
    people: dict[CustomerId, list[str]] = {}
    unknown_count = 0
    with closing(LogReader(database)) as reader:
        for text, person in dict(labelled).items():
            kind, value = split(text)
            check_kind(kind)
            if (who := identifier(kind, value, region)) is None:
                raise AppError("customers.identifier", kind=kind, given=value)
            if (subject := reader.subject_of(keys.digest(who.kind, who.value))) is None:
                unknown_count += 1
            else:
                people.setdefault(everybody.customer_of(subject), []).append(person)
    if not people:
        raise AppError("matching.truth_unknown", given=len(labelled))
    return people, unknown_count


def _propose(tx: Tx, ask: Propose) -> None:
    """Keep candidates. Whom somebody erased since she was read is not written down again."""
    subjects = {subject for one in ask.proposals for subject in (one.one, one.other)}
    known = {subject for subject in subjects if erasure.is_known(tx, subject)}
    store.put(tx, [one for one in ask.proposals if {one.one, one.other} <= known], ask.found_at)


def _settle(tx: Tx, ask: Settle) -> int:
    return store.remove_before(tx, ask.found_at)


propose = Command("matching.propose", Propose, None, _propose)
settle = Command("matching.settle", Settle, int, _settle)


__all__ = [
    "MatchingData",
    "batches",
    "candidate_of",
    "check",
    "compare",
    "labels",
    "measure",
    "propose",
    "sentence",
    "settle",
    "shown",
    "waiting",
]
