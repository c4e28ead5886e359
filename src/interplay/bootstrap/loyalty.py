"""Points and tiers of one data directory: put together, and asked for by any identifier of a customer."""

from collections.abc import Callable, Sequence
from contextlib import closing

from msgspec import Struct

from interplay.acts import api as acts
from interplay.acts.contracts import Receipt, Refused
from interplay.bootstrap.home import Home
from interplay.bootstrap.reach import Reach
from interplay.collect.facts.api import Declarations
from interplay.collect.ingest import api as ingest
from interplay.criteria.contracts import FeatureSource
from interplay.engine.documents import api as documents
from interplay.engine.documents.contracts import Document
from interplay.engine.log.reactions import Reaction
from interplay.engine.log.read import LogReader
from interplay.engine.oltp.contracts import AnyCommand, Tx
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang, say
from interplay.kernel.ids import CustomerId, Position, SubjectId
from interplay.link.points import api as points
from interplay.link.points.contracts import (
    Adjust,
    Closed,
    Happening,
    Liability,
    Month,
    Outlook,
    PointsBalance,
    RuleCost,
    Spend,
)
from interplay.link.tiers import api as tiers
from interplay.link.tiers.contracts import Standing
from interplay.understand.memberships import api as memberships
from interplay.understand.memberships.contracts import ListLive
from interplay.unify.customers import api as customers
from interplay.unify.identity import api as identity

TIERS_AT_ONCE_MAX = 50

Answer = Receipt | Refused
Report = Callable[[float], None]
"""Told how far something long has come, from 0 to 1."""


class Wallet(Struct, frozen=True):
    """What a customer holds, and her tiers."""

    customer: CustomerId
    balances: tuple[PointsBalance, ...]
    tiers: tuple[Standing, ...]


class MyWallet(Struct, frozen=True):
    """What a customer is shown of her own: what she holds, what becomes of it, and her tiers."""

    balances: tuple[PointsBalance, ...]
    outlook: dict[str, Outlook]
    tiers: tuple[Standing, ...]


class Asked(Struct, frozen=True):
    """Whose points are meant, by any identifier, and the key under which it is done once."""

    kind: str
    value: str
    key: str


class DeniedError(AppError):
    """A refusal, for faces that answer with what was done or with a mistake."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.code, status=409, **refused.arguments)

    def text(self, lang: Lang = "en") -> str:
        return say(self.code, lang, **self.params)


def done(answer: Receipt | Refused) -> Receipt:
    """Return the receipt. Raises DeniedError for a refusal."""
    if isinstance(answer, Refused):
        raise DeniedError(answer)
    return answer


def reactions(home: Home, declarations: Declarations) -> tuple[Reaction, ...]:
    """Return what follows from facts for points and tiers."""
    return (
        points.reaction(declarations, store_of(home)),
        tiers.reaction(declarations, home.world, home.acts),
    )


def terms(documents: Sequence[Document]) -> dict[str, FeatureSource]:
    """Return the terms of points and tiers, of which there are units and ladders."""
    units, ladders = points.units(documents), tiers.ladders(documents)
    found: dict[str, FeatureSource] = {}
    if units:
        found["points"] = points.PointsTerm(units)
    if ladders:
        found["tier"] = tiers.TierTerm(ladders)
    return found


def commands(home: Home) -> tuple[AnyCommand, ...]:
    return points.giving(home.acts), tiers.keeping(home.acts), ending(home).command


def store_of(home: Home) -> points.Store:
    return points.Store(home.database, home.keys, home.settings.brand, home.acts)


def ending(home: Home) -> points.Ending:
    """Return what writes off and announces what ends, tiers among it."""
    keep = tiers.keeping(home.acts)

    def end_tiers(tx: Tx) -> bool:
        ladders = tiers.ladders(documents.current(home.database))
        found = tiers.review(home.database, home.world.zone, ladders, tx.world.now(), TIERS_AT_ONCE_MAX)
        keep.run(tx, found)
        return len(found.acts) >= TIERS_AT_ONCE_MAX

    finding = points.Finding(home.database, lambda: points.units(documents.current(home.database)))
    return points.Ending(home.acts, acts.expire(home.appender, ingest.told, home.acts.wallet), finding, end_tiers)


def wallet(reach: Reach, kind: str, value: str) -> Wallet:
    """Return what a customer holds. Raises AppError `customers.identifier`, `customers.unknown`."""
    home = reach.home
    subject = _subject(reach, kind, value)
    customer, _ = identity.customer_of(home.database, subject)
    return Wallet(customer, *_held(home, identity.wallet_of(home.database, subject)))


def my_wallet(reach: Reach, subject: SubjectId) -> MyWallet:
    """Return what who is signed in holds, and what becomes of it."""
    home = reach.home
    subjects = identity.wallet_of(home.database, subject)
    balances, standings = _held(home, subjects)
    return MyWallet(balances, points.outlook(home.database, _units(home), subjects, home.world.now()), standings)


def my_history(reach: Reach, subject: SubjectId, unit: str, before: int, rows_max: int) -> list[Happening]:
    """Return what happened to the points of who is signed in, the newest first. Raises AppError `points.unit`."""
    home = reach.home
    points.unit_of(_units(home), unit)
    subjects = identity.wallet_of(home.database, subject)
    return points.history(home.database, unit, subjects, before, rows_max)


def _held(home: Home, subjects: list[SubjectId]) -> tuple[tuple[PointsBalance, ...], tuple[Standing, ...]]:
    standing, now = documents.current(home.database), home.world.now()
    return (
        points.balances(home.database, points.units(standing), subjects, now),
        tuple(tiers.standings(home.database, tiers.ladders(standing), home.world.zone, subjects, now)),
    )


def spend(
    reach: Reach, who: Asked, unit: str, amount: int, *, is_money: bool = False, reason: str | None = None, by: str = ""
) -> Receipt | Refused:
    """Spend a customer's points. Raises AppError `customers.*`, `points.*`, `acts.key_reused`."""
    home = reach.home
    ask = Spend(who.key, unit, _subject(reach, who.kind, who.value), amount, is_money, None, reason, by)
    return points.spend(home.acts, home.database, reach, _units(home), ask)


