"""An order with coupons: quoted as often as one likes, then held or committed, once."""

import msgspec

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Asking, Count, Debit, Receipt, Refuse, Refused, Settle, Step, Tell, Use
from interplay.engine.oltp.contracts import Submitting
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.time import SECOND
from interplay.link.coupons import rules
from interplay.link.coupons.contracts import (
    HOLD_SECONDS_MAX,
    POINTS_UNIT,
    PROMOTION_APPLIED,
    REDEEMED,
    REDEMPTION,
    GoesBack,
    Quoted,
    Redeem,
    Redemption,
    Refusal,
    UsedCoupon,
    Wish,
)
from interplay.link.coupons.presenting import Card, Presented, present, shopper
from interplay.link.coupons.rules import no
from interplay.link.coupons.standing import Catalogue, Coupons
from interplay.link.points.contracts import SPENT
from interplay.link.quotes import api as quotes
from interplay.link.quotes.contracts import POINTS, Applied, OfferKind, PointsWish, Quote, Reason
from interplay.link.quotes.contracts import Refusal as QuoteRefusal
from interplay.link.quotes.contracts import Refused as NotApplied

NONE: frozenset[str] = frozenset()


def quote(coupons: Coupons, wish: Wish) -> Quoted:
    """Return what a basket costs with these codes, what applied, and why the others did not. Nothing changes.

    Raises AppError `quotes.*` for a basket that cannot be, `coupons.presented`.
    """
    catalogue = coupons.catalogue()
    presented = present(coupons, catalogue, wish.codes, wish.subject)
    found = _quoted(coupons, catalogue, wish, presented, NONE, coupons.now())
    return Quoted(found, {card.source: card.code for card in presented.cards}, presented.not_used)


def redeem(coupons: Coupons, writing: Submitting, ask: Redeem, hold_seconds: int | None = None) -> Redemption | Refused:
    """Have done what `redeeming` asks for, and wait until it is on disk."""
    return acts.through(coupons.acts, writing, redeeming(coupons, ask, hold_seconds))


def redeeming(coupons: Coupons, ask: Redeem, hold_seconds: int | None = None) -> Asking[Redemption | Refused]:
    """Make a quote binding: use its coupons, spend its points, count its cost; or hold all that for a while.

    Asking again with the same key gives the same answer. Raises AppError `coupons.hold` and as `quote` and `acts.do`.
    """
    if hold_seconds is not None and not 1 <= hold_seconds <= HOLD_SECONDS_MAX:
        raise AppError("coupons.hold", given=hold_seconds, allowed=HOLD_SECONDS_MAX)
    catalogue = coupons.catalogue()
    presented = present(coupons, catalogue, ask.wish.codes, ask.wish.subject)
    moment = _moment(coupons, ask)
    found = _quoted(coupons, catalogue, ask.wish, presented, frozenset(ask.without), moment)
    body = ask.asked or acts.body_of((ask.wish, ask.order, ask.fingerprint, ask.without, hold_seconds))
    why = _not_binding(ask, presented, found)
    if why is not None and ask.is_dry:
        return why
    if why is not None:
        steps = (Refuse(why.code, why.arguments),)
        act = Act(ask.key, REDEMPTION, body, steps, subject=presented.subject, by=ask.by)
    else:
        until = None if hold_seconds is None else Micros(coupons.now() + hold_seconds * SECOND)
        act = _act(coupons, ask, body, presented, found, until)
    return _redemption((yield act))


def commit(coupons: Coupons, writing: Submitting, hold: str, store: str = "") -> Redemption | Refused:
    """Have done what `settling` asks for, and wait until it is on disk."""
    return acts.through(coupons.acts, writing, settling(coupons, hold, store))


def let_go(coupons: Coupons, writing: Submitting, hold: str, store: str = "") -> Redemption | Refused:
    """Let a held order go: coupons, points and budget are free again. Raises AppError `acts.erased` (410)."""
    return acts.through(coupons.acts, writing, settling(coupons, hold, store, is_kept=False))


def settling(
    coupons: Coupons, hold: str, store: str = "", *, is_kept: bool = True, under: str = ""
) -> Asking[Redemption | Refused]:
    """Make a held order final, as it was held, in the store where it was; `under` is the key by which it is asked.

    Raises AppError `acts.erased` (410), `acts.key_reused` (409).
    """
    receipt = acts.find(coupons.acts, coupons.database, hold)
    if receipt is None or receipt.kind != REDEMPTION:
        return no(Refusal.UNKNOWN_ORDER)
    if store and (where := read_redemption(receipt).store) != store:
        return no(Refusal.OTHER_STORE, store=where)
    return _redemption((yield Settle(hold, is_kept=is_kept, under=under)))


def read_redemption(receipt: Receipt) -> Redemption:
    """Return the order that a receipt is of."""
    found = msgspec.msgpack.decode(receipt.result, type=Redemption)
    return msgspec.structs.replace(found, state=receipt.state, is_new=receipt.is_new)


