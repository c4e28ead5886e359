"""Audiences: who is in a segment, as a file that is right, safe to open, and says nothing that it must not."""

import csv
import io

import pytest
from typer.testing import CliRunner

from interplay.automate.audiences import api as audiences
from interplay.automate.audiences.contracts import AUDIENCE, Export
from interplay.bootstrap.endpoints import exporting, put_export, run_now
from interplay.bootstrap.people import erase_customer
from interplay.bootstrap.staff import Who, state_consent
from interplay.collect.facts.contracts import TraitWrite
from interplay.criteria.contracts import TraitOp
from interplay.engine.documents.contracts import MistakesError
from interplay.faces.cli.main import app
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY, HOUR
from interplay.understand.segments import api as segments
from tests.automate import stage as stages
from tests.automate.receiver import Receiver
from tests.automate.stage import Stage
from tests.stores import NOW, fact, phone, user

BOUGHT = 'count("order.completed") >= 1'
LABEL = {"zh": "买过", "en": "Buyers"}
SEGMENT = {"kind": "segment", "name": "buyers", "criteria": BOUGHT, "label": LABEL}


@pytest.fixture
def stage(tmp_path):
    with Stage(tmp_path / "data") as opened:
        yield opened


def bought(number, *identifiers, city=None, at=NOW):
    traits = () if city is None else (TraitWrite("city", TraitOp.SET, city),)
    return fact("order.completed", *(identifiers or (user(number),)), key=number, at=at, traits=traits)


def content(stage, *columns, consent="none", criteria=BOUGHT, at=None, **more):
    named = columns or ("customer", "user_id")
    return b"".join(audiences.lines(exporting(stage), Export(criteria, named, consent, at, **more), stage.clock.at))


def table(stage, *columns, **more):
    return list(csv.reader(io.StringIO(content(stage, *columns, **more).decode("utf-8-sig"), newline="")))


def test_a_file_has_the_columns_that_are_named(stage):
    stage.store(bought(1, user(1), phone(1), city="上海"), bought(2, city="杭州"), fact("page.viewed", user(3)))
    stage.apply({"kind": "trait", "name": "orders", "value": 'count("order.completed")', "label": LABEL})
    assert table(stage, "user_id", "customer", "phone", "city", "orders") == [
        ["user_id", "customer", "phone", "city", "orders"],
        ["u1", "1", "+8613800130001", "上海", "1"],
        ["u2", "3", "", "杭州", "1"],
    ]


def test_it_is_csv_by_rfc_4180(stage):
    stage.store(bought(1, city='a "quoted", city\nof two lines'))
    raw = content(stage, "user_id", "city")
    assert raw == b'user_id,city\r\nu1,"a ""quoted"", city\nof two lines"\r\n'
    assert content(stage, "user_id", is_for_excel=True).startswith(b"\xef\xbb\xbfuser_id\r\n")


@pytest.mark.parametrize(
    ("city", "written"),
    [("=1+1", "'=1+1"), ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"), ("-2+3", "'-2+3"), ("@SUM(A1)", "'@SUM(A1)"),
     ("\t=1", "'\t=1"), ("-5", "-5"), ("+86.5", "+86.5"), ("a=b", "a=b"), ("", "")],
)  # fmt: skip
def test_no_cell_is_a_formula(stage, city, written):
    stage.store(bought(1, city=city))
    assert table(stage, "city")[1:] == [[written]]


def test_of_several_identifiers_the_last_one_heard_of_is_written(stage):
    stage.store(bought(1, user(1), phone(1)), bought(2, user(1), phone(2)))
    assert table(stage, "user_id", "phone") == [["user_id", "phone"], ["u1", "+8613800130002"]]


def test_what_reaches_people_needs_a_word_about_consent(stage):
    stage.store(bought(1, user(1), phone(1)), bought(2, user(2), phone(2)))
    stage.mind.wait()
    with pytest.raises(AppError, match="marketing:sms"):
        table(stage, "user_id", "phone", consent=None)
    state_consent(stage, Who("user_id", "u2"), "marketing", "sms", is_granted=True)
    assert table(stage, "phone", consent="marketing:sms")[1:] == [["+8613800130002"]]
    assert len(table(stage, "phone", consent="none")) == 3
    assert len(table(stage, "user_id", consent=None)) == 3


def test_who_was_erased_is_in_no_file(stage):
    stage.store(bought(1, user(1), phone(1)), bought(2))
    stage.mind.wait()
    erase_customer(stage, "user_id", "u1", actor="li", reason="")
    assert table(stage, "user_id", "phone")[1:] == [["u2", ""]]


def test_as_of_a_time(stage):
    stage.store(bought(1, at=NOW - 2 * DAY), bought(2, at=NOW))
    assert table(stage, at=NOW - DAY)[1:] == [["1", "u1"]]


def test_pages_make_one_file(stage, monkeypatch):
    stage.store(*(bought(number) for number in range(250)))
    whole = content(stage)
    monkeypatch.setattr(segments, "PAGE_MEMBERS_MAX", 100)
    monkeypatch.setattr("interplay.automate.audiences.rows.PAGE_MEMBERS_MAX", 100)
    assert content(stage) == whole
    assert whole.count(b"\r\n") == 251


@pytest.mark.parametrize("columns", [[], ["customer", "customer"], ["nothing"], ["name"], ["ext:"]])
def test_columns_that_cannot_be_are_refused(stage, columns):
    stage.store(bought(1))
    with pytest.raises(AppError):
        b"".join(audiences.lines(exporting(stage), Export(BOUGHT, tuple(columns), "none"), NOW))


# --- on schedule --------------------------------------------------------------------------------------------


def audience(url, **more):
    return {"kind": AUDIENCE, "name": "ads", "segment": "buyers", "url": url, "every": "1d", **more}


