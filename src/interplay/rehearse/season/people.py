"""What people do in a season: buy a bottle, scan its cap, bring a friend, use a coupon, order again; and what is so."""

import heapq
import random
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import cast

import msgspec
from altcha.v1 import AlgoType, Challenge, solve_challenge

from interplay.acts.contracts import Refused
from interplay.bootstrap import abuse, campaigns, codes, coupons
from interplay.interact.campaigns.contracts import Play, Played
from interplay.interact.codes.contracts import Level
from interplay.interact.codes.contracts import Place as Where
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.time import DAY, HOUR, MINUTE, SECOND
from interplay.link.coupons.contracts import AskedBasket, Redeem, Redemption, Return, Returned, Wish
from interplay.link.quotes.contracts import Line
from interplay.rehearse.crowd.contracts import CHEATS, Account, Crowd, Visit
from interplay.rehearse.season.place import Place, Who

STORE, SENT_TO, ELSEWHERE = "HZ01", "浙江", "黑龙江"
USES, RETURNS_PART, FRIEND_RETURNS = 0.6, 0.1, 0.2
ELSEWHERE_SHARE, COPIED_SHARE = 0.02, 0.03
ORDERS, ORDERS_MORE = 0.25, 0.5
"""How many order in the week of the second campaign by themselves, and with its coupon: the truth."""
VISITS_DAYS = 12


@dataclass
class Truth:
    """What the simulation knows."""

    recognized: set[int] = field(default_factory=set)  # accounts that scanned as a cookie first
    played: int = 0
    diverted: int = 0
    copies: int = 0
    copies_refused: int = 0
    made_up_refused: int = 0
    challenged: set[int] = field(default_factory=set)
    prizes: int = 0  # of cheats
    stopped: int = 0
    accepted: int = 0
    refunded: int = 0
    coupons: list[tuple[str, str]] = field(default_factory=list)  # (template, code)
    redeemed: dict[str, str] = field(default_factory=dict)  # key → template
    returned: set[str] = field(default_factory=set)
    doubled: int = 0  # repetitions that did something: there must be none
    offered: set[int] = field(default_factory=set)
    held_out: set[int] = field(default_factory=set)
    ordered: set[int] = field(default_factory=set)


