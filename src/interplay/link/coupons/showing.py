"""Looking at coupons: one by its code, a customer's, an order, and the balance sheet of all."""

from collections.abc import Iterator

from interplay.acts import api as acts
from interplay.acts.api import HeldUnit, UnitState
from interplay.acts.contracts import Refused
from interplay.kernel.i18n import Lang
from interplay.kernel.ids import SubjectId
from interplay.link.coupons import codes, rules
from interplay.link.coupons.contracts import (
    POOL,
    CouponView,
    Refusal,
    Sheet,
    SheetLine,
    Spent,
    Template,
)
from interplay.link.coupons.presenting import read_code
from interplay.link.coupons.rules import no
from interplay.link.coupons.standing import Coupons
from interplay.link.quotes.contracts import Reason
from interplay.link.quotes.contracts import Refusal as QuoteRefusal
from interplay.unify.identity.api import wallet_of

_QUOTES = frozenset(QuoteRefusal)


def show(coupons: Coupons, code: str) -> CouponView | Refused:
    """Return how a coupon stands. A shared code is not one: it stands for none yet."""
    found = read_code(coupons, coupons.catalogue(), code)
    if isinstance(found, Refused):
        return found
    return no(Refusal.UNKNOWN) if found.unit is None else _view(coupons, found.unit, found.template)


def wallet(coupons: Coupons, subject: SubjectId) -> list[CouponView]:
    """Return the coupons of a subject's customer, the newest first."""
    catalogue = coupons.catalogue()
    units = acts.units_of(coupons.database, wallet_of(coupons.database, subject))
    known = ((unit, catalogue.of_pool(unit.pool)) for unit in units)
    return [_view(coupons, unit, template) for unit, template in known if template is not None]


def sheet(coupons: Coupons) -> Sheet:
    """Return where every coupon is, and what they have cost."""
    now, catalogue = coupons.now(), coupons.catalogue()
    lines = tuple(_lines(coupons))
    names = sorted(catalogue.current)
    scopes = [scope(name) for name in names for scope in (rules.cost_scope, rules.on_the_spot_scope)]
    counted = acts.used_of(coupons.database, scopes)
    spent = []
    for name in names:
        document = catalogue.current[name].document
        cost, uses = counted.get(rules.cost_scope(name), 0), counted.get(rules.on_the_spot_scope(name), 0)
        spent.append(Spent(name, document.funder, document.campaign, cost, document.budget, uses))
    return Sheet(now, lines, tuple(spent))


def sentence(coupons: Coupons, why: Refused, lang: Lang) -> str:
    """Return what a refusal says to people."""
    if why.code in _QUOTES:
        return Reason(QuoteRefusal(why.code), why.arguments).text(lang, coupons.brand.currency)
    return acts.sentence(why, lang, coupons.world)


def _lines(coupons: Coupons) -> Iterator[SheetLine]:
    catalogue = coupons.catalogue()
    for stock in acts.stocks(coupons.database, POOL, coupons.now()):
        if (template := catalogue.of_pool(stock.pool)) is not None:
            yield SheetLine(
                template.name, template.version, template.document.funder, template.document.campaign, stock.minted,
                stock.waiting, stock.held, stock.owned, stock.expired, stock.used, stock.void,
            )  # fmt: skip


def _view(coupons: Coupons, unit: HeldUnit, template: Template) -> CouponView:
    is_late = unit.valid_until is not None and unit.valid_until <= coupons.now()
    state = unit.state.name.lower()
    if is_late and unit.state in (UnitState.OWNED, UnitState.WAITING):
        state = "expired"
    code = codes.printed(codes.personal_code(coupons.digest, unit.unit))
    return CouponView(
        code, unit.unit, template.name, template.version, template.document.label, state, unit.owner, unit.valid_from,
        unit.valid_until,
    )  # fmt: skip
