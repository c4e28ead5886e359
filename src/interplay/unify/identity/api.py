"""Who a subject is: two identifiers in one fact are one customer, where the rules and the staff allow it."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial

from interplay.collect.facts.contracts import IdentifierKind
from interplay.engine.log import erasure
from interplay.engine.log.contracts import Linked, Origin
from interplay.engine.log.reactions import Reaction, Step, move_cursor, position_in, position_of, set_position
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import Command, Priority, Tx
from interplay.engine.oltp.database import Database, Lock
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.errors import AppError
from interplay.kernel.ids import CustomerId, Position, SubjectId
from interplay.kernel.settings import Brand
from interplay.unify.identity import rules, store
from interplay.unify.identity.claiming import Claiming
from interplay.unify.identity.contracts import (
    Decide,
    Decided,
    Decision,
    DecisionKind,
    Link,
    LinkUp,
    MemberChange,
    Moved,
    Rebuild,
    Rules,
)
from interplay.unify.identity.folding import Folding
from interplay.unify.identity.leaving import IdentityData
from interplay.unify.identity.proposing import Proposing
from interplay.unify.identity.ruling import IdentityKind, blocked_subjects, blocked_values, current_rules
from interplay.unify.identity.telling import named, sentences, waiting, why

REACTION = "identity"
RULES = "identity.rules"  # what the map is folded by: the version of the rules, and of what they mean
DECISIONS = "identity.decisions"  # the last decision that the map knows
REACHED = "identity.reached"  # the furthest that the map has ever come
ANONYMOUS_KINDS = (IdentifierKind.DEVICE.value, IdentifierKind.ANONYMOUS_ID.value)
GENERIC = "generic"  # the actor of decisions that follow from too many claims
SIGN_IN_FACTS = frozenset(
    {"customer.identified", "customer.logged_in", "customer.registered", "customer.signed_in", "identity.aliased"}
)
REASON_CHARS_MAX = 500
LINKS_AT_ONCE_MAX = 50  # a few milliseconds of the writer
LINKS_LOOKED_AT_MAX = 5_000
STRETCH_MAX = 100_000
MEANING = 1  # of the rules; raised when the same rules make other customers, so that maps are folded again


def customer_of(database: Database, subject: SubjectId) -> tuple[CustomerId, list[SubjectId]]:
    """Return a subject's customer and all of that customer's subjects."""
    return store.customer_and_subjects(database, subject)


def subjects_of_many(database: Database, customers: Sequence[CustomerId]) -> dict[CustomerId, list[SubjectId]]:
    """Return all subjects of each of many customers, in order."""
    return store.subjects_of_many(database, customers)


def are_near(database: Database, one: Sequence[SubjectId], other: Sequence[SubjectId]) -> bool:
    """Return whether two customers ever came with one identifier: a device, a card, a phone that changed hands."""
    return store.are_near(database, one, other)


def wallets_of(database: Database, subjects: Sequence[SubjectId]) -> dict[SubjectId, list[SubjectId]]:
    """Return all subjects of the customer of each of many subjects, in order."""
    customers = store.customers_of(database, subjects)
    found = store.subjects_of_many(database, sorted(set(customers.values())))
    return {subject: found[customers[subject]] for subject in subjects}


def changes(database: Database, after: int) -> Iterator[MemberChange]:
    """Yield changes of the map that follow change number `after`, in order; who stops has read little more."""
    return store.changes(database, after)


def moves(database: Database, after: int, until: int) -> list[Moved]:
    """Return who belongs to whom since change `after`, as of change `until`: each subject once, if it moved at all."""
    return store.moves(database, after, until)


def last_change(database: Database) -> int:
    """Return the number of the map's last change; 0 before the first."""
    return store.last_change(database)


def anonymous_subjects(database: Database) -> list[SubjectId]:
    """Return the subjects of customers who were never identified: all that is known of them are devices."""
    with closing(LogReader(database)) as reader:
        found = reader.subjects_of(ANONYMOUS_KINDS)
    identified = store.identified_among(database, ANONYMOUS_KINDS)
    return [subject for subject in found if subject not in identified]


def customers_by_subject(database: Database) -> dict[SubjectId, CustomerId]:
    """Return the customers of all subjects but of those who are their own customer."""
    return store.moved(database)


def subjects_of(tx: Tx, subject: SubjectId) -> list[SubjectId]:
    """Return all subjects of a subject's customer, in order, inside a transaction.

    Raises AppError `identity.rebuilding` while nobody can tell.
    """
    _check_settled(tx)
    return store.subjects_of(tx, subject)


