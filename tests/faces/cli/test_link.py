"""Stores, devices, members and issuers on the command line: their JSON, and mistakes in the caller's words."""

import json

import pytest
from typer.testing import CliRunner

from interplay.faces.cli.main import app
from interplay.link.members.rules import read_number
from tests.link.stores.test_stores import NANJING
from tests.stores import new_folder


@pytest.fixture
def cli(tmp_path):
    data = new_folder(tmp_path / "data")
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "store.yaml").write_text(json.dumps(NANJING), encoding="utf8")

    def run(*words, status=0):
        done = CliRunner().invoke(app, ["--data", str(data), *words], env={"COLUMNS": "200"})
        assert done.exit_code == status, done.output
        return done

    run("apply", str(tmp_path / "documents"))
    return run


def told(done):
    return json.loads(done.stdout)


def test_a_device_is_added_listed_and_revoked(cli):
    assert told(cli("stores", "list", "--json"))[0]["name"] == "nanjing-road"
    made = told(cli("devices", "add", "nanjing-road", "till-1", "--json"))
    assert made["key"].startswith("dk_")
    assert cli("devices", "add", "nanjing-road", "till-2").stdout.startswith("dk_")
    assert "till-1 is revoked" in cli("devices", "revoke", "till-1").stdout
    listed = told(cli("devices", "list", "--json"))
    assert [(one["name"], one["revoked_at"] is None) for one in listed] == [("till-1", False), ("till-2", True)]
    assert made["key"] not in cli("devices", "list").stdout
    assert "stores.unknown" in cli("devices", "add", "nowhere", "till-3", status=2).stderr
    assert "stores.device_unknown" in cli("devices", "revoke", "till-1", status=2).stderr


def test_a_member_joins_once_and_is_shown(cli):
    first = told(cli("members", "join", "phone:13800130001", "--store", "nanjing-road", "--json"))
    again = told(cli("members", "join", "phone:13800130001", "--json"))
    assert (first["is_new"], again["is_new"]) == (True, False)
    assert first["card_no"] == again["card_no"] == read_number(first["card_no"])
    shown = told(cli("members", "show", f"card_no:{first['card_no']}", "--json"))
    assert [(one["channel"], one["store"]) for one in shown["cards"]] == [("store", "nanjing-road")]
    assert "nanjing-road" in cli("members", "show", "phone:13800130001").stdout
    assert "members.nobody" in cli("members", "join", "anonymous_id:c", status=2).stderr
    assert "customers.unknown" in cli("members", "show", "phone:13800130002", status=2).stderr


def test_secrets_of_sessions_are_made_and_taken(cli, tmp_path):
    made = told(cli("sessions", "issuers", "add", "backend", "--json"))
    assert (made["algorithm"], len(made["secret"])) == ("HS256", 43)
    assert "sessions.issuer_taken" in cli("sessions", "issuers", "add", "backend", status=2).stderr
    missing = str(tmp_path / "no.pem")
    assert "sessions.public_key" in cli("sessions", "issuers", "add", "b", "--public-key", missing, status=2).stderr
    assert "backend is revoked" in cli("sessions", "issuers", "revoke", "backend").stdout
    assert told(cli("sessions", "issuers", "list", "--json"))[0]["revoked_at"] is not None
    assert "delivery.unknown" in cli("sessions", "secret", status=2).stderr
    secret = tmp_path / "secret.txt"
    secret.write_text("0123456789abcdef0123456789abcdef\n", encoding="utf8")
    kept = cli("sessions", "wechat", "wx0123456789abcdef", "--secret-file", str(secret))
    assert kept.stdout == "the secret of wx0123456789abcdef is kept\n"
