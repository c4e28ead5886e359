import pytest

from interplay.collect.facts.api import Catalogue, catalogue
from interplay.collect.facts.contracts import TraitWrite
from interplay.criteria.contracts import TraitOp
from interplay.kernel.errors import AppError
from interplay.kernel.settings import Brand

READER = Catalogue(catalogue(), Brand("Hillside")).traits


def read(traits, op=TraitOp.SET):
    return {write.trait: write for write in READER.read(traits, op)}


def values(traits, op=TraitOp.SET):
    return {name: write.value for name, write in read(traits, op).items()}


def test_declared_traits_become_physical_and_others_stay_as_they_came():
    found = read({"age": 33.0, "birthday": "1990-01-02", "shoe": 42, "createdAt": "2026-01-01T00:00:00Z"})
    assert found["age"] == TraitWrite("age", TraitOp.SET, 33)
    assert found["birthday"].value == 7306
    assert found["created_at"].value == 1_767_225_600_000_000
    assert found["shoe"] == TraitWrite("shoe", TraitOp.SET, 42, is_raw=True)


def test_spellings_of_others_are_ours():
    assert values({"firstName": "李", "$city": "上海", "avatarUrl": "x"}) == {
        "first_name": "李",
        "city": "上海",
        "avatar": "x",
    }


def test_phone_and_email_are_normalized_where_they_are_valid_and_kept_where_not():
    assert values({"phone": "138 0013 8000", "email": " Li@Example.COM "}) == {
        "phone": "+8613800138000",
        "email": "li@example.com",
    }
    assert values({"phone": "12", "email": "nobody"}) == {"phone": "12", "email": "nobody"}


def test_a_null_unsets():
    assert READER.read({"age": None}) == (TraitWrite("age", TraitOp.UNSET),)
    assert READER.read({"age": True}, TraitOp.UNSET) == (TraitWrite("age", TraitOp.UNSET),)


def test_an_address_gives_its_city_and_stays_whole():
    found = values({"address": {"city": "杭州", "state": "浙江", "street": "x"}, "company": {"name": "A", "plan": "p"}})
    assert found == {
        "address": '{"city":"杭州","state":"浙江","street":"x"}',
        "city": "杭州",
        "province": "浙江",
        "company": "A",
        "plan": "p",
    }


@pytest.mark.parametrize(
    ("traits", "op", "code"),
    [
        ({"age": "33"}, TraitOp.SET, "fact.trait.type"),
        ({"age": True}, TraitOp.SET_ONCE, "fact.trait.type"),
        ({"age": "1"}, TraitOp.INCREMENT, "fact.trait.type"),
        ({"city": 1}, TraitOp.INCREMENT, "fact.trait.type"),
        ({"visits": "1"}, TraitOp.INCREMENT, "fact.trait.type"),
        ({"visits": [1]}, TraitOp.APPEND, "fact.trait.type"),
        ({"city": ["a"]}, TraitOp.APPEND, "fact.trait.type"),
        ({"*": 1}, TraitOp.UNSET, "fact.trait.name"),
    ],
)
def test_a_declared_trait_is_enforced_and_an_operation_needs_what_it_can_work_on(traits, op, code):
    with pytest.raises(AppError) as caught:
        READER.read(traits, op)
    assert caught.value.code == code
    assert caught.value.text("zh")


def test_increments_and_appends_are_read():
    assert values({"visits": 2, "income": 1.5}, TraitOp.INCREMENT) == {"visits": 2, "income": 150}
    assert values({"interests": ["tea"], "tags": ["a"]}, TraitOp.APPEND) == {"interests": ["tea"], "tags": ["a"]}


def test_a_trait_declared_later_is_read_from_what_was_kept_if_it_fits():
    assert READER.physical(TraitWrite("income", TraitOp.SET, 1.5, is_raw=True)) == 150
    assert READER.physical(TraitWrite("income", TraitOp.SET, 150)) == 150
    assert READER.physical(TraitWrite("income", TraitOp.SET, "x", is_raw=True)) is None
    assert READER.physical(TraitWrite("unheard_of", TraitOp.SET, "x", is_raw=True)) is None
    assert READER.physical(TraitWrite("income", TraitOp.UNSET)) is None