class People:
    """Lets a crowd live through the season, each deed at its time."""

    def __init__(self, place: Place, crowd: Crowd, seed: int, starts_at: Micros) -> None:
        self._place = place
        self._rng = random.Random(f"season/{seed}")  # noqa: S311
        self._starts_at = starts_at
        self._accounts = {one.number: one for one in crowd.accounts}
        self._items = count()
        self._numbers = count(1)
        self._deeds: list[tuple[Micros, int, Callable[[], None]]] = []
        self._known: set[int] = set()
        self._day = 0
        self.truth = Truth()
        for one in crowd.visits:
            self._later(self._moment(one), partial(self._visit, one))

    def live(self, until: Micros) -> None:
        """Do what is due before a moment; every day what is stored is dealt with."""
        while self._deeds and self._deeds[0][0] < until:
            at, _, deed = heapq.heappop(self._deeds)
            if (at - self._starts_at) // DAY != self._day:
                self._day = (at - self._starts_at) // DAY
                self._place.at = Micros(self._starts_at + self._day * DAY)
                self._place.follow()
            self._place.at = at
            deed()
        self._place.at = until
        self._place.follow()

    def know(self) -> None:
        """Let who was a customer before be known."""
        for one in self._accounts.values():
            if one.heard_days:
                self._place.tell(
                    "customer.identified", *self._names(one), at=Micros(self._place.at - one.heard_days * DAY)
                )
                self._known.add(one.number)

    def subject(self, number: int) -> SubjectId:
        return self._place.subject(("user_id", f"u{number}"))

    def is_cheat(self, number: int) -> bool:
        return self._accounts[number].kind in CHEATS

    def numbers(self) -> list[int]:
        """Return who is known by now."""
        return sorted(self._known)

    def meet_gift(self, number: int, at: Micros, until: Micros) -> None:
        """Offer somebody the second campaign; whether she orders then is a matter of the truth."""
        self._later(at, partial(self._gift, number, until))

    def _later(self, at: Micros, deed: Callable[[], None]) -> None:
        heapq.heappush(self._deeds, (at, next(self._numbers), deed))

    def _moment(self, visit: Visit) -> Micros:
        """Return when a visit is: cheats in three days, honest people spread over the campaign."""
        later = 0 if self.is_cheat(visit.account) else self._rng.randrange(VISITS_DAYS // 3)
        return Micros(self._starts_at + visit.seconds * SECOND + later * 3 * DAY)

    def _names(self, one: Account) -> tuple[Who, ...]:
        return (("user_id", f"u{one.number}"), ("phone", f"+86138{one.number:08}"))

    def _code(self, item: int) -> str:
        running = self._place.home.codes
        return running.code_of(running.batch("caps"), Level.ITEM, item)

    def _visit(self, visit: Visit) -> None:
        one, code = self._accounts[visit.account], self._code(next(self._items))
        if not self.is_cheat(one.number):
            self._buy(one)
        if one.number not in self._known:
            self._sign_in(one, code)
        province = SENT_TO
        if self._rng.random() < ELSEWHERE_SHARE:
            province = ELSEWHERE
        ask = Play(
            key=f"cap{next(self._numbers)}", campaign="caps", part="cap", subject=self.subject(one.number),
            move={"code": code, "place": {"province": province}}, device=visit.device, address=visit.address,
            by="customer",
        )  # fmt: skip
        answer = self._play(ask, one.number)
        if isinstance(answer, Refused):
            return
        self.truth.played += 1
        self.truth.diverted += province == ELSEWHERE
        self.truth.doubled += campaigns.play(self._place, ask) != msgspec.structs.replace(answer, is_new=False)
        self._count_won(one, answer)
        self._copy(ask, one)
        self._bring(one, visit)

    def _buy(self, one: Account) -> None:
        order = f"o{next(self._numbers)}"
        self._place.tell("order.completed", self._names(one)[0], order_id=order, value=600)

    def _sign_in(self, one: Account, code: str) -> None:
        """Scan as nobody known, then say who she is: her phone's cookie and her account are one from then on."""
        cookie = ("anonymous_id", f"c{one.number}")
        if not self.is_cheat(one.number):
            self._place.tell("page.viewed", cookie)
            subject = self._place.subject(cookie)
            codes.scan(self._place, f"look{one.number}", code, subject, Where(province=SENT_TO))
            self._place.tell("customer.identified", *self._names(one), cookie)
            self.truth.recognized.add(one.number)
        else:
            self._place.tell("customer.identified", self._names(one)[0])
        self._known.add(one.number)

    def _play(self, ask: Play, number: int) -> Played | Refused:
        answer = campaigns.play(self._place, ask)
        if isinstance(answer, Refused) and answer.code == "abuse.challenge":
            self.truth.challenged.add(number)
            answer = campaigns.play(self._place, msgspec.structs.replace(ask, solution=self._solution(ask.subject)))
        return answer

    def _solution(self, subject: SubjectId) -> str:
        one = abuse.challenge(self._place, "caps", subject)
        algorithm = cast("AlgoType", one.algorithm)
        found = solve_challenge(Challenge(algorithm, one.challenge, one.max_number, one.salt, one.signature))
        number = 0 if found is None else found.number
        return b64encode(msgspec.json.encode({**msgspec.to_builtins(one), "number": number})).decode()

    def _count_won(self, one: Account, answer: Played) -> None:
        for won in answer.won:
            if self.is_cheat(one.number):
                self.truth.prizes += 1
                self.truth.stopped += won.waits
            if won.coupon and not won.waits:
                self.truth.coupons.append((won.coupon, won.code))
                if not self.is_cheat(one.number) and self._rng.random() < USES:
                    at = Micros(self._place.at + self._rng.randrange(1, 4) * DAY + HOUR)
                    self._later(at, partial(self._use, one, won.coupon, won.code))

    def _copy(self, ask: Play, one: Account) -> None:
        """Let somebody play a photo of the same cap, or a code that he made up."""
        if self._rng.random() >= COPIED_SHARE:
            return
        other = next(number for number in sorted(self._known) if number != one.number and not self.is_cheat(number))
        again = msgspec.structs.replace(ask, key=f"{ask.key}/copy", subject=self.subject(other), device="", address="")
        answer = campaigns.play(self._place, again)
        self.truth.copies += 1
        self.truth.copies_refused += not isinstance(answer, Refused) and answer.says.get("why") == "code.rewarded"
        made_up = "0" * 16
        answer = campaigns.play(
            self._place, msgspec.structs.replace(again, key=f"{ask.key}/up", move={"code": made_up, "place": {}})
        )
        self.truth.made_up_refused += isinstance(answer, Refused) and answer.code in ("code.forged", "code.form")

    def _bring(self, one: Account, visit: Visit) -> None:
        """Accept an inviter's link, and order at once."""
        if not one.inviter or one.inviter not in self._known:
            return
        invite = Play(
            key=f"invite{one.number}", campaign="caps", part="friends", subject=self.subject(one.inviter),
            move={"invite": "wechat"}, by="customer",
        )  # fmt: skip
        sent = self._play(invite, one.inviter)
        if isinstance(sent, Refused):
            return
        accept = Play(
            key=f"accept{one.number}", campaign="caps", part="friends", subject=self.subject(one.number),
            move={"code": sent.says["code"]}, device=visit.device, address=visit.address, by="customer",
        )  # fmt: skip
        answer = self._play(accept, one.number)
        if isinstance(answer, Refused) or not answer.is_new:
            return
        self.truth.accepted += 1
        returns = self._rng.random() < FRIEND_RETURNS
        at = Micros(self._place.at + MINUTE)  # before any other order that would count
        self._later(at, partial(self._order, one, f"friend{one.number}", 5_000))
        if returns:
            self.truth.refunded += 1
            self._later(Micros(at + DAY), partial(self._refund, one, f"friend{one.number}"))

    def _order(self, one: Account, order: str, value: int) -> None:
        self._place.tell("order.completed", self._names(one)[0], order_id=order, value=value, store_id=STORE)

    def _refund(self, one: Account, order: str) -> None:
        self._place.tell("order.refunded", self._names(one)[0], order_id=order)

    def _use(self, one: Account, template: str, code: str) -> None:
        """Present a coupon at a till with a basket; a till that heard no answer asks again."""
        key, lines = f"till{next(self._numbers)}", (Line("1", "P-latte", 2, 1_600), Line("2", "P-cake", 1, 900))
        wish = Wish(
            basket=AskedBasket("CNY", lines), codes=(code,), subject=self.subject(one.number), store=STORE
        )  # fmt: skip
        ask = Redeem(key=key, wish=wish, order=key)
        done = coupons.redeem(self._place, ask)
        if not isinstance(done, Redemption):
            return
        self.truth.redeemed[key] = template
        again = coupons.redeem(self._place, ask)
        self.truth.doubled += not isinstance(again, Redemption) or again.is_new
        self._order(one, key, done.quote.payable)
        if self._rng.random() < RETURNS_PART:
            ask_back = Return(key=f"{key}/back", redemption=key, lines={"2": 1}, store=STORE)
            if isinstance(coupons.take_back(self._place, ask_back), Returned):
                self.truth.returned.add(key)

    def _gift(self, number: int, until: Micros) -> None:
        one = self._accounts[number]
        ask = Play(key=f"gift{number}", campaign="thanks", part="gift", subject=self.subject(number), by="customer")
        answer = campaigns.play(self._place, ask)
        is_offered = not isinstance(answer, Refused)
        (self.truth.offered if is_offered else self.truth.held_out).add(number)
        won = () if isinstance(answer, Refused) else answer.won
        self.truth.coupons += [(one_won.coupon, one_won.code) for one_won in won]
        if self._rng.random() >= (ORDERS_MORE if is_offered else ORDERS):
            return
        self.truth.ordered.add(number)
        at = Micros(self._place.at + HOUR + int(self._rng.random() * (until - self._place.at - 2 * HOUR)))
        if not won:
            self._later(at, partial(self._order, one, f"again{number}", 3_200))
        else:
            self._later(at, partial(self._use, one, won[0].coupon, won[0].code))
