"""What comes back of an order: the whole of it or units of lines, as often as there is something left.

Money, points and cost are undone in the shares that the quote fixed, so that over all returns the sums are the
order's. Returns of one order follow each other: each takes the next number, and who finds it taken looks again.
"""

from collections.abc import Iterator

import msgspec

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Asking, Count, Receipt, Refuse, Refused, Settle, Step, Tell, Undo
from interplay.engine.oltp.contracts import Submitting
from interplay.kernel.errors import AppError
from interplay.link.coupons.contracts import (
    PROMOTION_REVERSED,
    REDEMPTION,
    RETURN,
    REVERSED,
    Redemption,
    Refusal,
    Return,
    Returned,
    UsedCoupon,
)
from interplay.link.coupons.redeeming import about, read_redemption
from interplay.link.coupons.rules import no
from interplay.link.coupons.standing import Coupons
from interplay.link.quotes import api as quotes
from interplay.link.quotes.contracts import Applied, Refund

TRIES_MAX = 8
"""How often a return looks again because another one of the same order came first."""


def take_back(coupons: Coupons, writing: Submitting, ask: Return) -> Returned | Refused:
    """Have done what `taking_back` asks for, and wait until it is on disk."""
    return acts.through(coupons.acts, writing, taking_back(coupons, ask))


def taking_back(coupons: Coupons, ask: Return) -> Asking[Returned | Refused]:
    """Take back an order or a part of it. A held one is let go.

    Raises AppError `quotes.return_*` for lines that the order does not have, `coupons.return_nothing`,
    `acts.key_reused` (409), `acts.erased` (410).
    """
    if ask.lines is not None and not ask.lines and not ask.is_shipping:
        raise AppError("coupons.return_nothing")
    receipt = acts.find(coupons.acts, coupons.database, ask.redemption)
    if receipt is None or receipt.kind != REDEMPTION:
        return (yield from _refuse(ask, no(Refusal.UNKNOWN_ORDER)))
    if ask.store and (store := read_redemption(receipt).store) != ask.store:
        return (yield from _refuse(ask, no(Refusal.OTHER_STORE, store=store)))
    if receipt.state != "done":
        return (yield from _let_go(ask))
    for _ in range(TRIES_MAX):
        answer = yield _act(coupons, ask, receipt)
        if not isinstance(answer, Refused):
            found = msgspec.msgpack.decode(answer.result, type=Returned)
            return msgspec.structs.replace(found, is_new=answer.is_new)
        if answer.code != Refusal.MEANWHILE:
            return answer
    return no(Refusal.MEANWHILE)


class _Before(msgspec.Struct, frozen=True):
    """What came back of an order so far."""

    returns: int
    lines: dict[str, int]
    is_shipping: bool


class _Back(msgspec.Struct, frozen=True):
    """What comes back now; `wholes` are sources of which now nothing is left."""

    refund: Refund
    wholes: frozenset[str]
    is_whole: bool


def _act(coupons: Coupons, ask: Return, receipt: Receipt) -> Act:
    order, body = read_redemption(receipt), acts.body_of((ask.redemption, ask.lines, ask.is_shipping))
    before = _before(coupons, receipt.act, order)
    lines, is_shipping = _wanted(ask, order, before)
    why = _too_much(order, before, lines, is_shipping=is_shipping)
    if why is not None:
        return Act(ask.key, RETURN, body, (Refuse(why.code, why.arguments),), subject=order.subject, by=ask.by)
    back = _back(order, before, lines, is_shipping=is_shipping)
    steps: list[Step] = [Count(_scope(receipt.act), cap=before.returns + 1, refusal=Refusal.MEANWHILE.value)]
    steps += [Count(_scope(receipt.act, line), amount) for line, amount in sorted(lines.items())]
    steps += [Count(_scope(receipt.act, "", "shipping"))] if is_shipping else []
    if back.refund.points and order.points_step is not None:
        steps.append(Undo(order.key, order.points_step, back.refund.points))
    tells: list[Tell] = []
    units: list[int] = []
    for used in order.coupons:
        cost, is_hers = _cost_back(used, back), used.source in back.wholes and used.goes_back
        steps += [Undo(order.key, used.cost_step, cost)] if cost else []
        steps += [Undo(order.key, step) for step in used.uses] if is_hers else []
        units += [used.unit] if is_hers and used.unit else []
        tells += _told(order, used, back, cost, is_hers=is_hers)
    tells += _promotions_told(order, back)
    result = msgspec.msgpack.encode(Returned(order.key, back.refund, tuple(units), back.is_whole))
    return Act(ask.key, RETURN, body, tuple(steps), tuple(tells), order.subject, result, by=ask.by)


