import re

import pytest

from interplay.collect.facts.api import Dialect, catalogue, columns, decode_documents, json_schema, standard_documents
from interplay.collect.facts.catalogue import Names
from interplay.criteria.contracts import ValueType
from interplay.kernel.errors import AppError

OWN = """
kind: facts
fields:
  roast: {type: text, label: {zh: 烘焙度, en: Roast}, received_as: [roastLevel]}
facts:
  bean.tasted: {label: {zh: 品鉴了豆子, en: Tasted a bean}, fields: [roast, product_id], segment: [Bean Tasted]}
  order.completed: {label: {zh: 下单, en: Ordered}, fields: [roast]}
traits:
  favourite_roast: {type: text, label: {zh: 喜欢的烘焙度, en: Favourite roast}}
"""

SEGMENT_ECOMMERCE_V2 = """
Products Searched,Product List Viewed,Product List Filtered,Promotion Viewed,Promotion Clicked,Product Clicked,
Product Viewed,Product Added,Product Removed,Cart Viewed,Checkout Started,Checkout Step Viewed,
Checkout Step Completed,Payment Info Entered,Order Completed,Order Updated,Order Refunded,Order Cancelled,
Coupon Entered,Coupon Applied,Coupon Denied,Coupon Removed,Product Added to Wishlist,
Product Removed from Wishlist,Wishlist Product Added to Cart,Product Shared,Cart Shared,Product Reviewed
""".replace("\n", "").split(",")


def own(text):
    return catalogue(decode_documents(text, "own.yaml"))


def facts(**more):
    lines = ["kind: facts", *(f"{key}: {value}" for key, value in more.items())]
    return "\n".join(lines)


def test_there_are_about_sixty_standard_facts_or_more_with_names_in_both_languages():
    declared = catalogue()
    assert 60 <= len(declared.facts) <= 200
    for kind in declared.facts.values():
        assert re.search("[\u4e00-\u9fff]", kind.zh)
        assert kind.en
        for field in kind.fields.values():
            assert re.search("[\u4e00-\u9fff]|UTM", field.zh) or field.zh == field.en, field
            assert field.en
    for trait in declared.traits.values():
        assert trait.zh
        assert trait.en


@pytest.mark.parametrize("name", SEGMENT_ECOMMERCE_V2)
def test_every_event_of_segments_e_commerce_spec_has_a_fact_of_ours(name):
    declared = catalogue()
    names = Names(declared)
    ours = names.resolve(name, Dialect.SEGMENT)
    assert ours in declared.facts
    assert names.resolve(f" {name.lower()} ", Dialect.SEGMENT) == ours
    assert names.resolve(name.replace(" ", "_").upper(), Dialect.SEGMENT) == ours


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("$pageview", "page.viewed"),
        ("$WebClick", "element.clicked"),
        ("$AppStart", "app.opened"),
        ("$SignUp", "identity.aliased"),
        ("$AppViewScreen", "screen.viewed"),
        ("$AppInstall", "app.installed"),
        ("PayOrder", "order.completed"),
        ("order.completed", "order.completed"),
        ("抽盲盒", "抽盲盒"),
    ],
)
def test_names_of_the_sensors_dialect_map_onto_ours(name, ours):
    assert Names(catalogue()).resolve(name, Dialect.SENSORS) == ours


def test_an_undeclared_name_stays_as_received_without_the_space_around_it():
    assert Names(catalogue()).resolve("  Blind Box Opened ", Dialect.SEGMENT) == "Blind Box Opened"


def test_a_team_declares_facts_fields_and_traits_of_its_own_and_extends_standard_ones():
    declared = own(OWN)
    assert declared.facts["bean.tasted"].fields["roast"].type is ValueType.TEXT
    assert "channel" in declared.facts["bean.tasted"].fields
    assert {"roast", "order_id", "value"} <= declared.facts["order.completed"].fields.keys()
    assert declared.facts["order.completed"].en == "Ordered"
    assert "Order Completed" in declared.facts["order.completed"].segment_names
    assert declared.traits["favourite_roast"].en == "Favourite roast"


def test_standard_facts_are_written_in_the_format_that_teams_use():
    assert all(document.kind == "facts" for document in standard_documents())
    assert "every_fact" in json_schema()["$defs"]["FactsDocument"]["properties"]


def test_the_warehouse_gets_every_field_that_is_not_personal_once():
    found = columns(own(OWN))
    names = [name for name, _ in found]
    assert len(names) == len(set(names))
    assert ("value", ValueType.MONEY) in found
    assert ("roast", ValueType.TEXT) in found
    assert not {"url", "referrer", "comment", "answer_text"} & set(names)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (facts(facts="{Bean: {label: {zh: 豆, en: Bean}}}"), "facts.fact.name"),
        (facts(fields="{Roast: {type: text, label: {zh: 豆, en: Bean}}}"), "facts.field.name"),
        (facts(fields="{position: {type: text, label: {zh: 豆, en: Bean}}}"), "facts.field.reserved"),
        (facts(fields="{value: {type: text, label: {zh: 豆, en: Bean}}}"), "facts.field.type"),
        (facts(fields="{path: {type: text, personal: true, label: {zh: 豆, en: Bean}}}"), "facts.field.personal"),
        (facts(fields="{beans: {type: integer, code: true, label: {zh: 豆, en: B}}}"), "facts.field.code"),
        (facts(traits="{age: {type: text, label: {zh: 豆, en: Bean}}}"), "facts.trait.type"),
        (facts(traits="{email: {type: text, label: {zh: 豆, en: Bean}}}"), "facts.trait.personal"),
        (facts(traits="{x: {type: text, received_as: [mobile], label: {zh: 豆, en: B}}}"), "facts.trait.claimed"),
        (facts(facts="{a.b: {label: {zh: 豆, en: Bean}, fields: [wxyz]}}"), "facts.field.unknown"),
        (facts(facts="{a.b: {label: {zh: 豆, en: Bean}, fields: [ratting]}}"), "facts.field.unknown_meant"),
        (facts(facts="{a.b: {label: {zh: 豆, en: B}, segment: [order_completed]}}"), "facts.fact.claimed"),
        (facts(facts="{a.b: {label: {zh: 豆}}}"), "facts.document"),
        (facts(faktes="{}"), "facts.document"),
        (facts(fields="{x: {type: number, label: {zh: 豆, en: Bean}}}"), "facts.document"),
        ("kind: segment", "facts.document"),
        ("- 1", "facts.document"),
        ("a: [", "facts.document"),
    ],
)
def test_a_document_that_is_wrong_says_where(text, code):
    with pytest.raises(AppError) as caught:
        own(text)
    assert caught.value.code == code
    assert caught.value.text("en")
    assert caught.value.text("zh")


def test_a_field_has_one_type_in_all_documents_of_a_team():
    first = facts(fields="{beans: {type: integer, label: {zh: 豆, en: Beans}}}")
    with pytest.raises(AppError, match="one type"):
        own(first + "\n---\n" + first.replace("integer", "text"))
