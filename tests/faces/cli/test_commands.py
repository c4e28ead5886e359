"""The command line: every command, its JSON, its mistakes in the caller's words, and its exit status."""

import json
from datetime import UTC, datetime
from importlib.metadata import version

import pytest
from typer.testing import CliRunner

import interplay
from interplay.faces.cli.main import app
from interplay.kernel.errors import AppError

ORDERS = (
    "order,at,who,phone,total\n"
    "A1,2026-01-02 08:00:00,li,13800138000,25.50\n"
    "A2,2026-01-03 08:00:00,li,,30\n"
    "A3,2026-01-04 08:00:00,wang,,10\n"
    "A4,2026-01-05 08:00:00,,,99\n"
    "A5,not a time,li,,1\n"
)
MAPPING = """
kind: mapping
source: till
id: [order]
at: at
identifiers: {user_id: who, phone: phone}
facts:
  - {fact: order.completed, fields: {order_id: order, value: total}}
"""
SEGMENT = """
kind: segment
name: regulars
label: {zh: 常客, en: Regulars}
criteria: count("order.completed") >= 2
live: false
"""
BOUGHT = 'count("order.completed") >= 1'


class Cli:
    def __init__(self, folder):
        self.folder = folder
        self.data = folder / "data"

    def run(self, *args, status=0):
        done = CliRunner().invoke(app, [str(arg) for arg in args], env={"COLUMNS": "200"})
        assert done.exit_code == status, (done.output, done.exception)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    def __call__(self, *args, status=0):
        return self.run("--data", self.data, *args, status=status).stdout

    def json(self, *args):
        return json.loads(self(*args, "--json"))

    def refused(self, *args):
        done = self.run("--data", self.data, *args, status=2)
        assert done.stdout == ""
        return done.stderr

    def file(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path


@pytest.fixture(scope="module")
def cli(tmp_path_factory):
    made = Cli(tmp_path_factory.mktemp("cli"))
    made.keys = json.loads(made.run("init", made.data, "--brand", "山间咖啡", "--json").stdout)
    made.file("orders.csv", ORDERS)
    made.file("map.yaml", MAPPING)
    made.file("documents/regulars.yaml", SEGMENT)
    made.first = made.json("import", made.folder / "orders.csv", "--mapping", made.folder / "map.yaml",
                           "--rejects", made.folder / "rejects.jsonl")  # fmt: skip
    made("apply", made.folder / "documents")
    return made


def test_init_shows_two_keys_once(cli):
    assert set(cli.keys) == {"write_key", "secret_key"}
    assert cli.keys["write_key"].startswith("wk_")
    shown = cli.run(
        "init", cli.folder / "other", "--brand", "B", "--timezone", "Europe/London", "--currency", "GBP"
    ).stdout
    assert "wk_" in shown
    assert "sk_" in shown


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--timezone", "Shanghai"], "settings.timezone"),
        (["--currency", "RMB"], "settings.currency"),
        (["--region", "China"], "settings.region"),
    ],
)
def test_init_refuses_what_would_be_wrong_for_ever(cli, options, told):
    done = cli.run("init", cli.folder / "refused", "--brand", "B", *options, status=2)
    assert told in done.stderr
    assert options[1] in done.stderr
    assert not (cli.folder / "refused").exists()


def test_init_leaves_what_is_there(cli):
    assert "home.exists" in cli.run("init", cli.data, "--brand", "B", status=2).stderr
    assert "home.not_empty" in cli.run("init", cli.folder, "--brand", "B", status=2).stderr


def test_an_import_says_what_became_of_the_rows(cli):
    assert (cli.first["rows"], cli.first["stored"], cli.first["duplicates"], cli.first["rejected"]) == (5, 4, 0, 1)
    (reject,) = [json.loads(line) for line in (cli.folder / "rejects.jsonl").read_text().splitlines()]
    assert (reject["line"], reject["field"]) == (6, "at")
    again = cli(
        "import", cli.folder / "orders.csv", "--mapping", cli.folder / "map.yaml", "--rejects", cli.folder / "r"
    )
    assert "0 facts stored, 4 were there already, 1 rows rejected" in again


