"""Names and places as people write them, as they are compared."""

import pytest

from interplay.criteria.contracts import Trait, ValueType
from interplay.unify.matching import columns
from interplay.unify.matching.contracts import Column, ColumnKind, Person
from interplay.unify.matching.names import parts, place, plain


@pytest.mark.parametrize(
    ("name", "given", "family"),
    [
        ("张伟", "伟", "张"),
        ("张 伟", "伟", "张"),
        ("欧阳娜娜", "娜娜", "欧阳"),
        ("欧阳", "阳", "欧"),
        ("司马相如", "相如", "司马"),
        ("grace kelly", "grace", "kelly"),
        ("kelly, grace", "grace", "kelly"),
        ("grace mary kelly", "grace", "kelly"),
        ("grace", "grace", None),
        (",", None, None),
    ],
)
def test_a_name_has_its_parts_in_chinese_and_in_western_order(name, given, family):
    assert parts(name) == (given, family)


@pytest.mark.parametrize(
    ("written", "compared"), [("  Grace\u3000KELLY ", "grace kelly"), ("ＷＡＮＧ", "wang"), (" ", None)]
)
def test_width_case_and_spaces_make_no_difference(written, compared):
    assert plain(written) == compared


@pytest.mark.parametrize(
    ("written", "compared"), [("上海市", "上海"), ("上海", "上海"), ("市", "市"), ("London ", "london")]
)
def test_a_city_is_one_with_and_without_its_ending(written, compared):
    assert place(written) == compared


TRAITS = {
    one.name: one
    for one in (
        Trait("name", ValueType.TEXT, is_personal=True),
        Trait("birthday", ValueType.DATE, is_personal=True),
        Trait("birth_year", ValueType.INTEGER),
        Trait("phone", ValueType.TEXT, is_personal=True),
        Trait("wechat_name", ValueType.TEXT, is_personal=True),
        Trait("avatar", ValueType.TEXT, is_personal=True),
        Trait("tier", ValueType.TEXT),
        Trait("married_on", ValueType.DATE, is_personal=True),
    )
}


def test_what_is_personal_is_compared_and_what_somebody_does_is_not():
    found = {one.name: one.kind for one in columns.candidates(TRAITS)}
    assert found.keys() == {
        "given_name", "family_name", "phone", "birthday", "birth_year", "wechat_name", "married_on",
    }  # fmt: skip
    assert found["married_on"] is ColumnKind.DATE
    assert found["wechat_name"] is ColumnKind.TEXT


def test_stated_parts_of_a_name_come_before_those_that_are_read_out_of_it_and_identifiers_stand_in():
    wanted = columns.candidates(TRAITS)
    traits = {"name": "张伟", "last_name": "章", "birthday": 7_000}
    assert columns.values(wanted, traits, {"phone": "+8613800138000", "email": "a@b.cn"}) == {
        "given_name": "伟", "family_name": "章", "birthday": 7_000, "phone": "+8613800138000",
    }  # fmt: skip


def person(number, **values):
    return Person(number, number, values)


def test_columns_count_that_enough_customers_have_and_that_differ():
    wanted = [Column(name, kind) for name, kind in columns.KNOWN.items()]
    people = [person(n, birthday=n, birth_year=2000 - n, city="上海", email=f"{n}@x.cn") for n in range(3)]
    people.append(person(9, phone="1"))
    found = columns.usable(wanted, people)
    assert [(one.name, one.filled_count) for one in found] == [("email", 3), ("birthday", 3)]


def test_blocks_go_from_strict_to_loose_and_name_columns_that_are_there():
    known = [Column(name, ColumnKind.NAME) for name in ("given_name", "family_name")]
    blocks = columns.blocks([*known, Column("birthday", ColumnKind.DATE)])
    assert blocks[0] == ("swapped_names",)
    assert blocks[-1] == ("family_name",)
    assert ("family_name", "birthday") in blocks
    assert not any("email" in block or "city" in block for block in blocks)
