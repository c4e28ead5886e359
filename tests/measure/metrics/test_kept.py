"""Numbers that were kept are what they would be if they were worked out anew, whatever happened between."""

import random
from collections import Counter

import pytest

from interplay.bootstrap.registry import PurgeNow, purge_now
from interplay.engine.olap.keeper import Keeper
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, HOUR, MINUTE
from interplay.measure.metrics import api as metrics
from interplay.measure.metrics.contracts import AskMetrics, By
from interplay.measure.reading.kept import Kept
from tests.happenings import decide, forget
from tests.stores import NOW, Store, cookie, fact, user

PEOPLE = 12
NAMES = ("page.viewed", "product.viewed", "cart.added", "order.completed", "order.refunded", "store.checked_in")
FORMULAS = {
    "often": 'people("product.viewed", at_least=2)',
    "first": 'people("order.completed", first=True)',
    "last": 'people("order.completed", last=True, then="order.completed", within="5d")',
    "also": 'people("product.viewed", also="cart.added")',
    "later": """people("product.viewed", then="order.completed", then_where=event.channel == "store", after="1d",
        within="9d")""",
    "mature": 'people("product.viewed", then="order.completed", within="3d") / people("product.viewed", mature="3d")',
    "recent": 'count("order.completed", where=event.happened_at >= ago("7d"))',
    "mean": 'average("order.completed", "value", where=event.channel == "store")',
    "heft_each": 'sum("order.completed", "heft") / count("visit", where=event.pages >= 2)',
    "stock": 'stock("order.completed", "value") - stock("order.refunded", "value")',
    "wait": 'median_time("product.viewed", first=True, then="order.completed")',
    "long_wait": 'p90_time("page.viewed", then="cart.added")',
    "middle": 'median("order.completed", "value")',
    "kinds": 'distinct("order.completed", "channel")',
    "newest": 'latest("order.completed", "value")',
}


@pytest.fixture
def shop(tmp_path):
    with Store(tmp_path / "data") as store:
        text = {"zh": "数", "en": "Number"}
        fields = {"heft": {"type": "decimal", "label": text}, "happened_at": {"type": "time", "label": text}}
        orders = {"order.completed": {"label": text, "fields": list(fields)}}
        store.apply(
            {"kind": "facts", "name": "orders", "fields": fields, "facts": orders},
            {"kind": "retention", "facts": {"page.viewed": "30d"}},
            *({"kind": "metric", "name": name, **words(formula)} for name, formula in FORMULAS.items()),
        )
        yield store


def words(formula):
    text = {"zh": "数", "en": "Number"}
    return {"label": text, "definition": text, "unit": "ratio", "formula": formula}


def tell(shop, rng, turn, now):
    news = []
    for number in range(rng.randrange(1, 40)):
        kind = rng.random()
        who = () if kind < 0.05 else (user(rng.randrange(PEOPLE)),) if kind < 0.9 else (cookie(rng.randrange(PEOPLE)),)
        name, age = rng.choice(NAMES), rng.choice((2 * HOUR, DAY, 40 * DAY))
        fields = {"path": "/"}
        if name.startswith("order"):
            fields = {"value": rng.randrange(1, 99_999), "channel": rng.choice(("store", "web"))}
        if name == "order.completed":
            fields |= {"heft": rng.randrange(1, 9_999_999), "happened_at": now - rng.randrange(10) * DAY}
        at = now - rng.randrange(age // MINUTE) * MINUTE + (rng.random() < 0.05) * HOUR  # some of them ahead of time
        news.append(fact(name, *who, at=at, key=(turn, number), fields=fields))
    shop.store(*news)


def anew(shop, ask):
    """Return the answer of somebody who keeps nothing."""
    warehouse = shop.mind.warehouse
    keeper, warehouse._spine = warehouse.spine, Keeper()
    try:
        return shop.ask(metrics.ask, ask)
    finally:
        warehouse._spine = keeper


def figures(seen):
    return [seen.figure, *(point.figure for point in seen.points)]


@pytest.fixture
def ways(monkeypatch):
    """How often numbers were brought up to now from what changed, and how often there was too much of that."""
    found = Counter()

    def change(self, *args):
        answer = plain(self, *args)
        found["anew" if answer is None else "from what changed"] += 1
        return answer

    plain = Kept._change
    monkeypatch.setattr(Kept, "_change", change)
    return found


@pytest.mark.parametrize("seed", range(2))
def test_kept_is_what_would_be_worked_out_anew(shop, seed, ways):
    rng, now = random.Random(seed), NOW - 10 * DAY
    for turn in range(25):
        match rng.randrange(14):
            case 0 | 1:
                decide(shop, rng, PEOPLE)
            case 2 if turn > 15:
                forget(shop, rng, PEOPLE)
            case 3 if turn > 15:
                shop.ask(purge_now, PurgeNow("li"))
            case 4 | 5 | 6:
                now += rng.choice((MINUTE, HOUR, DAY))
            case _:
                tell(shop, rng, turn, now)
        until = rng.choice((None, Micros(NOW - 3 * DAY)))
        ask = AskMetrics(since=Micros(NOW - 40 * DAY), until=until, by=By.DAY, at=Micros(now))
        found = shop.ask(metrics.ask, ask)
        if turn % 2:  # what is kept is brought up to now in between, too
            continue
        for one, other in zip(found, anew(shop, ask), strict=True):
            pairs = list(zip(figures(one), figures(other), strict=True))
            assert [kept.value for kept, _ in pairs] == [fresh.value for _, fresh in pairs], one.name
            for kept, fresh in pairs:
                assert (kept.low, kept.high) == (near(fresh.low), near(fresh.high)), one.name
    assert ways["from what changed"] > ways["anew"]


def near(bound):
    return None if bound is None else pytest.approx(bound, rel=1e-9, abs=1e-9)


def test_of_an_earlier_time_it_is_what_it_was(shop):
    tell(shop, random.Random(1), 1, NOW)
    later, earlier = (AskMetrics(by=By.DAY, since=Micros(NOW - 40 * DAY), at=Micros(NOW - age)) for age in (0, DAY))
    first = shop.ask(metrics.ask, earlier)
    shop.ask(metrics.ask, later)
    assert [figures(one) for one in shop.ask(metrics.ask, earlier)] == [figures(one) for one in first]


def test_a_condition_on_how_long_ago_something_was_is_asked_anew(shop):
    shop.store(fact("order.completed", user(1), at=NOW - 9 * DAY, fields={"happened_at": NOW - 6 * DAY}))
    asks = [AskMetrics(("recent",), Micros(NOW - 40 * DAY), Micros(NOW), at=Micros(NOW + d * DAY)) for d in (0, 2)]
    assert [shop.ask(metrics.ask, ask)[0].figure.value for ask in asks] == [1, 0]
