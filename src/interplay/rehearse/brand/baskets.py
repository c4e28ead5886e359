"""What a visit puts into the basket: taste, season, promotions. Pure but for the chance it is given."""

from functools import cache
from itertools import accumulate
from random import Random

from interplay.rehearse.brand.contracts import Habit, Line, Person, Product
from interplay.rehearse.brand.setting import Day, brand

FAVOURITE_SHARE = 0.62
SECOND_UNIT_SHARE = 0.14
LINES_MAX = 4
STAFF_PERCENT = 30


def drinks(rng: Random, day: Day, person: Person | None) -> tuple[Line, ...]:
    """Return the lines of an order in a store or for pick-up; a passer-by pays the full price."""
    return _basket(rng, day, person, "store")


def goods(rng: Random, day: Day, person: Person | None) -> tuple[Line, ...]:
    """Return the lines of an order of the web shop, or what is looked at there."""
    return _basket(rng, day, person, "web")


def percent_off(day: Day, person: Person | None) -> int:
    """Return what the person saves today; discounts are for people who say who they are."""
    if person is None:
        return 0
    return max(day.percent, STAFF_PERCENT if person.habit is Habit.STAFF else 0)


def choice(rng: Random, day: Day, person: Person | None, shelf: str) -> Product:
    """Return a favourite of the person, or else anything by popularity and warmth."""
    if person is not None and rng.random() < FAVOURITE_SHARE:
        pair = person.favourites[:2] if shelf == "store" else person.favourites[2:]
        return pair[rng.random() < 0.35]
    products, weights = _shelf(shelf, day.warmth)
    return rng.choices(products, cum_weights=weights)[0]


def _basket(rng: Random, day: Day, person: Person | None, shelf: str) -> tuple[Line, ...]:
    units_max = 2 if person is None else brand().habits[person.habit].basket
    percent = percent_off(day, person)
    picked: dict[str, tuple[Product, int]] = {}
    for _ in range(min(rng.randint(1, units_max), LINES_MAX)):
        product = choice(rng, day, person, shelf)
        units = 2 if rng.random() < SECOND_UNIT_SHARE else 1
        picked[product.sku] = (product, picked.get(product.sku, (product, 0))[1] + units)
    return tuple(Line(p, n, p.price * n * percent // 100) for p, n in picked.values())


@cache
def _shelf(shelf: str, warmth: float) -> tuple[list[Product], list[float]]:
    """Return the products of a shelf and their running weights at this warmth; twelve months make twelve entries."""
    products = [p for p in brand().products if p.shelf == shelf]
    weights = [p.weight * (0.15 + warmth * p.warmth + (1 - warmth) * (1 - p.warmth)) for p in products]
    return products, list(accumulate(weights))
