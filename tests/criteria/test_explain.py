"""Why: the verdict first, then every condition with what was found, in both languages."""

from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interplay.criteria.api import Explanation, closure, explain, parse_trigger
from interplay.criteria.contracts import Criterion, Not, TraitOp
from interplay.kernel.time import DAY, HOUR, MINUTE, SECOND, parse_date
from tests.criteria.shop import ORDER, SHANGHAI, criterion, order, past, setting, shop
from tests.criteria.strategies import NOW, criteria, histories, instants, vocabulary

LONDON = ZoneInfo("Europe/London")
BUYER = [order(NOW - 3 * DAY, 1, value=5_000), order(NOW - DAY, 2, value=7_001)]
MARKS = {"✓": True, "✗": False, "?": None}


def why(text, *things, now=NOW):
    words = shop()
    return explain(criterion(text, words), words, past(*things), now)


def said(text, *things, lang="en", zone=SHANGHAI, currency="CNY", now=NOW):
    return why(text, *things, now=now).sentences(lang, zone, currency).splitlines()


def verdict(text, *things, **how):
    return said(text, *things, **how)[0]


def knowing(**traits):
    return [setting(name, TraitOp.SET, value) for name, value in traits.items()]


def test_the_first_line_is_the_verdict_with_what_decided():
    text = 'count("order.completed", within="90d") >= 3 and sum("order.completed", "value") > 100'
    assert said(text, *BUYER) == [
        "Does not match: the number of “order.completed” in the last 90 days is 2 (asked: at least 3)",
        "  ✗ all of:",
        "    ✗ the number of “order.completed” in the last 90 days is 2 (asked: at least 3)",
        "    ✓ the sum of value of “order.completed” is ¥120.01 (asked: more than ¥1.00)",
    ]


def test_in_chinese_with_the_words_of_the_brand_and_its_clock():
    text = 'profile.city == "上海" and last("order.completed") < ago("60d")'
    assert said(text, *BUYER, *knowing(city="上海"), lang="zh") == [
        "不符合：最近一次“事实 order.completed”的时间为 2025-12-31 08:00（条件：早于 60 天前，即 2025-11-02 08:00）",
        "  ✗ 以下全部：",
        "    ✓ 城市为“上海”（条件：为“上海”）",
        "    ✗ 最近一次“事实 order.completed”的时间为 2025-12-31 08:00（条件：早于 60 天前，即 2025-11-02 08:00）",
    ]


def test_one_condition_alone_is_said_once():
    assert said("profile.age > 18", *knowing(age=20)) == ["Matches: age is 20 (asked: more than 18)"]


# Unknown: what is missing, and what that means.


def test_what_is_missing_is_named_and_counts_as_no():
    answer = why('profile.age > 18 and profile.city == "上海" or profile.is_staff', *knowing(age=20))
    assert answer.answer is None
    assert answer.root.missing == ("profile.city", "profile.is_staff")
    assert answer.sentences("zh", SHANGHAI, "CNY").splitlines()[0] == (
        "无法判断：城市缺失（条件：为“上海”）；is_staff 缺失（条件：为“是”）。无法判断的不算符合。"
    )
    assert answer.sentences("en", SHANGHAI, "CNY").splitlines()[0] == (
        "Cannot be told: home city is missing (asked: “上海”); is_staff is missing (asked: yes)."
        " Unknown counts as not a member."
    )


def test_what_never_happened_is_said_to_be_the_reason():
    text = 'last("order.completed", within="1h") < ago("30m")'
    asked = "earlier than 30 minutes ago, 2026-01-01 07:30"
    assert verdict(text) == (
        "Cannot be told: the last “order.completed” in the last hour is missing, for there was none"
        f" (asked: {asked}). Unknown counts as not a member."
    )
    assert verdict(text, lang="zh") == (
        "无法判断：近 1 小时最近一次“事实 order.completed”的时间缺失，因为没有发生"
        "（条件：早于 30 分钟前，即 2026-01-01 07:30）。无法判断的不算符合。"
    )