def reaction(keys: SubjectKeys, brand: Brand) -> Reaction:
    """Return the reaction that keeps the map at the log's end."""
    looking = _Looking(keys, brand)
    return Reaction(
        REACTION, looking.ask, link_up(keys), partial(_follows_rules, brand), priority=Priority.LIVE
    )  # whatever else is made of facts begins with whose they are


def link_up(keys: SubjectKeys) -> Command[LinkUp, int]:
    """Return the command of the reaction; it answers how many subjects changed their customer.

    It keeps no door waiting: only where an identifier gets a new subject does it take the log's lock as well.
    """
    return Command("identity.link_up", LinkUp, int, partial(_link_up, keys), lock=Lock.REST)


def to_decide(
    kind: DecisionKind,
    one: SubjectId,
    other: SubjectId,
    *,
    actor: str,
    reason: str,
    database: Database,
    keys: SubjectKeys,
    brand: Brand,
    is_asked: bool = False,
) -> Decide:
    """Return the command's message for what staff want of two subjects, with the rules as they are now.

    `is_asked` says that the pair waits for an answer elsewhere than among the links: then the answer may be "two".
    """
    if len(reason) > REASON_CHARS_MAX:
        raise AppError("identity.reason", given=len(reason), allowed=REASON_CHARS_MAX)
    known = current_rules(database, brand)
    with closing(LogReader(database)) as reader:
        kinds = reader.kinds([one, other])
        blocked = blocked_subjects(known, keys, reader)
    asked = is_asked or store.is_waiting(database, one, other)
    return Decide(kind, one, other, kinds[one], kinds[other], actor, reason, known, tuple(blocked), asked)


def _follows_rules(brand: Brand, database: Database) -> bool:
    return _folded_by(current_rules(database, brand)) == position_of(database, RULES)


def _folded_by(known_rules: Rules) -> int:
    return known_rules.version + (MEANING << 40)


class _Looking:
    """Looks for links that nobody has seen, and remembers up to where there were none: most have been seen.

    A stretch without new ones costs the writer nothing; where it stood is written when it has grown long.
    """

    def __init__(self, keys: SubjectKeys, brand: Brand) -> None:
        self._keys = keys
        self._brand = brand
        self._looked = Position(0), Position(0)  # from where the cursor stands, up to where there were none

    def ask(
        self, reader: LogReader, database: Database, after: Position, until: Position
    ) -> tuple[LinkUp | None, Position]:
        known_rules = current_rules(database, self._brand)
        stood, looked = self._looked
        self._looked = Position(0), Position(0)
        if _folded_by(known_rules) != position_of(database, RULES):
            return LinkUp(Step(REACTION, after, Position(0)), (), known_rules, (), starts_over=True), Position(0)
        coming = store.next_decisions(database, position_of(database, DECISIONS))
        until = min(until, Position(after + STRETCH_MAX), *(position for _, position in coming))
        begin = looked if 0 < after == stood else after
        new, until = _look(reader, database, begin, until) if begin < until else ([], until)
        decisions = tuple(number for number, position in coming if position <= until)
        if after and not new and not decisions and until < after + STRETCH_MAX:
            self._looked = after, until
            return None, until
        kinds = reader.kinds(sorted({subject for one in new for subject in one.subjects}))
        links = tuple(_link(one, kinds) for one in new)
        blocked = blocked_subjects(known_rules, self._keys, reader)
        return LinkUp(Step(REACTION, after, until), links, known_rules, tuple(blocked & kinds.keys()), decisions), until


def _look(reader: LogReader, database: Database, after: Position, until: Position) -> tuple[list[Linked], Position]:
    """Return links that nobody has seen, a command's worth at most, and up to where that is all of them."""
    new: list[Linked] = []
    seen: set[tuple[SubjectId, ...]] = set()
    for some in _batched(reader.links(after, until), seen):
        new += _unknown(database, some)
        if len(new) > LINKS_AT_ONCE_MAX:
            del new[LINKS_AT_ONCE_MAX:]
            return new, new[-1].position
        if len(seen) > LINKS_LOOKED_AT_MAX:
            return new, some[-1].position
    return new, until


def _batched(links: Iterable[Linked], seen: set[tuple[SubjectId, ...]]) -> Iterator[list[Linked]]:
    """Yield the first of each set of subjects that came together, some at a time."""
    some: list[Linked] = []
    for one in links:
        if one.subjects not in seen:
            seen.add(one.subjects)
            some.append(one)
            if len(some) == LINKS_AT_ONCE_MAX:
                yield some
                some = []
    if some:
        yield some


def _unknown(database: Database, links: Sequence[Linked]) -> list[Linked]:
    pairs = {(one.subjects[0], other) for one in links for other in one.subjects[1:]}
    known = store.edges_known(database, pairs)
    return [one for one in links if any((one.subjects[0], other) not in known for other in one.subjects[1:])]