def _quoted(
    coupons: Coupons, catalogue: Catalogue, wish: Wish, presented: Presented, without: frozenset[str], at: Micros
) -> Quote:
    basket = wish.basket.at(at, wish.store, wish.channel)
    quoting = quotes.best if wish.is_best else quotes.quote
    is_named = wish.subject is not None
    found = quoting(
        catalogue.promotions,
        basket,
        shopper(coupons, catalogue, presented),
        coupons=[card.offer() for card in presented.cards],
        points=PointsWish(wish.points, catalogue.points_terms()) if wish.points and is_named else None,
        without=without,
    )
    if not wish.points or is_named:
        return found
    nobodys = NotApplied(POINTS, POINTS, Reason(QuoteRefusal.POINTS_CUSTOMER))  # who has her coupon may not be her
    return msgspec.structs.replace(found, refused=(*found.refused, nobodys))


def _moment(coupons: Coupons, ask: Redeem) -> Micros:
    return coupons.now() if ask.at is None else min(ask.at, coupons.now())


def _not_binding(ask: Redeem, presented: Presented, found: Quote) -> Refused | None:
    """Return why an order is not what was quoted; without a fingerprint, why a coupon does not apply."""
    if ask.fingerprint is None:
        for one in presented.not_used:
            return one.refused
        for refused in found.refused:
            if not refused.source.startswith("promotion:"):
                return Refused(refused.reason.code.value, refused.reason.args)
        return None
    stale = quotes.stale(found, ask.fingerprint)
    if stale is None:
        return None
    return presented.not_used[0].refused if presented.not_used else Refused(stale.code.value, stale.args)


def _act(coupons: Coupons, ask: Redeem, body: bytes, presented: Presented, found: Quote, until: Micros | None) -> Act:
    steps: list[Step] = []
    cards = {card.source: card for card in presented.cards}
    used = tuple(
        _use(coupons, steps, cards[one.source], one, presented.subject, ask)
        for one in found.applied
        if one.kind is OfferKind.COUPON
    )
    points_step = None
    if found.points.points and presented.subject is not None:
        points_step = len(steps)
        steps.append(Debit(POINTS_UNIT, presented.subject, found.points.points))
    order = Redemption(ask.key, ask.order, ask.wish.store, found, used, points_step, presented.subject, until=until)
    return Act(
        ask.key, REDEMPTION, body, tuple(steps), (*_tells(ask, order), *ask.tells), presented.subject,
        msgspec.msgpack.encode(order), until, gives=True, by=ask.by, is_dry=ask.is_dry,
    )  # fmt: skip


def _use(
    coupons: Coupons, steps: list[Step], card: Card, applied: Applied, subject: SubjectId | None, ask: Redeem
) -> UsedCoupon:
    """Add the steps of one coupon, and say which they are."""
    document, first = card.template.document, len(steps)
    if card.unit is not None:
        steps.append(Use(card.unit.unit, subject, is_bearer=card.is_waiting, at=ask.at))
    if card.unit is None or card.is_waiting:  # it is given at this very moment
        steps += rules.limits(card.template, subject, _moment(coupons, ask), coupons.world.zone)
    if card.unit is None:
        steps.append(Count(rules.on_the_spot_scope(card.template.name)))
    cost, uses = rules.cost_of(document, applied), tuple(range(first, len(steps)))
    cost_step = len(steps) if cost else -1
    if cost:
        scope = rules.cost_scope(card.template.name)
        steps.append(Count(scope, cost, document.budget, refusal=Refusal.BUDGET.value))
    return UsedCoupon(
        applied.source, card.template.name, card.template.version, 0 if card.unit is None else card.unit.unit,
        applied.money, cost, document.cost is not None, applied.funder, applied.campaign, subject, uses, cost_step,
        document.goes_back is GoesBack.WHOLE_ORDER,
    )  # fmt: skip


def _tells(ask: Redeem, order: Redemption) -> list[Tell]:
    common = {
        "order_id": ask.order, "store_id": ask.wish.store, "till_device": ask.device, "channel": ask.wish.channel,
        "currency": order.quote.currency,
    }  # fmt: skip
    tells = []
    by_source = {one.source: one for one in order.coupons}
    for applied in order.quote.applied:
        fields: dict[str, object] = {name: value for name, value in common.items() if value}
        fields |= {"discount": applied.money, "funder": applied.funder}
        fields |= {"campaign_id": applied.campaign} if applied.campaign else {}
        if (used := by_source.get(applied.source)) is not None:
            fields |= about(used) | {"cost": used.cost}
            tells.append(Tell(REDEEMED, order.subject, fields))
        else:
            fields |= {"promotion_id": applied.name, "cost": applied.cost}
            tells.append(Tell(PROMOTION_APPLIED, order.subject, fields))
    if order.points_step is not None:
        spent = order.quote.points
        fields = {
            name: value for name, value in common.items() if value and name in ("order_id", "store_id", "channel")
        }
        fields |= {"unit": POINTS_UNIT, "amount": spent.points, "value": spent.money}
        tells.append(Tell(SPENT, order.subject, fields))
    return tells


def about(used: UsedCoupon) -> dict[str, object]:
    """Return which coupon a fact is of."""
    unit = {"unit_no": used.unit} if used.unit else {}
    return {"template": used.template, "template_version": used.version, **unit}


def _redemption(answer: Receipt | Refused) -> Redemption | Refused:
    return answer if isinstance(answer, Refused) else read_redemption(answer)
