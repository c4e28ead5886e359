"""When subjects are one customer. Pure.

A customer's id is the smallest of its subjects. Links are taken in the order of the log, so the map is a function
of the log, the rules and the decisions of staff, and a rebuild gives the same customers.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from interplay.collect.facts.contracts import IdentifierKind
from interplay.kernel.ids import CustomerId, SubjectId
from interplay.unify.identity.contracts import Edge, HandOver, Joining, KindRule, Outcome, Rules

EXTERNAL = "ext"
GENERIC_AFTER = 5

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


def outcome(rules: Rules, one: Group, other: Group, kind: str, apart: Collection[Pair], *, is_blocked: bool) -> Outcome:
    """Return whether two customers are one, when a fact carries an identifier of `kind` beside a stronger one."""
    if is_blocked:
        return Outcome.BLOCKED
    rule = rule_of(rules, kind)
    if rule.join is Joining.NEVER:
        return Outcome.NEVER
    if are_apart(one, other, apart):
        return Outcome.APART
    if exceeds(rules, one, other) or (rule.hand_over is HandOver.ALWAYS and are_two(rules, one, other)):
        return Outcome.LIMIT
    return Outcome.REVIEW if rule.join is Joining.REVIEW else Outcome.JOINED


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


def regrouped(
    rules: Rules,
    kinds: Group,
    edges: Sequence[Edge],
    together: Collection[Pair],
    apart: Collection[Pair],
    blocked: Collection[SubjectId],
) -> tuple[list[dict[SubjectId, str]], dict[Pair, Outcome]]:
    """Fold the subjects of one customer again: return the customers they are now, and what becomes of each edge.

    `edges` in the order of the log, decisions in the order in which they were made; what staff put `together` comes
    first and knows no limit.
    """
    groups: dict[SubjectId, dict[SubjectId, str]] = {subject: {subject: kind} for subject, kind in kinds.items()}

    def unite(one: SubjectId, other: SubjectId) -> None:
        united = {**groups[one], **groups[other]}
        for subject in united:
            groups[subject] = united

    for one, other in together:
        if groups[one] is not groups[other] and not are_apart(groups[one], groups[other], apart):
            unite(one, other)
    outcomes: dict[Pair, Outcome] = {}
    for edge in edges:
        if groups[edge.one] is groups[edge.other]:
            continue
        is_blocked = edge.one in blocked or edge.other in blocked
        kind = kinds[edge.other]
        found = outcome(rules, groups[edge.one], groups[edge.other], kind, apart, is_blocked=is_blocked)
        if edge.outcome is Outcome.HANDED and found is Outcome.JOINED:
            found = Outcome.HANDED
        outcomes[edge.one, edge.other] = found
        if found in (Outcome.JOINED, Outcome.HANDED):
            unite(edge.one, edge.other)
    return list({id(group): group for group in groups.values()}.values()), outcomes