def _link(one: Linked, kinds: dict[SubjectId, str]) -> Link:
    return Link(
        position=one.position,
        subjects=one.subjects,
        kinds=tuple(kinds[subject] for subject in one.subjects),
        is_live=one.origin is Origin.LIVE,
        is_sign_in=one.fact in SIGN_IN_FACTS,
    )


def _link_up(keys: SubjectKeys, tx: Tx, ask: LinkUp) -> int:
    move_cursor(tx, ask.step)
    if ask.starts_over:
        store.forget(tx)
        set_position(tx, RULES, _folded_by(ask.rules))
        set_position(tx, DECISIONS, 0)
        return 0
    folding = Folding(tx, ask.rules, frozenset(ask.blocked), position_in(tx, DECISIONS))
    erased = erasure.erased_among(tx, sorted({subject for link in ask.links for subject in link.subjects}))
    claiming = Claiming(folding, keys, Position(position_in(tx, REACHED)), erased)
    for link in ask.links:
        for subject, kind in claiming.take(link):
            block = (DecisionKind.BLOCK, subject, subject, kind, kind, link.position)
            _take(tx, folding, Decision(0, *block, tx.world.now(), GENERIC, ""))
    for number in ask.decisions:
        _replay(tx, folding, number)
    if ask.step.until > position_in(tx, REACHED):
        set_position(tx, REACHED, ask.step.until)
    return folding.moved


def _replay(tx: Tx, folding: Folding, number: int) -> None:
    if (decision := store.decision(tx, number)) is not None:
        folding.decide(decision)
    set_position(tx, DECISIONS, number)


def _take(tx: Tx, folding: Folding, new: Decision) -> int:
    number = store.add_decision(tx, new)
    _replay(tx, folding, number)
    return number


def _decide(tx: Tx, ask: Decide) -> Decided:
    """Store what staff decided and follow it at once."""
    stands = _check_settled(tx)
    if not all(erasure.is_known(tx, subject) for subject in (ask.one, ask.other)):
        raise AppError("customers.gone", status=404)
    folding = Folding(tx, ask.rules, frozenset(ask.blocked), position_in(tx, DECISIONS))
    _check(folding, ask)
    one, other = rules.pair(ask.one, ask.other)
    one_kind, other_kind = (ask.one_kind, ask.other_kind) if one == ask.one else (ask.other_kind, ask.one_kind)
    new = Decision(0, ask.kind, one, other, one_kind, other_kind, stands, tx.world.now(), ask.actor, ask.reason)
    number = _take(tx, folding, new)
    return Decided(number, store.customer_of(tx, ask.one), store.customer_of(tx, ask.other), folding.moved)


def _check_settled(tx: Tx) -> Position:
    """Return how far the map is, or raise AppError `identity.rebuilding`."""
    stands = Position(position_in(tx, REACTION))
    if stands < position_in(tx, REACHED):
        raise AppError("identity.rebuilding", status=503)
    return stands


def _check(folding: Folding, ask: Decide) -> None:
    if ask.one == ask.other:
        raise AppError("identity.same", status=409)
    group = folding.group(ask.one, ask.one_kind)
    is_one = ask.other in group
    if ask.kind is DecisionKind.APART:
        if not is_one and not ask.is_asked:
            raise AppError("identity.not_one", status=409)
        return
    if is_one:
        raise AppError("identity.already_one", status=409)
    if folding.is_blocked(ask.one) or folding.is_blocked(ask.other):
        raise AppError("identity.blocked", status=409)
    apart = folding.apart(group, folding.group(ask.other, ask.other_kind))
    if apart - {rules.pair(ask.one, ask.other)}:
        raise AppError("identity.apart", status=409)


def _rebuild(tx: Tx, ask: Rebuild) -> None:
    """Empty the map and let the reaction fold it from the log and the decisions again."""
    store.forget(tx)
    set_position(tx, DECISIONS, 0)
    move_cursor(tx, Step(REACTION, ask.position, Position(0)))


decide = Command("identity.decide", Decide, Decided, _decide)
rebuild = Command("identity.rebuild", Rebuild, None, _rebuild)


__all__ = [
    "REASON_CHARS_MAX",
    "IdentityData",
    "IdentityKind",
    "Proposing",
    "anonymous_subjects",
    "are_near",
    "blocked_values",
    "changes",
    "customer_of",
    "customers_by_subject",
    "decide",
    "last_change",
    "link_up",
    "moves",
    "named",
    "reaction",
    "rebuild",
    "sentences",
    "subjects_of",
    "subjects_of_many",
    "to_decide",
    "waiting",
    "wallets_of",
    "why",
]
