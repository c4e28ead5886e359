"""When subjects are one customer. Pure.

A customer's id is the smallest of its subjects. Links are taken in the order of the log, so the map is a function
of the log, the rules and the decisions of staff, and a rebuild gives the same customers.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from interplay.collect.facts.contracts import IdentifierKind
from interplay.kernel.ids import CustomerId, SubjectId
from interplay.unify.identity.contracts import Edge, HandOver, Joining, KindRule, Outcome, Rules

EXTERNAL = "ext"
ANONYMOUS_KINDS = (IdentifierKind.DEVICE.value, IdentifierKind.ANONYMOUS_ID.value)
GENERIC_AFTER = 5

UNITING = (Outcome.JOINED, Outcome.HANDED)

Group = Mapping[SubjectId, str]
"""The subjects of one customer, each with the kind of its identifier."""

Pair = tuple[SubjectId, SubjectId]
"""Two subjects, the smaller first."""

STANDARD = Rules(
    kinds={
        IdentifierKind.USER_ID.value: KindRule(most=1),
        IdentifierKind.UNIONID.value: KindRule(most=2, hand_over=HandOver.SIGN_IN),
        IdentifierKind.CARD_NO.value: KindRule(most=3),
        IdentifierKind.PHONE.value: KindRule(most=3, hand_over=HandOver.SIGN_IN),
        IdentifierKind.EMAIL.value: KindRule(most=5, hand_over=HandOver.SIGN_IN),
        IdentifierKind.OPENID.value: KindRule(most=5, hand_over=HandOver.SIGN_IN),
        EXTERNAL: KindRule(most=10),
        IdentifierKind.DEVICE.value: KindRule(most=20, hand_over=HandOver.ALWAYS),
        IdentifierKind.ANONYMOUS_ID.value: KindRule(most=200, hand_over=HandOver.ALWAYS),
    },
    blocked=(
        *[("phone", f"+86{number}") for number in ("13000000000", "13800000000", "13900000000")],
        *[("user_id", word) for word in ("0", "-1", "null", "NULL", "None", "undefined", "NaN", "anonymous", "guest")],
        *[(kind, zeros) for kind in ("device", "anonymous_id") for zeros in ("00000000-0000-0000-0000-000000000000",)],
        ("device", "000000000000000"),
        ("anonymous_id", "null"),
        ("anonymous_id", "undefined"),
    ),
    generic_after=GENERIC_AFTER,
)
"""The rules of a brand without a document of kind `identity`."""


def survivor(subjects: Iterable[SubjectId]) -> CustomerId:
    """Return the customer that these subjects are: named after the one known longest."""
    return CustomerId(min(subjects))


def pair(one: SubjectId, other: SubjectId) -> Pair:
    return (one, other) if one < other else (other, one)


def rule_of(rules: Rules, kind: str) -> KindRule:
    """Return the rule of a kind; an external system without one of its own follows that of `ext`."""
    return rules.kinds.get(kind) or rules.kinds[EXTERNAL]


class Side(Struct, frozen=True):
    """One of two who may be one: all subjects of the customer, and those of them that are tied to the one named.

    Tied are subjects by the word of trusted senders and of staff; the others are the customer's by hearsay.
    """

    all: Group
    tied: Group


def outcome(
    rules: Rules, one: Side, other: Side, kind: str, apart: Collection[Pair], *, is_blocked: bool, is_trusted: bool
) -> Outcome:
    """Return whether two customers are one, when a fact carries an identifier of `kind` beside a stronger one.

    What a trusted sender says is judged by what such senders have said before: nobody else can be in its way. Hearsay
    adds devices to somebody; two who are both known by more than that it does not make one.
    """
    if is_blocked:
        return Outcome.BLOCKED
    rule = rule_of(rules, kind)
    if rule.join is Joining.NEVER:
        return Outcome.NEVER
    ours, theirs = (one.tied, other.tied) if is_trusted else (one.all, other.all)
    if are_apart(ours, theirs, apart):
        return Outcome.APART
    if exceeds(rules, ours, theirs) or (rule.hand_over is HandOver.ALWAYS and are_two(rules, ours, theirs)):
        return Outcome.LIMIT
    if not is_trusted and is_known(ours) and is_known(theirs):
        return Outcome.LIMIT if kind in ANONYMOUS_KINDS else Outcome.REVIEW
    return Outcome.REVIEW if rule.join is Joining.REVIEW else Outcome.JOINED


def is_known(group: Group) -> bool:
    """Return whether there is more of somebody than devices."""
    return any(kind not in ANONYMOUS_KINDS for kind in group.values())


def united(one: Side, other: Side) -> Group:
    """Return what two are together whom a trusted sender, or staff, have joined.

    A device that is somebody's by hearsay leaves her for whom it is tied to.
    """
    ours = one.tied if _is_hearsay(one) and is_known(other.tied) else one.all
    theirs = other.tied if _is_hearsay(other) and is_known(ours) else other.all
    return {**ours, **theirs}


def _is_hearsay(side: Side) -> bool:
    return is_known(side.all) and not is_known(side.tied)


def are_apart(one: Group, other: Group, apart: Collection[Pair]) -> bool:
    """Return whether staff said of a subject of the one and a subject of the other that they are two people."""
    return any((a in one and b in other) or (a in other and b in one) for a, b in apart)


def exceeds(rules: Rules, one: Group, other: Group) -> bool:
    """Return whether two customers together have more identifiers of a kind than one may have.

    Only kinds that both have count: whom staff have put together over a limit still gets new devices.
    """
    ours, theirs = Counter(one.values()), Counter(other.values())
    return any(ours[kind] + theirs[kind] > rule_of(rules, kind).most for kind in ours.keys() & theirs.keys())


def are_two(rules: Rules, one: Group, other: Group) -> bool:
    """Return whether two who used one device are two people: each has an identifier of a kind that is no device's.

    One person may have two phone numbers; that both were typed on one tablet does not say so.
    """
    return any(rule_of(rules, kind).hand_over is not HandOver.ALWAYS for kind in {*one.values()} & {*other.values()})


class Pieces:
    """Subjects in pieces, which grow together."""

    def __init__(self, kinds: Group) -> None:
        self.of: dict[SubjectId, Group] = {subject: {subject: kind} for subject, kind in kinds.items()}

    def unite(self, one: SubjectId, other: SubjectId) -> None:
        whole = {**self.of[one], **self.of[other]}
        for subject in whole:
            self.of[subject] = whole

    def all(self) -> list[Group]:
        return list({id(piece): piece for piece in self.of.values()}.values())


class Regrouped(Struct, frozen=True):
    """What one customer's subjects are when they are folded again."""

    customers: list[Group]
    wallets: list[Group]
    outcomes: dict[Pair, Outcome]  # of the edges that join or refuse


