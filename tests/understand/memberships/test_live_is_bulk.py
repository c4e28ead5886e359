"""Live = bulk = explain, at the same position and instant, whatever has happened in between."""

import random
from contextlib import suppress

import pytest

from interplay.bootstrap.mind import Mind
from interplay.bootstrap.people import decide
from interplay.collect.facts.contracts import TraitWrite
from interplay.criteria.api import closure
from interplay.criteria.contracts import TraitOp
from interplay.engine.log.contracts import Origin
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY, HOUR, MINUTE
from interplay.understand.memberships import api as memberships
from interplay.understand.memberships import store as kept
from interplay.understand.memberships.contracts import COMPUTED, ENTERED, LEFT, ListLive
from interplay.understand.profiles import api as profiles
from interplay.understand.segments import api as segments
from interplay.understand.segments.contracts import ListMembers
from interplay.unify.identity import api as identity
from interplay.unify.identity.api import customer_of
from interplay.unify.identity.contracts import DecisionKind
from tests.postgresql import new_url
from tests.stores import Store, cookie, fact, phone, user
from tests.understand.memberships.words import segment

PEOPLE = 6
CRITERIA = {
    "buyers": ('count("order.completed", within="2d") >= 2', 'count("order.completed", within="5d") >= 1'),
    "spenders": ('sum("order.completed", "value", within="3d") > 500', 'max("order.completed", "value") > 400'),
    "lost": ('last("order.completed") < ago("1d")', 'last("order.completed") <= ago("4d")'),
    "quiet": ('count("page.viewed") == 0', 'missing(profile.city) and not segment("buyers")'),
    "shanghai": ('profile.city == "上海"', 'profile.city in ("上海", "北京") or segment("spenders")'),
    "vip": ('tag("vip") and count("order.completed") >= 1', 'tag("vip")'),
    "reached": ('consent("marketing:sms")', 'not consent("marketing:sms")'),
    "path": (
        'sequence("page.viewed", "order.completed", span="1d", within="6d")',
        'sequence("page.viewed", "order.completed", within="2d")',
    ),
    "online": (
        'count("order.completed", where=event.channel == "web" and event.value >= 100) >= 1',
        'first("order.completed", "channel") == "store"',
    ),
}
CONSENTS = {
    "kind": "consent",
    "name": "consent",
    "purposes": {"marketing": {"label": {"zh": "营销", "en": "Marketing"}, "default": "denied"}},
    "channels": {"sms": {"zh": "短信", "en": "SMS"}},
}


class Story:
    """Random things happen to a few people of one store."""

    def __init__(self, store, seed):
        self.store = store
        self.rng = random.Random(seed)
        self.versions = dict.fromkeys(CRITERIA, 0)
        self.key = 0

    def begin(self):
        self.store.apply(CONSENTS, *(segment(name, texts[0]) for name, texts in CRITERIA.items()))
        self.store.mind.settle()

    def step(self):
        deeds = (self.fact, self.time, self.sign_in, self.decide, self.change, self.restart)
        self.rng.choices(deeds, (24, 8, 3, 3, 1, 1))[0]()

    def who(self):
        number = self.rng.randrange(PEOPLE)
        return self.rng.choice((user, cookie, phone))(number)

    def add(self, name, *who, at=None, **more):
        self.key += 1
        at = self.store.clock.at - self.rng.choice((0, 0, 0, HOUR, DAY, 3 * DAY, -5 * MINUTE)) if at is None else at
        origin = self.rng.choice((Origin.LIVE, Origin.LIVE, Origin.BACKFILL))
        self.store.store(fact(name, *who, key=self.key, at=at, origin=origin, **more))

    def fact(self):
        rng = self.rng
        match rng.randrange(6):
            case 0 | 1:
                fields = {"value": rng.choice((50, 150, 450, 600)), "channel": rng.choice(("web", "store"))}
                self.add("order.completed", self.who(), fields=fields)
            case 2:
                self.add("page.viewed", self.who())
            case 3:
                op = rng.choice((TraitOp.SET, TraitOp.SET, TraitOp.UNSET))
                city = None if op is TraitOp.UNSET else rng.choice(("上海", "北京", "广州"))
                self.add("profile.updated", self.who(), traits=(TraitWrite("city", op, city),))
            case 4:
                self.add(rng.choice(("tag.added", "tag.removed")), self.who(), fields={"tag": "vip"})
            case 5:
                fields = {"purpose": "marketing", "message_channel": "sms"}
                self.add(rng.choice(("consent.granted", "consent.withdrawn")), self.who(), fields=fields)

    def time(self):
        self.store.clock.at += self.rng.choice((MINUTE, HOUR, DAY, DAY, 2 * DAY - 1, 1))

    def sign_in(self):
        self.add("session.started", self.who(), self.who())

    def decide(self):
        kind = self.rng.choice((DecisionKind.TOGETHER, DecisionKind.APART))
        with suppress(AppError):  # of somebody unknown, or of two who are one already
            decide(self.store, kind, self.who(), self.who(), actor="test", reason="story")

    def change(self):
        name = self.rng.choice(list(CRITERIA))
        self.versions[name] ^= 1
        self.store.apply(segment(name, CRITERIA[name][self.versions[name]]))

    def restart(self):
        self.store.mind.close()
        self.store.mind = Mind(self.store.home, self.store.writer)