def test_importing_a_file_again_lists_its_rejects_once_and_writes_their_file_anew(cli):
    before = cli.json("rejects", "list")
    again = cli.folder / "again.jsonl"
    words = ("import", cli.folder / "orders.csv", "--mapping", cli.folder / "map.yaml", "--rejects", again)
    assert cli.json(*words)["rejected"] == 1
    assert cli.json("rejects", "list") == before
    assert json.loads(again.read_text())["line"] == 6


def test_an_import_counts_the_facts_that_are_stored_with_another_content(cli):
    assert cli.first["differing"] == 0
    cli.file("repaired.csv", ORDERS.replace("25.50", "26.50").replace("A2,2026-01-03 08:00", "A2,2026-01-03 08:01"))
    words = ("import", cli.folder / "repaired.csv", "--mapping", cli.folder / "map.yaml")
    words += ("--rejects", cli.folder / "r")
    done = cli.json(*words)
    assert (done["stored"], done["duplicates"], done["differing"]) == (0, 4, 2)
    assert "2 of those that were there already are stored with another content" in cli(*words)


def test_an_import_of_nothing_but_rejects_fails(cli):
    head, *_, bad = ORDERS.splitlines()
    cli.file("bad.csv", f"{head}\n{bad}\n")
    words = ("import", cli.folder / "bad.csv", "--mapping", cli.folder / "map.yaml", "--rejects", cli.folder / "b")
    assert "0 facts stored, 0 were there already, 1 rows rejected" in cli(*words, status=1)
    assert json.loads(cli(*words, "--json", status=1))["rejected"] == 1
    cli.file("bad.csv", head + "\n")
    assert "0 rows read" in cli(*words)


def test_rejects_are_for_their_owner_only(cli):
    assert (cli.folder / "rejects.jsonl").stat().st_mode & 0o777 == 0o600


def test_an_import_that_cannot_begin_leaves_the_rejects_of_the_one_before(cli):
    cli.file("dollars.yaml", MAPPING + "currency: USD\n")
    kept = cli.file("kept.jsonl", "{}\n")
    told = cli.refused("import", cli.folder / "orders.csv", "--mapping", cli.folder / "dollars.yaml", "--rejects", kept)
    assert "import.mapping.rate" in told
    assert kept.read_text() == "{}\n"


@pytest.mark.parametrize(
    ("file", "mapping", "told"),
    [
        ("none.csv", "map.yaml", "none.csv"),
        ("orders.csv", "none.yaml", "none.yaml"),
        ("orders.csv", "orders.csv", "import.mapping"),
        ("documents", "map.yaml", "documents"),
        ("orders.csv", "documents", "documents"),
        ("orders.csv", "column.yaml", "totl"),
    ],
)
def test_an_import_that_cannot_begin_says_why(cli, file, mapping, told):
    cli.file("column.yaml", MAPPING.replace("value: total", "value: totl"))
    assert told in cli.refused("import", cli.folder / file, "--mapping", cli.folder / mapping)


def test_segments_are_counted(cli):
    assert cli.json("segments", "count", BOUGHT) == {"count": 2, "unknown": 0, "population": 2}
    assert cli.json("segments", "count", BOUGHT, "--at", "2026-01-03") == {"count": 1, "unknown": 0, "population": 1}
    assert cli.json("segments", "count", "regulars") == {"count": 1, "unknown": 0, "population": 2}
    assert cli.json("segments", "count", "profile.age > 3")["unknown"] == 2
    assert "1 of 2 customers match" in cli("segments", "count", "regulars")


def test_segments_are_listed_with_their_members(cli):
    assert cli.json("segments", "members", BOUGHT) == [
        {"customer": 1, "kind": "user_id", "value": "li"}, {"customer": 3, "kind": "user_id", "value": "wang"},
    ]  # fmt: skip
    assert [one["customer"] for one in cli.json("segments", "members", BOUGHT, "--limit", "1", "--after", "1")] == [3]
    (listed,) = cli.json("segments", "list")
    assert (listed["name"], listed["answer"]["count"]) == ("regulars", 1)
    assert "常客" in cli("segments", "list")
    assert "user_id:wang" in cli("segments", "members", BOUGHT)


