"""What can be done with quotes. Other slices import this file and `contracts`. All of it is pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from interplay.engine.documents.contracts import Document
from interplay.kernel.settings import Brand
from interplay.link.quotes import best as search
from interplay.link.quotes import refunding, rules
from interplay.link.quotes.checking import check
from interplay.link.quotes.contracts import (
    PROMOTION,
    Basket,
    Offer,
    OfferKind,
    PointsWish,
    PromotionDocument,
    Quote,
    Reason,
    Refund,
    Refusal,
    Shopper,
)
from interplay.link.quotes.documents import PromotionKind
from interplay.link.quotes.eligibility import Situation
from interplay.link.quotes.policies import Promotions, compiled, read
from interplay.link.quotes.terms import offer_words, points_mistakes, terms_mistakes
from interplay.link.quotes.writing import written

NOBODY = Shopper()
NONE: frozenset[str] = frozenset()


def promotions(documents: Iterable[Document], brand: Brand) -> Promotions:
    """Return the enabled promotions of a brand's documents, compiled: once for each revision, for it is slow."""
    offers = []
    for document in documents:
        if document.kind == PROMOTION:
            content = msgspec.convert(document.content, PromotionDocument)
            if content.enabled:
                offers.append(_offer(document, content))
    return compiled(offers, brand)


def quote(
    promoted: Promotions,
    basket: Basket,
    shopper: Shopper = NOBODY,
    *,
    coupons: Sequence[Offer] = (),
    points: PointsWish | None = None,
    without: Collection[str] = NONE,
) -> Quote:
    """Return what a basket costs with these coupons, in this order, without the promotions that she declines.

    Raises AppError `quotes.*` for a basket that cannot be: another currency, amounts out of bounds, a line twice.
    """
    check(basket, promoted.brand.currency, coupons, points)
    situation = Situation.of(promoted, basket, shopper)
    policies = [read(coupon, promoted.zone) for coupon in coupons]
    return written(situation, rules.run(situation, policies, points, without))


def best(
    promoted: Promotions,
    basket: Basket,
    shopper: Shopper = NOBODY,
    *,
    coupons: Sequence[Offer] = (),
    points: PointsWish | None = None,
    without: Collection[str] = NONE,
) -> Quote:
    """Return the quote of the best combination of these coupons; what it does not use says why.

    Asked again with `used_coupons` and `declined_promotions` of it, `quote` has the same fingerprint. Raises AppError
    `quotes.*` as `quote` does, and `quotes.too_many_coupons`.
    """
    check(basket, promoted.brand.currency, coupons, points)
    situation = Situation.of(promoted, basket, shopper)
    policies = [read(coupon, promoted.zone) for coupon in coupons]
    chosen = search.combination(situation, policies, points, frozenset(without))
    tally = rules.run(situation, chosen.coupons, points, chosen.without)
    search.tell_unused(tally, situation, [one for one in policies if one not in chosen.coupons])
    return written(situation, tally)


def used_coupons(found: Quote) -> tuple[str, ...]:
    """Return the sources of the coupons that a quote uses, in the order in which to present them."""
    return tuple(one.source for one in found.applied if one.kind is OfferKind.COUPON)


def declined_promotions(found: Quote) -> frozenset[str]:
    """Return the names of the promotions that a quote does without."""
    return frozenset(one.name for one in found.refused if one.reason.code is Refusal.DECLINED)


def stale(found: Quote, fingerprint: str) -> Reason | None:
    """Return why a quote given earlier is not this one, or None: its fingerprint is another."""
    return None if found.fingerprint == fingerprint else Reason(Refusal.STALE)


def refund(
    found: Quote,
    returned: Mapping[str, int],
    before: Mapping[str, int] | None = None,
    *,
    is_shipping: bool = False,
    was_shipping: bool = False,
) -> Refund:
    """Return what units of lines come to when they come back, after those that came back `before` (line → units).

    `is_shipping` pays the shipping fee back, once. Raises AppError `quotes.return_*`: an unknown line, more units than
    are left of it.
    """
    return refunding.refund(found, returned, before or {}, is_shipping=is_shipping, was_shipping=was_shipping)


def asked(promoted: Promotions, coupons: Iterable[Offer] = ()) -> frozenset[str]:
    """Return the segments whose answers a `Shopper` needs for these offers."""
    terms = [*(policy.terms for policy in promoted.policies), *(coupon.terms for coupon in coupons)]
    return frozenset(name for one in terms for name in (*one.customers.only, *one.customers.but_not))


def _offer(document: Document, content: PromotionDocument) -> Offer:
    return Offer(
        source=f"{PROMOTION}:{document.name}", kind=OfferKind.PROMOTION, name=document.name, version=document.version,
        terms=content.terms, funder=content.funder, campaign=content.campaign, label=content.label,
    )  # fmt: skip


__all__ = [
    "PromotionKind",
    "Promotions",
    "asked",
    "best",
    "compiled",
    "declined_promotions",
    "offer_words",
    "points_mistakes",
    "promotions",
    "quote",
    "refund",
    "stale",
    "terms_mistakes",
    "used_coupons",
]
