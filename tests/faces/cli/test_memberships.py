"""Live segments from the command line."""

import json

from typer.testing import CliRunner

from interplay.faces.cli.main import app

MAPPING = "kind: mapping\nsource: till\nat: at\nidentifiers: {user_id: who}\nfacts:\n  - {fact: order.completed}\n"
ROWS = "at,who\n2026-01-02 08:00:00,li\n2026-01-03 08:00:00,li\n2026-01-03 09:00:00,wang\n"
SEGMENTS = """
kind: segment
name: regulars
criteria: count("order.completed") >= 2
label: {zh: 常客, en: Regulars}
---
kind: segment
name: some
criteria: count("order.completed") >= 1
label: {zh: 买过, en: Bought}
"""


def test_live_history_overlap_and_the_segments_of_one(tmp_path):
    def run(*words, status=0):
        done = CliRunner().invoke(app, ["--data", str(tmp_path / "data"), *words])
        assert done.exit_code == status, done.output
        return done.stdout

    def asked(*words):
        return json.loads(run(*words, "--json"))

    (tmp_path / "orders.csv").write_text(ROWS)
    (tmp_path / "orders.yaml").write_text(MAPPING)
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "segments.yaml").write_text(SEGMENTS)
    done = CliRunner().invoke(app, ["init", str(tmp_path / "data"), "--brand", "Corner Coffee"])
    assert done.exit_code == 0, done.output
    run("apply", str(tmp_path / "documents"))
    run("segments", "live")
    run("import", str(tmp_path / "orders.csv"), "--mapping", str(tmp_path / "orders.yaml"))
    assert {one["name"]: one["customers"] for one in asked("segments", "live")} == {"regulars": 1, "some": 2}
    assert asked("segments", "overlap") == {"segments": ["regulars", "some"], "common": [[1, 1], [1, 2]]}
    history = asked("segments", "history", "regulars", "--customer", "user_id:li")
    assert [(one["what"], one["because"]) for one in history] == [
        ("segment.entered", "fact"),
        ("segment.computed", None),
    ]
    assert [one["segment"] for one in asked("customers", "segments", "user_id:wang")] == ["some"]
    assert "entered" in run("segments", "history", "some")
    assert "regulars" in run("segments", "live")
    assert "user_id:li" in run("segments", "history", "regulars")
    assert "常客" in run("customers", "segments", "user_id:li")
    run("segments", "history", "nobody", status=2)
