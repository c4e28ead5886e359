"""Whatever a file or a mapping holds, the answer is facts, rejects or an AppError, and every row is in one of them."""

import json
from contextlib import suppress

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interplay.collect.imports import api
from interplay.kernel.errors import AppError

FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MAPPING = "at: a\nidentifiers: {user_id: b}\nfacts: [{fact: product.viewed, fields: {product_name: c, price: d}}]\n"
COLUMNS = "file: {columns: [a, b, c, d]}\n"

cells = st.one_of(st.sampled_from(["2026-01-01", "7", "1.5", "", "x", '"', '"a"', "\ufeff"]), st.text(max_size=6))
lines = st.lists(st.lists(cells, min_size=1, max_size=5).map(",".join), max_size=12)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=8,
)
keys = st.sampled_from(["kind", "facts", "fact", "at", "fields", "when", "sum", "column", "reject", "source"])
documents = st.recursive(
    st.text(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4)
)


@FUZZ
@given(st.binary(max_size=300))
def test_any_bytes_as_csv(importing, content):
    with suppress(AppError):
        importing.chunks(importing.file(content), COLUMNS + MAPPING)


@FUZZ
@given(lines)
def test_no_row_of_a_csv_is_lost(importing, rows):
    importing.rows_per_chunk = 3
    content = "\n".join(["2026-01-01,7,ü,1", *rows, ""]).encode()
    chunks = importing.chunks(importing.file(content), COLUMNS + MAPPING)
    facts = sum(len(chunk.facts) for chunk in chunks)
    quoted = "\n".join(one.raw for chunk in chunks for one in chunk.rejects)
    assert facts >= 1
    assert chunks[-1].rows == facts + sum(len(chunk.rejects) for chunk in chunks)
    assert all(row in quoted for row in rows if row.strip(",") == "x")


@FUZZ
@given(st.lists(json_values, max_size=6))
def test_any_json_lines(importing, values):
    content = "\n".join(json.dumps(value) for value in values) + "\n"
    chunks = importing.chunks(importing.file(content, "rows.jsonl"), COLUMNS + MAPPING)
    assert sum(len(chunk.facts) + len(chunk.rejects) for chunk in chunks) == len(values)


@FUZZ
@given(st.text(max_size=80))
def test_any_text_as_a_mapping(text):
    with suppress(AppError):
        api.decode(text)


@FUZZ
@given(documents)
def test_any_document_as_a_mapping(document):
    with suppress(AppError):
        api.decode(yaml.safe_dump(document))


def test_a_document_nested_without_end():
    with suppress(AppError):
        api.decode("[" * 20_000)
