"""The till's doors: what a basket costs, hold it, commit it, take it back. An expected no is a 200 with `refused`."""

from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from interplay.acts.contracts import Asking, Refused
from interplay.bootstrap import coupons as couponing
from interplay.faces.http.counter import Counter
from interplay.faces.http.express import express
from interplay.faces.http.openapi import problems
from interplay.faces.http.orders import (
    CommitAsk,
    HoldAsk,
    Key,
    OrderAsk,
    OrderItem,
    QuoteAsk,
    QuoteItem,
    ReturnItem,
    ReverseAsk,
    Telling,
)
from interplay.faces.http.visits import Caller, needs
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang
from interplay.link.coupons.contracts import Quoted, Redeem, Redemption, Return, Wish
from interplay.link.coupons.contracts import Returned as Back
from interplay.link.stores.contracts import Device

CHANNEL = "store"


@post("/till/quote", opt=needs(Caller.TILL), middleware=[express], status_code=200, operation_id="quoteAtTill",
      responses=problems(404), tags=["till"])  # fmt: skip
async def quote(
    counter: NamedDependency[Counter], till: NamedDependency[Device], spoken: NamedDependency[Lang],
    data: JSONBody[QuoteAsk],
) -> QuoteItem:  # fmt: skip
    """Say what a basket costs with these coupons and points, what applied, and why the rest did not."""
    asking = counter.run if data.best else counter.look  # the search for the best takes its time
    found = await asking(_quote, counter, till, data)
    return _telling(counter, spoken).quoted(found)


@post("/till/hold", opt=needs(Caller.TILL), middleware=[express], status_code=200, operation_id="holdAtTill",
      responses=problems(404, 409), tags=["till"])  # fmt: skip
async def hold(
    counter: NamedDependency[Counter], till: NamedDependency[Device], spoken: NamedDependency[Lang],
    data: JSONBody[HoldAsk], idempotency_key: Key,
) -> OrderItem:  # fmt: skip
    """Hold what was quoted while the customer pays: its coupons and points are nobody else's until then."""
    found = await counter.act(_redeem, counter, till, idempotency_key, data, data.seconds)
    return _telling(counter, spoken).order(found)


@post("/till/commit", opt=needs(Caller.TILL), middleware=[express], status_code=200, operation_id="commitAtTill",
      responses=problems(404, 409), tags=["till"])  # fmt: skip
async def commit(
    counter: NamedDependency[Counter], till: NamedDependency[Device], spoken: NamedDependency[Lang],
    data: JSONBody[CommitAsk], idempotency_key: Key,
) -> OrderItem:  # fmt: skip
    """Make an order final: one that was held, as it was held; or one that was quoted, if nothing has changed."""
    if (data.redemption is None) is (data.order is None):
        raise AppError("coupons.commit_one_of")
    found = await counter.act(_commit, counter, till, idempotency_key, data)
    return _telling(counter, spoken).order(found)


@post("/till/reverse", opt=needs(Caller.TILL), middleware=[express], status_code=200, operation_id="reverseAtTill",
      responses=problems(409), tags=["till"])  # fmt: skip
async def reverse(
    counter: NamedDependency[Counter], till: NamedDependency[Device], spoken: NamedDependency[Lang],
    data: JSONBody[ReverseAsk], idempotency_key: Key,
) -> ReturnItem:  # fmt: skip
    """Take back an order of this store, or units of its lines; let one go that was only held."""
    found = await counter.act(_reverse, counter, till, idempotency_key, data)
    return _telling(counter, spoken).returned(found)


def _quote(counter: Counter, till: Device, ask: QuoteAsk) -> Quoted:
    return couponing.quote(counter.reach, _wish(counter, till, ask, is_best=ask.best))


def _redeem(
    counter: Counter, till: Device, key: str, ask: OrderAsk, seconds: int | None = None
) -> Asking[Redemption | Refused]:
    redeeming = Redeem(
        key=_key(till, key), wish=_wish(counter, till, ask), order=ask.order, device=till.name, by=f"till {till.name}",
        fingerprint=ask.fingerprint, without=tuple(ask.without),
    )  # fmt: skip
    return (yield from couponing.redeeming(counter.reach, redeeming, seconds))


def _commit(counter: Counter, till: Device, key: str, ask: CommitAsk) -> Asking[Redemption | Refused]:
    if ask.order is not None:
        return (yield from _redeem(counter, till, key, ask.order))
    return (yield from couponing.committing_hold(counter.reach, _key(till, key), ask.redemption or "", till))


def _reverse(counter: Counter, till: Device, key: str, ask: ReverseAsk) -> Asking[Back | Refused]:
    returning = Return(
        key=_key(till, key), redemption=ask.redemption, lines=ask.lines, is_shipping=ask.shipping, store=till.store,
        by=f"till {till.name}",
    )  # fmt: skip
    return couponing.taking_back(counter.reach, returning)


def _wish(counter: Counter, till: Device, ask: QuoteAsk | OrderAsk, *, is_best: bool = False) -> Wish:
    who = ask.customer
    subject = None if who is None else couponing.subject_of(counter.reach, (who.kind, who.value))
    return Wish(
        basket=ask.basket, codes=tuple(ask.coupons), subject=subject, points=ask.points, store=till.store,
        channel=CHANNEL, is_best=is_best,
    )  # fmt: skip


def _key(till: Device, key: str) -> str:
    """Return the key of the act: two tills may use the same."""
    return f"till:{till.name}/{key}"


def _telling(counter: Counter, lang: Lang) -> Telling:
    return Telling(counter.reach.home.coupons, lang)