def test_segments_explain_in_both_languages(cli):
    who = ("--customer", "phone:138 0013 8000", "--at", "2026-02-01")
    answer = cli.json("segments", "explain", "regulars", *who)
    assert (answer["answer"], answer["customer"]) == (True, 1)
    assert cli("segments", "explain", "regulars", *who) != cli("segments", "explain", "regulars", *who, "--lang", "zh")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["segments", "count", 'count("order.complete") >= 1'], "order.completed"),
        (["segments", "count", 'count("order.completed" >= 1'], "criteria."),
        (["segments", "count", "regulers"], "regulers"),
        (["segments", "count", BOUGHT, "--at", "yesterday"], "'yesterday'"),
        (["segments", "count", BOUGHT, "--at", "9999-12-31T23:59:59-10:00"], "time.instant"),
        (["segments", "count", 'count("order.completed", within="999999999w") >= 1'], "999999999w"),
        (["segments", "explain", BOUGHT, "--customer", "li"], "facts.identifier"),
        (["segments", "explain", BOUGHT, "--customer", "phone:12"], "'12'"),
        (["segments", "explain", BOUGHT, "--customer", "user_id:nobody"], "'nobody'"),
        (["segments", "explain", BOUGHT, "--customer", "user_id:li", "--lang", "fr"], "'fr'"),
        (["customers", "show", "user_id:nobody"], "customers.unknown"),
        (["customers", "tag", "user_id:nobody", "vip"], "customers.unknown"),
        (["customers", "tag", "user_id:li", " "], "customers.text"),
        (["customers", "note", "li", "x"], "facts.identifier"),
        (["customers", "consent", "user_id:nobody"], "customers.unknown"),
        (["customers", "consent", "user_id:li", "--grant", "marketing"], "marketing:sms"),
        (["customers", "consent", "user_id:li", "--grant", "advertising:sms"], "marketing, personalization"),
        (["customers", "consent", "user_id:li", "--withdraw", "marketing:fax"], "wechat"),
        (["customers", "consent", "user_id:li", "--grant", "a:b", "--withdraw", "a:b"], "cli.consent_both"),
        (["customers", "consent", "user_id:li", "--evidence", "form"], "cli.consent_of_what"),
        (["segments", "count", 'consent("marketing:fax")'], "allowed are: marketing:email"),
        (["apply", "nowhere"], "documents.no_folder"),
        (["plan", "nowhere"], "documents.no_folder"),
        (["keys", "revoke", "nobody"], "keys.unknown"),
        (["keys", "make", "first-write-key", "--scope", "read"], "keys.name_taken"),
        (["restore", "nowhere.tar.gz", "--replace"], "backup.broken"),
        (["backup", "no/such/folder/file"], "backup.not_written"),
        (["report", "--out", "no/such/folder/report.html"], "report.html cannot be opened"),
        (["rejects", "list", "--lang", "fr"], "cli.lang"),
    ],
)
def test_mistakes_are_said_in_the_callers_words_with_status_2(cli, args, told):
    assert told in cli.refused(*args)


@pytest.mark.parametrize(
    "args",
    [["segments", "count"], ["keys", "make", "x", "--scope", "all"], ["facts", "tail", "--limit", "0"], ["nonsense"]],
)
def test_a_wrong_command_line_has_status_2(cli, args):
    cli.run("--data", cli.data, *args, status=2)


def test_the_version_is_said(cli):
    assert cli.run("--version").stdout == f"interplay {version('interplay')}\n"


def test_the_data_directory_must_be_named_and_be_one(cli):
    assert "--data DIR" in cli.run("segments", "count", BOUGHT, status=2).stderr
    assert "interplay init" in cli.run("--data", cli.folder / "none", "doctor", status=2).stderr


