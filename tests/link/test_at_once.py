"""Many at once, over both databases, and on PostgreSQL through two doors: what is given once is given once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from interplay.bootstrap import members as membership
from interplay.bootstrap import sessions as signing
from interplay.engine.documents import api as documents
from interplay.engine.documents.api import Apply
from interplay.kernel.errors import AppError
from interplay.link.members.contracts import JoinChannel
from interplay.link.sessions.contracts import Given
from interplay.link.stores.contracts import Device
from tests.link.sessions.test_exchange import token
from tests.stores import NOW, DoorOnly, document

ROUNDS = 5
HANDS = 8


@pytest.fixture
def doors(tmp_path, database_url):
    """Return doors of one directory: one on SQLite, two on PostgreSQL."""
    with ExitStack() as stack:
        first = stack.enter_context(DoorOnly(tmp_path / "data", url=database_url))
        second = stack.enter_context(DoorOnly(tmp_path / "data", url=database_url)) if database_url else first
        yield first, second


def at_once(doors, work):
    """Return what eight hands got, at alternating doors: the answer, or the code of the refusal."""

    def one(number):
        try:
            return work(doors[number % 2], number)
        except AppError as error:
            return error.code

    with ThreadPoolExecutor(HANDS) as threads:
        return list(threads.map(one, range(HANDS)))


def facts(doors, name):
    return [row.name for row in doors[0].rows()].count(name)


def test_one_person_gets_one_card(doors):
    for number in range(ROUNDS):
        who = [("phone", f"+861380013{number:04}")]
        joined = at_once(doors, lambda door, _, who=who: membership.join(door, who, JoinChannel.APP))
        assert len({one.card_no for one in joined}) == 1
        assert [one.is_new for one in joined].count(True) == 1
    assert facts(doors, "member.joined") == ROUNDS


def test_one_token_begins_one_session_and_one_code_is_scanned_once(doors):
    _, secret = signing.add_issuer(doors[0], "backend")
    for number in range(ROUNDS):
        given = token(secret, jti=str(number), sub=f"li-{number}")
        made = at_once(doors, lambda door, _, given=given: signing.exchange(door, given, Given()).token)
        assert made.count("sessions.replayed") == HANDS - 1
        (opened,) = [one for one in made if one.startswith("cs_")]
        session = signing.find(doors[1], opened)
        membership.join_signed_in(doors[1], session, JoinChannel.WEB)
        code = membership.show_code(doors[0], session).code
        shown = at_once(
            doors,
            lambda door, hand, code=code: membership.scan(door, code, Device(f"till-{hand}", "s", NOW), None).customer,
        )
        assert shown.count("members.code_replayed") == HANDS - 1
    assert (facts(doors, "customer.logged_in"), facts(doors, "member.scanned")) == (ROUNDS, ROUNDS)


def test_one_phone_gets_one_code_and_eight_guesses_are_five(doors):
    content = {"kind": "sessions", "phone": {"channel": "webhook", "url": "https://sms.example/"}}
    doors[0].write(documents.apply, Apply((document(content),), 0))
    for number in range(ROUNDS):
        phone = f"138001300{number:02}"
        asked = at_once(doors, lambda door, hand, phone=phone: signing.send_code(door, phone, f"10.0.0.{hand}", "en"))
        assert asked.count("sessions.code_often") == HANDS - 1
        guessed = at_once(
            doors, lambda door, hand, phone=phone: signing.sign_in_by_code(door, phone, f"x{hand}", Given())
        )
        assert sorted(guessed) == ["sessions.code_tries"] * 3 + ["sessions.code_wrong"] * 5
