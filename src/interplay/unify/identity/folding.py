"""The map while it changes, inside the writer: it reads what it needs by subject and computes little."""

from interplay.engine.oltp.contracts import Tx
from interplay.kernel.ids import Position, SubjectId
from interplay.unify.identity import rules, store
from interplay.unify.identity.contracts import Decision, DecisionKind, Outcome, Rules


class Folding:
    """Groups of subjects, joined and split by the rules. `until` is the last decision that counts."""

    def __init__(self, tx: Tx, asked: Rules, blocked: frozenset[SubjectId], until: int) -> None:
        self.tx = tx
        self.rules = asked
        self._blocked = blocked
        self._until = until
        self._kinds = store.kinds_decided(tx)
        self.moved = 0

    def decide(self, decision: Decision) -> None:
        """Take a decision: everything up to it counts from now on."""
        self._until = decision.decision
        self._kinds.add(decision.kind)
        one = self.group(decision.one, decision.one_kind)
        if decision.kind is DecisionKind.TOGETHER:
            other = self.group(decision.other, decision.other_kind)
            self.move({**one, **other}, decision.position)
        else:
            self._regroup(one, decision.position)

    def group(self, subject: SubjectId, kind: str) -> dict[SubjectId, str]:
        return store.group_of(self.tx, subject, kind)

    def move(self, group: dict[SubjectId, str], position: Position) -> None:
        self.moved += store.move(self.tx, group, rules.survivor(group), position)

    def outcome(self, one: rules.Group, other: rules.Group, of: SubjectId, kind: str, beside: SubjectId) -> Outcome:
        """Return what becomes of a link between two customers, by an identifier of `kind`."""
        apart = self.apart(one, other)
        is_blocked = self.is_blocked(of) or self.is_blocked(beside)
        return rules.outcome(self.rules, one, other, kind, apart, is_blocked=is_blocked)

    def is_blocked(self, subject: SubjectId) -> bool:
        if subject in self._blocked:
            return True
        return DecisionKind.BLOCK in self._kinds and store.is_blocked(self.tx, subject, self._until)

    def apart(self, one: rules.Group, other: rules.Group) -> set[rules.Pair]:
        """Return the pairs of the two customers' subjects that staff keep apart."""
        if DecisionKind.APART not in self._kinds:
            return set()
        found = store.decisions_within(self.tx, [*one, *other], self._until)
        return {(one.one, one.other) for one in found if one.kind is DecisionKind.APART}

    def _regroup(self, kinds: dict[SubjectId, str], position: Position) -> None:
        """Fold one customer's own links again, after a decision that takes something out of it."""
        subjects = list(kinds)
        found = store.decisions_within(self.tx, subjects, self._until)
        known = store.edges_within(self.tx, subjects)
        before = {(edge.one, edge.other): edge.outcome for edge in known}
        groups, outcomes = rules.regrouped(
            self.rules,
            kinds,
            known,
            together=[(one.one, one.other) for one in found if one.kind is DecisionKind.TOGETHER],
            apart=[(one.one, one.other) for one in found if one.kind is DecisionKind.APART],
            blocked={subject for subject in subjects if self.is_blocked(subject)},
        )
        for pair, outcome in outcomes.items():
            if before[pair] is not outcome:
                store.set_outcome(self.tx, *pair, outcome)
        for group in groups:
            self.move(group, position)
