"""The code at the till: forged, too old, from the future, scanned twice, of somebody who has left."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interplay.bootstrap import members as membership
from interplay.bootstrap import sessions as signing
from interplay.bootstrap.people import erase_customer
from interplay.kernel.errors import AppError
from interplay.kernel.time import SECOND
from interplay.link.members import codes
from interplay.link.members.contracts import JoinChannel
from interplay.link.sessions.contracts import Given, Method, Session
from interplay.link.stores.contracts import Device
from tests.link.sessions.test_exchange import token
from tests.stores import NOW, DoorOnly, Store

TILL = Device("till-1", "nanjing-road", NOW)
OTHER_TILL = Device("till-2", "nanjing-road", NOW)


class Stage:
    """Li is signed in, and a member."""

    def __init__(self, shop):
        self.shop = shop
        _, secret = signing.add_issuer(shop, "backend")
        self.session = signing.find(shop, signing.exchange(shop, token(secret), Given()).token)
        self.card = membership.join_signed_in(shop, self.session, JoinChannel.WEB).card_no

    def code(self):
        return membership.show_code(self.shop, self.session).code

    def scan(self, code, till=TILL, key=None):
        return membership.scan(self.shop, code, till, key).cards[0].card_no

    def refusal(self, code, till=TILL, key=None):
        before = len(self.shop.rows())
        with pytest.raises(AppError) as wrong:
            self.scan(code, till, key)
        assert len(self.shop.rows()) == before
        return wrong.value.code


@pytest.fixture
def stage(tmp_path):
    with DoorOnly(tmp_path / "data") as shop:
        yield Stage(shop)


def test_a_code_names_her_once(stage):
    code = stage.code()
    assert stage.scan(code) == stage.card
    assert stage.refusal(code) == "members.code_replayed"
    assert stage.refusal(code, OTHER_TILL) == "members.code_replayed"
    assert [row.name for row in stage.shop.rows()].count("member.scanned") == 1


def test_a_till_that_lost_the_answer_asks_again_and_no_other_till_may(stage):
    code = stage.code()
    assert stage.scan(code, key="a") == stage.card
    assert stage.scan(code, key="a") == stage.card
    assert stage.refusal(code, key="b") == "members.code_replayed"
    assert stage.refusal(code) == "members.code_replayed"
    assert stage.refusal(code, OTHER_TILL, key="a") == "members.code_replayed"
    assert [row.name for row in stage.shop.rows()].count("member.scanned") == 1


def test_of_eight_tills_that_scan_one_code_at_once_one_gets_her(stage):
    code = stage.code()

    def scan(number):
        try:
            return stage.scan(code, Device(f"till-{number}", "nanjing-road", NOW))
        except AppError as error:
            return error.code

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(scan, range(8)))
    assert answers.count(stage.card) == 1
    assert answers.count("members.code_replayed") == 7


@pytest.mark.parametrize(
    ("after", "code"),
    [
        (-6 * SECOND, "members.code_early"),
        (-5 * SECOND, None),
        (50 * SECOND - 1, None),
        (50 * SECOND, "members.code_expired"),
    ],
)
def test_a_code_is_good_for_45_seconds_and_five_of_skew(stage, after, code):
    shown = stage.code()
    stage.shop.clock.at += after
    assert (stage.scan(shown) == stage.card) if code is None else (stage.refusal(shown) == code)


def test_a_used_code_is_remembered_for_as_long_as_it_is_taken(stage):
    shown = stage.code()
    stage.shop.clock.at -= 5 * SECOND
    stage.scan(shown)
    stage.shop.clock.at += 55 * SECOND - 1
    assert stage.refusal(shown) == "members.code_replayed"


def test_signing_out_ends_her_codes(stage):
    shown = stage.code()
    signing.sign_out(stage.shop, stage.session)
    assert stage.refusal(shown) == "members.code_ended"


def test_erasing_her_ends_her_codes(tmp_path):
    with Store(tmp_path / "data") as shop:
        stage = Stage(shop)
        shown = stage.code()
        erase_customer(shop, "user_id", "li", actor="li", reason="asked")
        assert stage.refusal(shown) == "members.code_ended"


def test_a_code_of_another_brand_is_forged(stage, tmp_path):
    with DoorOnly(tmp_path / "other") as other:
        assert stage.refusal(Stage(other).code()) == "members.code_forged"


@given(place=st.integers(0, 61), by=st.integers(1, 31))
def test_no_character_of_a_code_can_be_changed(place, by):
    code = SAMPLE.code
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    changed = code[:place] + letters[(letters.index(code[place]) + by) % 32] + code[place + 1 :]
    with pytest.raises(AppError) as wrong:
        codes.read_code(KEYS, changed)
    assert wrong.value.code in ("members.code_forged", "members.code_form")


@pytest.mark.parametrize("text", ["", "x", "会员", "A" * 62, "A" * 63, "A" * 64, "=" * 63, "1" * 63])
def test_what_is_no_code_is_said(text):
    with pytest.raises(AppError) as wrong:
        codes.read_code(KEYS, text)
    assert wrong.value.code == "members.code_form"


def test_a_code_is_read_however_a_scanner_types_it():
    assert codes.read_code(KEYS, f" {SAMPLE.code.lower()}\r\n").session == 7
    assert len(SAMPLE.code) == 63
    assert SAMPLE.code.isalnum()


def test_who_is_no_member_has_no_code(stage):
    shop = stage.shop
    session = signing.find(shop, signing.start(shop, Given()).token)
    with pytest.raises(AppError) as wrong:
        membership.show_code(shop, session)
    assert wrong.value.code == "members.not_a_member"


class KeysOfATest:
    def derived(self, purpose):
        return purpose.encode()


class WorldOfATest:
    def now(self):
        return NOW

    def random_bytes(self, count):
        return b"n" * count


KEYS = KeysOfATest()
SAMPLE = codes.new_code(WorldOfATest(), KEYS, Session(7, 1, Method.PHONE, NOW, NOW + 1))
