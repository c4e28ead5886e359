"""What can be done with points. Other slices import this file and `contracts`."""

from collections.abc import Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

import msgspec

from interplay.acts import api as acts
from interplay.acts.contracts import ADJUSTED as ADJUSTED_ACCOUNT
from interplay.acts.contracts import Act, Credit, Debit, Receipt, Refused, Settle, Tell, Undo
from interplay.engine.documents.contracts import Document
from interplay.engine.oltp.contracts import Writing
from interplay.engine.oltp.database import Database
from interplay.kernel.context import World
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros, SubjectId
from interplay.link.points import rules
from interplay.link.points.closing import bounds, close, closed, month_of
from interplay.link.points.contracts import (
    ADJUSTED,
    AMOUNT_MAX,
    SPENT,
    TEXT_CHARS_MAX,
    Adjust,
    Liability,
    PointsBalance,
    PointsDocument,
    RuleCost,
    Spend,
)
from interplay.link.points.documents import EarningKind, PointsKind, rules_of, units
from interplay.link.points.earning import Store
from interplay.link.points.ending import TIMER, Ending, Finding
from interplay.link.points.following import giving, reaction
from interplay.link.points.importing import Foreseen, Given, Preview, foresee, give_for
from interplay.link.points.showing import history, outlook
from interplay.link.points.term import PointsTerm

Units = Mapping[str, PointsDocument]


def balances(
    database: Database, documents: Units, subjects: Sequence[SubjectId], now: Micros
) -> tuple[PointsBalance, ...]:
    """Return what a customer holds of every unit there is, by all of her subjects."""
    found = {one.unit: one for one in acts.balances(database, subjects, now)}
    return tuple(_balance(name, unit, found.get(name, acts.Balance(name))) for name, unit in sorted(documents.items()))


def money_of(documents: Units, unit: str, points: int) -> int | Refused:
    """Return what points are worth, or why they cannot be spent as money: not at all, or not so many of them.

    Raises AppError `points.unit`, `points.amount`.
    """
    worth = unit_of(documents, unit).worth
    _check_amount(points, 1)
    if worth is None or not worth.money:
        return Refused("points.not_money", {"unit": unit})
    if not rules.is_whole(worth, points):
        return Refused("points.not_whole", {"asked": points, "points": worth.points, "money": worth.money})
    return rules.money_of(worth, points)


def spend(running: acts.Acts, database: Database, writing: Writing, documents: Units, ask: Spend) -> Receipt | Refused:
    """Spend points, at once or as a hold that `settle` makes final. Asked again, it gives the same receipt.

    Raises AppError `points.unit`, `points.amount`, `acts.key_reused`.
    """
    unit_of(documents, ask.unit)
    _check_amount(ask.points, 1)
    fields: dict[str, object] = {"unit": ask.unit, "amount": ask.points}
    if ask.is_money and not acts.is_known(running, database, spend_key(ask.key)):
        worth = money_of(documents, ask.unit, ask.points)
        if isinstance(worth, Refused):
            return worth
        fields["value"] = worth
    fields |= {name: given for name, given in (("order_id", ask.order), ("reason", ask.reason)) if given}
    act = Act(
        spend_key(ask.key), "points.spend", acts.body_of(msgspec.structs.replace(ask, by="", hold_until=None)),
        (Debit(ask.unit, ask.subject, ask.points, refusal="points.balance"),),
        (Tell(SPENT, ask.subject, fields),), ask.subject, hold_until=ask.hold_until, by=ask.by,
    )  # fmt: skip
    return acts.do(running, writing, act)


def settle(running: acts.Acts, writing: Writing, key: str, *, is_kept: bool = True) -> Receipt | Refused:
    """Make a held spending final, or let it go."""
    return acts.do(running, writing, Settle(spend_key(key), is_kept))


def unspend(
    running: acts.Acts, writing: Writing, key: str, of: str, points: int, subject: SubjectId
) -> Receipt | Refused:
    """Give back points that were spent under the key `of`, into the lots they came from; what expired stays expired.

    Raises AppError `points.amount`, `acts.key_reused`.
    """
    _check_amount(points, 1)
    act = Act(
        f"unspend:{key}", "points.unspend", acts.body_of([key, of, points]), (Undo(spend_key(of), 0, points),),
        subject=subject,
    )  # fmt: skip
    return acts.do(running, writing, act)


