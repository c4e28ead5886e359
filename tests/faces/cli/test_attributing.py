"""Attribution from the command line: of a store and of a file of paths."""

import json

import pytest
from typer.testing import CliRunner

from interplay.faces.cli.main import app

ROWS = (
    "at,who,what,from,total\n"
    "2026-01-02 08:00:00,li,view,douyin,\n"
    "2026-01-03 08:00:00,li,view,wechat,\n"
    "2026-01-04 08:00:00,li,buy,,30.00\n"
    "2026-01-05 08:00:00,wang,buy,,9.99\n"
)
MAPPING = """
kind: mapping
source: shop
at: at
identifiers: {user_id: who}
facts:
  - {fact: page.viewed, when: {what: view}, fields: {utm_source: from}}
  - {fact: order.completed, when: {what: buy}, fields: {value: total}}
"""
JANUARY = ("--from", "2026-01-01", "--until", "2026-02-01", "--at", "2026-03-01")
PATHS = "path;total_conversions;total_conversion_value;total_null\na > b;3;30;1\nb;1;10.5;2\n"


def run(*args, status=0):
    done = CliRunner().invoke(app, [str(arg) for arg in args], env={"COLUMNS": "200"})
    assert done.exit_code == status, (done.output, done.exception)
    return done


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("attributing")
    (folder / "rows.csv").write_text(ROWS)
    (folder / "map.yaml").write_text(MAPPING)
    run("init", folder / "data", "--brand", "B")
    run("--data", folder / "data", "import", folder / "rows.csv", "--mapping", folder / "map.yaml")
    return folder / "data"


def test_for_programs_all_models_and_for_people_those_that_are_named(data):
    found = json.loads(run("--data", data, "attribution", "--value", "value", *JANUARY, "--json").stdout)
    linear = {one["channel"]: one["credits"]["linear"] for one in found["channels"]}
    assert linear == {name: {"conversions": 0.5, "value": 15.0} for name in ("douyin", "wechat")}
    assert (found["conversions"], found["unattributed"]) == (2, {"conversions": 1.0, "value": 9.99})
    told = run("--data", data, "attribution", "--value", "value", *JANUARY, "--model", "position").stdout
    for text in ("2 conversions, 39.99 CNY; 1 without a touch", "0.50 · 15.00", "not what a channel brought"):
        assert text in " ".join(told.split()), told
    assert "time_decay" not in told
    assert "留出组" in run("--data", data, "attribution", *JANUARY, "--lang", "zh").stdout


def test_campaigns_have_beside_their_credit_what_their_holdouts_say(tmp_path):
    rows = ["at,who,what,total"]
    for side, buyers in (("offered", 90), ("held_out", 30)):
        for number in range(150):
            rows.append(f"2026-01-02 08:00:00,{side}-{number},{side},")
            rows += [f"2026-01-03 08:00:00,{side}-{number},buy,20.00"] if number < buyers else []
    (tmp_path / "rows.csv").write_text("\n".join(rows))
    (tmp_path / "map.yaml").write_text(
        "kind: mapping\nsource: mailing\nat: at\nidentifiers: {user_id: who}\nfacts:\n"
        "  - {fact: exposure.shown, when: {what: offered}, fields: {campaign_id: {constant: spring}}}\n"
        "  - {fact: exposure.withheld, when: {what: held_out}, fields: {campaign_id: {constant: spring}}}\n"
        "  - {fact: order.completed, when: {what: buy}, fields: {value: total}}\n"
    )
    run("init", tmp_path / "data", "--brand", "B")
    run("--data", tmp_path / "data", "import", tmp_path / "rows.csv", "--mapping", tmp_path / "map.yaml")
    args = ("--data", tmp_path / "data", "attribution", "--effects", "--value", "value", *JANUARY)
    found = json.loads(run(*args, "--json").stdout)
    (spring,) = found["campaigns"]
    assert found["attribution"]["channels"][0]["credits"]["last"] == {"conversions": 90.0, "value": 1800.0}
    assert (spring["brought"]["value"], spring["value"]["value"]) == pytest.approx((60.0, 1200.0))
    assert spring["brought"]["high"] > 90
    assert spring["models"]["last"] == "agrees"
    told = " ".join(run(*args, "--model", "last").stdout.split())
    assert "spring: it brought 60 conversions" in told
    assert "in agreement with first, last" in told


def test_a_file_of_paths_needs_no_store(tmp_path):
    (tmp_path / "paths.csv").write_text(PATHS)
    found = json.loads(run("attribution", "--paths", tmp_path / "paths.csv", "--json").stdout)
    assert {one["channel"]: one["credits"]["last"]["value"] for one in found} == {"a": 0.0, "b": 40.5}
    assert "markov" in run("attribution", "--paths", tmp_path / "paths.csv").stdout


@pytest.mark.parametrize(("lines", "told"), [
    ("", "line 1: the columns are"), ("path;total_conversions;total_conversion_value;total_null\n", "has no paths"),
    (PATHS + "a > > b;1;1;1\n", "line 4: 'a > > b' is no path"),
    (PATHS + "a;x;1;1\n", "line 4, total_conversions: 'x'"),
    (PATHS + "a;-1;1;1\n", "line 4, total_conversions: '-1'"), (PATHS + "a;1;1\n", "line 4: 3 columns"),
])  # fmt: skip
def test_what_is_wrong_with_a_file_is_said_with_its_line(tmp_path, lines, told):
    (tmp_path / "paths.csv").write_text(lines)
    shown = run("attribution", "--paths", tmp_path / "paths.csv", status=2)
    assert told in " ".join(shown.stderr.split())


@pytest.mark.parametrize(("args", "told"), [
    (("a > b",), "one fact, or several"), (("order.completed", "--lookback", "soon"), "soon"),
    (("order.completed", "--by", "colour"), "colour"),
    (("--paths", "nowhere.csv", "--model", "time_decay"), "needs the times of touches"),
    (("--paths", "nowhere.csv"), "cannot be read"),
])  # fmt: skip
def test_what_cannot_be_asked_is_said(data, args, told):
    assert told in " ".join(run("--data", data, "attribution", *args, status=2).stderr.split())
