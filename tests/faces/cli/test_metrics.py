"""Metrics from the command line: for people and in JSON; templates of outside figures, which import as they are."""

import json

import pytest
from typer.testing import CliRunner

from interplay.faces.cli.main import app
from interplay.measure.metrics.api import template_names

ROWS = "at,who,channel,total\n2026-01-02 08:00:00,li,web,20.00\n2026-01-03 08:00:00,li,store,40.00\n"
MAPPING = """
kind: mapping
source: shop
at: at
identifiers: {user_id: who}
fields: {value: total, channel: channel}
facts:
  - fact: order.completed
"""
JANUARY = ("--from", "2026-01-01", "--until", "2026-02-01", "--at", "2026-02-01")
NEEDING = {
    "costs": ("cost_total", 4_700.0), "figures": ("impressions", 182_000.0), "market": ("competitor_share", 0.11875),
    "mentions": ("share_of_voice", 0.5), "followers": ("followers_gained", 0.0),
    "groups": ("group_posts_per_member", 1.0), "occasions": ("arrival_rate", 1.0), "services": ("service_quality", 4.5),
    "deliveries": ("delivered_on_time", 1.0),
}  # fmt: skip


def run(*args, status=0):
    done = CliRunner().invoke(app, [str(arg) for arg in args], env={"COLUMNS": "200"})
    assert done.exit_code == status, (done.output, done.exception)
    return done


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("metrics")
    (folder / "rows.csv").write_text(ROWS)
    (folder / "map.yaml").write_text(MAPPING)
    run("init", folder / "data", "--brand", "B")
    run("--data", folder / "data", "import", folder / "rows.csv", "--mapping", folder / "map.yaml")
    return folder / "data"


def metrics(data, *args, status=0):
    return run("--data", data, "metrics", *args, status=status)


def shown(data, *args):
    return json.loads(metrics(data, "show", *args, *JANUARY, "--json").stdout)


def test_one_metric_for_people(data):
    told = metrics(
        data, "show", "sales", *JANUARY, "--by", "week", "--dimension", "channel", "--against", "previous",
        "--target", "100",
    ).stdout  # fmt: skip
    for text in ("Sales: 60.00 CNY", "0.00 CNY from 2025-12-01", "target 100.00 CNY, 60% of it", "store", "2026-01-05"):
        assert text in " ".join(told.split()), told
    assert "总体销售额" in metrics(data, "show", "sales", *JANUARY, "--lang", "zh").stdout


def test_several_metrics_in_json_and_as_a_table(data):
    assert {one["name"]: one["figure"]["value"] for one in shown(data, "sales", "orders")} == {"orders": 2, "sales": 60}
    told = metrics(data, "show", *JANUARY, "--against", "previous").stdout
    assert "no figures have come in yet" in " ".join(told.split())
    assert "before: from 2025-12-01" in told


def test_several_metrics_by_time_and_group_are_shown_one_after_the_other(data):
    told = metrics(data, "show", "sales", "orders", *JANUARY, "--by", "week", "--dimension", "channel").stdout
    rows = [line.split() for line in told.splitlines()]
    assert told.index("Orders: 2") < told.index("Sales: 60.00 CNY")
    for value in ("1", "40.00"):  # of the store, in the first week of January: an order, and what was paid for it
        assert ["store", "2026-01-01T00:00+08:00", value] in [row[:3] for row in rows], told


def test_a_word_that_is_like_none_is_told_without_a_guess(data):
    wrong = metrics(data, "show", "sales", "--dimension", "xyzzy", status=2).stderr
    assert "did you mean" not in wrong
    assert "did you mean channel?" in " ".join(
        metrics(data, "show", "sales", "--dimension", "chanel", status=2).stderr.split()
    )


def test_the_catalogue_has_groups_and_both_languages(data):
    every = json.loads(metrics(data, "list", "--json").stdout)
    assert {number for one in every for number in one["number"]} == {str(number) for number in range(1, 56)}
    sales = json.loads(metrics(data, "list", "--group", "sales", "--lang", "zh", "--json").stdout)
    assert {one["group"] for one in sales} == {"sales"}
    assert "客单价（每单）" in {one["label"] for one in sales}
    assert "bounce_rate" in metrics(data, "list").stdout


def test_every_metric_that_needs_outside_figures_has_a_template_for_them(data):
    every = json.loads(metrics(data, "list", "--json").stdout)
    assert {name for one in every for name in one["needs"]} == set(template_names()) == set(NEEDING)


def test_a_template_imports_as_it_is_and_then_the_metric_has_a_value(tmp_path):
    run("init", tmp_path / "data", "--brand", "B")
    run("metrics", "template", "all", "--out", tmp_path / "templates")
    before = {one["name"]: one for one in shown(tmp_path / "data")}
    for name, (metric, value) in NEEDING.items():
        assert before[metric]["figure"]["value"] is None
        mapping = tmp_path / "templates" / f"{name}.yaml"
        done = run("--data", tmp_path / "data", "import", mapping.with_suffix(".csv"), "--mapping", mapping)
        assert " 0 rows rejected" in done.stdout, done.stdout
        assert shown(tmp_path / "data", metric)[0]["figure"]["value"] == pytest.approx(value), name


@pytest.mark.parametrize(("args", "told"), [
    (("show", "sale"), "did you mean sales?"),
    (("show", "AOV"), "did you mean average_order_value?"),
    (("template", "all", "--out", "/dev/null"), "/dev/null cannot be opened"),
    (("show", "sales", "orders", "--target", "5"), "one metric at a time"),
    (("show", "sales", "--dimension", "chanel"), "did you mean channel?"),
    (("show", "sales", "--by", "day", "--from", "2000-01-01"), "more than 1000 stretches"),
    (("show", "sales", "--lang", "fr"), "zh"),
    (("template", "cost"), "did you mean costs?"),
])  # fmt: skip
def test_what_cannot_be_shown_is_said(data, args, told):
    assert told in " ".join(metrics(data, *args, status=2).stderr.split())