def test_a_missing_threshold_is_named():
    line = verdict('max("order.completed", "value") > profile.balance', *BUYER)
    assert "is ¥70.01 (asked: more than balance, which is missing)" in line


# Negations: a line says the opposite, and its mark is about what the line says.


@pytest.mark.parametrize(
    ("text", "en", "zh"),
    [
        ("not profile.age >= 18", "age is 20 (asked: less than 18)", "age 为 20（条件：小于 18）"),
        ("not 18 <= profile.age", "age is 20 (asked: less than 18)", "age 为 20（条件：小于 18）"),
        ("not profile.age == 20", "age is 20 (asked: other than 20)", "age 为 20（条件：不等于 20）"),
        ("not profile.is_staff", "is_staff is yes (asked: no)", "is_staff 为“是”（条件：为“否”）"),
        ("not missing(profile.age)", "age is 20 (asked: present)", "age 为 20（条件：有值）"),
        (
            'profile.city not in ("上海", "杭州")',
            "home city is “上海” (asked: none of “上海”, “杭州”)",
            "城市为“上海”（条件：不为“上海”、“杭州”中的任何一个）",
        ),
        (
            'profile.city not in ("上海",)',
            "home city is “上海” (asked: not “上海”)",
            "城市为“上海”（条件：不为“上海”）",
        ),
        (
            '"tea" not in profile.interests',
            "interests: “tea” (asked: does not include “tea”)",
            "interests 有“tea”（条件：不包含“tea”）",
        ),
        (
            'not sequence("cart.added", "order.completed", span="7d", within="30d")',
            "“cart.added” → “order.completed” within 7 days: did not happen in the last 30 days (asked: not to happen)",
            "“事实 cart.added” → “事实 order.completed”（首尾不超过 7 天）：近 30 天没有发生（条件：不应发生）",
        ),
        ("not not profile.is_staff", "is_staff is yes (asked: yes)", "is_staff 为“是”（条件：为“是”）"),
    ],
)
def test_a_negation_has_a_sentence_of_its_own(text, en, zh):
    known = knowing(age=20, is_staff=True, city="上海", interests=["tea"])
    assert verdict(text, *BUYER, *known).partition(": ")[2] == en
    assert verdict(text, *BUYER, *known, lang="zh").partition("：")[2] == zh


def test_a_negated_group_is_said_by_the_opposites_inside_it():
    known = knowing(age=20, is_staff=False, city="上海")
    assert said('not (profile.age > 18 and (profile.is_staff or not profile.city == "上海"))', *known) == [
        "Matches: is_staff is no (asked: no); home city is “上海” (asked: “上海”)",
        "  ✓ at least one of:",
        "    ✗ age is 20 (asked: at most 18)",
        "    ✓ all of:",
        "      ✓ is_staff is no (asked: no)",
        "      ✓ home city is “上海” (asked: “上海”)",
    ]


def test_the_rule_of_a_segment_is_shown_as_it_is_though_the_segment_is_asked_against():
    assert said('not segment("outsiders")') == [
        "Does not match: is in the segment “outsiders” (asked: not in it)",
        "  ✗ is in the segment “outsiders” (asked: not in it); its rule:",
        "    ✓ counts as not in the segment “staff”, for its rule cannot be told (asked: not in it); its rule:",
        "      ? is_staff is missing (asked: yes)",
    ]


def test_the_rule_of_a_segment_is_shown_once():
    assert said('segment("staff") or not segment("staff")', *knowing(is_staff=False), lang="zh") == [
        "符合：不属于分群“staff”（条件：不属于）",
        "  ✓ 以下至少一项：",
        "    ✗ 不属于分群“staff”（条件：属于），其规则：",
        "      ✗ is_staff 为“否”（条件：为“是”）",
        "    ✓ 不属于分群“staff”（条件：不属于），其规则见上文",
    ]


