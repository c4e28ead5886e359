"""Phone codes: limits that hold under eight hands, tries that count, and what leaves to whom."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from structlog.testing import capture_logs

from interplay.bootstrap import sessions as signing
from interplay.bootstrap.door import fire_timers
from interplay.bootstrap.people import erase_customer
from interplay.engine.documents.contracts import MistakesError
from interplay.engine.outbox import api as outbox
from interplay.engine.timers.api import Fire
from interplay.kernel.context import live_world
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY, HOUR, MINUTE, SECOND
from interplay.link.sessions import rules
from interplay.link.sessions.contracts import Given
from tests.automate.receiver import Receiver
from tests.automate.stage import Stage, eventually
from tests.stores import BRAND, NOW, Clock, Store
from tests.unify.people import People

CONSOLE = {"kind": "sessions", "phone": {"channel": "console"}}
PHONE = "13800130001"
E164 = "+8613800130001"


@pytest.fixture
def shop(tmp_path, database_url):
    with Store(tmp_path / "data", url=database_url) as opened:
        opened.apply(CONSOLE)
        yield opened


def code_for(shop, phone=PHONE, address="198.51.100.7", lang="en"):
    """Ask for a code and read it in the journal."""
    with capture_logs() as logs:
        signing.send_code(shop, phone, address, lang)
    (line,) = [one for one in logs if one["event"].startswith("phone code")]
    assert line["event"] == "phone code (for development only)"
    return "".join(letter for letter in line["text"].removeprefix("【Corner Coffee】")[:40] if letter.isdigit())[:6]


def sign_in(shop, code, phone=PHONE, **given):
    return signing.sign_in_by_code(shop, phone, code, Given(**given))


def refusal(shop, code, phone=PHONE):
    before = len(shop.rows())
    with pytest.raises(AppError) as wrong:
        sign_in(shop, code, phone)
    assert len(shop.rows()) == before
    return wrong.value.code


def other(code):
    return f"{(int(code) + 1) % 10**6:06}"


def codes_count(shop):
    with shop.database.read() as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM phone_codes").scalar()


def test_a_code_begins_a_session_once(shop):
    code = code_for(shop, "138 0013 0001")
    visit = signing.start(shop, Given())
    made = sign_in(shop, f" {code} ", channel="web", former=visit.token)
    assert signing.find(shop, made.token).method == "phone"
    assert refusal(shop, code) == "sessions.code_none"
    people = People(shop)
    people.follow()
    assert len(people.of("phone", E164)[1]) == 2  # the phone, and the visit before


def test_a_code_is_good_for_ten_minutes(shop):
    code = code_for(shop)
    shop.clock.at += 10 * MINUTE
    assert refusal(shop, code) == "sessions.code_expired"
    shop.clock.at -= 1
    assert sign_in(shop, code)


def test_a_code_is_good_for_five_tries(shop):
    code = code_for(shop)
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(AppError) as wrong:
            sign_in(shop, other(code))
        assert (wrong.value.code, wrong.value.params["tries_left"]) == ("sessions.code_wrong", left)
    assert refusal(shop, code) == "sessions.code_tries"


def test_eight_who_guess_at_once_have_five_tries_together(shop):
    code = code_for(shop)

    def guess(number):
        try:
            sign_in(shop, f"{(int(code) + number + 1) % 10**6:06}")
        except AppError as error:
            return error.code

    with ThreadPoolExecutor(8) as threads:
        answers = sorted(threads.map(guess, range(8)))
    assert answers == ["sessions.code_tries"] * 3 + ["sessions.code_wrong"] * 5


def test_of_eight_who_bring_one_code_at_once_one_gets_a_session(shop):
    code = code_for(shop)

    def bring(_):
        try:
            return sign_in(shop, code).token[:3]
        except AppError as error:
            return error.code

    with ThreadPoolExecutor(8) as threads:
        answers = sorted(threads.map(bring, range(8)))
    assert answers == ["cs_", *["sessions.code_none"] * 7]


def test_of_eight_who_ask_for_one_code_at_once_one_is_sent(shop):
    def ask(number):
        try:
            signing.send_code(shop, PHONE, f"198.51.100.{number}", "en")
        except AppError as error:
            return error.code

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(8)))
    assert answers.count("sessions.code_often") == 7
    assert codes_count(shop) == 1


def test_a_code_of_one_phone_opens_no_other(shop):
    code = code_for(shop)
    assert refusal(shop, code, "13800130002") == "sessions.code_none"
    if code_for(shop, "13800130002") != code:
        assert refusal(shop, code, "13800130002") == "sessions.code_wrong"


def test_only_the_newest_code_is_good(shop):
    first = code_for(shop)
    shop.clock.at += MINUTE
    second = code_for(shop)
    if first != second:
        assert refusal(shop, first) == "sessions.code_wrong"
    assert sign_in(shop, second)


@pytest.mark.parametrize(
    ("asked", "limit", "seconds"),
    [
        ([0], 1, 59),
        ([0, 60, 120, 180, 240], 5, 3600 - 241),
        ([hour * 3600 for hour in range(10)], 10, 86_400 - 9 * 3600 - 1),
    ],
)
def test_a_phone_gets_so_many_codes(shop, asked, limit, seconds):
    for number, second in enumerate(asked):
        shop.clock.at = NOW + second * SECOND
        code_for(shop, address=f"198.51.100.{number}")
    shop.clock.at += MINUTE if len(asked) > 1 else SECOND
    wait = seconds - (59 if len(asked) > 1 else 0)
    with pytest.raises(signing.TooOftenError) as wrong:
        signing.send_code(shop, PHONE, "203.0.113.9", "en")
    assert (wrong.value.limit, wrong.value.seconds, wrong.value.status) == (limit, wait, 429)
    shop.clock.at += wait * SECOND
    code_for(shop, address="203.0.113.9")


def test_an_address_gets_so_many_codes_and_a_line_is_one_address(shop):
    for number in range(30):
        code_for(shop, f"138001300{number:02}", f"2001:db8:1:1::{number}")
    with pytest.raises(signing.TooOftenError) as wrong:
        signing.send_code(shop, "13800130099", "2001:db8:1:1:ffff::1", "en")
    assert (wrong.value.limit, wrong.value.seconds) == (30, 3600)
    code_for(shop, "13800130099", "2001:db8:1:2::1")


def test_a_brand_pays_for_so_many_codes(shop):
    shop.apply({"kind": "sessions", "phone": {"channel": "console", "per_hour_max": 3}})
    for number in range(3):
        code_for(shop, f"1380013000{number}", f"198.51.100.{number}")
    with pytest.raises(signing.TooOftenError) as wrong:
        signing.send_code(shop, "13800130009", "198.51.100.9", "en")
    assert (wrong.value.limit, wrong.value.seconds) == (3, 3600)
    shop.clock.at += HOUR
    code_for(shop, "13800130009", "198.51.100.9")


@pytest.mark.parametrize(
    ("phone", "code"), [("12", "customers.identifier"), ("+1 202 555 0143", "sessions.phone_region")]
)
def test_not_every_number_gets_codes(shop, phone, code):
    with pytest.raises(AppError) as wrong:
        signing.send_code(shop, phone, "198.51.100.7", "en")
    assert wrong.value.code == code
    assert codes_count(shop) == 0


def test_without_a_document_nobody_signs_in_by_phone(tmp_path):
    with Store(tmp_path / "data") as shop, pytest.raises(AppError) as wrong:
        signing.send_code(shop, PHONE, "198.51.100.7", "en")
    assert wrong.value.code == "sessions.phone_off"


def test_a_brand_has_its_own_words_in_two_languages(shop):
    text = {"zh": "{brand}验证码{code}", "en": "Your code: {code}"}
    shop.apply({"kind": "sessions", "phone": {"channel": "console", "text": text}})
    with capture_logs() as logs:
        signing.send_code(shop, PHONE, "198.51.100.7", "zh")
    assert logs[-1]["text"].startswith("Corner Coffee验证码")
    assert logs[-1]["to"] == E164


@pytest.mark.parametrize(
    ("phone", "place", "code"),
    [
        ({"channel": "webhook"}, ("phone", "url"), "delivery.url.form"),
        ({"channel": "webhook", "url": "http://192.168.0.1/"}, ("phone", "url"), "delivery.url.scheme"),
        ({"channel": "pigeon"}, ("phone", "channel"), "documents.shape.value"),
        ({"channel": "console", "regions": ["China"]}, ("phone", "regions", 0), "settings.region"),
        ({"channel": "console", "per_hour_max": 0}, ("phone", "per_hour_max"), "sessions.per_hour"),
        ({"channel": "console", "text": {"zh": "{code}", "en": "code"}}, ("phone", "text", "en"), "sessions.code_text"),
        (
            {"channel": "console", "text": {"zh": "{code.x}", "en": "{code}"}},
            ("phone", "text", "zh"),
            "sessions.code_text",
        ),
        (
            {"channel": "console", "text": {"zh": "{code} {x}", "en": "{code}"}},
            ("phone", "text", "zh"),
            "sessions.code_text",
        ),
    ],
)
def test_a_mistake_in_the_document_is_told_at_its_place(shop, phone, place, code):
    with pytest.raises(AppError) as wrong:
        shop.apply({"kind": "sessions", "phone": phone})
    found = wrong.value.mistakes if isinstance(wrong.value, MistakesError) else [wrong.value]
    assert (place, code) in {(one.place, one.mistake.code) for one in found}


def test_erasing_her_forgets_her_codes(shop):
    sign_in(shop, code_for(shop))
    code_for(shop, "13800130002")
    erase_customer(shop, "phone", PHONE, actor="li", reason="asked")
    assert codes_count(shop) == 1


def test_codes_are_forgotten_after_a_day(shop):
    code_for(shop)
    for wait, left in ((DAY, 1), (DAY + 1, 0)):
        shop.clock.at += wait
        shop.write(fire_timers(shop.home), Fire())
        assert codes_count(shop) == left


def test_neither_phone_nor_code_stands_in_the_files(tmp_path):
    with Stage(tmp_path / "data") as shop:
        shop.apply({"kind": "sessions", "phone": {"channel": "webhook", "url": "http://localhost:9/sms"}})
        signing.send_code(shop, PHONE, "198.51.100.7", "en")
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert b"13800130001" not in file.read_bytes()
            assert b"198.51.100.7" not in file.read_bytes()


@pytest.fixture
def stage(tmp_path):
    opened = Stage(tmp_path / "data", Clock(live_world(BRAND).now()))
    yield opened
    opened.close()


def asked(stage, receiver, **phone):
    stage.apply({"kind": "sessions", "phone": {"channel": "webhook", "url": receiver.url, **phone}})
    secret = stage.secret("sessions", kind="sessions")
    signing.send_code(stage, PHONE, "198.51.100.7", "zh")
    return secret


def test_a_code_goes_to_a_system_of_the_brands_signed_and_again_where_that_fails(stage):
    with Receiver(503) as receiver:
        secret = asked(stage, receiver)
        stage.start_sender()
        eventually(lambda: len(receiver.received) == 1)
        eventually(lambda: outbox.counts(stage.database, "sessions:sessions") == {"waiting": 1})
        stage.clock.at += MINUTE
        eventually(lambda: len(receiver.received) == 2)
        first, second = receiver.received
    assert first.id == second.id
    assert second.is_signed_by(secret)
    assert second.json["type"] == "phone_code.requested"
    assert second.json["data"]["to"] == E164
    code = "".join(letter for letter in second.json["data"]["text"] if letter.isdigit())[:6]
    assert sign_in(stage, code)


def test_a_code_that_is_over_is_sent_to_nobody(stage):
    with Receiver() as receiver:
        asked(stage, receiver)
        stage.clock.at += 10 * MINUTE
        stage.start_sender()
        queue = "sessions:sessions"
        eventually(lambda: outbox.counts(stage.database, queue) == {"withheld": 1})
    assert receiver.received == []


def test_how_long_to_wait_is_that_of_the_window_that_stays_full_longest():
    limits = ((1, 60), (2, 1000))
    assert rules.full(limits, [], 100) == (0, 0)
    assert rules.full(limits, [100], 100) == (1, 60)
    assert rules.full(limits, [100], 160) == (0, 0)
    assert rules.full(limits, [100, 50], 110) == (2, 940)