def adjust(
    running: acts.Acts, database: Database, writing: Writing, world: World, documents: Units, ask: Adjust
) -> Receipt | Refused:
    """Give or take points by hand. More than the unit allows to one alone needs an approver who is not the asker.

    Raises AppError `points.unit`, `points.amount`, `points.text`, `acts.key_reused`.
    """
    unit = unit_of(documents, ask.unit)
    _check_amount(abs(ask.amount), 1)
    for field, text in (("reason", ask.reason), ("asker", ask.asker), ("approver", ask.approver)):
        if not 1 <= len(text.strip()) <= TEXT_CHARS_MAX:
            raise AppError("points.text", field=field, given=len(text.strip()), allowed=TEXT_CHARS_MAX)
    key, body = f"adjust:{ask.key}", acts.body_of(ask)
    if not acts.is_known(running, database, key) and rules.needs_another(unit, ask.amount, ask.asker, ask.approver):
        return Refused("points.approver", {"asked": abs(ask.amount), "allowed": unit.adjust_alone_max})
    fields: dict[str, object] = {
        "unit": ask.unit, "amount": ask.amount, "reason": ask.reason, "asker": ask.asker, "approver": ask.approver,
        "cost": rules.cost_of(unit, abs(ask.amount)) * (1 if ask.amount > 0 else -1), "funder": unit.funder,
    }  # fmt: skip
    step: Credit | Debit
    if ask.amount > 0:
        ends = rules.expires_at(unit.expires, world.now(), world.zone)
        step = Credit(ask.unit, ask.subject, ask.amount, expires_at=ends, source=ADJUSTED_ACCOUNT)
        fields |= {} if ends is None else {"expires_at": ends}
    else:
        step = Debit(ask.unit, ask.subject, -ask.amount, to=ADJUSTED_ACCOUNT, refusal="points.balance")
    tell = Tell(ADJUSTED, ask.subject, fields)
    act = Act(key, "points.adjust", body, (step,), (tell,), ask.subject, gives=ask.amount > 0, by=f"staff:{ask.asker}")
    return acts.do(running, writing, act)


def gift(
    documents: Units, unit: str, subject: SubjectId, amount: int, now: Micros, zone: ZoneInfo
) -> tuple[Credit, dict[str, object]]:
    """Return how an act of somebody else's gives points, and what they cost whom. Raises AppError `points.unit`."""
    found = unit_of(documents, unit)
    ends = rules.expires_at(found.expires, now, zone)
    cost = {"cost": rules.cost_of(found, amount), "funder": found.funder}
    return Credit(unit, subject, amount, rules.active_from(found, now), ends), dict(cost)


def liability(database: Database, documents: Units, now: Micros) -> list[Liability]:
    """Return what all customers together hold of every unit, and what it is worth."""
    found = []
    for name, unit in sorted(documents.items()):
        held = acts.liability(database, name, now)
        there = held["available"] + held["pending"]
        money = None if unit.worth is None else rules.money_of(unit.worth, there)
        found.append(Liability(name, held["available"], held["pending"], held["expired"], held["owed"], money))
    return found


def costs(database: Database, documents: Iterable[Document]) -> list[RuleCost]:
    """Return what each rule's points have cost, by name."""
    standing = list(documents)
    funders = {name: unit.funder for name, unit in units(standing).items()}
    found = rules_of(standing)
    counted = acts.used_of(database, [rules.cost_scope(name) for name in found])
    return [
        RuleCost(
            name, rule.unit, funders.get(rule.unit, ""), rule.campaign, counted.get(rules.cost_scope(name), 0),
            rule.budget,
        )
        for name, rule in sorted(found.items())
    ]  # fmt: skip


def unit_of(documents: Units, name: str) -> PointsDocument:
    """Return a unit. Raises AppError `points.unit`."""
    if name not in documents:
        raise AppError("points.unit", status=404, given=name, allowed=", ".join(sorted(documents)) or "—")
    return documents[name]


def spend_key(key: str) -> str:
    """Return the key of the act that a spending is."""
    return f"spend:{key}"


def _balance(name: str, unit: PointsDocument, has: acts.Balance) -> PointsBalance:
    money = None if unit.worth is None else rules.money_of(unit.worth, max(has.available, 0))
    return PointsBalance(name, unit.label, has.available, has.pending, has.expiring, has.expires_at, money)


def _check_amount(given: int, least: int) -> None:
    if not least <= given <= AMOUNT_MAX:
        raise AppError("points.amount", given=given, least=least, allowed=AMOUNT_MAX)


__all__ = [
    "TIMER",
    "EarningKind",
    "Ending",
    "Finding",
    "Foreseen",
    "Given",
    "PointsKind",
    "PointsTerm",
    "Preview",
    "Store",
    "Units",
    "adjust",
    "balances",
    "bounds",
    "close",
    "closed",
    "costs",
    "foresee",
    "gift",
    "give_for",
    "giving",
    "history",
    "liability",
    "money_of",
    "month_of",
    "outlook",
    "reaction",
    "settle",
    "spend",
    "spend_key",
    "unit_of",
    "units",
    "unspend",
]