# Values.


@pytest.mark.parametrize(
    ("currency", "shown"),
    [
        ("CNY", "¥95,100.05"),
        ("GBP", "£95,100.05"),
        ("USD", "$95,100.05"),
        ("EUR", "€95,100.05"),
        ("CHF", "CHF 95,100.05"),
        ("JPY", "JPY 9,510,005"),
        ("KWD", "KWD 9,510.005"),
    ],
)
def test_amounts_are_in_the_currency_of_the_brand(currency, shown):
    assert f"balance is {shown} (" in verdict("profile.balance > 0", *knowing(balance=9_510_005), currency=currency)


def test_an_amount_below_zero_has_its_sign_first():
    assert "balance is -£0.05 (asked: more than £0.00)" in verdict(
        "profile.balance > 0", *knowing(balance=-5), currency="GBP"
    )


@pytest.mark.parametrize(
    ("values", "shown"),
    [((5_000, 7_000), "¥60.00"), ((5_000, 7_001), "≈ ¥60.00"), ((5_000, 7_003), "≈ ¥60.02"), ((1, -2, 0), "≈ ¥0.00")],
)
def test_an_average_amount_is_rounded_to_the_minor_unit_and_says_so(values, shown):
    orders = [order(NOW - n * DAY, n, value=value) for n, value in enumerate(values, start=1)]
    assert f"is {shown} (" in verdict('avg("order.completed", "value") > 0', *orders)


@pytest.mark.parametrize(
    ("field", "values", "shown"),
    [
        ("quantity", (2, 3), "2.5"),
        ("quantity", (1_000, 3_000), "2,000"),
        ("quantity", (1, 1, 2), "≈ 1.33"),
        ("score", (4_500_000, 4_000_000), "4.25"),
    ],
)
def test_an_average_number_has_two_places_at_most(field, values, shown):
    orders = [order(NOW - n * DAY, n, **{field: value}) for n, value in enumerate(values, start=1)]
    assert f"is {shown} (" in verdict(f'avg("order.completed", "{field}") > 0', *orders)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("profile.rating >= 3", "rating is 1,234.5 (asked: at least 3)"),
        ('profile.birthday < "1990-01-01"', "birthday is 1989-12-31 (asked: earlier than 1990-01-01)"),
        ('profile["class"] != "b"', "class is “a\\n” (asked: not “b”)"),
        ('"tea" in profile.interests', "interests: “coffee”, “tea” (asked: includes “tea”)"),
        ("profile.is_staff == False", "is_staff is no (asked: no)"),
        ("profile.age >= 18 and profile.age < 65", "age is 20 (asked: at least 18); age is 20 (asked: less than 65)"),
    ],
)
def test_every_type_of_value_is_readable(text, shown):
    known = knowing(rating=1_234_500_000, birthday=parse_date("1989-12-31"), interests=["coffee", "tea"], age=20)
    known += [*knowing(is_staff=False), setting("class", TraitOp.SET, "a\n")]
    assert verdict(text, *known) == f"Matches: {shown}"


def test_long_lists_and_texts_are_cut_short():
    options = ", ".join(f'"{n}"' for n in range(12))
    line = verdict(f"profile.city in ({options})", *knowing(city="x" * 100))
    assert line.endswith("(asked: one of “0”, “1”, “2”, “3”, “4”, “5”, “6”, “7”, “8”, “9” (and 2 more))")
    assert f"is “{'x' * 80}…” (" in line


def test_a_list_of_nothing_is_said():
    assert "interests: nothing (asked: includes “tea”)" in verdict('"tea" in profile.interests', *knowing(interests=[]))


# Time.


