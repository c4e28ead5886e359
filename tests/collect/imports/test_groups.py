"""Many rows, lying anywhere, one fact."""

from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MAPPING = """timezone: UTC
group_by: [no]
at: at
identifiers: {user_id: who}
facts:
  - fact: order.completed
    fields:
      order_id: no
      value: {sum: qty, times: price}
      quantity: {sum: qty}
      item_count: {count: rows}
      coupon: {last: code}
      discount: {max: off}
    items:
      products: {product_id: sku, quantity: {column: qty, type: integer}, unit: {constant: piece}}
"""
HEADER = "no,at,who,qty,price,code,off,sku\n"


def test_rows_lying_apart_make_one_fact_at_the_earliest_time(importing):
    rows = (
        "A,2026-01-01T10:00,,1,0.105,x,1,s1\n"
        "B,2026-01-01T09:00,8,1,1,,,s1\n"
        "A,2026-01-01T09:00,7,2,0.100,y,,s2\n"
        "A,2026-01-01T11:00,7,,5,,3,\n"
    )
    first, second = importing.facts(HEADER + rows, MAPPING)
    assert first.payload.fields == {
        "order_id": "A", "value": 30, "quantity": 3, "item_count": 3, "coupon": "y", "discount": 300,
    }  # fmt: skip
    assert first.at == second.at
    assert first.identifiers[0].value == "7"
    assert first.payload.extra["products"] == [
        {"product_id": "s1", "quantity": 1, "unit": "piece"},
        {"product_id": "s2", "quantity": 2, "unit": "piece"},
        {"unit": "piece"},
    ]
    assert second.payload.fields == {"order_id": "B", "value": 100, "quantity": 1, "item_count": 1}


def test_one_bad_row_refuses_the_whole_fact_and_quotes_every_row(importing):
    rows = "A,2026-01-01,7,1,1,,,\nB,2026-01-01,7,1,1,,,\nA,2026-01-01,7,one,1,,,\nA,2026-01-01,7,1,1,,,\n"
    chunks = importing.chunks(importing.file(HEADER + rows), MAPPING)
    rejects = sorted((one for chunk in chunks for one in chunk.rejects), key=lambda one: one.line)
    assert [(one.line, one.field, one.code) for one in rejects] == [
        (2, "", "import.group.spoiled"),
        (4, "value", "import.value.number"),
        (5, "", "import.group.spoiled"),
    ]
    assert rejects[0].raw == "A,2026-01-01,7,1,1,,,"
    assert [fact.payload.fields["order_id"] for chunk in chunks for fact in chunk.facts] == ["B"]


GOOD_A = "A,2026-01-01,7,1,1,,,\n"
BAD_LINES = [
    ("A,2026-01-01,7,1\n", "import.row.ragged"),
    ("A,2026-01-01,7,1,1,,,,\n", "import.row.ragged"),
    ('A,2026-01-01,"7"x,1,1,,,\n', "import.row.quotes"),
    ('"A",2026-01-01,7,1,1,,,"open', "import.row.quotes"),
    ("A,2026-01-01,7,1,1,a\0b,,\n", "import.line.nul"),
    (b"A,2026-01-01,7,1,1,\xff,,\n", "import.line.encoding"),
]


@pytest.mark.parametrize(("line", "code"), BAD_LINES)
def test_a_line_whose_key_can_be_read_spoils_its_fact_whatever_is_wrong_with_it(importing, line, code):
    bad = line if isinstance(line, bytes) else line.encode()
    content = (HEADER + GOOD_A + "B,2026-01-01,7,1,1,é,,\n").encode() + bad
    chunks = importing.chunks(importing.file(content), MAPPING)
    rejects = sorted((one.line, one.code) for chunk in chunks for one in chunk.rejects)
    assert rejects == [(2, "import.group.spoiled"), (4, code)]
    assert [fact.payload.fields["order_id"] for chunk in chunks for fact in chunk.facts] == ["B"]


@pytest.mark.parametrize("key", [0, 6])
def test_every_line_that_an_open_quote_takes_spoils_its_fact(importing, key):
    names = HEADER.strip().split(",")[1:]
    header = ",".join([*names[:key], "no", *names[key:]])

    def line(no, rest):
        cells = rest.split(",")
        return ",".join([*cells[:key], no, *cells[key:]]) + "\n"

    whole = "2026-01-01,7,1,1,,,"
    rows = line("A", whole) + line("B", whole) + line("C", whole) + line("D", whole)
    rows += line("A", '2026-01-01,"7,1,1,,,') + line("B", whole) + line("C", '2026-01-01,"7",1,1,,,') + line("E", whole)
    chunks = importing.chunks(importing.file(header + "\n" + rows), MAPPING)
    assert [fact.payload.fields["order_id"] for chunk in chunks for fact in chunk.facts] == ["D", "E"]
    spoiled = {one.line: one.params["spoiled_by"] for chunk in chunks for one in chunk.rejects if one.line < 5}
    assert spoiled == {2: 6, 3: 7, 4: 8}


def test_a_row_that_no_rule_wants_spoils_the_facts_of_its_key(importing):
    mapping = MAPPING.replace("fact: order.completed", "fact: order.completed\n    when: {sku: [s1, s2]}")
    rows = "A,2026-01-01,7,1,1,,,s1\nA,2026-01-01,7,1,1,,,S2\nB,2026-01-01,7,1,1,,,s2\n"
    assert importing.rejects(HEADER + rows, mapping) == [
        (3, "", "import.row.no_fact"), (2, "", "import.group.spoiled")
    ]  # fmt: skip


