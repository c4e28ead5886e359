"""What came of a season: from the ledger and from facts, beside what the simulation knows."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import closing
from math import sqrt
from typing import Any

import msgspec

from interplay.acts import api as acts
from interplay.bootstrap import campaigns
from interplay.collect.facts.api import Declarations
from interplay.engine.log.read import LogReader
from interplay.interact.campaigns import api as running
from interplay.kernel.ids import CustomerId, Micros, Position, SubjectId
from interplay.link.coupons import api as coupons
from interplay.rehearse.campaigns import api as rehearsing
from interplay.rehearse.campaigns.contracts import Interval
from interplay.rehearse.season.contracts import (
    Chance,
    Cheats,
    Codes,
    CouponCounts,
    Friends,
    Ranked,
    Season,
    Side,
    Stock,
)
from interplay.rehearse.season.people import ORDERS, ORDERS_MORE, People, Truth
from interplay.rehearse.season.place import Place
from interplay.unify.identity.api import customer_of

DRAW = "caps/cap"
P_MIN = 0.001
LOG_ROWS_MAX = 1_000_000


class Told:
    """The facts of a season, as the log has them: names, fields, customers."""

    def __init__(self, place: Place) -> None:
        home = place.home
        current = Declarations(home.database, home.settings.brand, home.keys).current()
        self._database = home.database
        self._customers: dict[SubjectId, CustomerId] = {}
        self.rows: defaultdict[str, list[tuple[SubjectId | None, Micros, Mapping[str, Any]]]] = defaultdict(list)
        with closing(LogReader(home.database)) as reader:
            for row in reader.read(Position(0), LOG_ROWS_MAX):
                payload = current.projector.payload(row)
                self.rows[row.name].append((row.subject, row.received_at, {} if payload is None else payload.fields))

    def customer(self, subject: SubjectId) -> CustomerId:
        if subject not in self._customers:
            self._customers[subject] = customer_of(self._database, subject)[0]
        return self._customers[subject]

    def count(self, name: str, **wanted: object) -> int:
        return sum(all(fields.get(key) == one for key, one in wanted.items()) for _, _, fields in self.rows[name])

    def customers(self, name: str, since: Micros) -> set[CustomerId]:
        """Return who did something since a moment."""
        return {self.customer(who) for who, at, _ in self.rows[name] if who is not None and at >= since}


def difference(treated: tuple[int, int], control: tuple[int, int]) -> Interval:
    """Return how much higher the first share (count, of) is than the second, with its 95 percent interval.

    R. G. Newcombe, Statistics in Medicine 17 (1998), 873–890, method 10: from Wilson's interval of each.
    """
    one, other = rehearsing.wilson(*treated), rehearsing.wilson(*control)
    gap = one.mean - other.mean
    low = gap - sqrt((one.mean - one.low) ** 2 + (other.high - other.mean) ** 2)
    return Interval(gap, low, gap + sqrt((one.high - one.mean) ** 2 + (other.mean - other.low) ** 2))


def counted(place: Place, people: People, seed: int, board: tuple[Ranked, ...], asked_at: Micros) -> Season:
    """Return what a season came to. `asked_at`: when the second campaign began."""
    told, truth = Told(place), people.truth
    offered, held = _sides(told, asked_at)
    chances, p_value = _chances(place)
    recognized = sum(
        told.customer(people.subject(number)) == told.customer(place.subject(("anonymous_id", f"c{number}")))
        for number in truth.recognized
    )
    honest = [number for number in people.numbers() if not people.is_cheat(number)]
    season = Season(
        seed=seed,
        customers=len({told.customer(people.subject(number)) for number in people.numbers()}),
        recognized=recognized,
        chances=chances,
        p_value=p_value,
        stocks=tuple(
            Stock(one.prize, one.stock, one.given, one.left)
            for one in running.prizes_of(place.home.campaigns, "caps")
        ),
        cost=running.cost(place.home.campaigns, "caps") + running.cost(place.home.campaigns, "thanks"),
        coupon_cost=sum(one.cost for one in coupons.sheet(place.home.coupons).spent),
        coupons=_coupons(place, told, truth),
        codes=Codes(
            truth.played, told.count("item.alarm_raised", alarm="diverted"), truth.copies_refused, truth.made_up_refused
        ),
        cheats=Cheats(
            len(people.numbers()) - len(honest), truth.prizes, truth.stopped, len(honest),
            len(truth.challenged & set(honest)),
        ),
        friends=_friends(told, truth),
        board=board,
        offered=offered,
        held_out=held,
        difference=difference((offered.ordered, offered.people), (held.ordered, held.people)),
        claims={},
    )  # fmt: skip
    return _claimed(season, place, told, people)


def _chances(place: Place) -> tuple[tuple[Chance, ...], float | None]:
    plays = list(acts.plays(place.home.database, DRAW))
    picked, given = Counter(one.picked for one in plays), Counter(one.given for one in plays)
    (published,) = campaigns.published(place, "caps").odds
    weights = {one.outcome: one.weight for one in published.outcomes}
    total = sum(weights.values())
    found = tuple(Chance(name, weight / total, picked[name], given[name]) for name, weight in weights.items())
    return found, rehearsing.p_value([one.picked for one in found], [one.published * len(plays) for one in found])


def _coupons(place: Place, told: Told, truth: Truth) -> tuple[CouponCounts, ...]:
    found, lines = [], coupons.sheet(place.home.coupons).lines
    for template in ("five-off", "eight-off"):
        given = told.count("coupon.issued", template=template)
        used = told.count("coupon.redeemed", template=template)
        expired = sum(one.expired for one in lines if one.template == template)
        back = sum(truth.redeemed[key] == template for key in truth.returned)
        found.append(CouponCounts(template, given, used, back, expired))
    return tuple(found)


def _friends(told: Told, truth: Truth) -> Friends:
    waiting = told.count("payout.waiting", part="friends")
    given = told.count("prize.given", part="friends")
    return Friends(truth.accepted, truth.refunded, truth.accepted - truth.refunded, given, waiting)


def _sides(told: Told, since: Micros) -> tuple[Side, Side]:
    ordered = told.customers("order.completed", since)
    offered, held = told.customers("exposure.shown", since), told.customers("exposure.withheld", since)
    return (
        Side(len(offered), len(offered & ordered), ORDERS_MORE),
        Side(len(held), len(held & ordered), ORDERS),
    )


def _claimed(season: Season, place: Place, told: Told, people: People) -> Season:
    database, keys, truth = place.home.database, place.home.keys, people.truth
    friends, codes, (five, eight) = season.friends, season.codes, season.coupons
    offered, held = truth.offered, truth.held_out
    claims = {
        "ledger": not acts.check(database),
        "draws": all(not acts.verify_draw(database, keys, one).wrong for one in (DRAW, "thanks/gift")),
        "odds": season.p_value is not None and season.p_value > P_MIN,
        "stock": all(one.stock is None or one.left == one.stock - one.given >= 0 for one in season.stocks),
        "once": truth.doubled == 0,
        "recognized": season.recognized == len(truth.recognized) and season.customers == len(people.numbers()),
        "plays": told.count("draw.played", part="cap") == sum(one.given for one in season.chances) == truth.played,
        "copies": codes.copies_refused == codes.made_up_refused == truth.copies,
        "diverted": codes.diverted == truth.diverted,
        "coupons": five.given + eight.given == len(truth.coupons),
        "redeemed": five.redeemed + eight.redeemed == len(truth.redeemed),
        "friends": friends.given + friends.waiting == 2 * friends.kept,
        "sides": (season.offered.people, season.held_out.people) == (len(offered), len(held)),
        "orders": (season.offered.ordered, season.held_out.ordered)
        == (len(offered & truth.ordered), len(held & truth.ordered)),
    }
    return msgspec.structs.replace(season, claims=claims)