def test_customers_facts_and_rejects_are_shown(cli):
    customer = cli.json("customers", "show", "user_id:li")
    assert [fact["name"] for fact in customer["timeline"]] == ["order.completed"] * 2
    assert customer["timeline"][0]["fields"]["value"] == 3000
    assert ["phone", "+8613800138000"] in customer["identifiers"]
    assert cli.json("customers", "show", "user_id:li", "--at", "2026-01-03", "--facts", "1")["facts_count"] == 1
    assert "2026-01-03 08:00:00" in cli("customers", "show", "user_id:li")
    tail = cli.json("facts", "tail", "--limit", "2")
    assert [fact["fields"]["order_id"] for fact in tail] == ["A3", "A4"]
    assert "order.com" in cli("facts", "tail")  # folded where the screen is narrow
    (*_, reject) = cli.json("rejects", "list")
    assert (reject["door"], reject["place"]) == ("import", 6)
    assert "not a time" in reject["reason"]
    assert reject["reason"] != cli.json("rejects", "list", "--lang", "zh")[-1]["reason"]


def test_people_read_amounts_identifiers_and_places(cli):
    assert "value=30.00 CNY" in cli("customers", "show", "user_id:li")
    assert "user_id:wang" in cli("facts", "tail")
    assert "line 6, at" in cli("rejects", "list")
    assert "did you mean phone?" in cli.refused("customers", "show", "mobile:13800138000")


def test_the_catalogue_lists_what_is_declared_and_what_only_came(cli):
    kinds = {one["name"]: one for one in cli.json("facts", "catalogue")}
    assert (kinds["order.completed"]["is_declared"], kinds["order.completed"]["count"]) == (True, 4)
    assert "order.completed" in cli("facts", "catalogue")


def test_customers_are_found_by_any_identifier(cli):
    (found,) = cli.json("customers", "find", "138 0013 8000")
    assert (found["customer"], found["matched"]) == (1, [["phone", "+8613800138000"]])
    assert "user_id:li" in cli("customers", "find", "li")
    assert cli.json("customers", "find", "[/red]zhao") == []
    assert "'[/red]zhao'" in cli("customers", "find", "[/red]zhao")
    assert cli("customers", "find", "zhao") != cli("customers", "find", "zhao", "--lang", "zh")


def test_tags_and_notes_are_given_and_shown(cli):
    assert "has the tag vip" in cli("customers", "tag", "user_id:wang", "vip")
    assert cli.json("customers", "note", "user_id:wang", "prefers [b]oat[/b] milk", "--author", "Zhao")["is_new"]
    shown = cli("customers", "show", "user_id:wang")
    assert "vip" in shown
    assert "prefers [b]oat[/b] milk" in shown
    assert "1 of" in cli("segments", "count", 'tag("vip")')
    cli("customers", "tag", "user_id:wang", "vip", "--remove")
    assert cli.json("customers", "show", "user_id:wang")["tags"] == []


def test_consent_is_stated_and_shown(cli):
    wang = ("customers", "consent", "user_id:wang")
    assert "default in CN" in cli(*wang)
    asked = ("--text-version", "2026-01", "--evidence", "at the till")
    assert "granted marketing:sms" in cli(*wang, "--grant", "marketing:sms", *asked)
    assert "at the till" in cli(*wang)
    assert "consent: marketing:sms\n" in cli("customers", "show", "user_id:wang")
    assert "1 of" in cli("segments", "count", 'consent("marketing:sms")')
    assert cli.json(*wang, "--withdraw", "marketing:*")["is_new"]
    view = cli.json(*wang)
    assert not any(one["is_granted"] for one in view["current"])
    assert [(one["is_granted"], one["channel"]) for one in view["history"]] == [(False, "*"), (True, "sms")]
    assert cli.json(*wang, "--at", "2026-02-01")["history"] == []


def test_what_senders_wrote_cannot_steer_the_terminal(cli):
    cli.file("odd.csv", 'order,at,who,phone,total\nO1,2026-01-06,"[/red][bold]x\x1b[2J",,1\n')
    cli("import", cli.folder / "odd.csv", "--mapping", cli.folder / "map.yaml", "--rejects", cli.folder / "odd")
    shown = cli("segments", "members", 'count("order.completed", between=("2026-01-06", "2026-01-07")) >= 1')
    assert "[/red][bold]x" in shown
    assert "\x1b[2J" not in shown


