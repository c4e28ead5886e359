"""A brand with words of every kind, and 120 customers whose past is the same in every run.

Times lie on whole days around `NOW` and one microsecond beside them, as do the edges of the windows that `cases` asks
for; texts are such that engines could disagree on their order, their escapes or their length.
"""

import random
from typing import Any

from interplay.criteria.api import parse_value
from interplay.criteria.contracts import Field, Occurrence, Trait, TraitChange, TraitOp, ValueType
from interplay.kernel.ids import CustomerId, Micros, Position, SubjectId
from interplay.kernel.time import DAY
from interplay.link.points.api import PointsTerm
from interplay.link.points.contracts import Label as UnitLabel
from interplay.link.points.contracts import PointsDocument
from interplay.link.tiers.api import TierTerm
from interplay.link.tiers.contracts import Label as TierLabel
from interplay.link.tiers.contracts import LadderDocument, Rung
from interplay.unify.consent.contracts import ConsentDocument, Label, PurposeDocument, Standing
from interplay.unify.consent.term import ConsentTerm
from interplay.unify.customers.tags import TagTerm
from tests.criteria.shop import SHANGHAI, criterion, shop
from tests.criteria.strategies import FIELDS, NOW, NUMBERS, TODAY, Past, PointsByCustomer, Words

SEED = 20_260_101
CUSTOMERS = 120
ALONE = 10_000  # known by nothing but a membership
NAMES = ("order.completed", "order.completed", "cart.added", "door.opened")
TEXTS = ("", "a", "A", "a ", "上海", "上海市", "\uffee", "😀", 'q"\\\n', "it's", "%", "tab\t")
CITIES = ("上海", "上海市", "北京", "a", "A", "\uffee", "😀", "it's")
LISTS = ([], ["a"], ["a", "b"], ["上海"], ['q"\\\n', "a"], [","], ['a","b'], ["😀"])
MOVES = ("points.earned", "points.moved")
TIERS = ("tier.granted", "tier.granted", "tier.ended")
MOVED = {
    "unit": ValueType.TEXT, "amount": ValueType.INTEGER, "active_from": ValueType.TIME, "expires_at": ValueType.TIME,
}  # fmt: skip
COLUMNS = {
    **FIELDS, **dict.fromkeys(("tag", "purpose", "message_channel", "ladder", "tier"), ValueType.TEXT), **MOVED,
}  # fmt: skip
BIG = 2**63 - 1


def brand() -> Words:
    """The shop of the other tests, with staff's tags, consent and a segment over both."""
    words = shop()
    text = {name: Field(name, ValueType.TEXT, en=name) for name in ("tag", "purpose", "message_channel")}
    for name in ("tag.added", "tag.removed"):
        words.declared[name] = {"tag": text["tag"]}
    for name in ("consent.granted", "consent.withdrawn"):
        words.declared[name] = {key: text[key] for key in ("purpose", "message_channel")}
    words.known_traits["country"] = Trait("country", ValueType.TEXT)
    often = parse_value('count("order.completed", within="9d")', words, SHANGHAI)
    words.known_traits["often"] = Trait("often", ValueType.INTEGER, definition=often)
    for name in MOVES:
        words.declared[name] = {key: Field(key, kind, en=key) for key, kind in MOVED.items()}
    for name in TIERS:
        words.declared[name] = {key: Field(key, ValueType.TEXT, en=key) for key in ("ladder", "tier")}
    words.sources["points"] = PointsTerm(dict.fromkeys(("beans", "stars"), PointsDocument(UnitLabel("", ""))))
    words.sources["tier"] = TierTerm({"club": _ladder()})
    words.sources["score"] = PointsByCustomer({customer: customer % 7 - 1 for customer in range(1, CUSTOMERS, 3)})
    words.sources["tag"] = TagTerm()
    words.sources["consent"] = ConsentTerm(_consent(), "CN")
    words.known_segments["regulars"] = criterion('profile.often >= 2 or tag("vip")', words)
    words.known_segments["others"] = criterion('not segment("regulars") and not missing(profile.city)', words)
    words.known_segments["of age"] = criterion("profile.age >= 3", words)
    return words