@pytest.mark.parametrize(
    ("at", "now", "found", "asked"),
    [
        (NOW - DAY, NOW, "2025-12-31 08:00", "2026-01-01 08:00"),
        (NOW - 1, NOW, "2026-01-01 07:59", "2026-01-01 08:00"),
        (NOW, NOW, "2026-01-01 08:00", "2026-01-01 08:00"),
        (NOW, NOW + SECOND, "2026-01-01 08:00:00", "2026-01-01 08:00:01"),
        (NOW + SECOND - 1, NOW + SECOND, "2026-01-01 08:00:00", "2026-01-01 08:00:01"),
        (NOW, NOW + 1, "2026-01-01 08:00:00.000000", "2026-01-01 08:00:00.000001"),
    ],
)
def test_instants_are_given_to_the_minute_and_finer_where_only_that_tells_them_apart(at, now, found, asked):
    line = verdict('last("order.completed") <= now()', order(at), now=now)
    assert line.endswith(f"is {found} (asked: not later than now, {asked})")


@pytest.mark.parametrize(("hour", "shown"), [(-1, "00:30"), (0, "01:30 BST"), (1, "01:30 GMT"), (2, "02:30")])
def test_the_zone_is_named_only_in_the_hour_that_comes_twice(hour, shown):
    at = parse_date("2011-10-30") * DAY + 30 * MINUTE + hour * HOUR
    assert f"is 2011-10-30 {shown} (" in verdict("profile.joined_at < now()", *knowing(joined_at=at), zone=LONDON)


@pytest.mark.parametrize(
    ("window", "en", "zh"),
    [
        ('within="30d"', " in the last 30 days", "近 30 天"),
        ('within="1d"', " in the last day", "近 1 天"),
        ('within="1w"', " in the last week", "近 1 周"),
        ('within="12h"', " in the last 12 hours", "近 12 小时"),
        (
            'between=("2025-01-01", "2025-02-01T10:30")',
            " from 2025-01-01 until 2025-02-01 10:30",
            "从 2025-01-01 到 2025-02-01 10:30（不含）",
        ),
        (
            'between=("2025-01-01T00:00:01", "2025-02-01T00:00:00.5")',
            " from 2025-01-01 00:00:01 until 2025-02-01 00:00:00.500000",
            "从 2025-01-01 00:00:01 到 2025-02-01 00:00:00.500000（不含）",
        ),
    ],
)
def test_windows_are_in_words(window, en, zh):
    text = f'count("door.opened", {window}) == 0'
    assert verdict(text) == f"Matches: the number of “door.opened”{en} is 0 (asked: exactly 0)"
    assert verdict(text, lang="zh") == f"符合：{zh}“事实 door.opened”的次数为 0（条件：等于 0）"


# Words.


def test_a_condition_on_facts_is_in_words():
    where = 'event.channel == "store" and (event.value >= 5000 or not event.is_gift) and "a" in event.labels'
    text = f'count("order.completed", where={where}) > 0'
    assert verdict(text) == (
        "Does not match: the number of “order.completed” (only where channel is “store” and"
        " (value is at least ¥50.00 or is_gift is no) and labels includes “a”) is 0 (asked: more than 0)"
    )
    assert verdict(text, lang="zh") == (
        "不符合：“事实 order.completed”（限 channel 为“store”且（金额不小于 ¥50.00 或 is_gift 为“否”）"
        "且 labels 包含“a”）的次数为 0（条件：大于 0）"
    )


def test_a_negated_condition_on_facts_is_said_by_its_opposites():
    where = 'not (event.quantity in (1, 2) or missing(event.channel) or event.due_at < ago("1d"))'
    assert verdict(f'count("order.completed", where={where}) > 0') == (
        "Does not match: the number of “order.completed” (only where quantity is none of 1, 2 and channel is present"
        " and due_at is not earlier than 1 day ago) is 0 (asked: more than 0)"
    )


def test_what_is_quoted_keeps_its_spacing_in_chinese():
    assert (
        verdict('profile.city == "a上海b"', *knowing(city="a上海b"), lang="zh")
        == "符合：城市为“a上海b”（条件：为“a上海b”）"
    )


