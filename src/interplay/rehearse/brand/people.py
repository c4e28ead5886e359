"""The simulated people: who they are, how they live, and the identifiers they own.

Phones lie in one block that no test confuses with a customer's (+86 199 0000 xxxx up to 10,000 people), e-mails at
example.com. Nothing here is taken from real persons.
"""

from hashlib import blake2b
from random import Random

from msgspec.structs import replace

from interplay.rehearse.brand.contracts import Habit, Person, Product, Stage
from interplay.rehearse.brand.setting import Ways, brand

PEOPLE_MAX = 1_000_000  # so that mistyped phones, which leave the block, are nobody's
NEW_SHARE = 0.10
LAPSED_SHARE = 0.14
REGISTERED_SHARE = 0.93  # of those who opened the mini-program
BROWSERS_WITH_ACCOUNT_SHARE = 0.35
TABLET_SHARE = 0.02  # of the people who shop on the web: they share a tablet with another


def population(seed: int, count: int, days: int) -> tuple[Person, ...]:
    """Return `count` people, numbered from 1; the same for the same arguments."""
    rng = Random(f"people/{seed}")  # noqa: S311
    habits = list(brand().habits)
    shares = [ways.share for ways in brand().habits.values()]
    kinds = rng.choices(habits, shares, k=count)
    return _with_shared_tablets(rng, [_person(rng, seed, n, habit, days) for n, habit in enumerate(kinds, 1)])


def token(*parts: object) -> str:
    """Return 32 hexadecimal digits that look like chance and are a function of the parts."""
    return blake2b("/".join(map(str, parts)).encode(), digest_size=16).hexdigest()


def cookie(*parts: object) -> str:
    """Return an anonymous id as browsers make them."""
    t = token("cookie", *parts)
    return f"{t[:8]}-{t[8:12]}-4{t[13:16]}-a{t[17:20]}-{t[20:]}"


def mistyped(rng: Random, phone: str) -> str:
    """Return the phone with a digit of its first half wrong, which makes it a phone of nobody."""
    place = rng.randrange(6, 8)
    return phone[:place] + rng.choice("3456789") + phone[place + 1 :]


def _person(rng: Random, seed: int, number: int, habit: Habit, days: int) -> Person:
    ways = brand().habits[habit]
    stage = Stage.SETTLED if habit is Habit.STAFF else _stage(rng)
    first_day, until_day = _presence(rng, stage, days)
    has_mini, has_web = rng.random() < ways.has_mini, rng.random() < ways.has_web
    has_account = (has_mini and _registers(rng, habit)) or (has_web and _signs_up_on_the_web(rng, habit))
    store, gender = rng.choice(brand().stores), rng.choice(("female", "male"))
    return Person(
        number=number,
        name=rng.choice(brand().surnames) + rng.choice(brand().given_names[gender]),
        gender=gender,
        birthday=f"{rng.randrange(1962, 2007)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}",
        city=store.city,
        store=store,
        habit=habit,
        stage=stage,
        first_day=first_day,
        until_day=until_day,
        energy=min(rng.lognormvariate(0, 0.45), 2.5) * (1.6 if stage is Stage.LAPSED else 1.0),
        user_id=f"u{number:06}" if has_account else "",
        phone=f"+86199{number:08}",
        email=f"u{number:06}@example.com" if has_account and has_web else "",
        openid="o" + token("openid", seed, number)[:27] if has_mini else "",
        card_no=f"6688{number:08}" if rng.random() < ways.has_card else "",
        anonymous_ids=tuple(cookie(seed, number, k) for k in range(rng.randint(1, 3))) if has_web else (),
        favourites=_favourites(rng, ways, habit),
    )


def _stage(rng: Random) -> Stage:
    at = rng.random()
    if at < NEW_SHARE:
        return Stage.NEW
    return Stage.LAPSED if at < NEW_SHARE + LAPSED_SHARE else Stage.SETTLED


def _presence(rng: Random, stage: Stage, days: int) -> tuple[int, int]:
    """Return the first day and the one after the last; windows begin at any hour, so there are `days + 1` of them."""
    if stage is Stage.NEW:
        return int(rng.uniform(0.1, 0.95) * days), days + 1
    if stage is Stage.LAPSED:
        return 0, max(1, int(rng.uniform(0.05, 0.3) * days))
    return 0, days + 1


def _registers(rng: Random, habit: Habit) -> bool:
    return habit is Habit.STAFF or rng.random() < REGISTERED_SHARE


def _signs_up_on_the_web(rng: Random, habit: Habit) -> bool:
    return habit is not Habit.BROWSER or rng.random() < BROWSERS_WITH_ACCOUNT_SHARE


def _favourites(rng: Random, ways: Ways, habit: Habit) -> tuple[Product, ...]:
    """Return two things of the store and two of the web shop; families like what children like."""
    store = [p for p in brand().products if p.shelf == "store"]
    web = [p for p in brand().products if p.shelf == "web"]
    liked = [p.weight * (4 if habit is Habit.FAMILY and p.category in {"family", "food"} else 1) for p in store]
    dear = [p.weight if ways.web > ways.till or p.category != "ware" else 0 for p in web]
    return (*rng.choices(store, liked, k=2), *rng.choices(web, dear, k=2))


def _with_shared_tablets(rng: Random, people: list[Person]) -> tuple[Person, ...]:
    """Give some pairs of web shoppers with accounts a tablet in common: both sign in on it."""
    shoppers = [n for n, p in enumerate(people) if p.anonymous_ids and p.user_id]
    chosen = rng.sample(shoppers, int(len(shoppers) * TABLET_SHARE) // 2 * 2)
    for one, other in zip(chosen[::2], chosen[1::2], strict=True):
        tablet = cookie("tablet", people[one].anonymous_ids[0])
        for n in (one, other):
            people[n] = _with_cookie(people[n], tablet)
    return tuple(people)


def _with_cookie(person: Person, anonymous_id: str) -> Person:
    return replace(person, anonymous_ids=(*person.anonymous_ids, anonymous_id))
