"""One row, one fact or several."""

import pytest

from interplay.collect.imports import api

SHARED = "at: at\nidentifiers: {user_id: who}\n"


def test_a_row_goes_to_every_fact_whose_condition_holds(importing):
    facts = importing.facts(
        "at,who,kind\n2026-01-01,1,buy\n2026-01-01,1,look\n",
        SHARED + "facts:\n  - {fact: page.viewed}\n  - {fact: order.completed, when: {kind: buy}}\n",
    )
    assert [fact.name for fact in facts] == ["page.viewed", "order.completed", "page.viewed"]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("5", ["5"]), ("[5, C7]", ["5", "C7"]), ("{begins: C}", ["C7", "C8"]), ("{matches: 'C[78]'}", ["C7", "C8"]),
        ("{missing: true}", [None]), ("{missing: false}", ["5", "C7", "C8"]), ("{begins: C, in: [C8, 5]}", ["C8"]),
        ("{equals: c7}", []),
    ],
)  # fmt: skip
def test_conditions_compare_cells_as_text(importing, test, expected):
    mapping = SHARED + "facts:\n  - fact: order.completed\n    when: {no: " + test + "}\n    fields: {order_id: no}\n"
    chunks = importing.chunks(
        importing.file("at,who,no\n" + "".join(f"2026-01-01,1,{n}\n" for n in ("5", "C7", "C8", ""))), mapping
    )
    assert [fact.payload.fields.get("order_id") for chunk in chunks for fact in chunk.facts] == expected
    assert sum(len(chunk.facts) + len(chunk.rejects) for chunk in chunks) == 4


def test_a_filter_lists_its_rows_with_the_reason_and_ignoring_only_counts(importing):
    mapping = SHARED + (
        "reject:\n  - {when: {kind: void}, reason: never paid}\n"
        "ignore:\n  - {when: {kind: test}, reason: a test}\nfacts: [{fact: page.viewed, when: {kind: look}}]\n"
    )
    rows = "at,who,kind\n2026-01-01,1,void\n2026-01-01,1,test\n2026-01-01,1,look\n2026-01-01,1,other\n"
    [chunk] = importing.chunks(importing.file(rows), mapping)
    assert [(one.line, one.text()) for one in chunk.rejects] == [
        (2, "left out by the mapping: never paid"),
        (5, "no fact of the mapping wants this row; give it one, or leave it out with `reject` or `ignore`"),
    ]
    assert chunk.rejects[0].raw == "2026-01-01,1,void"
    assert chunk.ignored == {"a test": 1}
    assert len(chunk.facts) == 1


def test_values_are_replaced_before_they_are_read(importing):
    mapping = SHARED + (
        "facts:\n  - fact: customer.identified\n    traits:\n      age: {column: age, missing: [118]}\n"
        "      gender: {column: sex, values: {M: male, F: female, '-': null}, unlisted: reject}\n"
    )
    rows = "at,who,age,sex\n2026-01-01,1,118,M\n2026-01-01,2,30,-\n2026-01-01,3,30,Q\n"
    [chunk] = importing.chunks(importing.file(rows), mapping)
    assert [[(t.trait, t.value) for t in fact.payload.traits] for fact in chunk.facts] == [
        [("gender", "male")],
        [("age", 30)],
    ]
    assert [(one.line, one.field, one.code) for one in chunk.rejects] == [(4, "gender", "import.value.unlisted")]


def test_missing_markers_constants_signs_and_extra(importing):
    mapping = SHARED + (
        "file: {missing: [NULL]}\nfacts:\n  - fact: order.refunded\n    fields:\n"
        "      value: {column: amount, negate: true}\n      payment_method: {constant: cash}\n"
        "      quantity: {column: n, times: amount, absolute: true}\n      reason: note\n    extra: {till: till}\n"
    )
    [fact] = importing.facts("at,who,amount,n,note,till\n2026-01-01,1,-5,3,NULL,T1\n", mapping)
    assert fact.payload.fields == {"value": 500, "payment_method": "cash", "quantity": 15}
    assert fact.payload.extra == {"till": "T1"}


def test_a_bad_cell_rejects_the_whole_row_with_its_field(importing):
    mapping = SHARED + "facts:\n  - {fact: page.viewed}\n  - {fact: order.completed, fields: {value: v, quantity: n}}\n"
    rows = "at,who,v,n\n2026-01-01,1,x,1\n,1,1,1\n1970-01-01,1,1,1\n2999-01-01,1,1,1\n2026-01-01,1,1,1.5\n"
    assert importing.rejects(rows, mapping) == [
        (2, "value", "import.value.number"),
        (3, "at", "import.value.required"),
        (4, "at", "import.value.early"),
        (5, "at", "import.value.future"),
        (6, "quantity", "import.value.integer"),
    ]


