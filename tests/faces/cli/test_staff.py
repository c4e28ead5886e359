"""Staff from the command line: how the first owner gets in, and the last one stays."""

import json
import subprocess
import sys

import pytest

from interplay.bootstrap import accounts
from interplay.bootstrap.access import Access

PASSWORD = "seven slow snails"


@pytest.fixture
def cli(tmp_path):
    def run(*words, status=0):
        command = [sys.executable, "-m", "interplay.faces.cli", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout if status == 0 else done.stderr

    run("init", str(tmp_path / "shop"), "--brand", "Corner Coffee")
    return lambda *words, **more: run("--data", str(tmp_path / "shop"), *words, **more)


def test_the_first_owner_is_invited_and_stays(cli, tmp_path):
    made = json.loads(cli("staff", "invite", "Ann@Example.com", "--role", "owner", "--json"))
    with Access(tmp_path / "shop") as access:
        assert accounts.join(access, made["token"], "Ann", PASSWORD) == "ann@example.com"
        assert accounts.find(access, accounts.sign_in(access, "ann@example.com", PASSWORD).token).name == "Ann"
    (ann,) = json.loads(cli("staff", "list", "--json"))
    assert (ann["email"], ann["role"], ann["is_disabled"]) == ("ann@example.com", "owner", False)
    assert "staff.last_owner" in cli("staff", "disable", "ann@example.com", status=2)
    assert "staff.taken" in cli("staff", "invite", "ann@example.com", "--role", "agent", status=2)
    assert "staff.email" in cli("staff", "invite", "ann", "--role", "agent", status=2)
    assert "staff.unknown" in cli("staff", "role", "li@example.com", "agent", status=2)
    token = cli("staff", "reset", "ann@example.com", "--drop-second-factor").strip()
    with Access(tmp_path / "shop") as access:
        accounts.join(access, token, "", "eight slow snails")
        assert accounts.sign_in(access, "ann@example.com", "eight slow snails").token
    assert cli("staff", "audit", "--json").strip() == "[]"
