"""What is asked of every engine, by feature: criteria as a marketer writes them, asked at `NOW`."""

from interplay.criteria.contracts import Criterion
from tests.criteria.shop import criterion
from tests.criteria.strategies import Words
from tools.reference.support import Feature

ORDER = '"order.completed"'
WEEK = 'within="7d"'
BETWEEN = 'between=("2025-12-25T00:00:00Z", "2025-12-30T00:00:00Z")'

CASES: dict[Feature, tuple[str, ...]] = {
    Feature.COUNT: (f"count({ORDER}) >= 2", 'count("door.opened") == 0', f'count({ORDER}) > count("cart.added")'),
    Feature.SUM: (
        f'sum({ORDER}, "value") > 100',
        f'sum({ORDER}, "quantity") == sum({ORDER}, "value")',
        f'sum({ORDER}, "score") >= 2.5',
        f'sum({ORDER}, "score") > sum({ORDER}, "quantity")',
        f'sum({ORDER}, "value") > 9223372036854775807',
    ),
    Feature.AVERAGE: (
        f'avg({ORDER}, "value") > 2',
        f'avg({ORDER}, "score") == 0.5',
        f'avg({ORDER}, "score") < 1.333333',
        f'avg({ORDER}, "quantity") >= avg({ORDER}, "score")',
    ),
    Feature.EXTREMES: (
        f'min({ORDER}, "value") < 0',
        f'max({ORDER}, "channel") >= "上海"',
        f'min({ORDER}, "channel") == ""',
        f'max({ORDER}, "channel") > "\uffee"',
        f'max({ORDER}, "due_at") > now()',
        f'min({ORDER}, "visit_on") <= "2025-12-30"',
        f'max({ORDER}, "score") > min({ORDER}, "quantity")',
    ),
    Feature.DISTINCT: (
        f'distinct({ORDER}, "channel") >= 3',
        f'distinct({ORDER}, "value") == 0',
        f'distinct({ORDER}, "is_gift") == 2',
    ),
    Feature.FIRST_LAST: (
        f'first({ORDER}) < ago("9d")',
        f'last({ORDER}) == "2025-12-31T00:00:00Z"',
        f'last({ORDER}) > last("cart.added")',
    ),
    Feature.FIRST_LAST_FIELD: (
        f'last({ORDER}, "channel") == "上海"',
        f'missing(last({ORDER}, "channel"))',
        f'first({ORDER}, "is_gift")',
        f'first({ORDER}, "value") > last({ORDER}, "value")',
        f'"a" in last({ORDER}, "labels")',
        f'last({ORDER}, "visit_on") >= "2026-01-01"',
    ),
    Feature.WINDOW: (
        f"count({ORDER}, {WEEK}) >= 1",
        f"count({ORDER}, {BETWEEN}) >= 1",
        f"first({ORDER}, {WEEK}) == last({ORDER}, {WEEK})",
        f'sum({ORDER}, "quantity", {BETWEEN}) > sum({ORDER}, "quantity", {WEEK})',
        f'first({ORDER}, {BETWEEN}) == "2025-12-25T00:00:00Z"',
    ),
    Feature.WHERE: (
        f'count({ORDER}, where=event.channel == "上海") >= 1',
        f"count({ORDER}, where=event.value > event.quantity) >= 1",
        f"count({ORDER}, where=event.score > event.quantity) >= 1",
        f"count({ORDER}, where=missing(event.labels)) >= 1",
        f'count({ORDER}, where="a" in event.labels) >= 1',
        f'count({ORDER}, where=not ("a" in event.labels)) >= 1',
        f"count({ORDER}, where=not event.is_gift, {WEEK}) >= 1",
        f'last({ORDER}, where=event.due_at > ago("3d")) < ago("1d")',
    ),
    Feature.TEXT: (
        'profile.city == "上海"',
        'profile.city < "上海市"',
        'profile.city >= "\uffee"',
        'profile.city > "A"',
        'profile.city == "it\'s"',
        f'count({ORDER}, where=event.channel == "a") == 1',
        f'count({ORDER}, where=event.channel == "q\\"\\\\\\n") >= 1',
        f'count({ORDER}, where=event.channel == "tab\\t") >= 1',
    ),
    Feature.NUMBER: (
        "profile.age >= 3",
        "profile.rating == 0.5",
        "profile.rating < 1",
        "profile.balance > profile.rating",
        "profile.balance > 9223372036854775806",
        "profile.age != profile.balance",
    ),
    Feature.BOOLEAN: ("profile.is_staff", "not profile.is_staff", "profile.is_staff == False"),
    Feature.TIME: (
        "profile.joined_at <= now()",
        'profile.joined_at == "2025-12-30T08:00:00+08:00"',
        'profile.birthday < "2026-01-01"',
        'profile.joined_at > ago("36500d")',
    ),
    Feature.LIST: (
        '"a" in profile.interests',
        '"," in profile.interests',
        'not ("上海" in profile.interests)',
        "missing(profile.interests)",
        '"q\\"\\\\\\n" in profile.interests or "😀" in profile.interests',
    ),
    Feature.AMONG: (
        'profile.city in ("上海", "😀", "nowhere")',
        "profile.age not in (1, 2)",
        f"count({ORDER}) in (1, 3)",
        f'avg({ORDER}, "score") in (0.5, 1.5)',
    ),
    Feature.MISSING: ("missing(profile.city)", f'missing(first({ORDER}, {WEEK})) and missing(avg({ORDER}, "score"))'),
    Feature.UNKNOWN: (
        "profile.age > 1 and profile.is_staff",
        "profile.age > 1 or profile.is_staff",
        "not (profile.age > 1 and profile.is_staff)",
        f'profile.city == "上海" or avg({ORDER}, "score") > 1',
    ),
    Feature.TRAIT: (
        "profile.balance == 3",
        "profile.balance >= 100",
        'profile["class"] == "a"',
        'missing(profile.balance) or missing(profile["class"])',
        "profile.rating > 2.5",
    ),
    Feature.PERSONAL: ("missing(profile.phone)",),
    Feature.COMPUTED: ("profile.mean_spend > 2", "profile.often >= 2"),
    Feature.SEGMENT: ('segment("regulars")', 'segment("others")', 'not segment("of age")'),
    Feature.TAG: ('tag("vip")', 'not tag("vip") and not tag("a")'),
    Feature.CONSENT: ('consent("marketing:sms")', 'not consent("research:email")'),
    Feature.STOCK: (
        'points("beans") > 2',
        'points("beans") == 0 or points("beans") < points("stars")',
        'tier == "gold"',
        'missing(tier("club"))',
        'tier in ("silver", "gold") and not missing(points("stars"))',
    ),
    Feature.TERM: ('score("gold") > 2', 'missing(score("gold"))'),
    Feature.SEQUENCE: (
        f'sequence({ORDER}, "cart.added")',
        f'sequence("cart.added", {ORDER}, "cart.added", span="3d")',
        f'sequence({ORDER}, {ORDER}, {WEEK}) and not sequence("door.opened", {ORDER})',
    ),
}


def asked(feature: Feature, words: Words) -> list[Criterion]:
    """Return the criteria of a feature."""
    return [criterion(text, words) for text in CASES[feature]]