def population(words: Words, seed: int = SEED) -> Past:
    """Return the past of all of them; every third customer is known by two subjects, some facts are nobody's."""
    chance = random.Random(seed)
    customers = {SubjectId(10 * c): CustomerId(c) for c in range(1, CUSTOMERS + 1)}
    customers |= {SubjectId(10 * c + 1): CustomerId(c) for c in range(1, CUSTOMERS + 1, 3)}
    customers[SubjectId(10 * ALONE)] = CustomerId(ALONE)
    past = Past([], [], customers)
    for subject in list(customers)[:-1]:
        for _ in range(chance.choice((0, 1, 3, 6, 9))):
            past.facts.append((subject, _fact(chance, words)))
        for _ in range(chance.choice((0, 2, 5, 9))):
            past.changes.append((subject, _change(chance, words)))
    past.facts += [(None, _fact(chance, words)) for _ in range(9)]
    return past


def _at(chance: random.Random) -> Micros:
    return Micros(NOW + chance.randint(-12, 2) * DAY + chance.choice((0, 0, -1, 1)))


def _position(chance: random.Random) -> Position:
    return Position(chance.getrandbits(48))


def _fact(chance: random.Random, words: Words) -> Occurrence:
    name = chance.choice((*NAMES, "tag.added", "tag.removed", "consent.granted", "consent.withdrawn", *MOVES, *TIERS))
    fields = {key: _value(chance, key, f.type) for key, f in words.fields(name).items() if key in COLUMNS}
    kept = {key: value for key, value in fields.items() if chance.random() < 0.8}
    return Occurrence(_position(chance), _at(chance), name, kept)


def _value(chance: random.Random, name: str, type_: ValueType) -> Any:
    match name:
        case "unit":
            return chance.choice(("beans", "beans", "stars"))
        case "ladder":
            return chance.choice(("club", "club", "club", "other"))
        case "tier":
            return chance.choice(("silver", "gold", "bronze"))
        case "tag":
            return chance.choice(("vip", "vip", "a"))
        case "purpose":
            return chance.choice(("marketing", "marketing", "research"))
        case "message_channel":
            return chance.choice(("sms", "sms", "*", "email"))
        case _:
            return _physical(chance, type_)


def _physical(chance: random.Random, type_: ValueType) -> Any:
    match type_:
        case ValueType.TEXT:
            return chance.choice(TEXTS)
        case ValueType.TEXTS:
            return list(chance.choice(LISTS))
        case ValueType.BOOLEAN:
            return chance.random() < 0.5
        case ValueType.TIME:
            return int(_at(chance))
        case ValueType.DATE:
            return TODAY + chance.randint(-3, 3)
        case ValueType.DECIMAL:
            return chance.choice((-1_500_000, 0, 1, 333_333, 500_000, 2_500_000, 3_000_000))
        case _:
            return chance.choice((-2, -1, 0, 1, 2, 3, 5, 100, BIG, -BIG - 1))


def _change(chance: random.Random, words: Words) -> TraitChange:
    trait = chance.choice([t for t in words.known_traits.values() if t.definition is None])
    ops = [TraitOp.SET, TraitOp.SET, TraitOp.SET_ONCE, TraitOp.UNSET]
    ops += [TraitOp.INCREMENT] * 3 * (trait.type in NUMBERS) + [TraitOp.APPEND] * 3 * (trait.type is ValueType.TEXTS)
    op = chance.choice(ops)
    value = None if op is TraitOp.UNSET else _of_trait(chance, trait, op)
    return TraitChange(_position(chance), _at(chance), trait.name, op, value)


def _of_trait(chance: random.Random, trait: Trait, op: TraitOp) -> Any:
    if op is TraitOp.INCREMENT:
        return chance.randint(-3, 3)
    if trait.type is ValueType.TEXT:
        return chance.choice(("DE", "us", "CN") if trait.name == "country" else CITIES)
    return _physical(chance, trait.type)


def _ladder() -> LadderDocument:
    label = TierLabel("", "")
    return LadderDocument(label, "beans", tuple(Rung(name, label, at) for at, name in enumerate(("silver", "gold"))))


def _consent() -> ConsentDocument:
    label = Label("", "")
    by_region = {"US": Standing.GRANTED, "DE": Standing.DENIED}
    return ConsentDocument(
        {"marketing": PurposeDocument(label, default_by_region=by_region), "research": PurposeDocument(label)},
        {"sms": label, "email": label},
    )
