"""A quote as others read it, from a basket at the end of the pipeline."""

from hashlib import blake2b

import msgspec

from interplay.link.quotes.contracts import POINTS, Applied, Quote, QuotedLine, QuotedShipping
from interplay.link.quotes.eligibility import Situation
from interplay.link.quotes.rules import Giving, Tally

FINGERPRINT_BYTES = 16


def written(situation: Situation, tally: Tally) -> Quote:
    """Return the quote, its lines in the order of the basket."""
    basket = situation.basket
    lines, shipping = _lines(situation, tally), _shipping(situation, tally)
    price = sum(line.quantity * line.unit_price for line in basket.lines) + basket.shipping
    discount = sum(given.money for given in tally.givings)
    return Quote(
        currency=basket.currency,
        lines=tuple(lines[line.line] for line in basket.lines),
        shipping=shipping,
        applied=tuple([_applied(given, situation) for given in tally.givings]),
        refused=tuple(tally.refused),
        points=tally.points,
        price=price,
        discount=discount,
        payable=price - discount - tally.points.money,
        fingerprint=_fingerprint(situation, tally),
    )


def _lines(situation: Situation, tally: Tally) -> dict[str, QuotedLine]:
    discounts: list[dict[str, int]] = [{} for _ in situation.lines]
    for given in tally.givings:
        source = given.policy.offer.source
        for n, part in zip(given.targets, given.parts, strict=True):
            if part:
                discounts[n][source] = part
    points = tally.points_parts or [0] * len(situation.lines)
    for n, money in enumerate(tally.points_money):
        if money:
            discounts[n][POINTS] = money
    return {
        line.line: QuotedLine(
            line.line, line.product, line.sku, line.quantity, line.unit_price, discounts[n], points[n], tally.left[n]
        )
        for n, line in enumerate(situation.lines)
    }


def _shipping(situation: Situation, tally: Tally) -> QuotedShipping:
    discounts = {
        given.policy.offer.source: given.money
        for given in tally.givings
        if given.policy.terms.benefit.shipping is not None
    }
    return QuotedShipping(situation.basket.shipping, discounts, tally.shipping)


def _applied(given: Giving, situation: Situation) -> Applied:
    offer = given.policy.offer
    lines = tuple([situation.lines[n].line for n in given.lines])
    return Applied(
        offer.source, offer.kind, offer.name, offer.version, offer.funder, offer.campaign,
        given.money, lines, given.gift, offer.label,
    )  # fmt: skip


def _fingerprint(situation: Situation, tally: Tally) -> str:
    basket = situation.basket
    content = (
        (basket.currency, basket.store, basket.channel, basket.shipping, situation.lines),
        [_traits(given) for given in tally.givings],
        (tally.points, tally.points_money),
    )
    return blake2b(msgspec.msgpack.encode(content), digest_size=FINGERPRINT_BYTES).hexdigest()


def _traits(given: Giving) -> tuple[object, ...]:
    offer = given.policy.offer
    return offer.source, offer.name, offer.version, given.money, given.targets, given.parts, given.gift