def test_documents_are_planned_and_applied(cli):
    folder = cli.file("plans/rich.yaml", SEGMENT.replace("regulars", "rich").replace(">= 2", ">= 1")).parent
    (planned,) = cli.json("plan", folder)
    assert (planned["change"], planned["kind"], planned["name"], planned["version"]) == ("add", "segment", "rich", 1)
    assert "customers now" in planned["effects"][0]
    assert "rich" not in [one["name"] for one in cli.json("segments", "list")]
    assert cli.json("apply", folder)[0]["change"] == "add"
    assert cli.json("apply", folder)[0]["change"] == "same"
    (folder / "rich.yaml").write_text(SEGMENT.replace("criteria", "critera"))
    told = cli.refused("apply", folder)
    assert "rich.yaml, line 5" in told
    assert "critera" in told


def test_keys_are_made_listed_and_revoked(cli):
    made = cli.json("keys", "make", "web", "--scope", "write")
    assert made["key"].startswith("wk_")
    cli("keys", "revoke", "web")
    assert "revoked" in cli("keys", "list")
    (web,) = [one for one in cli.json("keys", "list") if one["name"] == "web"]
    assert web["scopes"] == ["write"]
    assert web["revoked_at"]


def test_a_rebuild_changes_no_answer(cli):
    before = cli.json("segments", "members", BOUGHT)
    assert "rebuilt from" in cli("rebuild")
    assert cli.json("segments", "members", BOUGHT) == before


def test_the_warehouse_is_exported(cli):
    first = cli.json("warehouse", "export", cli.folder / "open")
    assert first["facts"] >= 4
    assert cli.json("warehouse", "export", cli.folder / "open")["facts"] == 0
    assert "warehouse.export_folder" in cli.refused("warehouse", "export", cli.folder / "map.yaml")


def test_a_doctor_says_what_is_well_and_its_status_what_is_not(cli):
    assert all(one["is_well"] for one in cli.json("doctor"))
    assert "warehouse" in cli("doctor")
    warehouse = cli.data / "warehouse.duckdb"
    whole = warehouse.read_bytes()
    warehouse.write_bytes(b"no warehouse" * 1000)
    shown = cli("doctor", status=1)
    assert "ill" in shown
    assert "delete it" in shown
    warehouse.write_bytes(whole)


def test_a_backup_is_restored(cli):
    before = cli.json("facts", "tail")
    cli("backup", cli.folder / "b.tar.gz", "--keys", cli.folder / "b.keys")
    assert "backup.exists" in cli.refused("backup", cli.folder / "b.tar.gz")
    cli.file("more.csv", ORDERS.replace("A", "B").replace("li", "zhao"))
    cli("import", cli.folder / "more.csv", "--mapping", cli.folder / "map.yaml", "--rejects", cli.folder / "more")
    assert cli.json("facts", "tail") != before
    assert "backup.data_there" in cli.refused("restore", cli.folder / "b.tar.gz")
    assert "data.before-restore" in cli("restore", cli.folder / "b.tar.gz", "--replace")
    assert cli.json("facts", "tail") == before
    other = Cli(cli.folder)
    other.data = cli.folder / "copy"
    assert "backup.no_keys" in other.refused("restore", cli.folder / "b.tar.gz")
    other("restore", cli.folder / "b.tar.gz", "--keys", cli.folder / "b.keys")
    assert other.json("facts", "tail") == before


def test_python_takes_an_instant_as_text_or_as_a_datetime(cli):
    with interplay.open(cli.data) as shop:
        moments = ["2026-01-03", datetime.fromisoformat("2026-01-03"), datetime(2026, 1, 2, 16, tzinfo=UTC)]
        assert [shop.count(BOUGHT, at=at).count for at in moments] == [1, 1, 1]
        with pytest.raises(AppError, match="at= is of type int"):
            shop.count(BOUGHT, at=5)
        with pytest.raises(AppError, match="not a date or time"):
            shop.count(BOUGHT, at="yesterday")