def _before(coupons: Coupons, act: int, order: Redemption) -> _Before:
    scopes = {line.line: _scope(act, line.line) for line in order.quote.lines}
    counted = acts.used_of(coupons.database, [_scope(act), _scope(act, "", "shipping"), *scopes.values()])
    lines = {line: counted[scope] for line, scope in scopes.items() if counted.get(scope)}
    return _Before(counted.get(_scope(act), 0), lines, bool(counted.get(_scope(act, "", "shipping"))))


def _wanted(ask: Return, order: Redemption, before: _Before) -> tuple[dict[str, int], bool]:
    if ask.lines is not None:
        return dict(ask.lines), ask.is_shipping
    left = {line.line: line.quantity - before.lines.get(line.line, 0) for line in order.quote.lines}
    is_shipping = bool(order.quote.shipping.fee) and not before.is_shipping
    return {line: amount for line, amount in left.items() if amount}, is_shipping


def _too_much(order: Redemption, before: _Before, lines: dict[str, int], *, is_shipping: bool) -> Refused | None:
    """Return why this cannot come back: it did already. What the order never had is the caller's mistake."""
    if is_shipping and before.is_shipping:
        return no(Refusal.SHIPPING_RETURNED)
    if not lines and not is_shipping:
        return no(Refusal.RETURNED_ALL)
    for line in order.quote.lines:
        left = line.quantity - before.lines.get(line.line, 0)
        if type(asked := lines.get(line.line, 0)) is int and left < asked <= line.quantity:
            return no(Refusal.RETURNED_MORE, line=line.line, asked=asked, left=left)
    return None


def _back(order: Redemption, before: _Before, lines: dict[str, int], *, is_shipping: bool) -> _Back:
    refund = quotes.refund(
        order.quote, lines, before.lines, is_shipping=is_shipping, was_shipping=before.is_shipping
    )  # fmt: skip
    were = all(before.lines.get(one.line, 0) == one.quantity for one in order.quote.lines)
    are = all(before.lines.get(one.line, 0) + lines.get(one.line, 0) == one.quantity for one in order.quote.lines)
    is_shipped_back = is_shipping or before.is_shipping
    wholes = set()
    for applied in order.quote.applied:
        needs_shipping = applied.source in order.quote.shipping.discounts
        was_whole = were and (before.is_shipping or not needs_shipping)
        if are and (is_shipped_back or not needs_shipping) and not was_whole:
            wholes.add(applied.source)
    return _Back(refund, frozenset(wholes), are)


def _cost_back(used: UsedCoupon, back: _Back) -> int:
    """Return how much less the coupon has cost now."""
    if used.fixed_cost:
        return used.cost if used.source in back.wholes else 0
    return _money_back(used.source, back) + sum(
        one.gift.worth * one.gift.quantity for one in back.refund.gifts if one.source == used.source and one.gift
    )


def _money_back(source: str, back: _Back) -> int:
    return sum(share.money for share in back.refund.shares if share.source == source)


def _told(order: Redemption, used: UsedCoupon, back: _Back, cost: int, *, is_hers: bool) -> Iterator[Tell]:
    money = _money_back(used.source, back)
    if money or cost or is_hers:
        fields = about(used) | {"funder": used.funder, "discount": money, "cost": cost, "is_given_back": is_hers}
        fields |= {"campaign_id": used.campaign} if used.campaign else {}
        yield Tell(REVERSED, order.subject, fields | _place(order))


def _promotions_told(order: Redemption, back: _Back) -> Iterator[Tell]:
    coupons = {used.source for used in order.coupons}
    for applied in order.quote.applied:
        if applied.source not in coupons and (money := _money_back(applied.source, back)):
            yield Tell(PROMOTION_REVERSED, order.subject, _of_promotion(applied, money) | _place(order))


def _of_promotion(applied: Applied, money: int) -> dict[str, object]:
    campaign = {"campaign_id": applied.campaign} if applied.campaign else {}
    return {"promotion_id": applied.name, "funder": applied.funder, "discount": money, "cost": money, **campaign}


def _place(order: Redemption) -> dict[str, object]:
    given = {"order_id": order.order, "store_id": order.store, "currency": order.quote.currency}
    return {name: value for name, value in given.items() if value}


def _scope(act: int, line: str = "", part: str = "line") -> str:
    """Return under what the returns of an order are counted: how many, of each line, and of its shipping."""
    return f"returned:{act}:{part}:{line}" if line or part != "line" else f"returned:{act}"


def _let_go(ask: Return) -> Asking[Returned | Refused]:
    under = ask.key if ask.key != ask.redemption else ""
    answer = yield Settle(ask.redemption, is_kept=False, under=under)
    return answer if isinstance(answer, Refused) else Returned(ask.redemption, None, (), True, answer.is_new)


def _refuse(ask: Return, why: Refused) -> Asking[Refused]:
    body = acts.body_of((ask.redemption, ask.lines, ask.is_shipping))
    answer = yield Act(ask.key, RETURN, body, (Refuse(why.code, why.arguments),), by=ask.by)
    return answer if isinstance(answer, Refused) else why