def test_identifiers_are_normalized_strongest_first_and_wrong_ones_are_rejects(importing):
    mapping = "at: at\nidentifiers: {email: mail, phone: tel, 'ext:erp': erp}\nfacts: [{fact: page.viewed}]\n"
    rows = "at,mail,tel,erp\n2026-01-01,A@Example.com,138 0013 8000,e1\n2026-01-01,,,\n2026-01-01,,12,\n"
    [chunk] = importing.chunks(importing.file(rows), mapping)
    assert [one.kind for one in chunk.facts[0].identifiers] == ["phone", "email", "ext:erp"]
    assert chunk.facts[0].payload.identifiers[0] == ("phone", "+8613800138000")
    assert chunk.facts[1].identifiers == ()
    [reject] = chunk.rejects
    assert (reject.line, reject.field) == (4, "phone")
    assert "'12' is not a phone number of CN; one looks like 13123456789" in reject.text()
    assert "13123456789" in reject.text("zh")


def test_a_time_in_the_future_is_said_beside_the_mapping_s_own_now(importing):
    mapping = "timezone: Asia/Shanghai\n" + SHARED + "facts: [{fact: page.viewed}]\n"
    [chunk] = importing.chunks(importing.file("at,who\n2999-01-01 08:00:00,1\n"), mapping)
    told = "'2999-01-01 08:00:00' lies in the future (it is 2026-09-21 22:13:20+08:00)"
    assert chunk.rejects[0].text() == told


def test_a_required_identifier_that_is_missing_is_a_reject(importing):
    mapping = "at: at\nidentifiers: {user_id: {column: who, required: true}}\nfacts: [{fact: page.viewed}]\n"
    assert importing.rejects("at,who\n2026-01-01,\n", mapping) == [(2, "user_id", "import.value.required")]


def test_identical_rows_all_count_and_keep_their_identity_wherever_they_stand(importing):
    mapping = SHARED + "facts: [{fact: page.viewed}]\n"
    a, b = "2026-01-01,1\n", "2026-01-02,1\n"
    first = importing.facts("at,who\n" + a + a + b, mapping)
    moved = importing.facts("at,who\n" + b + a + a, mapping)
    assert len({fact.digest for fact in first}) == 3
    assert {fact.digest for fact in first} == {fact.digest for fact in moved}


def test_the_key_columns_are_the_identity_whatever_else_changes(importing):
    mapping = SHARED + "id: [no]\nfacts: [{fact: order.completed, fields: {value: v}}]\n"
    [before] = importing.facts("at,who,no,v\n2026-01-01,1,7,1\n", mapping)
    [after] = importing.facts("at,who,no,v\n2026-01-01,1,7,2\n", mapping)
    assert before.digest == after.digest
    assert importing.rejects("at,who,no,v\n2026-01-01,1,,2\n", mapping) == [(2, "no", "import.row.key")]


def test_two_rules_for_one_fact_make_two_facts_of_one_row(importing):
    mapping = SHARED + "id: [who]\nfacts:\n  - {fact: page.viewed}\n  - {fact: page.viewed}\n"
    first, second = importing.facts("at,who\n2026-01-01,1\n", mapping)
    assert first.digest != second.digest


def test_the_hour_is_that_of_the_facts_own_time(importing):
    [fact] = importing.facts("at,who\n2026-01-01T09:30:00+08:00,1\n", SHARED + "facts: [{fact: page.viewed}]\n")
    assert fact.hour * 3_600_000_000 <= fact.at < (fact.hour + 1) * 3_600_000_000


def test_reading_resumes_after_any_chunk_with_the_same_identities(importing):
    importing.rows_per_chunk = 2
    mapping = SHARED + "facts: [{fact: page.viewed}]\n"
    path = importing.file("at,who\n" + "2026-01-01,1\n" * 5 + "bad\n" + "2026-01-01,2\n" * 2)
    whole = importing.chunks(path, mapping)
    for start in range(len(whole) + 1):
        assert importing.chunks(path, mapping, start=start) == whole[start:]
    assert api.encode_reject(whole[-2].rejects[0]).startswith(b'{"line":7,')


def test_a_key_that_is_a_list_is_a_reject(importing):
    mapping = "id: [no]\nat: at\nfacts: [{fact: page.viewed}]\n"
    assert importing.rejects('{"no": ["A"], "at": "2026-01-01"}', mapping, "rows.jsonl") == [
        (1, "no", "import.row.key")
    ]
