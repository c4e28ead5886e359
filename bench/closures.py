"""Criteria asked of one customer after another by their closures, on one core."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from time import perf_counter

from bench import shop
from bench.figures import Figure, Limit, Settings
from interplay.collect.facts.api import catalogue
from interplay.criteria.api import CustomerHistory, closure, parse
from interplay.criteria.contracts import Occurrence, TraitChange, TraitOp
from interplay.kernel.ids import CustomerId, Position
from interplay.kernel.settings import Brand
from interplay.kernel.time import DAY
from interplay.understand.segments.vocabulary import BrandVocabulary

CUSTOMERS = 2_000
FACTS_PER_CUSTOMER = 20
TARGET = 300_000
SECONDS = 2.0
CRITERIA = {
    "behaviour": 'count("order.completed", within="90d") >= 3'
    ' and sum("order.completed", "value", within="365d") > 100000',
    "recency": 'last("order.completed") < ago("60d")',
    "where": 'count("order.completed", where=event.channel == "store" and event.value >= 5000) >= 1',
    "traits": 'profile.city in ("上海", "杭州") and (profile.age >= 18 or missing(profile.age))',
    "sequence": 'sequence("product.viewed", "cart.added", span="7d", within="30d")'
    ' and count("order.completed", within="7d") == 0',
}
Ask = Callable[[CustomerHistory, int], bool | None]


def measure(settings: Settings) -> list[Figure]:
    """Ask every criterion of every customer, again and again; the first round, with nothing made yet, is a detail."""
    brand = Brand("Bench")
    words = BrandVocabulary(catalogue(), (), {}, brand)
    asks = {name: closure(parse(text, words, brand.zone()), words) for name, text in CRITERIA.items()}
    customers = histories(settings.seed)
    cold = _rate(list(asks.values()), customers, 0.0)
    seconds = settings.seconds(SECONDS)
    rates = {name: _rate([ask], customers, seconds / 2) for name, ask in asks.items()}
    value = _rate(list(asks.values()), customers, seconds)
    return [
        Figure(
            row="criteria closures",
            what=f"{len(asks)} criteria in turn, {CUSTOMERS:,} customers of {FACTS_PER_CUSTOMER} facts",
            value=value,
            unit="/s",
            limit=Limit("a Python function that does nothing", _rate([_nothing], customers, seconds / 2)),
            target=f"{TARGET:,}/s",
            is_met=value >= TARGET,
            details={"first round": cold, **rates},
        ),
        Figure(
            row="criteria closures",
            what="the behavioural criterion alone",
            value=rates["behaviour"],
            unit="/s",
            limit=Limit("the same by hand, over the same sorted lists", _rate([_by_hand], customers, seconds / 2)),
        ),
    ]


def histories(seed: int) -> list[CustomerHistory]:
    """Return customers with a year of facts and three traits each."""
    known: dict[int, CustomerHistory] = defaultdict(CustomerHistory)
    facts = CUSTOMERS * FACTS_PER_CUSTOMER
    for number in range(shop.chunks(facts)):
        for index, one in enumerate(shop.chunk(number, facts, CUSTOMERS, seed), number * shop.CHUNK_FACTS + 1):
            fields = shop.fields_of(one)
            known[one.customer].add(Occurrence(Position(index), one.at, one.name, fields))  # type: ignore[arg-type]
    for customer, history in known.items():
        for trait, value in shop.traits_of(customer):
            history.change(TraitChange(Position(customer), shop.FROM, trait, TraitOp.SET, value))  # type: ignore[arg-type]
    return [known[CustomerId(customer)] for customer in sorted(known)]


def _rate(asks: list[Ask], customers: list[CustomerHistory], seconds: float) -> float:
    """Return questions answered a second, over at least one round."""
    now, count = int(shop.UNTIL), 0
    began = perf_counter()
    while not count or perf_counter() - began < seconds:
        for ask in asks:
            for customer in customers:
                ask(customer, now)
        count += len(asks) * len(customers)
    return count / (perf_counter() - began)


def _nothing(_: CustomerHistory, __: int) -> bool:
    return True


def _by_hand(history: CustomerHistory, now: int) -> bool:
    line = history.timelines.get("order.completed")
    if line is None:
        return False
    ats = line.ats
    until = bisect_right(ats, now)
    if until - bisect_right(ats, now - 90 * DAY) < 3:
        return False
    totals = line.sums("value")[0]
    return totals[until] - totals[bisect_right(ats, now - 365 * DAY)] > 100_000
