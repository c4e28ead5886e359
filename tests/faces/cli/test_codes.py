"""Item codes from the command line."""

import csv
import io
import json

import pytest
from typer.testing import CliRunner

from interplay.faces.cli.main import app


@pytest.fixture
def run(tmp_path):
    def run(*words, status=0):
        done = CliRunner().invoke(app, ["--data", str(tmp_path / "data"), *map(str, words)])
        assert done.exit_code == status, done.output
        return json.loads(done.stdout) if "--json" in words else done.stdout + done.stderr

    assert CliRunner().invoke(app, ["init", str(tmp_path / "data"), "--brand", "Corner Coffee"]).exit_code == 0
    run("codes", "generate", "caps", "--product", "P-tea", "--count", 60, "--box", 12, "--case", 2, "--url",
        "https://i.example.cn/c/")  # fmt: skip
    return run


def rows(path):
    return list(csv.DictReader(io.StringIO(path.read_text())))


def test_a_batch_is_made_exported_sent_activated_and_traced(run, tmp_path):
    run("codes", "export", "caps", "-o", tmp_path / "caps.csv")
    made = rows(tmp_path / "caps.csv")
    assert (len(made), list(made[0])) == (60, ["code", "url", "number", "box", "case"])
    assert run("codes", "send", "caps", "--province", "广东", "--province", "广西", "--json") == {"items": 60}
    assert run("codes", "activate", "--code", made[12]["box"], "--json") == {"items": 12}
    assert "60 items" not in run("codes", "activate", "caps")
    assert "1 items are void" in run("codes", "void", "caps", "--first", 5, "--last", 5, "--reason", "broken")
    assert "item 13 of caps (P-tea): active" in run("codes", "verify", made[12]["url"])
    told = run("codes", "trace", made[4]["code"])
    assert f"in box {made[4]['box']}" in told
    assert "to CN-GD, CN-GX" in told
    assert "(broken)" in told
    assert run("codes", "trace", "caps/5", "--json")["number"] == 5
    (view,) = run("codes", "list", "--json")
    assert (view["active"], view["sent"], view["void"]) == (60, 60, 1)
    assert "caps" in run("codes", "list")


def test_sheets_and_tables_of_a_range_and_a_level(run, tmp_path):
    assert "12 codes" in run("codes", "export", "caps", "-o", tmp_path / "a.pdf", "--as", "pdf", "--last", 12)
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-1.4")
    run("codes", "export", "caps", "-o", tmp_path / "sheets", "--as", "svg", "--label-mm", 60)
    assert len(list((tmp_path / "sheets").iterdir())) == 5
    run("codes", "export", "caps", "-o", tmp_path / "boxes.csv", "--level", "box")
    assert len(rows(tmp_path / "boxes.csv")) == 5
    assert run("codes", "export", "caps", "-o", "-", "--level", "case").count("https://") == 3


@pytest.mark.parametrize(
    ("words", "code"),
    [(("export", "caps", "-o", "x", "--level", "pallet"), "cli.code_level"),
     (("export", "caps", "-o", "x", "--as", "png"), "cli.code_form"),
     (("export", "caps", "-o", "no/such/x.csv"), "cli.code_file"), (("export", "lids", "-o", "x"), "codes.batch"),
     (("activate",), "codes.which"), (("activate", "caps", "--first", "61"), "codes.items"),
     (("trace", "caps/61"), "codes.items"),
     (("generate", "caps", "--product", "P", "--count", "1"), "codes.batch_taken")],
)  # fmt: skip
def test_a_mistake_is_a_sentence(run, words, code):
    assert f"error {code}:" in run("codes", *words, status=2)


@pytest.mark.parametrize("words", [("verify", "HELLO"), ("trace", "HELLO"), ("activate", "--code", "HELLO")])
def test_a_code_that_is_none_of_ours_exits_with_1(run, words):
    assert "refused code.form: this is not the code of an item" in run("codes", *words, status=1)
