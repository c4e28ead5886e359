"""The model on made-up lists whose truth is known, in Chinese, learned and stated."""

import random

import pytest

from interplay.kernel.errors import AppError
from interplay.unify.matching import columns, weights
from interplay.unify.matching.contracts import Agreement, Column, ColumnKind, Person
from interplay.unify.matching.likelihood import Likelihood

FAMILY_NAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余"
GIVEN_NAMES = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂华飞玉兰建国红文辉力健永林鑫海燕峰晶玲波宇浩凯琳雪梅婷欣怡子轩"
)
CITIES = ("北京", "上海", "广州", "深圳", "杭州", "成都")
COLUMNS = [
    Column("given_name", ColumnKind.NAME),
    Column("family_name", ColumnKind.NAME),
    Column("phone", ColumnKind.PHONE),
    Column("birthday", ColumnKind.DATE),
    Column("city", ColumnKind.PLACE),
]


def somebody(rng):
    given = "".join(rng.choice(GIVEN_NAMES) for _ in range(rng.choice((1, 2, 2))))
    return {
        "name": rng.choices(FAMILY_NAMES, [1 / (n + 1) for n in range(len(FAMILY_NAMES))])[0] + given,
        "birthday": rng.randrange(-3_000, 14_000),
        "city": rng.choice(CITIES),
        "phone": f"+861{rng.randrange(3 * 10**9, 10**10)}",
    }


def with_errors(rng, one):
    """Return her as another system has written her down."""
    again = dict(one)
    if rng.random() < 0.3:
        again["name"] = again["name"][0] + rng.choice(GIVEN_NAMES) + again["name"][2:]
    if rng.random() < 0.3:
        again["birthday"] += rng.choice((1, -1, 9, 30, 365))
    if rng.random() < 0.4:
        del again["phone"]
    if rng.random() < 0.2:
        again["city"] = rng.choice(CITIES)
    return again


def made_up(count, seed=3):
    """Return people, every tenth of them twice, and the pairs that are one."""
    rng = random.Random(seed)
    rows, truth = [], set()
    for n in range(count):
        rows.append(somebody(rng))
        if n % 10 == 0:
            rows.append(with_errors(rng, rows[-1]))
            truth.add((len(rows) - 1, len(rows)))
    return [Person(n, n, columns.values(COLUMNS, row, {})) for n, row in enumerate(rows, 1)], truth


def scored(people, min_probability=0.9, memory_mb_max=512):
    model = Likelihood(people, columns.usable(COLUMNS, people), memory_mb_max=memory_mb_max)
    try:
        return model.score(min_probability, lambda _: None), model.is_learned
    finally:
        model.close()


@pytest.mark.parametrize(("count", "is_learned"), [(100, False), (800, True)])
def test_chinese_names_with_errors_are_found(count, is_learned):
    people, truth = made_up(count)
    found, learned = scored(people)
    pairs = {(one.one, one.other) for one in found}
    assert learned is is_learned
    assert len(pairs & truth) / len(pairs) >= 0.95
    assert len(pairs & truth) / len(truth) >= 0.6


def test_pairs_come_most_probable_first_and_the_same_every_time():
    people, _ = made_up(300)
    first, second = scored(people, 0.5)[0], scored(people, 0.5)[0]
    assert first == second
    assert [one.probability for one in first] == sorted((one.probability for one in first), reverse=True)
    assert all(one.one < one.other for one in first)


def test_a_rare_family_name_says_more_than_a_frequent_one():
    people, _ = made_up(500)
    rare = {"given_name": "娜娜", "family_name": "欧阳", "birthday": 7_000, "city": "上海"}
    frequent = {"given_name": "娜娜", "family_name": "王", "birthday": 9_000, "city": "上海"}
    start = len(people)
    people += [Person(start + n, start + n, dict(one)) for n, one in enumerate((rare, rare, frequent, frequent), 1)]
    found = {(one.one, one.other): one for one in scored(people, 0.5)[0]}
    weights_of = [
        next(reason.weight for reason in found[start + n, start + n + 1].reasons if reason.column == "family_name")
        for n in (1, 3)
    ]
    assert weights_of[0] > weights_of[1] + 2


def test_swapped_names_and_a_name_in_two_orders_are_seen():
    people, _ = made_up(500)
    start = len(people)
    same = {"birthday": 7_000, "phone": "+8613911112222"}
    people += [
        Person(start + 1, start + 1, {"given_name": "grace", "family_name": "kelly", **same}),
        Person(start + 2, start + 2, {"given_name": "kelly", "family_name": "grace", **same}),
    ]
    found = {(one.one, one.other): one for one in scored(people)[0]}
    agreed = {reason.column: reason.agreement for reason in found[start + 1, start + 2].reasons}
    assert agreed["given_name"] is agreed["family_name"] is Agreement.SWAPPED


def test_loose_blocks_are_left_out_of_a_long_list():
    names = [{"given_name": f"g{n % 7}", "family_name": f"f{n // 2}", "city": CITIES[n % 2]} for n in range(9_000)]
    people = [Person(n, n, one) for n, one in enumerate(names, 1)]
    model = Likelihood(people, columns.usable(COLUMNS, people), memory_mb_max=512)
    model.score(0.99, lambda _: None)
    assert ("family_name",) in model.blocks
    assert ("given_name",) not in model.blocks  # 9,000 people with seven given names are 5.8 million pairs
    model.close()


def test_too_little_memory_is_told_and_nothing_is_spilled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    people, _ = made_up(6_000)
    with pytest.raises(AppError) as refused:
        scored(people, memory_mb_max=8)
    assert (refused.value.code, refused.value.params["allowed_mb"]) == ("matching.memory", 8)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", list(ColumnKind))
def test_the_stated_weights_of_a_kind_are_chances_that_add_up(kind):
    levels = weights.LEVELS[kind]
    assert sum(one.same for one in levels) == pytest.approx(1)
    assert sum(one.other for one in levels) == pytest.approx(1)
    assert levels[0].agreement is Agreement.EXACT
    assert levels[-1].agreement is Agreement.DIFFERENT
    assert all(one.same > one.other for one in levels[:1])
