"""Webhooks and audiences from the command line: what keeps one from sending is said, a secret is shown once."""

import json

import pytest
from typer.testing import CliRunner

from interplay.faces.cli.main import app

WEBHOOK = "kind: webhook\nname: crm\nurl: https://example.com/hook\nfacts: [order.*]\n"


@pytest.fixture
def run(tmp_path):
    def call(*words, status=0):
        done = CliRunner().invoke(app, ["--data", str(tmp_path / "data"), *map(str, words)])
        assert done.exit_code == status, done.output
        return done.output

    call("init", tmp_path / "data", "--brand", "Corner Coffee")
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents/crm.yaml").write_text(WEBHOOK, encoding="utf-8")
    call("apply", tmp_path / "documents")
    return call


def test_a_webhook_from_its_document_to_a_message_that_waits(run):
    assert "webhooks secret NAME" in " ".join(run("webhooks", "list").split())
    assert json.loads(run("webhooks", "secret", "crm", "--json"))["secret"].startswith("whsec_")
    assert "--rotate" in run("webhooks", "secret", "crm", status=2)
    assert run("webhooks", "secret", "crm", "--rotate").startswith("whsec_")
    key = json.loads(run("webhooks", "test", "crm", "--json"))["id"]
    (waiting,) = json.loads(run("webhooks", "deliveries", "crm", "--state", "waiting", "--json"))
    assert waiting["id"] == key
    assert "waiting 1" in run("webhooks", "show", "crm")
    assert json.loads(run("webhooks", "retry", "crm", key, "--json")) == {"count": 1}
    assert "since" in run("webhooks", "retry", "crm", "--delivered", status=2)
    assert "had not been stopped" in run("webhooks", "resume", "crm")
    assert "no webhook 'nobody'" in run("webhooks", "show", "nobody", status=2)


def test_an_audience_that_is_not_there_is_told(run):
    assert json.loads(run("audiences", "list", "--json")) == []
    assert "no audience 'ads'" in run("audiences", "run", "ads", status=2)
    assert "no audience 'ads'" in run("audiences", "secret", "ads", status=2)
