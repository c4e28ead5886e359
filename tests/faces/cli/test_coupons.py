"""Coupons, acts and the ledger from the command line."""

import json

import pytest
from typer.testing import CliRunner

from interplay.faces.cli.main import app
from interplay.faces.cli.screen import print_table

DOCUMENTS = """
kind: coupon
name: spring
label: {zh: 满100减20, en: 20 off 100}
terms: {benefit: {amount: {off_amount: 2000}}, spend_min: 10000}
funder: brand
campaign: may
budget: 100000
---
kind: coupon
name: paper
label: {zh: 纸质券, en: Paper}
terms: {benefit: {percent: {off_percent: 10}}}
funder: brand
codes: imported
"""
MAPPING = "kind: mapping\nsource: till\nat: at\nidentifiers: {user_id: who}\nfacts:\n  - {fact: order.completed}\n"
ROWS = "at,who\n2026-01-02 08:00:00,li\n2026-01-03 09:00:00,wang\n"


@pytest.fixture
def run(tmp_path):
    def run(*words, status=0):
        done = CliRunner().invoke(app, ["--data", str(tmp_path / "data"), *map(str, words)])
        assert done.exit_code == status, done.output
        return json.loads(done.stdout) if "--json" in words else done.output

    (tmp_path / "rows.csv").write_text(ROWS)
    (tmp_path / "rows.yaml").write_text(MAPPING)
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "coupons.yaml").write_text(DOCUMENTS)
    assert CliRunner().invoke(app, ["init", str(tmp_path / "data"), "--brand", "Corner Coffee"]).exit_code == 0
    run("apply", tmp_path / "documents")
    run("import", tmp_path / "rows.csv", "--mapping", tmp_path / "rows.yaml")
    return run


def basket(tmp_path, **more):
    content = {"currency": "CNY", "lines": [{"line": "1", "product": "tea", "quantity": 2, "unit_price": 6000}]}
    (tmp_path / "basket.json").write_text(json.dumps(content | more))
    return tmp_path / "basket.json"


def test_a_coupon_is_issued_quoted_redeemed_and_reversed(run, tmp_path):
    (tmp_path / "list").write_text("user_id:li\nuser_id:wang\n\n")
    issued = run("coupons", "issue", "spring", "--list", tmp_path / "list", "--key", "a", "--json")
    assert (
        run("coupons", "issue", "spring", "--list", tmp_path / "list", "--key", "a", "--json")[0]["coupon"]["code"]
        == (issued[0]["coupon"]["code"])
    )
    code = issued[0]["coupon"]["code"]
    file = basket(tmp_path, coupons=[code, "NOTHING"])
    said = run("quote", file)
    assert "to pay: 100.00" in said
    assert "not applied: NOTHING: there is no coupon with this code" in said
    assert "refused coupon.unknown" in run("redeem", file, status=1)
    assert "redeemed as cli:o: 100.00" in run("redeem", basket(tmp_path, coupons=[code]), "--key", "o")
    assert "(as before)" in run("redeem", basket(tmp_path, coupons=[code]), "--key", "o")
    assert run("coupons", "show", code, "--json")[0]["state"] == "used"
    assert run("acts", "show", "cli:o", "--json")["kind"] == "coupons.redeem"
    run("acts", "reverse", "cli:o", "--reason", "mistake")
    run("acts", "reverse", "cli:o", "--reason", "mistake")
    assert [one["state"] for one in run("coupons", "show", "user_id:li", "--json")] == ["owned"]
    assert "every invariant holds" in run("ledger", "check")
    sheet = run("coupons", "sheet", "--json")
    assert [(one["template"], one["given"], one["owned"]) for one in sheet["lines"]] == [("spring", 2, 2)]
    assert "spring" in run("coupons", "sheet")


def test_an_issue_taken_back_is_told_as_a_void(run):
    code = run("coupons", "issue", "spring", "user_id:li", "--key", "a", "--json")[0]["coupon"]["code"]
    key = "cli:a/1"
    assert run("acts", "show", key, "--json")["kind"] == "coupons.issue"
    run("acts", "reverse", key, "--reason", "wrong list")
    assert run("coupons", "show", code, "--json")[0]["state"] == "void"
    assert run("facts", "tail", "--limit", "1", "--json")[0]["name"] == "coupon.voided"
    assert "coupons.unknown_act" in run("acts", "show", "cli:nothing", status=2)


def test_codes_are_imported_with_their_duplicates_said(run, tmp_path):
    (tmp_path / "codes").write_text("AAA1\nAAA2\naaa-1\n")
    assert "lines 3" in run("coupons", "import", "paper", tmp_path / "codes", status=1)
    run("redeem", basket(tmp_path, coupons=["AAA2"]))
    assert run("coupons", "void", "AAA1", "--reason", "lost").startswith("coupon 1 of paper is void")
    assert "refused coupon.used" in run("redeem", basket(tmp_path, coupons=["AAA2"]), status=1)


def test_a_pause_stops_giving_until_it_is_resumed(run):
    run("pause")
    assert "all giving is paused" in run("coupons", "issue", "spring", "user_id:li", status=1)
    run("resume")
    run("coupons", "issue", "spring", "user_id:li")


def test_what_cannot_be_read_is_said(run, tmp_path):
    assert "cli.basket" in run("quote", tmp_path / "nothing.json", status=2)
    assert "cli.basket" in run("quote", basket(tmp_path, lines=[{"line": "1"}]), status=2)
    assert "customers.unknown" in run("quote", basket(tmp_path, customer="user_id:nobody"), status=2)


def test_a_code_is_shown_whole_in_a_narrow_terminal(capsys):
    row = ("J39V-ED4Y-TGTD-BEXR", "a-rather-long-name", 1, "owned", "2026-11-22 23:19:33", "2026-12-22 00:00:00")
    print_table(("coupon", "template", "version", "state", "from", "until"), [row])
    assert "J39V-ED4Y-TGTD-BEXR" in capsys.readouterr().out
