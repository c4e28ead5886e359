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
