"""A small brand for tests that name their words: facts with fields of every type, traits, two segments."""

from zoneinfo import ZoneInfo

from interplay.criteria.api import CustomerHistory, parse, parse_value
from interplay.criteria.contracts import Criterion, Field, Occurrence, Trait, TraitChange, TraitOp, ValueType
from interplay.kernel.ids import CustomerId, Micros, Position
from tests.criteria.strategies import FIELDS, NOW, PointsByCustomer, Words

SHANGHAI = ZoneInfo("Asia/Shanghai")
ORDER = "order.completed"


def shop() -> Words:
    fields = {name: Field(name, kind, en=name) for name, kind in FIELDS.items()}
    fields["value"] = Field("value", ValueType.MONEY, zh="金额", en="value")
    fields["address"] = Field("address", ValueType.TEXT, is_personal=True)
    words = Words({ORDER: fields, "cart.added": {"value": fields["value"]}}, received=("door.opened",))
    for name, kind in {
        "city": ValueType.TEXT,
        "age": ValueType.INTEGER,
        "rating": ValueType.DECIMAL,
        "balance": ValueType.MONEY,
        "is_staff": ValueType.BOOLEAN,
        "joined_at": ValueType.TIME,
        "birthday": ValueType.DATE,
        "interests": ValueType.TEXTS,
    }.items():
        words.known_traits[name] = Trait(name, kind)
    words.known_traits["city"] = Trait("city", ValueType.TEXT, zh="城市", en="home city")
    words.known_traits["class"] = Trait("class", ValueType.TEXT)
    words.known_traits["phone"] = Trait("phone", ValueType.TEXT, is_personal=True)
    spend = parse_value(f'avg("{ORDER}", "value")', words, SHANGHAI)
    words.known_traits["mean_spend"] = Trait("mean_spend", ValueType.MONEY, definition=spend)
    words.sources["points"] = PointsByCustomer({1: 7})
    words.known_segments["staff"] = criterion("profile.is_staff", words)
    words.known_segments["outsiders"] = criterion('not segment("staff")', words)
    return words


def criterion(text: str, words: Words | None = None, **names: str) -> Criterion:
    return parse(text, words or shop(), SHANGHAI, **names)


def order(at: int, position: int = 1, **fields: object) -> Occurrence:
    return occurrence(ORDER, at, position, **fields)


def occurrence(name: str, at: int, position: int = 1, **fields: object) -> Occurrence:
    return Occurrence(Position(position), Micros(at), name, fields)


def setting(trait: str, op: TraitOp, value: object = None, at: int = NOW, position: int = 1) -> TraitChange:
    return TraitChange(Position(position), Micros(at), trait, op, value)


def past(*things: Occurrence | TraitChange) -> CustomerHistory:
    history = CustomerHistory(CustomerId(1))
    for thing in things:
        history.add(thing) if isinstance(thing, Occurrence) else history.change(thing)
    return history