def counts(stage):
    stage.follow()
    return {state.value: count for state, count in audiences.listed(stage.database)[0].counts.items()}


def test_an_audience_is_sent_when_it_is_applied_and_then_on_schedule(stage):
    with Receiver() as receiver:
        stage.store(bought(1), bought(2))
        stage.apply(SEGMENT, audience(receiver.url, columns=["user_id"]))
        secret = stage.secret("ads", kind=AUDIENCE)
        stage.start_sender()
        stages.eventually(lambda: counts(stage) == {"delivered": 1}, lambda: counts(stage))
        (first,) = receiver.received
        assert (first.method, first.headers["content-type"]) == ("PUT", "text/csv; charset=utf-8")
        assert first.body == b"user_id\r\nu1\r\nu2\r\n"
        assert first.is_signed_by(secret)
        stage.clock.at += DAY - HOUR
        stage.store(bought(3, at=stage.clock.at))
        stage.follow()
        assert counts(stage) == {"delivered": 1}
        stage.clock.at += HOUR
        stages.eventually(lambda: counts(stage) == {"delivered": 2}, lambda: counts(stage))
        assert receiver.received[-1].body == b"user_id\r\nu1\r\nu2\r\nu3\r\n"
        stage.clock.at += 1
        run_now(stage, "ads")
        stages.eventually(lambda: len(receiver.received) == 3)
        assert len({one.id for one in receiver.received}) == 3


def test_a_file_that_was_not_taken_is_made_again_without_whom_was_erased(stage):
    with Receiver(500) as receiver:
        stage.store(bought(1), bought(2))
        stage.apply(SEGMENT, audience(receiver.url, columns=["user_id"]))
        stage.secret("ads", kind=AUDIENCE)
        stage.start_sender()
        stages.eventually(lambda: len(receiver.received) == 1)
        stages.eventually(lambda: counts(stage) == {"waiting": 1}, lambda: counts(stage))
        erase_customer(stage, "user_id", "u1", actor="li", reason="")
        stage.clock.at += HOUR
        stages.eventually(lambda: counts(stage) == {"delivered": 1}, lambda: counts(stage))
        assert [one.body for one in receiver.received] == [b"user_id\r\nu1\r\nu2\r\n", b"user_id\r\nu2\r\n"]
        assert len({one.id for one in receiver.received}) == 1


def test_days_without_a_server_are_not_made_up_for(stage):
    with Receiver() as receiver:
        stage.store(bought(1))
        stage.apply(SEGMENT, audience(receiver.url))
        stage.secret("ads", kind=AUDIENCE)
        stage.follow()
        stages.eventually(lambda: counts(stage) == {"waiting": 1})
        stage.clock.at += 10 * DAY
        stages.eventually(lambda: counts(stage) == {"waiting": 2})
        assert audiences.listed(stage.database)[0].next_at == NOW + 11 * DAY


def test_a_disabled_audience_is_not_due(stage):
    with Receiver() as receiver:
        stage.apply(SEGMENT, audience(receiver.url, enabled=False))
        stage.follow()
        with pytest.raises(AppError, match="not scheduled"):
            run_now(stage, "ads")


def test_an_export_goes_to_a_url_signed(stage):
    with Receiver(200, 403) as receiver:
        stage.store(bought(1))
        secret = stage.webhook("crm", receiver.url)
        assert put_export(stage, Export(BOUGHT), receiver.url, "crm") == len(receiver.received[0].body)
        assert receiver.received[0].is_signed_by(secret)
        assert receiver.received[0].body == b"customer,user_id\r\n1,u1\r\n"
        with pytest.raises(AppError, match="HTTP 403"):
            put_export(stage, Export(BOUGHT), receiver.url, "crm")
        with pytest.raises(AppError, match="--unsigned"):
            put_export(stage, Export(BOUGHT), receiver.url, "nobody")
        with pytest.raises(AppError, match="not https"):
            put_export(stage, Export(BOUGHT), "http://example.com/file", None)


@pytest.mark.parametrize(
    ("more", "place"),
    [({"segment": "buyer"}, "segment"), ({"every": "5m"}, "every"), ({"every": "often"}, "every"),
     ({"columns": ["phone"]}, "consent"), ({"columns": ["phone"], "consent": "marketing:pigeon"}, "consent"),
     ({"columns": ["nothing"]}, "columns[0]"), ({"columns": ["user_id", "name"]}, "columns[1]"),
     ({"columns": []}, "columns"), ({"url": "http://example.com/"}, "url"), ({"name": "No"}, "name")],
)  # fmt: skip
def test_mistakes_in_an_audience_are_told_at_their_place(stage, more, place):
    with pytest.raises(AppError) as told:
        stage.apply(SEGMENT, audience("https://example.com/ads") | more)
    mistakes = told.value.mistakes if isinstance(told.value, MistakesError) else [told.value]
    assert [one.params["place"] for one in mistakes] == [place]


def test_the_command_line_writes_a_file_of_its_owners(tmp_path):
    with Stage(tmp_path / "data") as stage:
        stage.store(bought(1, user(1), phone(1)))
    run = lambda *words: CliRunner().invoke(  # noqa: E731
        app, ["--data", str(tmp_path / "data"), "segments", "export", BOUGHT, *map(str, words)]
    )
    file = tmp_path / "buyers.csv"
    assert run(file, "--columns", "user_id,phone").exit_code == 2
    assert not file.exists()
    assert run(file, "--columns", "user_id,phone", "--consent", "none").exit_code == 0
    assert file.read_bytes() == b"user_id,phone\r\nu1,+8613800130001\r\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert run(file).exit_code == 2
    assert run("https://example.com/x").exit_code == 2
