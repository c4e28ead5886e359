"""Measuring from the command line: what is shown, in JSON and for people, and what is refused."""

import json

import pytest
from typer.testing import CliRunner

from interplay.faces.cli.main import app

ROWS = (
    "at,who,what,product\n"
    "2026-01-02 08:00:00,li,view,tea\n"
    "2026-01-02 08:10:00,li,cart,tea\n"
    "2026-01-03 08:10:00,li,buy,tea\n"
    "2026-01-02 09:00:00,wang,view,milk\n"
    "2026-01-02 09:00:30,wang,remove,milk\n"
    "2026-01-02 09:01:00,wang,cart,milk\n"
    "2026-01-30 09:00:00,zhao,view,tea\n"
)
MAPPING = """
kind: mapping
source: shop
at: at
identifiers: {user_id: who}
fields: {product_id: product}
facts:
  - {fact: product.viewed, when: {what: view}}
  - {fact: cart.added, when: {what: cart}}
  - {fact: cart.removed, when: {what: remove}}
  - {fact: order.completed, when: {what: buy}}
"""
STEPS = "product.viewed > cart.added > order.completed"
JANUARY = ("--from", "2026-01-01", "--until", "2026-02-01", "--at", "2026-02-01")


def run(*args, status=0):
    done = CliRunner().invoke(app, [str(arg) for arg in args], env={"COLUMNS": "200"})
    assert done.exit_code == status, (done.output, done.exception)
    return done


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("measuring")
    (folder / "rows.csv").write_text(ROWS)
    (folder / "map.yaml").write_text(MAPPING)
    run("init", folder / "data", "--brand", "B")
    run("--data", folder / "data", "import", folder / "rows.csv", "--mapping", folder / "map.yaml")
    return folder / "data"


def funnel(data, *args, status=0):
    return run("--data", data, "funnel", *args, status=status)


def test_a_funnel_for_programs(data):
    found = json.loads(funnel(data, STEPS, *JANUARY, "--by", "product_id", "--json").stdout)
    assert [one["customers"] for one in found["steps"]] == [2, 2, 1]
    assert (found["entered"], found["immature"]) == (2, {"entered": 1, "converted": 0})
    assert {one["value"]: one["steps"] for one in found["groups"]} == {"tea": [1, 1, 1], "milk": [1, 1, 0]}
    assert found["since"] == "2025-12-31T16:00:00Z"


def test_a_funnel_for_people(data):
    shown = funnel(
        data, STEPS, *JANUARY, "--by", "product_id", "--linked", "product_id", "--exclude", "cart.removed:1-2"
    )
    for text in (
        "1 of 1 came to the end, 100.0% (20.7%–100.0%); half within 1.0 d",
        "1 more began so lately that their window is open",
        "1 more were ended by an excluded fact",
        "by customer and value: 1 > 1 > 1; 0 facts have no value",
        "An attempt between whose steps 1 and 2 cart.removed happened counts for nothing.",
    ):
        assert text in " ".join(shown.stdout.split()), shown.stdout
    assert "依次完成" in funnel(data, STEPS, *JANUARY, "--lang", "zh").stdout


@pytest.mark.parametrize(("args", "told"), [
    ((STEPS, "--within", "soon"), "time.duration"),
    ((STEPS, "--from", "yesterday"), "time.instant"),
    ((STEPS, "--lang", "fr"), "cli.lang"),
    (("product.viewed > thing.bought",), "'thing.bought' (step 2)"),
    ((STEPS, "--exclude", "cart.removed:3-2"), "given 3 and 2"),
    ((STEPS, "--by", "colour"), "product_id"),
])  # fmt: skip
def test_mistakes_are_said_in_the_callers_words(data, args, told):
    assert told in " ".join(funnel(data, *args, status=2).stderr.split())


WEEKS = ("--from", "2026-01-01", "--until", "2026-02-01", "--at", "2026-02-01")


def measured(data, *args, status=0):
    return run("--data", data, *args, status=status)


def test_cohorts_for_programs(data):
    found = json.loads(measured(
        data, "cohorts", "product.viewed", "--returned", "order.completed", "--per", "day", "--from", "2026-01-02",
        "--until", "2026-01-03", "--periods", 2, "--by", "product_id", "--json",
    ).stdout)  # fmt: skip
    (day,) = found["cohorts"]
    assert (day["begins_on"], day["customers"], day["is_open"]) == ("2026-01-02", 2, False)
    assert [cell["returned"]["count"] for cell in day["cells"]] == [0, 1, 0]
    assert {one["value"]: one["cells"][1]["returned"]["share"] for one in found["groups"]} == {"tea": 1.0, "milk": 0.0}


