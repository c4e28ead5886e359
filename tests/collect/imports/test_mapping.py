"""What people write wrong is said with its line and with what was probably meant."""

import pytest

from interplay.collect.imports import api
from interplay.kernel.errors import AppError

HEADER = "day,customer,qty,price\n2026-01-02,7,2,1.50\n"
WORKING = """at: day
identifiers: {user_id: customer}
facts:
  - fact: order.completed
    fields: {quantity: qty, value: price}
"""


def test_a_short_mapping_is_enough(importing):
    [fact] = importing.facts(HEADER, WORKING)
    assert fact.payload.fields == {"quantity": 2, "value": 150}
    assert fact.identifiers[0].value == "7"


@pytest.mark.parametrize(
    ("written", "instead", "code", "line", "hint"),
    [
        ("quantity: qty", "quantity: qyt", "column_meant", 7, "did you mean 'qty'"),
        ("quantity: qty", "quantity: nowhere", "column", 7, "it has customer, day, price, qty"),
        ("quantity: qty", "quantiti: qty", "field_meant", 7, "did you mean 'quantity'"),
        ("quantity: qty", "colour_of_the_moon: qty", "field", 7, "goes under `extra`"),
        ("order.completed", "order.complete", "fact_meant", 6, "did you mean 'order.completed'"),
        ("user_id:", "phnoe:", "identifier_meant", 4, "did you mean 'phone'"),
        ("at: day", "at: dya", "column_meant", 3, "did you mean 'day'"),
        ("at: day", "timezone: Asia/Shanghia\nat: day", "timezone_meant", 3, "Asia/Shanghai"),
        ("at: day", "timezone: Asia/Beijing\nat: day", "timezone_meant", 3, "did you mean 'Asia/Shanghai'"),
        ("at: day", "timezone: 北京\nat: day", "timezone_meant", 3, "did you mean 'Asia/Shanghai'"),
        ("at: day", "timezone: Xi'an\nat: day", "timezone_meant", 3, "did you mean 'Asia/Shanghai'"),
        ("at: day", "timezone: Europe/Lodon\nat: day", "timezone_meant", 3, "did you mean 'Europe/London'"),
        ("at: day", "file: {format: excel}\nat: day", "invalid", 3, "allowed are csv, jsonl, json, parquet"),
        ("at: day", "file: {decimal: ;}\nat: day", "invalid", 3, "';' is not allowed"),
        ("value: price", "value: {column: price, unlisted: mising}", "invalid", 7, "did you mean 'missing'"),
        ("value: price", "value: {column: price, type: number}", "invalid", 7, "money"),
        ("value: price", "value: {count: row}", "invalid", 7, "did you mean 'rows'"),
        ("at: day", "at: {column: day, format: hour}", "format_meant", 3, "did you mean 'hours'"),
        ("at: day", "at: {column: day, format: hours}", "since", 3, "since"),
        ("at: day", "currency: JPY\nat: day", "rate", 3, "no rate from JPY to CNY"),
        ("at: day", "id: [no]\nat: day", "column", 3, "'no'"),
        ("at: day", "at: day\nreject: [{when: {day: {matches: '('}}, reason: x}]", "regex", 4, "regular expression"),
        ("at: day", "at: day\nreject: [{when: {day: {}}, reason: x}]", "test", 4, "equals, in, begins"),
        ("value: price", "value: {sum: price}", "only_grouped", 7, "needs `group_by`"),
        ("value: price", "value: {column: price, constant: 1}", "pick", 7, "column, constant"),
        ("value: price", "coupon: {column: price, negate: true}", "option", 7, "only for integer, decimal, money"),
        ("value: price", "value: {constant: much}", "constant", 7, "'much' is not a number"),
        ("    fields:", "    traits: {agee: qty}\n    fields:", "trait_meant", 7, "did you mean 'age'"),
        ("at: day", "when: day", "invalid", 3, "there are kind, source, facts"),
        ("quantity: qty", "quantity: {colum: qty}", "invalid", 7, "did you mean 'column'"),
        ("at: day", "at: [day]", "invalid", 3, "this is list; it must be text, keys with values"),
        ("at: day", "at: day\nreject: [{when: {day: {begin: x}}, reason: x}]", "invalid", 4, "'begins'"),
    ],
)
def test_a_mistake_names_its_line_and_what_is_allowed(importing, written, instead, code, line, hint):
    with pytest.raises(AppError) as caught:
        importing.chunks(importing.file(HEADER), WORKING.replace(written, instead))
    assert caught.value.code == f"import.mapping.{code}"
    assert caught.value.params["line"] == line
    assert hint in str(caught.value)
    assert caught.value.text("zh") != caught.value.text("en")


def test_a_kind_that_is_misspelt_is_said():
    with pytest.raises(AppError, match=r"line 1, kind: 'maping' is not allowed here; did you mean 'mapping'\?"):
        api.decode("kind: maping\nsource: s\nfacts: []\n")


@pytest.mark.parametrize(("text", "line"), [("kind: [mapping", 2), ("a: b: c", 1), ("kind: mapping\n\tx: y", 2)])
def test_what_is_not_yaml_is_said_with_its_line(text, line):
    with pytest.raises(AppError) as caught:
        api.decode(text)
    assert caught.value.code == "import.mapping.yaml"
    assert caught.value.params["line"] in {line, line - 1}


def test_dates_and_times_of_the_document_stay_what_was_written():
    mapping = api.decode("kind: mapping\nsource: s\nat: {column: h, format: hours, since: 2018-08-01}\nfacts: []")
    assert mapping.at.since == "2018-08-01"


def test_all_mistakes_are_planned_at_once(importing):
    text = "kind: mapping\nsource: test\n" + WORKING.replace("qty}", "qyt}").replace("at: day", "at: dya")
    text = text.replace("quantity: qty", "quantity: qyt")
    plan = api.plan(importing.file(HEADER), api.decode(text), importing.reading(), text=text)
    assert [mistake.params["given"] for mistake in plan.mistakes] == ["dya", "qyt"]
    assert plan.sample == [{"day": "2026-01-02", "customer": "7", "qty": "2", "price": "1.50"}]
    assert plan.facts == []


def test_a_plan_shows_what_the_first_rows_would_become(importing):
    text = "kind: mapping\nsource: test\n" + WORKING
    plan = api.plan(importing.file(HEADER + "2026-01-03,7,x,1\n"), api.decode(text), importing.reading(), text=text)
    assert [column.name for column in plan.columns] == ["day", "customer", "qty", "price"]
    assert len(plan.facts) == 1
    assert [(one.line, one.code) for one in plan.rejects] == [(3, "import.value.number")]


def test_the_schema_is_published_for_editors():
    assert "FactRule" in api.json_schema()["$defs"]


def test_a_converted_amount_says_from_which_currency(importing):
    [fact] = importing.facts(HEADER, "currency: USD\n" + WORKING)
    assert fact.payload.fields == {"quantity": 2, "value": 1065, "currency": "USD", "rate": 7_100_000}


@pytest.mark.parametrize("name", ["acts", "staff", " Members "])
def test_a_mapping_does_not_take_a_source_of_ours(importing, name):
    mapping = api.decode(f'kind: mapping\nsource: "{name}"\n{WORKING}')
    [mistake] = api.plan(importing.file(HEADER), mapping, importing.reading()).mistakes
    assert mistake.code == "import.mapping.own_source"
