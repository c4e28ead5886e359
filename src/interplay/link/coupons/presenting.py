"""Which coupon a code is, whose it is, and who is the shopper: what is read before anything is decided."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from interplay.acts import api as acts
from interplay.acts.api import HeldUnit, UnitState
from interplay.acts.contracts import Refused
from interplay.kernel.errors import AppError
from interplay.kernel.ids import CustomerId, SubjectId
from interplay.link.coupons import codes
from interplay.link.coupons.contracts import POINTS_UNIT, PRESENTED_MAX, NotUsed, Refusal, Template
from interplay.link.coupons.rules import may_be_claimed, no
from interplay.link.coupons.standing import Catalogue, Coupons
from interplay.link.quotes import api as quotes
from interplay.link.quotes.contracts import Offer, OfferKind, Shopper
from interplay.link.tiers import api as tiers
from interplay.understand.memberships import api as memberships
from interplay.unify.identity.api import customer_of, wallet_of


class Card(Struct, frozen=True):
    """A coupon as it was presented: a unit, or a shared code, which is none."""

    code: str
    template: Template
    unit: HeldUnit | None = None

    @property
    def source(self) -> str:
        return f"coupon:{self.template.name}" if self.unit is None else f"coupon:{self.unit.unit}"

    @property
    def is_waiting(self) -> bool:
        return self.unit is not None and self.unit.state is UnitState.WAITING

    def offer(self) -> Offer:
        document, unit = self.template.document, self.unit
        return Offer(
            self.source, OfferKind.COUPON, self.template.name, self.template.version, document.terms, document.funder,
            document.campaign, document.label, None if unit is None else unit.valid_from or None,
            None if unit is None else unit.valid_until,
        )  # fmt: skip


class Presented(Struct, frozen=True):
    """The codes of a basket: those that are coupons of hers, and the others with the reason."""

    cards: tuple[Card, ...]
    not_used: tuple[NotUsed, ...]
    subject: SubjectId | None
    customer: CustomerId | None = None
    subjects: tuple[SubjectId, ...] = ()  # all that is hers


def read_code(coupons: Coupons, catalogue: Catalogue, text: str) -> Card | Refused:
    """Return what a code stands for. One that looks like ours and was not made by us is forged."""
    code = codes.normalized(text)
    if (shared := catalogue.shared.get(code)) is not None:
        return Card(text, shared)
    looks = codes.looks_personal(code)
    number = codes.unit_of(coupons.digest, code) if looks else None
    if number is not None:
        unit = acts.unit_of(coupons.database, number)
    else:
        unit = acts.unit_by_code(coupons.database, codes.imported_digest(coupons.digest, code))
    template = None if unit is None else catalogue.of_pool(unit.pool)
    if template is None:
        return no(Refusal.FORGED if looks and number is None else Refusal.UNKNOWN)
    return Card(text, template, unit)


def present(coupons: Coupons, catalogue: Catalogue, texts: Sequence[str], subject: SubjectId | None) -> Presented:
    """Return what was presented. Where nobody says who is shopping, it is the owner of the first coupon.

    Raises AppError `coupons.presented`.
    """
    if len(texts) > PRESENTED_MAX:
        raise AppError("coupons.presented", given=len(texts), allowed=PRESENTED_MAX)
    cards: dict[str, Card] = {}
    not_used: list[NotUsed] = []
    customer, wallet = _person(coupons, subject)
    for text in texts:
        found = read_code(coupons, catalogue, text)
        whose = wallet
        if isinstance(found, Card) and subject is None and found.unit is not None and found.unit.owner is not None:
            owner, whose = _person(coupons, found.unit.owner)
            if found.unit.state is UnitState.OWNED:  # the code of a used one is on anybody's receipt
                subject, customer, wallet = found.unit.owner, owner, whose
        why = found if isinstance(found, Refused) else refusal(found, whose) or _not_for(coupons, found, customer)
        if why is not None:
            not_used.append(NotUsed(text, why))
        elif isinstance(found, Card):
            cards.setdefault(found.source, found)
    return Presented(tuple(cards.values()), tuple(not_used), subject, customer, tuple(wallet))


def refusal(card: Card, wallet: Iterable[SubjectId]) -> Refused | None:
    """Return why a coupon is not to be used by whose wallet this is, whatever the basket."""
    wallet = set(wallet)
    if card.unit is None or card.is_waiting:  # it would be given at this very moment
        if not card.template.document.enabled:
            return no(Refusal.STOPPED, template=card.template.name)
        is_personal = card.template.document.per_customer_max is not None
        return no(Refusal.NEEDS_CUSTOMER, template=card.template.name) if is_personal and not wallet else None
    if card.unit.owner is not None and card.unit.owner not in wallet:
        return no(Refusal.OTHERS)
    return no(_STATES[card.unit.state]) if card.unit.state in _STATES else None


def _not_for(coupons: Coupons, card: Card, customer: CustomerId | None) -> Refused | None:
    """Return why a customer may not have what would be given at this very moment: only some may claim it."""
    claimers = card.template.document.claimers
    if (card.unit is not None and not card.is_waiting) or not (claimers.only or claimers.but_not):
        return None
    if customer is None:
        return no(Refusal.NEEDS_CUSTOMER, template=card.template.name)
    mine = memberships.segments_in(coupons.database, customer)
    return may_be_claimed(card.template, mine, has_code=True)


def shopper(coupons: Coupons, catalogue: Catalogue, presented: Presented) -> Shopper:
    """Return what is true of the shopper, as far as offers ask."""
    customer, subjects = presented.customer, presented.subjects
    if customer is None:
        return Shopper()
    names = quotes.asked(catalogue.promotions, [card.offer() for card in presented.cards])
    answers = memberships.answers(coupons.database, customer, names) if names else {}
    balances = acts.balances(coupons.database, subjects, coupons.now(), POINTS_UNIT)
    has = tiers.names_of(coupons.database, catalogue.ladders, coupons.world.zone, subjects, coupons.now())
    return Shopper(answers, tuple(has), max(balances[0].available, 0))


def _person(coupons: Coupons, subject: SubjectId | None) -> tuple[CustomerId | None, list[SubjectId]]:
    if subject is None:
        return None, []
    return customer_of(coupons.database, subject)[0], wallet_of(coupons.database, subject)


_STATES = {
    UnitState.WAITING: Refusal.NOBODYS,
    UnitState.HELD: Refusal.HELD,
    UnitState.USED: Refusal.USED,
    UnitState.VOID: Refusal.VOID,
}