def test_a_row_that_the_mapping_leaves_out_spoils_nothing(importing):
    mapping = MAPPING + "reject: [{when: {sku: void}, reason: void}]\n"
    rows = "A,2026-01-01,7,1,1,,,s1\nA,2026-01-01,7,1,1,,,void\n"
    assert importing.rejects(HEADER + rows, mapping) == [(3, "", "import.row.filtered")]


@pytest.mark.parametrize("broken", ['"qty": NaN', '"qty": 1, "code": "\0"', '"qty": 1, "code": "\udcff"'])
def test_a_json_line_whose_key_can_be_read_spoils_its_fact(importing, broken):
    good = '{"no": "%s", "at": "2026-01-01", "who": 7, "qty": 1, "price": 1, "code": "é", "off": 0, "sku": 1}\n'
    content = good % "B" + good % "A" + '{"no": "A", "at": "2026-01-01", "who": 7, ' + broken + "}\n"
    path = importing.file(content.encode(errors="surrogateescape"), "rows.jsonl")
    chunks = importing.chunks(path, MAPPING)
    assert [fact.payload.fields["order_id"] for chunk in chunks for fact in chunk.facts] == ["B"]
    assert sorted(one.line for chunk in chunks for one in chunk.rejects) == [2, 3]


def test_a_key_that_is_a_list_is_a_reject(importing):
    row = '{"no": ["A"], "at": "2026-01-01", "who": 7, "qty": 1, "price": 1, "code": "", "off": 0, "sku": 1}'
    assert importing.rejects(row, MAPPING, "rows.jsonl") == [(1, "order_id", "import.value.nested")]
    assert importing.rejects(row, MAPPING.replace("order_id: no", "order_id: sku"), "rows.jsonl") == [
        (1, "no", "import.row.key")
    ]


@pytest.mark.parametrize("rows_in_memory_max", [1, 1_000])
def test_rows_that_name_two_people_make_no_fact_unless_the_mapping_chooses(importing, rows_in_memory_max):
    importing.rows_in_memory_max = rows_in_memory_max
    importing.rows_per_chunk = 1
    rows = "".join(f"{no},2026-01-01,{who},1,1,,,\n" for no, who in [("A", ""), ("A", 7), ("A", 8), ("B", 7), ("B", 7)])
    path = importing.file(HEADER + rows)
    chunks = importing.chunks(path, MAPPING)
    rejects = [one for chunk in chunks for one in chunk.rejects]
    assert [(one.line, one.field, one.code) for one in rejects] == [
        (line, "user_id", "import.group.identifiers") for line in (2, 3, 4)
    ]
    assert "both '7' and '8'" in rejects[0].text()
    assert [fact.identifiers[0].value for chunk in chunks for fact in chunk.facts] == ["7"]
    for how, value in (("first", "7"), ("last", "8")):
        [fact, _] = importing.facts(HEADER + rows, MAPPING.replace("user_id: who", f"user_id: {{{how}: who}}"))
        assert fact.identifiers[0].value == value


def test_a_sum_that_does_not_fit_refuses_its_rows(importing):
    rows = "A,2026-01-01,7,1000000000,1e10,,,\nA,2026-01-01,7,1,1,,,\n"
    assert importing.rejects(HEADER + rows, MAPPING) == [
        (2, "value", "import.value.number_large"),
        (3, "value", "import.value.number_large"),
    ]


def test_a_row_without_its_key_is_a_reject(importing):
    assert importing.rejects(HEADER + ",2026-01-01,7,1,1,,,\n", MAPPING) == [(2, "no", "import.row.key")]


@pytest.mark.parametrize("rows_in_memory_max", [1, 7])
def test_what_is_set_aside_on_disk_comes_back_the_same(importing, rows_in_memory_max):
    rows = "".join(f"{i % 7},2026-01-0{1 + i % 3},u{i % 7},{i},0.{i:03},c{i},,s{i}\n" for i in range(60))
    rows += "3,2026-01-01,7,x,1,,,\n"
    path = importing.file(HEADER + rows)
    importing.rows_per_chunk = 5
    in_memory = importing.chunks(path, MAPPING)
    importing.rows_in_memory_max = rows_in_memory_max
    on_disk = importing.chunks(path, MAPPING)
    for part in ("facts", "rejects"):
        before = {repr(one) for chunk in in_memory for one in getattr(chunk, part)}
        assert before == {repr(one) for chunk in on_disk for one in getattr(chunk, part)}
    for start in range(len(on_disk)):
        assert importing.chunks(path, MAPPING, start=start) == on_disk[start:]


prices = st.decimals(min_value=-100, max_value=100, places=3)
orders = st.lists(st.tuples(st.sampled_from("ABCD"), st.integers(-50, 50), prices), min_size=1, max_size=40)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(orders)
def test_the_sum_of_products_is_exact_and_rounded_once(importing, lines):
    rows = "".join(f"{no},2026-01-01,7,{qty},{price:f},,,\n" for no, qty, price in lines)
    exact: dict[str, Decimal] = defaultdict(Decimal)
    for no, qty, price in lines:
        exact[no] += qty * price
    found = {f.payload.fields["order_id"]: f.payload.fields["value"] for f in importing.facts(HEADER + rows, MAPPING)}
    assert found == {no: int((100 * value).quantize(Decimal(1), ROUND_HALF_EVEN)) for no, value in exact.items()}