def check(store):
    """Compare who is in by the bits, by one query for everybody, and by each one's past as the log has it."""
    sizes = {one.name: one.customers for one in store.ask(memberships.list_live, ListLive())}
    assert sizes.keys() == CRITERIA.keys()
    words = segments.vocabulary(store.reading, store.reading.declarations.current())
    everybody = store.ask(segments.list_members, ListMembers('count("page.viewed") >= 0', members_max=100))
    customers = {one.customer for one in everybody}
    assert customers
    pasts = {one: profiles.history(store.reading, *customer_of(store.database, one)) for one in customers}
    for name in CRITERIA:
        bits, ask = kept.members(store.database, name), closure(words.segments()[name], words)
        live = {customer for customer in customers if customer in bits}
        found = {one.customer for one in store.ask(segments.list_members, ListMembers(name, members_max=100))}
        told = {customer for customer, past in pasts.items() if ask(past, store.clock.at)}
        assert live == found == told, name
        assert bits.count() == sizes[name] == len(live), name


def check_told(store):
    """Nobody enters twice or leaves without having been in, except where the map made two of one or one of two."""
    rows = store.query(
        "SELECT \"position\", name, segment, subject, because FROM facts WHERE source = 'segments' ORDER BY 1"
    )
    moved = list(identity.changes(store.database, 0))
    last = {}
    for position, name, segment_name, subject, because in rows:
        if name == COMPUTED:
            last = {key: what for key, what in last.items() if key[0] != segment_name}
            continue
        since, before = last.get((segment_name, subject), (position, None))
        is_moved = any(since <= one.position <= position and subject in (one.subject, one.customer) for one in moved)
        assert before != name or is_moved or because == "identity", (segment_name, subject, name)
        last[segment_name, subject] = (position, name)
    assert {ENTERED, LEFT} >= {name for _, name, *_ in rows} - {COMPUTED}


def tell(store, seed, steps):
    story = Story(store, seed)
    store.store(fact("page.viewed", user(0)))
    story.begin()
    for number in range(steps):
        story.step()
        if number % 10 == 9:
            check(store)
    check_told(store)


@pytest.mark.parametrize("seed", range(5))
def test_live_is_bulk_is_explain(tmp_path, seed):
    with Store(tmp_path / "data") as store:
        tell(store, seed, 30)


@pytest.mark.slow
def test_live_is_bulk_is_explain_on_postgresql(tmp_path):
    with Store(tmp_path / "data", url=new_url()) as store:
        tell(store, 5, 30)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 160))
def test_live_is_bulk_is_explain_for_long(tmp_path, seed):
    with Store(tmp_path / "data") as store:
        tell(store, seed, 200)
