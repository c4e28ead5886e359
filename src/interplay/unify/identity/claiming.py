"""One fact's identifiers: the strongest claims the others, and gets them, shares them or takes them over."""

from collections.abc import Collection

import msgspec

from interplay.engine.log.renewal import renew
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.ids import Position, SubjectId
from interplay.unify.identity import rules, store
from interplay.unify.identity.contracts import Edge, HandOver, Link, Outcome
from interplay.unify.identity.folding import Folding


class Claiming:
    """Takes links in the order of the log. Facts up to `reached` were taken before: nothing changes hands again.

    Subjects that were `erased` claim nothing and are claimed by nobody.
    """

    def __init__(
        self, folding: Folding, keys: SubjectKeys, reached: Position, erased: Collection[SubjectId] = ()
    ) -> None:
        self._folding = folding
        self._tx = folding.tx
        self._keys = keys
        self._reached = reached
        self._erased = erased

    def take(self, link: Link) -> list[tuple[SubjectId, str]]:
        """Take one fact's link; return (subject, kind) of what too many claim: it is nobody's from here on."""
        generic = []
        holder = link.subjects[0]
        if holder in self._erased:
            return []
        for place, claimed in enumerate(link.subjects[1:], 1):
            if claimed in self._erased:  # what it was before it changed hands may be gone; the holder has it still
                self._take_over_again(link, place)
                continue
            before = store.edge_of(self._tx, holder, claimed)
            if before is not None and (before[1] or not link.is_trusted):
                continue
            outcome = self._claim(link, place)
            self._note(Edge(holder, claimed, link.position, place, outcome, link.is_trusted), before)
            if outcome is not Outcome.LIMIT:
                continue
            if link.position <= self._reached:
                self._take_over_again(link, place)
            elif (nobodys := self._contest(link, place)) is not None:
                generic.append((nobodys, link.kinds[place]))
        return generic

    def _note(self, edge: Edge, before: tuple[Outcome, bool] | None) -> None:
        """Keep what became of two; what changed hands by hearsay did so, also when it is confirmed."""
        if before is None:
            store.add_edge(self._tx, edge)
        else:
            is_handed = before[0] is Outcome.HANDED and edge.outcome in (Outcome.KNOWN, Outcome.JOINED)
            store.trust_edge(self._tx, msgspec.structs.replace(edge, outcome=before[0]) if is_handed else edge)

    def _claim(self, link: Link, place: int) -> Outcome:
        holder, claimed = link.subjects[0], link.subjects[place]
        one = self._folding.side(holder, link.kinds[0])
        if claimed in (one.tied if link.is_trusted else one.all):
            return Outcome.KNOWN
        other = self._folding.side(claimed, link.kinds[place])
        outcome = self._folding.outcome(link, place, one, other)
        if outcome is Outcome.JOINED:
            if link.is_trusted:
                self._folding.tie(one, other, (holder, claimed), link.position)
            else:
                self._folding.move({**one.all, **other.all}, link.position)
        return outcome

    def _contest(self, link: Link, place: int) -> SubjectId | None:
        """Let an identifier that is somebody else's change hands, where its rule says so.

        Returns its subject when too many have claimed it by now. Hearsay claims devices only, and none that a trusted
        sender has tied to anything; however often it does, it makes nothing nobody's.
        """
        claimed, kind = link.subjects[place], link.kinds[place]
        claims_max = self._folding.rules.generic_after
        hand_over = rules.rule_of(self._folding.rules, kind).hand_over
        if not link.is_trusted and kind not in rules.ANONYMOUS_KINDS:
            return None
        if not link.is_live or hand_over is HandOver.NEVER or (hand_over is HandOver.SIGN_IN and not link.is_sign_in):
            return claimed if link.is_trusted and store.refused_count(self._tx, claimed) >= claims_max else None
        newest, hands = self._newest(claimed)
        one, other = self._folding.side(link.subjects[0], link.kinds[0]), self._folding.side(newest, kind)
        if newest in one.all or self._folding.is_blocked(newest):
            return None
        ours, theirs = (one.tied, other.tied) if link.is_trusted else (one.all, other.all)
        if len(theirs) == 1 or (not link.is_trusted and len(other.tied) > 1):
            return None
        if link.is_trusted and hands >= claims_max:
            return newest
        if not rules.exceeds(self._folding.rules, ours, {newest: kind}):
            subject = renew(self._tx, self._keys, newest)
            count = hands + 1 if link.is_trusted else hands
            store.add_hand(self._tx, newest, subject, link.subjects[0], link.position, count)
            self._hand(link, place, subject)
        return None

    def _take_over_again(self, link: Link, place: int) -> None:
        """Find in what was noted whether the identifier changed hands at this fact."""
        former: SubjectId | None = link.subjects[place]
        while former is not None:
            subject = store.hand_at(self._tx, link.position, link.subjects[0], former)
            if subject is not None and subject not in self._erased:
                self._hand(link, place, subject)
            following = store.next_hand(self._tx, former)
            former = None if following is None else following[0]

    def _hand(self, link: Link, place: int, subject: SubjectId) -> None:
        holder, kind = link.subjects[0], link.kinds[place]
        store.add_edge(self._tx, Edge(holder, subject, link.position, place, Outcome.HANDED, link.is_trusted))
        one, other = self._folding.side(holder, link.kinds[0]), self._folding.side(subject, kind)
        if link.is_trusted:
            self._folding.tie(one, other, (holder, subject), link.position)
        else:
            self._folding.move({**one.all, **other.all}, link.position)

    def _newest(self, subject: SubjectId) -> tuple[SubjectId, int]:
        """Return the identifier's subject of today, and how often it has changed hands."""
        hands = store.hands_before(self._tx, subject)
        while (following := store.next_hand(self._tx, subject)) is not None:
            subject, hands = following
        return subject, hands