def regrouped(
    rules: Rules,
    kinds: Group,
    edges: Sequence[Edge],
    together: Collection[Pair],
    apart: Collection[Pair],
    blocked: Collection[SubjectId],
) -> Regrouped:
    """Fold the subjects of one customer again: return the customers they are now, and what becomes of each edge.

    `edges` in the order of the log, decisions in the order in which they were made; what staff put `together` comes
    first and knows no limit, then what trusted senders said, hearsay last.
    """
    tied, outcomes = Pieces(kinds), dict[Pair, Outcome]()
    for one, other in together:
        if not are_apart(tied.of[one], tied.of[other], apart):
            tied.unite(one, other)

    def follow(pieces: Pieces, edge: Edge) -> None:
        if pieces.of[edge.one] is pieces.of[edge.other]:
            return
        one, other = (Side(pieces.of[subject], pieces.of[subject]) for subject in (edge.one, edge.other))
        is_blocked = edge.one in blocked or edge.other in blocked
        kind, is_trusted = kinds[edge.other], edge.is_trusted
        found = outcome(rules, one, other, kind, apart, is_blocked=is_blocked, is_trusted=is_trusted)
        if edge.outcome is Outcome.HANDED and found is Outcome.JOINED:
            found = Outcome.HANDED
        outcomes[edge.one, edge.other] = found
        if found in UNITING:
            pieces.unite(edge.one, edge.other)

    for edge in edges:
        if edge.is_trusted:
            follow(tied, edge)
    groups = Pieces(kinds)
    groups.of = dict(tied.of)
    for edge in edges:
        if not edge.is_trusted:
            follow(groups, edge)
    return Regrouped(groups.all(), tied.all(), outcomes)