def adjust(
    reach: Reach, who: Asked, unit: str, amount: int, *, reason: str, asker: str, approver: str
) -> Receipt | Refused:
    """Give or take points by hand. Raises AppError `customers.*`, `points.*`, `acts.key_reused`."""
    home = reach.home
    ask = Adjust(who.key, unit, _subject(reach, who.kind, who.value), amount, reason, asker, approver)
    return points.adjust(home.acts, home.database, reach, home.world, _units(home), ask)


def expire(reach: Reach) -> int:
    """Write off and announce everything that has ended by now; return how many slices that took."""
    slices = 1
    while reach.write(ending(reach.home).command, None):
        slices += 1
    return slices


def liability(reach: Reach) -> list[Liability]:
    """Return what customers hold of every unit."""
    home = reach.home
    return points.liability(home.database, _units(home), home.world.now())


def costs(reach: Reach) -> list[RuleCost]:
    """Return what the points of each rule have cost, and what they may."""
    return points.costs(reach.home.database, documents.current(reach.home.database))


def show_month(reach: Reach, unit: str, month: str) -> Month:
    """Return the table of a month as it stands. Raises AppError `points.unit`, `points.month`."""
    home = reach.home
    points.unit_of(_units(home), unit)
    return points.month_of(home.database, unit, month, home.world.zone)


def close(reach: Reach, unit: str, month: str) -> Closed:
    """Close a month of a unit, once. Raises AppError `points.unit`, `points.month`, `points.month_open`."""
    home = reach.home
    table = show_month(reach, unit, month)
    return points.close(home.acts, home.database, reach, table, home.world.now(), home.world.zone)


def foresee(reach: Reach, positions: Sequence[Position], report: Report = lambda _: None) -> points.Preview:
    """Return what facts at these positions would give that they have not given yet; nothing is given.

    It waits until every fact is known to whatever rules may ask: who is who, and who is in which segment.
    """
    home = reach.home
    reach.ask(memberships.list_live, ListLive())
    declarations = Declarations(home.database, home.settings.brand, home.keys)
    with closing(LogReader(home.database)) as reader:
        return points.foresee(declarations, store_of(home), reader, positions, report)


def give_for(reach: Reach, positions: Sequence[Position], report: Report = lambda _: None) -> points.Given:
    """Give what facts at these positions would have given live, once. Raises AppError `points.paused`."""
    home = reach.home
    declarations = Declarations(home.database, home.settings.brand, home.keys)
    with closing(LogReader(home.database)) as reader:
        return points.give_for(declarations, store_of(home), reach, reader, positions, report)


def amount_of(receipt: Receipt) -> int:
    """Return how many points an act moved."""
    return sum(one.amount for one in receipt.effects)


def plain(receipt: Receipt) -> dict[str, object]:
    """Return a receipt as faces show it."""
    amount = amount_of(receipt)
    return {
        "key": receipt.key, "at": receipt.at, "amount": amount, "position": receipt.position, "is_new": receipt.is_new
    }  # fmt: skip


def _units(home: Home) -> points.Units:
    return points.units(documents.current(home.database))


def _subject(reach: Reach, kind: str, value: str) -> SubjectId:
    home = reach.home
    return customers.known(home.database, home.keys, home.settings.brand.region, kind, value)[1]
