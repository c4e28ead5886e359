"""The truth, told by what happened and not by what was sent: a fold over the happenings."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from interplay.rehearse.brand.contracts import (
    Door,
    Happening,
    Person,
    Session,
    Step,
    StepKind,
    Tally,
    TillOrder,
    Truth,
)
from interplay.rehearse.brand.setting import brand

Identifier = tuple[str, str]

FEN_PER_YUAN = 100

FACTS = {
    (Door.WEB, StepKind.PAGE): "page.viewed",
    (Door.WEB, StepKind.SIGN_IN): "customer.identified",
    (Door.MINI_PROGRAM, StepKind.LAUNCH): "app.opened",
    (Door.MINI_PROGRAM, StepKind.PAGE): "screen.viewed",
    (Door.MINI_PROGRAM, StepKind.SIGN_IN): "identity.aliased",
    (Door.MINI_PROGRAM, StepKind.PROFILE): "customer.identified",
} | {
    (door, kind): fact
    for door in Door
    for kind, fact in {
        StepKind.PRODUCT: "product.viewed",
        StepKind.CART: "cart.added",
        StepKind.CHECKOUT: "checkout.started",
        StepKind.ORDER: "order.completed",
        StepKind.REFUND: "order.refunded",
        StepKind.CHECK_IN: "store.checked_in",
        StepKind.SCAN: "item.scanned",
        StepKind.REVIEW: "review.submitted",
        StepKind.QUIZ: "roast_quiz.completed",
    }.items()
}
"""The standard fact that each step becomes."""


def truth(people: tuple[Person, ...], happenings: Iterable[Happening]) -> Truth:
    """Return what a perfect observer knows of these happenings."""
    told = _Telling()
    for happening in happenings:
        if isinstance(happening, TillOrder):
            told.order(happening)
        else:
            told.session(happening)
    told.facts["item.updated"] += len(brand().products) + len(brand().stores)
    return Truth(
        people={person.number: person for person in people},
        seen=dict(told.seen),
        connected={number: _connected(groups) for number, groups in told.together.items()},
        known=dict(told.known),
        anonymous=told.anonymous,
        facts=dict(sorted(told.facts.items())),
        households=_households(people),
        mistyped=frozenset(told.mistyped),
        online=(told.online_yuan, told.online_yuan_back),
    )


class _Telling:
    """What has been observed so far."""

    def __init__(self) -> None:
        self.seen: defaultdict[int | None, set[tuple[str, str]]] = defaultdict(set)
        self.together: defaultdict[int, set[frozenset[Identifier]]] = defaultdict(set)
        self.known: defaultdict[int | None, Tally] = defaultdict(Tally)
        self.anonymous = Tally()
        self.facts: Counter[str] = Counter()
        self.mistyped: set[str] = set()
        self.online_yuan = self.online_yuan_back = 0

    def order(self, order: TillOrder) -> None:
        is_refund = bool(order.refund_of)
        self.facts["order.refunded" if is_refund else "order.completed"] += 1
        person = order.person
        whose = None if person is None or order.phone not in {"", person.phone} else person.number
        if order.phone and whose is None:
            self.mistyped.add(order.phone)
        self._see(whose, [(k, v) for k, v in (("card_no", order.card_no), ("phone", order.phone)) if v])
        _count(self.anonymous if order.is_anonymous else self.known[whose], order.value, is_refund=is_refund)

    def session(self, session: Session) -> None:
        person = session.person
        whose = None if person is None else person.number
        for step in session.steps:
            self.facts[FACTS[session.door, step.kind]] += 1
            self._see(whose, _sent(session, step))
            if step.kind in {StepKind.ORDER, StepKind.REFUND}:
                _count(self.known[whose], step.value, is_refund=step.kind is StepKind.REFUND)
                yuan = step.value // FEN_PER_YUAN
                self.online_yuan += yuan if step.kind is StepKind.ORDER else 0
                self.online_yuan_back += yuan if step.kind is StepKind.REFUND else 0

    def _see(self, whose: int | None, sent: list[Identifier]) -> None:
        self.seen[whose].update(sent)
        if whose is not None and sent:
            self.together[whose].add(frozenset(sent))


def _connected(groups: Iterable[frozenset[Identifier]]) -> tuple[frozenset[Identifier], ...]:
    """Return the groups, those with something in common united."""
    found: list[frozenset[Identifier]] = []
    for group in groups:
        apart = [other for other in found if not group & other]
        found = [*apart, group.union(*(other for other in found if group & other))]
    return tuple(found)


def _count(tally: Tally, value: int, *, is_refund: bool) -> None:
    if is_refund:
        tally.refunds += 1
        tally.refunded += value
    else:
        tally.orders += 1
        tally.value += value


def _sent(session: Session, step: Step) -> list[tuple[str, str]]:
    """Return the identifiers that the step's message carries."""
    person = session.person
    sent = []
    if step.kind is not StepKind.REFUND:
        sent.append(("openid" if session.door is Door.MINI_PROGRAM else "anonymous_id", session.visitor))
    if person is None:
        return sent
    if step.is_known:
        sent.append(("user_id", person.user_id))
    if step.kind is StepKind.SIGN_IN and session.door is Door.MINI_PROGRAM:
        sent += person.signup_identifiers()
    if step.kind is StepKind.PROFILE:
        sent += [(kind, value) for kind, value in (("phone", person.phone), ("card_no", person.card_no)) if value]
    if step.kind is StepKind.SIGN_IN and session.door is Door.WEB:
        sent += [("phone", person.phone), ("email", person.email)]
    return sent


def _households(people: tuple[Person, ...]) -> tuple[frozenset[int], ...]:
    owners: defaultdict[str, set[int]] = defaultdict(set)
    for person in people:
        for anonymous_id in person.anonymous_ids:
            owners[anonymous_id].add(person.number)
    return tuple(frozenset(numbers) for numbers in owners.values() if len(numbers) > 1)
