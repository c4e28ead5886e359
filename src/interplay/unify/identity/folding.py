"""The map while it changes, inside the writer: it reads what it needs by subject and computes little."""

from interplay.engine.oltp.contracts import Tx
from interplay.kernel.ids import Position, SubjectId
from interplay.unify.identity import rules, store
from interplay.unify.identity.contracts import Decision, DecisionKind, Link, Outcome, Rules


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
        one = self.side(decision.one, decision.one_kind)
        if decision.kind is DecisionKind.TOGETHER:
            other = self.side(decision.other, decision.other_kind)
            self.tie(one, other, (decision.one, decision.other), decision.position)
        else:
            self._regroup(one.all, decision.position)

    def side(self, subject: SubjectId, kind: str) -> rules.Side:
        return store.side_of(self.tx, subject, kind)

    def group(self, subject: SubjectId, kind: str) -> dict[SubjectId, str]:
        return store.group_of(self.tx, subject, kind)

    def move(self, group: rules.Group, position: Position) -> None:
        self.moved += store.move(self.tx, group, rules.survivor(group), position)

    def tie(
        self, one: rules.Side, other: rules.Side, subjects: tuple[SubjectId, SubjectId], position: Position
    ) -> None:
        """Let two be one customer, with one wallet; what was theirs by hearsay only may stay behind."""
        united = one.all
        if subjects[1] not in united:
            united = rules.united(one, other)
            for side in (one, other):
                self._leave(
                    {subject: kind for subject, kind in side.all.items() if subject not in united}, side, position
                )
            self.move(united, position)
        store.tie(self.tx, rules.survivor(united), subjects)

    def _leave(self, left: rules.Group, side: rules.Side, position: Position) -> None:
        """Let those who stay behind be a customer without who has gone, whatever was said of them."""
        if not left:
            return
        self.move(left, position)
        for edge in store.edges_within(self.tx, list(side.all)):
            if (edge.one in left) != (edge.other in left) and not edge.is_trusted:
                store.set_outcome(self.tx, edge.one, edge.other, Outcome.LIMIT)

    def outcome(self, link: Link, place: int, one: rules.Side, other: rules.Side) -> Outcome:
        """Return what becomes of a link between two customers, by the identifier at a place of it."""
        holder, claimed = link.subjects[0], link.subjects[place]
        return rules.outcome(
            self.rules, one, other, link.kinds[place], self.apart(one.all, other.all),
            is_blocked=self.is_blocked(claimed) or self.is_blocked(holder), is_trusted=link.is_trusted,
        )  # fmt: skip

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

    def _regroup(self, kinds: rules.Group, position: Position) -> None:
        """Fold one customer's own links again, after a decision that takes something out of it."""
        subjects = list(kinds)
        found = store.decisions_within(self.tx, subjects, self._until)
        known = store.edges_within(self.tx, subjects)
        before = {(edge.one, edge.other): edge.outcome for edge in known}
        again = rules.regrouped(
            self.rules,
            kinds,
            known,
            together=[(one.one, one.other) for one in found if one.kind is DecisionKind.TOGETHER],
            apart=[(one.one, one.other) for one in found if one.kind is DecisionKind.APART],
            blocked={subject for subject in subjects if self.is_blocked(subject)},
        )
        for pair, outcome in again.outcomes.items():
            if before[pair] is not outcome:
                store.set_outcome(self.tx, *pair, outcome)
        for group in again.customers:
            self.move(group, position)
        store.set_wallets(self.tx, again.wallets)