def test_a_computed_trait_shows_what_it_stands_for_once_and_an_average_is_exact():
    answer = why("profile.mean_spend > 3 and profile.mean_spend < 9000", *BUYER)
    figure = answer.root.items[0].figures[0]
    assert figure.fraction == (12_001, 2)
    assert figure.definition.text == 'avg("order.completed", "value")'
    assert answer.sentences("en", SHANGHAI, "CNY").splitlines()[2:] == [
        "    ✓ mean_spend is ≈ ¥60.00 (asked: more than ¥0.03)",
        "      mean_spend = the average value of “order.completed”",
        "    ✓ mean_spend is ≈ ¥60.00 (asked: less than ¥90.00)",
    ]


def test_windows_are_given_as_instants():
    figure = why('count("order.completed", within="1d") > 0').root.figures[0]
    assert (figure.interval.from_at, figure.interval.until_at) == (NOW - DAY + 1, NOW + 1)


def test_personal_values_are_never_shown():
    answer = why("missing(profile.phone)", *knowing(phone="+8613800138000"))
    assert b"138" not in msgspec.json.encode(answer)
    assert answer.sentences("zh", SHANGHAI, "CNY") == "不符合：phone 有值，属个人信息，不予显示（条件：缺失）"
    assert answer.sentences("en", SHANGHAI, "CNY") == (
        "Does not match: phone is present, but personal and not shown (asked: missing)"
    )


def test_a_constant_on_the_left_reads_the_other_way_round():
    assert verdict("18 <= profile.age", *knowing(age=20)) == "Matches: age is 20 (asked: at least 18)"


def test_a_trigger_is_explained_with_the_fact_at_hand_and_its_labels():
    words = shop()
    asked = parse_trigger("event.value > 500", ORDER, words, SHANGHAI)
    answer = explain(asked, words, past(), NOW, order(NOW, 1, value=600))
    assert answer.sentences("zh", SHANGHAI, "CNY") == "符合：金额为 ¥6.00（条件：大于 ¥5.00）"


@pytest.mark.parametrize(("count", "shown"), [(3, "(asked: more than 2)"), (5, "(and 2 more)")])
def test_many_reasons_are_cut_short(count, shown):
    text = " and ".join(f"profile.age > {n}" for n in range(count))
    assert verdict(text, *knowing(age=20)).endswith(shown)


# For every criterion.


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.data())
def test_every_answer_can_be_explained_and_the_explanation_agrees(data):
    words = data.draw(vocabulary())
    asked = data.draw(criteria(words))
    log = data.draw(histories(words))
    now = data.draw(instants())
    history = past(*(thing for _, thing in [*log.facts, *log.changes]))
    answer = explain(asked, words, history, now)
    assert answer.answer is closure(asked, words)(history, now)
    assert answer.sentences("zh", SHANGHAI, "CNY")
    assert msgspec.json.decode(msgspec.json.encode(answer), type=Explanation).root.answer is answer.answer
    for one in (answer, explain(Criterion(Not(asked.root)), words, history, now)):
        lines = one.sentences("en", SHANGHAI, "CNY").splitlines()[1:]
        if lines:
            assert mark(lines[0]) is one.answer
            check_groups(lines)


def check_groups(lines):
    """The mark of `all of` and `at least one of` is what the marks of the lines right below it make."""
    for n, line in enumerate(lines):
        if line.endswith((" all of:", " at least one of:")) and line.lstrip()[0] in MARKS:
            inner = [mark(item) for item in below(lines[n + 1 :], indent(line)) if item.lstrip()[0] in MARKS]
            decides = not line.endswith(" all of:")
            assert len(inner) > 1
            expected = decides if decides in inner else None if None in inner else not decides
            assert mark(line) is expected, lines


def below(lines, depth):
    for line in lines:
        if indent(line) <= depth:
            return
        if indent(line) == depth + 2:
            yield line


def indent(line):
    return len(line) - len(line.lstrip())


def mark(line):
    return MARKS[line.lstrip()[0]]