def test_cohorts_for_people(data):
    shown = " ".join(measured(
        data, "cohorts", "product.viewed", "--returned", "order.completed", "--entry", "each", *WEEKS,
    ).stdout.split())  # fmt: skip
    for text in (
        "2025-12-29 2 50.0% 0.0%", "2026-01-26 … 1 (0)", "mean 3 50.0%", "0 50.0% (9.5%–90.5%) 1 of 2",
        "in brackets, how many came so far", "did product.viewed in one week (from Monday)",
    ):  # fmt: skip
        assert text in shown, shown
    assert "同期群" in measured(data, "cohorts", "product.viewed", *WEEKS, "--lang", "zh").stdout


def test_stickiness_and_lifecycle(data):
    fact = "product.viewed | order.completed"
    found = json.loads(measured(data, "stickiness", fact, *WEEKS, "--json").stdout)
    assert [(one["customers"], one["active_in"][:2]) for one in found["periods"]] == [(3, [2, 1])]
    assert "4.3%" in measured(data, "stickiness", fact, *WEEKS).stdout
    lives = json.loads(measured(data, "lifecycle", fact, *WEEKS, "--json").stdout)["periods"]
    assert [(one["new"], one["dormant"]) for one in lives] == [(2, 0), (0, -2), (0, 0), (0, 0), (1, None)]
    shown = " ".join(measured(data, "lifecycle", fact, *WEEKS).stdout.split())
    assert "2026-01-05 0 0 0 -2" in shown
    assert "2026-01-26 … 1 0 0 —" in shown


@pytest.mark.parametrize(("args", "told"), [
    (("cohorts", "product.viewed > order.completed"), "a way of several steps"),
    (("cohorts", "thing.bought"), "'thing.bought' (start)"),
    (("cohorts", "product.viewed", "--returned", "thing.bought"), "'thing.bought' (return)"),
    (("cohorts", "product.viewed", "--by", "colour"), "product_id"),
    (("cohorts", "product.viewed", "--lang", "fr"), "cli.lang"),
    (("stickiness", "product.viewed", "--of", "month"), "cohorts.lengths"),
    (("lifecycle", "product.viewed", "--from", "yesterday"), "time.instant"),
])  # fmt: skip
def test_mistakes_about_cohorts_are_said_in_the_callers_words(data, args, told):
    assert told in " ".join(measured(data, *args, status=2).stderr.split())


def test_how_long_it_takes_for_people_and_for_programs(data):
    shown = run("--data", data, "intervals", "product.viewed", "order.completed", *JANUARY, "--by", "product_id")
    for text in ("1 times, half within 1.0 d", "2 wait still", "tea"):
        assert text in " ".join(shown.stdout.split()), shown.stdout
    found = json.loads(run("--data", data, "intervals", "product.viewed", "cart.added", *JANUARY, "--json").stdout)
    assert (found["spread"]["count"], found["open"]) == (2, 1)
    assert "截尾" in run("--data", data, "intervals", "cart.added", "cart.added", *JANUARY, "--lang", "zh").stdout


def test_how_it_is_spread_for_people_and_for_programs(data):
    shown = run("--data", data, "distribution", "product.viewed | cart.added", *JANUARY, "--all")
    for text in ("2 to below 3", "3 customers", "everybody"):
        assert text in " ".join(shown.stdout.split()), shown.stdout
    asked = ("--bins", "1,2", "--json", *JANUARY)
    found = json.loads(run("--data", data, "distribution", "product.viewed", *asked).stdout)
    assert [one["customers"]["count"] for one in found["bins"]] == [3, 0]


@pytest.mark.parametrize(("args", "told"), [
    (("intervals", "product.view", "order.completed"), "product.view"),
    (("distribution", "order.completed", "--bins", "a,b"), "commas between"),
    (("distribution", "order.completed", "--of", "sum"), "need --field"),
])  # fmt: skip
def test_what_cannot_be_spread_is_said(data, args, told):
    assert told in " ".join(run("--data", data, *args, status=2).stderr.split())


def test_what_follows_what_for_people_and_for_programs(data):
    shown = run("--data", data, "paths", *JANUARY)
    for text in ("4 stretches of 3 customers", "cart.removed", "product.viewed > cart.removed > cart.added"):
        assert text in " ".join(shown.stdout.split()), shown.stdout
    asked = ("--start", "cart.added", "--by", "product_id", "--json", *JANUARY)
    found = json.loads(run("--data", data, "paths", *asked).stdout)
    assert {one["step"] for one in found["nodes"]} == {"cart.added: tea", "cart.added: milk"}
    assert found["stretches"] == 2
    assert "停顿" in run("--data", data, "paths", *JANUARY, "--lang", "zh").stdout
    wrong = run("--data", data, "paths", "cart.added", "--depth", "99", status=2)
    assert "2 to 10" in " ".join(wrong.stderr.split())
