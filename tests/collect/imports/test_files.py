"""Files as people have them: broken, torn, in the wrong encoding, of the wrong kind."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from interplay.collect.imports import api, delimited
from interplay.collect.imports.contracts import LINE_BYTES_MAX
from interplay.kernel.errors import AppError

MAPPING = "at: at\nidentifiers: {user_id: who}\nfacts: [{fact: page.viewed, fields: {title: title}}]\n"
HEADER = "at,who,title\n"
ROW = "2026-01-01,1,hello\n"


def refusal(importing, content, name="rows.csv", mapping=MAPPING, encoding=None):
    with pytest.raises(AppError) as caught:
        importing.chunks(importing.file(content, name), mapping, encoding)
    assert caught.value.text("zh")
    return caught.value


def titles(facts):
    return [fact.payload.fields["title"] for fact in facts]


def test_quotes_hold_delimiters_and_line_ends_and_lines_keep_their_numbers(importing):
    rows = HEADER + '2026-01-01,1,"a, ""b""\nc"\n\n2026-01-01,1\n2026-01-01,1,d'
    [chunk] = importing.chunks(importing.file(rows), MAPPING)
    assert titles(chunk.facts) == ['a, "b"\nc', "d"]
    assert [(one.line, one.code, one.raw) for one in chunk.rejects] == [(5, "import.row.ragged", "2026-01-01,1")]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_of_every_system(importing, end):
    assert titles(importing.facts((HEADER + ROW).replace("\n", end), MAPPING)) == ["hello"]


@pytest.mark.parametrize(
    ("torn", "code"),
    [("2026-01-01,1", "import.row.ragged"), ('2026-01-01,1,"hel', "import.row.quotes")],
)
def test_a_torn_last_line_is_a_reject_with_its_number(importing, torn, code):
    [chunk] = importing.chunks(importing.file(HEADER + ROW + torn), MAPPING)
    assert len(chunk.facts) == 1
    assert [(one.line, one.code, one.raw) for one in chunk.rejects] == [(3, code, torn)]


def test_wrong_quotes_cost_one_row(importing):
    rows = HEADER + '2026-01-01,1,"a"b\n' + ROW
    [chunk] = importing.chunks(importing.file(rows), MAPPING)
    assert [(one.line, one.code) for one in chunk.rejects] == [(2, "import.row.quotes")]
    assert titles(chunk.facts) == ["hello"]


def test_a_quote_that_never_ends_costs_as_many_lines_as_a_cell_may_have(importing):
    limit = delimited.QUOTED_LINES_MAX
    rows = HEADER + '2026-01-01,1,"open\n' + ROW * 2_000
    chunks = importing.chunks(importing.file(rows), MAPPING)
    [reject] = [one for chunk in chunks for one in chunk.rejects]
    assert (reject.line, reject.code, reject.params["lines"]) == (2, "import.row.quotes_endless", limit)
    assert "in the 100 lines that follow" in reject.text()
    assert reject.raw == ('2026-01-01,1,"open\n' + ROW * limit).rstrip()
    assert sum(len(chunk.facts) for chunk in chunks) == 2_000 - limit


def test_a_quote_that_never_ends_tears_no_row_that_lies_across_the_end_of_its_batch(importing):
    importing.rows_per_chunk = 5
    limit = delimited.QUOTED_LINES_MAX
    long = '2026-01-01,1,"' + "a line\n" * (limit - 5) + '"\n'
    rows = HEADER + '2026-01-01,1,"open\n' + ROW * (limit + 2) + long * 30 + ROW
    chunks = importing.chunks(importing.file(rows), MAPPING)
    assert [(one.line, one.code) for chunk in chunks for one in chunk.rejects] == [(2, "import.row.quotes_endless")]
    assert titles(fact for chunk in chunks for fact in chunk.facts) == [
        "hello", "hello", *[("a line\n" * (limit - 5)).strip()] * 30, "hello"
    ]  # fmt: skip


def test_a_cell_may_have_as_many_lines_as_the_limit_says(importing):
    text = "\n".join(["line"] * delimited.QUOTED_LINES_MAX)
    assert titles(importing.facts(HEADER + f'2026-01-01,1,"{text}"\n' + ROW, MAPPING)) == [text, "hello"]


def test_a_row_after_lines_that_are_no_text_keeps_its_number(importing):
    content = (HEADER + "2026-01-01,1,你\n").encode() + b"\xff\n\xff\n" + b'2026-01-01,1,"a"b\n' + ROW.encode()
    [chunk] = importing.chunks(importing.file(content), MAPPING)
    assert [one.line for one in chunk.rejects] == [3, 4, 5]
    assert len(chunk.facts) == 2


def test_a_byte_order_mark_is_not_part_of_the_first_name(importing):
    assert titles(importing.facts("\ufeff" + HEADER + ROW, MAPPING)) == ["hello"]


def test_gbk_is_said_and_the_encoding_offered(importing):
    content = (HEADER + "2026-01-01,1,你好\n").encode("gbk")
    error = refusal(importing, content)
    assert error.code == "import.file.encoding"
    assert "--encoding gb18030" in str(error)
    [chunk] = importing.chunks(importing.file(content), MAPPING, encoding="gb18030")
    assert titles(chunk.facts) == ["你好"]


def test_a_gbk_header_is_said_too(importing):
    assert refusal(importing, "时间,用户\n".encode("gbk")).code == "import.file.encoding"


def test_one_broken_line_in_a_file_of_the_right_encoding_costs_one_line(importing):
    content = (HEADER + "2026-01-01,1,你好\n").encode() + b"2026-01-01,1,\xff\xfe\n" + ROW.encode()
    [chunk] = importing.chunks(importing.file(content), MAPPING)
    assert titles(chunk.facts) == ["你好", "hello"]
    assert [(one.line, one.code, one.raw) for one in chunk.rejects] == [
        (3, "import.line.encoding", "2026-01-01,1,\\xff\\xfe")
    ]


def test_utf_16_is_offered_and_read(importing):
    content = (HEADER + "2026-01-01,1,你好\n" + ROW).encode("utf-16")
    assert refusal(importing, content).params["offer"] == "utf-16"
    [chunk] = importing.chunks(importing.file(content), MAPPING, encoding="utf-16")
    assert titles(chunk.facts) == ["你好", "hello"]


def test_an_encoding_that_does_not_exist(importing):
    assert refusal(importing, HEADER, encoding="utf-9").code == "import.file.encoding_name"
    assert refusal(importing, HEADER, encoding="hex").code == "import.file.encoding_name"


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl", "rows.json", "rows.parquet"])
def test_an_empty_file_is_said(importing, name):
    assert refusal(importing, b"", name).code == "import.file.empty"


def test_an_empty_file_is_said_when_the_mapping_names_the_columns(importing):
    assert refusal(importing, b"", mapping="file: {columns: [at, who, title]}\n" + MAPPING).code == "import.file.empty"


def test_a_header_alone_is_no_row(importing):
    assert importing.facts(HEADER, MAPPING) == []


def test_two_columns_of_one_name_are_refused(importing):
    assert refusal(importing, "at,who,title,who\n").code == "import.file.header_twice"


def test_nul_bytes_cost_one_line(importing):
    [chunk] = importing.chunks(importing.file(HEADER + "2026-01-01,1,a\0b\n" + ROW), MAPPING)
    assert [(one.line, one.code) for one in chunk.rejects] == [(2, "import.line.nul")]
    assert len(chunk.facts) == 1


def test_an_endless_line_costs_one_line_and_little_memory(importing):
    content = HEADER + "2026-01-01,1," + "x" * (3 * LINE_BYTES_MAX) + "\n" + ROW
    [chunk] = importing.chunks(importing.file(content), MAPPING)
    [one] = chunk.rejects
    assert (one.line, one.code) == (2, "import.line.long")
    assert len(one.raw) < LINE_BYTES_MAX
    assert titles(chunk.facts) == ["hello"]


def test_too_many_columns_are_refused(importing):
    header = ",".join(f"c{i}" for i in range(delimited.COLUMNS_MAX + 1))
    assert refusal(importing, header + "\n").code == "import.file.columns"


@pytest.mark.parametrize(
    ("name", "shape"), [("rows.tsv", ""), ("rows.csv", "file: {delimiter: ';'}\n"), ("rows.dat", "")]
)
def test_delimiters_and_names(importing, name, shape):
    content = (HEADER + ROW).replace(",", "\t" if name == "rows.tsv" else ";")
    if name == "rows.dat":
        assert refusal(importing, content, name).code == "import.file.format"
    else:
        assert titles(importing.facts(content, shape + MAPPING, name)) == ["hello"]


def test_a_missing_file_is_said(importing):
    with pytest.raises(AppError, match="there is no file"):
        importing.chunks(importing.folder / "nowhere.csv", MAPPING)


NESTED = "at: at\nidentifiers: {user_id: by.id}\nfields: {title: by.name}\nextra: {tags: tags}\n"
NESTED += "facts: [{fact: page.viewed}]\n"


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json"])
def test_json_rows_reach_into_objects(importing, name):
    rows = [{"at": "2026-01-01", "by": {"id": i, "name": f"n{i}"}, "tags": ["x", 1.5]} for i in range(2)]
    content = json.dumps(rows) if name == "rows.json" else "\n".join(map(json.dumps, rows))
    facts = importing.facts(content, NESTED, name)
    assert titles(facts) == ["n0", "n1"]
    assert facts[1].identifiers[0].value == "1"
    assert facts[0].payload.extra == {"tags": ["x", 1.5]}


def test_broken_json_lines_are_rejects_with_their_numbers(importing):
    good = '{"at": "2026-01-01", "by": {"id": 1, "name": "n"}, "tags": []}'
    broken = [
        "not json",
        "[1]",
        '{"at": NaN}',
        '{"at": ' + "9" * 5000 + "}",
        '{"a":' * 3000,
        '{"at": "\\ud800"}',
        good[:20],
    ]
    [chunk] = importing.chunks(importing.file("\n".join([good, "", *broken]), "rows.jsonl"), NESTED)
    assert len(chunk.facts) == 1
    assert [(one.line, one.code) for one in chunk.rejects] == [(line, "import.row.json") for line in range(3, 10)]


def test_numbers_of_json_are_exact(importing):
    mapping = "at: at\nfacts: [{fact: order.completed, fields: {value: v, quantity: n}}]\n"
    rows = '{"at": "2026-01-01", "v": 4.035, "n": 3.0}\n{"at": "2026-01-01", "v": true, "n": 1}\n'
    [chunk] = importing.chunks(importing.file(rows, "rows.jsonl"), mapping)
    assert chunk.facts[0].payload.fields == {"value": 404, "quantity": 3}
    assert [(one.line, one.field) for one in chunk.rejects] == [(2, "value")]


def test_a_json_array_that_is_none(importing):
    assert refusal(importing, "[1, 2", "rows.json").code == "import.file.json"
    assert importing.rejects('[1, {"at": "2026-01-01", "who": 1, "title": "t"}]', MAPPING, "rows.json") == [
        (1, "", "import.row.json")
    ]


def parquet(importing, **columns):
    path = importing.folder / "rows.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def test_parquet_keeps_what_its_types_say(importing):
    path = parquet(
        importing,
        at=pa.array([1_767_225_600_000, None], pa.timestamp("ms", "UTC")),
        who=pa.array([1.0, 2.0]),
        title=pa.array(["a", "b"]).dictionary_encode(),
        kept=pa.array(["c", "d"]),
        day=pa.array([20454, None], pa.date32()),
        n=pa.array([float("nan"), 2.5]),
        by=pa.array([{"name": "x"}, None]),
        tags=pa.array([["p", "q"], None]),
    )
    mapping = "at: at\nidentifiers: {user_id: who}\nfacts:\n  - fact: product.viewed\n"
    mapping += "    fields: {product_name: title, price: n}\n    extra: {day: day, by: by.name, tags: tags}\n"
    [chunk] = importing.chunks(path, mapping)
    [fact] = chunk.facts
    assert fact.at == 1_767_225_600_000_000
    assert fact.identifiers[0].value == "1"
    assert fact.payload.fields == {"product_name": "a"}
    assert fact.payload.extra == {"day": "2026-01-01", "by": "x", "tags": ["p", "q"]}
    assert [(one.line, one.code) for one in chunk.rejects] == [(2, "import.value.required")]
    assert json.loads(chunk.rejects[0].raw)["kept"] == "d"


@pytest.mark.parametrize(
    ("field", "kind"), [("product_name: tags", "list"), ("price: at", "timestamp"), ("quantity: flag", "bool")]
)
def test_a_column_that_cannot_be_its_field_is_refused_before_reading(importing, field, kind):
    path = parquet(
        importing, at=pa.array([1], pa.timestamp("us")), who=["1"], title=["t"], tags=[["x"]], flag=[True]
    )  # fmt: skip
    with pytest.raises(AppError) as caught:
        importing.chunks(path, MAPPING.replace("page.viewed", "product.viewed").replace("title: title", field))
    assert caught.value.code == "import.mapping.fit"
    assert kind in str(caught.value.params["given"])


@pytest.mark.parametrize("content", [b"PAR1 this is not", (HEADER + ROW).encode()])
def test_what_is_no_parquet_is_said(importing, content):
    assert refusal(importing, content, "rows.parquet").code == "import.file.parquet"


def test_torn_parquet_is_said(importing):
    path = parquet(importing, at=["2026-01-01"] * 1000, who=["1"] * 1000, title=["t"] * 1000)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(AppError) as caught:
        importing.chunks(path, MAPPING)
    assert caught.value.code == "import.file.parquet"


def test_rejects_are_written_as_json_lines_in_both_languages(importing, tmp_path):
    [chunk] = importing.chunks(importing.file(HEADER + "2026-01-01\n"), MAPPING)
    out = tmp_path / "rejects.jsonl"
    api.append_rejects(out, chunk.rejects)
    [written] = map(json.loads, out.read_text().splitlines())
    assert written == {
        "line": 2,
        "field": "",
        "code": "import.row.ragged",
        "reason": {"en": "the row has 1 cells; there are 3 columns", "zh": "该行有 1 个单元格，而表格有 3 列"},
        "raw": "2026-01-01",
    }
