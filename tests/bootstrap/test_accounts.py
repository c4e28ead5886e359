"""Accounts on either database: what is used once is used once, whoever asks at the same moment."""

from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest

from interplay.bootstrap import accounts
from interplay.engine.staff import api as staff
from interplay.engine.staff import audit
from interplay.engine.staff.contracts import Begun, Done, Role, SignOut
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY, HOUR, MINUTE, SECOND
from tests.postgresql import database_url
from tests.stores import NOW, DoorOnly

__all__ = ["database_url"]
PASSWORD = "seven slow snails"


@pytest.fixture
def access(tmp_path, database_url):
    with DoorOnly(tmp_path / "data", url=database_url) as opened:
        yield opened


def at_once(work, times=4):
    """Do the same several times at once; return what was refused."""

    def tried(_):
        try:
            work()
        except AppError as error:
            return error.code
        return None

    with ThreadPoolExecutor(times) as threads:
        return sorted(code for code in threads.map(tried, range(times)) if code)


def test_an_invitation_a_code_and_a_recovery_code_are_each_good_once(access):
    made = accounts.invite(access, "ann@example.com", Role.OWNER)
    assert at_once(lambda: accounts.join(access, made.token, "Ann", PASSWORD)) == ["staff.invitation"] * 3
    ann = accounts.find(access, accounts.sign_in(access, made.email, PASSWORD).token)
    codes = pyotp.TOTP(accounts.begin_totp(access, ann, PASSWORD).secret)
    ann = accounts.find(access, accounts.sign_in(access, made.email, PASSWORD).token)
    recovery = accounts.confirm_totp(access, ann, codes.at(access.clock.at // SECOND))
    for code in (codes.at(access.clock.at // SECOND + 30), recovery[3]):
        used = at_once(lambda code=code: accounts.sign_in(access, made.email, PASSWORD, code))
        assert used == ["staff.code_used"] * 3


def test_of_two_owners_who_close_each_other_one_stays(access):
    for email in ("ann@example.com", "bob@example.com"):
        accounts.join(access, accounts.invite(access, email, Role.OWNER).token, "", PASSWORD)
    emails = iter(["ann@example.com", "bob@example.com"])
    refused = at_once(lambda: accounts.change(access, next(emails), is_disabled=True), times=2)
    assert refused == ["staff.last_owner"]


def test_a_line_of_the_audit_log_says_how_it_ended_and_whom_it_was(access):
    entry = access.write(audit.begin, Begun("makeKey", "/api/keys", key="office"))
    access.write(audit.begin, Begun("applyDocuments", "/api/documents/apply", key="office"))
    access.write(audit.finish, Done(entry, 201, "till"))
    lines = [(one.who, one.place, one.status) for one in audit.entries(access.home.database, 2**62, 10)]
    assert lines == [("office", "/api/documents/apply", None), ("office", "/api/keys till", 201)]


def refused(work):
    with pytest.raises(AppError) as error:
        work()
    return error.value.code


def test_a_session_ends_after_twelve_hours_without_a_request_and_after_a_week(access):
    accounts.join(access, accounts.invite(access, "ann@example.com", Role.OWNER).token, "Ann", PASSWORD)
    idle, used = (accounts.sign_in(access, "ann@example.com", PASSWORD).token for _ in range(2))
    for _ in range(13):
        access.clock.at += HOUR
        accounts.find(access, used)
        access.write(staff.sign_out, SignOut(0, b""))  # whatever came before it is on disk
    assert refused(lambda: accounts.find(access, idle)) == "staff.not_signed_in"
    while access.clock.at - NOW < 7 * DAY - MINUTE:
        access.clock.at = min(access.clock.at + 11 * HOUR, NOW + 7 * DAY - MINUTE)
        accounts.find(access, used)
        access.write(staff.sign_out, SignOut(0, b""))
    access.clock.at = NOW + 7 * DAY
    assert refused(lambda: accounts.find(access, used)) == "staff.not_signed_in"


def test_an_invitation_is_good_for_a_week(access):
    late, soon = (accounts.invite(access, email, Role.AGENT).token for email in ("a@example.com", "b@example.com"))
    access.clock.at += 7 * DAY - 1
    accounts.join(access, soon, "", PASSWORD)
    access.clock.at += 1
    assert refused(lambda: accounts.join(access, late, "", PASSWORD)) == "staff.invitation"
