"""What happens, day by day: who goes where, buys what, says who they are, and comes back with it.

Streaming: one day's happenings are in memory, and of every person only what the senders' devices remember. All chance
comes from one seeded generator drawn in one order, so the same arguments always tell the same story.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from heapq import heappop, heappush
from random import Random
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, HOUR, MINUTE, SECOND, from_micros, to_micros
from interplay.rehearse.brand import baskets, sessions
from interplay.rehearse.brand.contracts import Door, Happening, Line, Person, Session, Step, Store, TillOrder
from interplay.rehearse.brand.people import cookie, mistyped
from interplay.rehearse.brand.setting import Day, DayKind, brand, day

OPEN_HOURS = (7.0, 22.0, 12.5)  # earliest, latest, most likely
LAST_RUSH_HOUR = 18.5
PEOPLE_OF_FULL_HOUSE = 3_000  # passers-by below are for a town in which this many people know the brand
PASSERS_BY_PER_STORE = {DayKind.WORKDAY: 2.4, DayKind.WEEKEND: 3.9, DayKind.HOLIDAY: 4.3}
TABLET_SESSIONS_PER_STORE = 0.25

SHOWS_CARD_RATE = 0.66
SAYS_PHONE_RATE = 0.62
SHOWS_BOTH_RATE = 0.06
MISTYPED_RATE = 0.004
TILL_REFUND_RATE = 0.008
WEB_REFUND_RATE = 0.05
CHECK_IN_RATE = 0.07
SCAN_RATE = 0.5
REVIEW_RATE = 0.04


class Window(Struct, frozen=True):
    """The simulated days: `[from_at, until_at)`; day 0 is the local date of `from_at`."""

    from_at: Micros
    until_at: Micros
    zone: ZoneInfo

    @property
    def first_on(self) -> date:
        return from_micros(self.from_at).astimezone(self.zone).date()

    def midnight(self, on: date) -> Micros:
        return to_micros(datetime.combine(on, time(), self.zone))


def happenings(seed: int, people: tuple[Person, ...], window: Window) -> Iterator[Happening]:
    """Yield everything that happens, day by day in order of its first instant."""
    story = _Story(Random(f"happenings/{seed}"), seed, window)  # noqa: S311
    on = window.first_on
    while (midnight := window.midnight(on)) < window.until_at:
        story.live(people, day(on), (on - window.first_on).days, midnight)
        yield from story.due(Micros(midnight + DAY))
        on += timedelta(days=1)


class _Story:
    """The state of the telling: what waits to happen, the numbers given out, and what devices remember."""

    def __init__(self, rng: Random, seed: int, window: Window) -> None:
        self.rng = rng
        self.seed = seed
        self.window = window
        self.waiting: list[tuple[Micros, int, Happening]] = []
        self.orders_today: Counter[str] = Counter()
        self.sessions = 0
        self.added = 0
        self.signed_in: set[tuple[int, str]] = set()  # (person, cookie or openid)
        self.synced: set[int] = set()  # whose profile the mini-program has sent
        self.carded: set[int] = set()  # who has shown the card at a till

    def live(self, people: tuple[Person, ...], today: Day, index: int, midnight: Micros) -> None:
        """Let everybody decide whether to come today, and let them come."""
        self.orders_today.clear()
        rates = {habit: getattr(ways, today.kind.value) * today.lift for habit, ways in brand().habits.items()}
        for person in people:
            if person.first_day <= index < person.until_day and self.rng.random() < rates[person.habit] * person.energy:
                self._visit(person, today, midnight)
        for store in brand().stores:
            self._passers_by(store, len(people) / PEOPLE_OF_FULL_HOUSE, today, midnight)

    def due(self, until: Micros) -> Iterator[Happening]:
        """Yield what begins before `until`, in order, cut to the window."""
        while self.waiting and self.waiting[0][0] < until:
            at, _, happening = heappop(self.waiting)
            if at >= self.window.until_at:
                continue
            if isinstance(happening, Session):
                steps = tuple(s for s in happening.steps if s.at < self.window.until_at)
                happening = replace(happening, steps=steps) if len(steps) < len(happening.steps) else happening
            yield happening

    def _visit(self, person: Person, today: Day, midnight: Micros) -> None:
        """Choose a channel that the person has, and an hour; stores and their mini-program are open by day only."""
        ways = brand().habits[person.habit]
        till, mini, web = ways.till, ways.mini if person.openid else 0, ways.web if person.anonymous_ids else 0
        where = self.rng.random() * (till + mini + web)
        is_web = where >= till + mini
        earliest, latest, likely = ways.hours
        hours = ways.hours if is_web else (earliest, min(latest, OPEN_HOURS[1]), min(likely, LAST_RUSH_HOUR))
        at = Micros(midnight + self._hour(hours))
        if at < self.window.from_at or not till + mini + web:
            return
        if is_web:
            self._on_the_web(person, today, at)
        elif where < till:
            self._at_the_till(person, today, at)
        else:
            self._in_the_mini_program(person, today, at)

    def _at_the_till(self, person: Person, today: Day, at: Micros) -> None:
        card_no, phone = self._shown(person)
        buyer = person if card_no or phone else None
        lines = baskets.drinks(self.rng, today, buyer)
        store = person.store if self.rng.random() < 0.85 else self.rng.choice(brand().stores)
        order = TillOrder(self._order_no(store.id, today), at, store, lines, person, card_no, phone)
        self._add(at, order)
        if self.rng.random() < TILL_REFUND_RATE:
            back_at = Micros(at + self.rng.randrange(3, 40) * MINUTE)
            self._add(back_at, replace(order, at=back_at, order_no=f"R{order.order_no}", refund_of=order.order_no))
        self._afterwards(person, store, lines, at)

    def _shown(self, person: Person) -> tuple[str, str]:
        """Return what the person says of themselves; a new card is given out against the phone number."""
        if person.card_no and self.rng.random() < SHOWS_CARD_RATE:
            is_new = person.number not in self.carded and person.first_day > 0
            self.carded.add(person.number)
            return person.card_no, person.phone if is_new or self.rng.random() < SHOWS_BOTH_RATE else ""
        if (person.card_no or person.user_id) and self.rng.random() < SAYS_PHONE_RATE:
            return "", mistyped(self.rng, person.phone) if self.rng.random() < MISTYPED_RATE else person.phone
        return "", ""

    def _in_the_mini_program(self, person: Person, today: Day, at: Micros) -> None:
        plan = self._mini_plan(person, at)
        buys = self.rng.random() < brand().habits[person.habit].buys
        lines = baskets.drinks(self.rng, today, person)
        order_no = self._order_no("M", today) if buys else ""
        code = today.code if baskets.percent_off(today, person) == today.percent else ""
        steps = sessions.mini_program(self.rng, plan, lines, order_no, code)
        self._session(Door.MINI_PROGRAM, person, person.openid, steps)
        if buys:
            self._afterwards(person, person.store, lines, at)

    def _mini_plan(self, person: Person, at: Micros) -> sessions.Plan:
        """Members of old are known from the start; new ones sign up when they first open it."""
        is_member = bool(person.user_id)
        is_known = is_member and (person.first_day == 0 or (person.number, person.openid) in self.signed_in)
        syncs = is_member and person.number not in self.synced
        if is_member:
            self.signed_in.add((person.number, person.openid))
            self.synced.add(person.number)
        return sessions.Plan(person, at, is_known, signs_in=is_member and not is_known, syncs_profile=syncs)

    def _on_the_web(self, person: Person, today: Day, at: Micros) -> None:
        visitor = self.rng.choice(person.anonymous_ids)
        is_known = (person.number, visitor) in self.signed_in
        # Guests may buy too, but only under an account does anybody learn who they are.
        buys = bool(person.user_id) and self.rng.random() < brand().habits[person.habit].buys
        signs_in = bool(person.user_id) and not is_known and (buys or self.rng.random() < 0.3)
        plan = sessions.Plan(person, at, is_known, signs_in=signs_in)
        lines = baskets.goods(self.rng, today, person)
        order_no = self._order_no("W", today) if buys else ""
        self._session(Door.WEB, person, visitor, sessions.web_shop(self.rng, plan, lines, order_no, today.code))
        if signs_in:
            self.signed_in.add((person.number, visitor))
        if buys and self.rng.random() < WEB_REFUND_RATE:
            back_at = Micros(at + self.rng.randrange(2 * DAY, 7 * DAY, SECOND))
            self._session(Door.WEB, person, visitor, sessions.refund(back_at, lines, order_no))

    def _afterwards(self, person: Person, store: Store, lines: tuple[Line, ...], at: Micros) -> None:
        """Some check in at the store, scan the code under their bottle's cap, or write a review."""
        if not person.openid:
            return
        is_known = bool(person.user_id) and (person.first_day == 0 or (person.number, person.openid) in self.signed_in)
        plan = sessions.Plan(person, at, is_known)
        if self.rng.random() < CHECK_IN_RATE:
            self._session(Door.MINI_PROGRAM, person, person.openid, sessions.check_in(self.rng, plan, store))
        if any(line.product.has_code for line in lines) and self.rng.random() < SCAN_RATE:
            self._session(Door.MINI_PROGRAM, person, person.openid, sessions.scan(self.rng, plan, lines))
        if self.rng.random() < REVIEW_RATE:
            self._session(Door.MINI_PROGRAM, person, person.openid, sessions.review(self.rng, plan, store, lines))

    def _passers_by(self, store: Store, town: float, today: Day, midnight: Micros) -> None:
        """People whom nobody knows pay cash, or browse the shop on the tablet of the store."""
        for _ in range(int(PASSERS_BY_PER_STORE[today.kind] * today.lift * town + self.rng.random())):
            at = Micros(midnight + self._hour(OPEN_HOURS))
            lines, order_no = baskets.drinks(self.rng, today, None), self._order_no(store.id, today)
            if at >= self.window.from_at:
                self._add(at, TillOrder(order_no, at, store, lines))
        for _ in range(int(TABLET_SESSIONS_PER_STORE * town + self.rng.random())):
            at = Micros(midnight + self._hour(OPEN_HOURS))
            plan, seen = sessions.Plan(None, at, is_known=False), baskets.goods(self.rng, today, None)
            if at >= self.window.from_at:
                steps = sessions.web_shop(self.rng, plan, seen, "", "")
                self._session(Door.WEB, None, cookie(self.seed, "store", store.id), steps)

    def _hour(self, hours: tuple[float, float, float]) -> int:
        """Return microseconds after midnight, to the second: senders' clocks are read like that at tills."""
        return int(self.rng.triangular(*hours) * HOUR) // SECOND * SECOND

    def _order_no(self, prefix: str, today: Day) -> str:
        self.orders_today[prefix] += 1
        return f"{prefix}{today.on:%y%m%d}{self.orders_today[prefix]:04}"

    def _session(self, door: Door, person: Person | None, visitor: str, steps: tuple[Step, ...]) -> None:
        self.sessions += 1
        self._add(steps[0].at, Session(self.sessions, door, visitor, steps, person))

    def _add(self, at: Micros, happening: Happening) -> None:
        self.added += 1  # makes ties keep the order of the telling
        heappush(self.waiting, (at, self.added, happening))
