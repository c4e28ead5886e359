"""Exchanging a token of the brand's backend: what is refused, and that a refusal changes nothing."""

import base64
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from interplay.bootstrap import sessions as signing
from interplay.bootstrap.door import fire_timers
from interplay.bootstrap.people import erase_customer, export_customer
from interplay.engine.timers.api import Fire
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY, SECOND
from interplay.link.sessions import api as sessions
from interplay.link.sessions.contracts import Given
from tests.stores import NOW, DoorOnly, Store
from tests.unify.people import People

NOW_SECONDS = NOW // SECOND
NOTHING = Given()


@pytest.fixture
def shop(tmp_path):
    with DoorOnly(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def secret(shop):
    algorithm, made = signing.add_issuer(shop, "backend")
    assert algorithm == "HS256"
    return made


def claims(**more):
    said = {"iss": "backend", "aud": "interplay", "sub": "li", "iat": NOW_SECONDS, "exp": NOW_SECONDS + 60, "jti": "1"}
    return {name: value for name, value in (said | more).items() if value is not None}


def token(secret, algorithm="HS256", **more):
    return jwt.encode(claims(**more), secret, algorithm)


def refusal(shop, given, **more):
    """Return the code that a token is refused with, having looked that nothing changed."""
    before = len(shop.rows())
    with pytest.raises(AppError) as wrong:
        signing.exchange(shop, given, NOTHING, **more)
    assert len(shop.rows()) == before
    return wrong.value.code


def session_count(shop):
    with shop.database.read() as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM customer_sessions").scalar()


def test_a_token_becomes_a_session(shop, secret):
    made = signing.exchange(shop, token(secret), NOTHING)
    assert made.token.startswith("cs_")
    session = signing.find(shop, made.token)
    assert (session.session, session.method, session.expires_at) == (made.session, "exchange", NOW + sessions.LIFE)
    assert [row.name for row in shop.rows()] == ["customer.logged_in"]


def test_the_token_of_a_session_is_nowhere_in_the_files(tmp_path):
    with DoorOnly(tmp_path / "data") as shop:
        _, secret = signing.add_issuer(shop, "backend")
        made = signing.exchange(shop, token(secret), NOTHING)
    for file in shop.folder.rglob("*"):
        if file.is_file():
            assert made.token.encode() not in file.read_bytes()
            assert secret.encode() not in file.read_bytes()


def test_a_token_is_good_once_also_under_another_signature(shop, secret):
    given = token(secret)
    signing.exchange(shop, given, NOTHING)
    assert refusal(shop, given) == "sessions.replayed"
    assert refusal(shop, token(secret, sub="wang")) == "sessions.replayed"  # a stolen jti
    signing.add_issuer(shop, "other")
    assert session_count(shop) == 1


def test_the_same_jti_of_another_issuer_is_another_token(shop, secret):
    _, other = signing.add_issuer(shop, "other")
    signing.exchange(shop, token(secret), NOTHING)
    signing.exchange(shop, token(other, iss="other"), NOTHING)
    assert session_count(shop) == 2


def test_of_eight_who_bring_one_token_at_once_one_gets_a_session(shop, secret):
    given = token(secret)

    def bring(_):
        try:
            return signing.exchange(shop, given, NOTHING).token[:3]
        except AppError as error:
            return error.code

    with ThreadPoolExecutor(8) as threads:
        answers = sorted(threads.map(bring, range(8)))
    assert answers == ["cs_", *["sessions.replayed"] * 7]
    assert (session_count(shop), len(shop.rows())) == (1, 1)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"iat": NOW_SECONDS - 90, "exp": NOW_SECONDS - 30}, "sessions.token_expired"),  # the skew is not included
        ({"iat": NOW_SECONDS - 90, "exp": NOW_SECONDS - 29}, None),
        ({"iat": NOW_SECONDS + 30, "exp": NOW_SECONDS + 60}, None),
        ({"iat": NOW_SECONDS + 31, "exp": NOW_SECONDS + 60}, "sessions.token_early"),
        ({"nbf": NOW_SECONDS + 31}, "sessions.token_early"),
        ({"exp": NOW_SECONDS + 600}, None),
        ({"exp": NOW_SECONDS + 601}, "sessions.token_long"),
        ({"exp": NOW_SECONDS}, "sessions.token_long"),
        ({"exp": None}, "sessions.token_claim"),
        ({"exp": "soon"}, "sessions.token_claim"),
        ({"exp": True}, "sessions.token_claim"),
        ({"exp": 1e300}, "sessions.token_claim"),
        ({"iat": None}, "sessions.token_claim"),
        ({"jti": None}, "sessions.token_claim"),
        ({"jti": 7}, "sessions.token_claim"),
        ({"jti": "x" * 256}, "sessions.token_claim"),
        ({"sub": None}, "sessions.token_claim"),
        ({"sub": " "}, "sessions.token_claim"),
        ({"sub": "null"}, "sessions.nobody"),  # a bug of many backends: all of them would be one person
        ({"phone": "12"}, "customers.identifier"),
        ({"aud": None}, "sessions.token_audience"),
        ({"aud": "elsewhere"}, "sessions.token_audience"),
        ({"aud": ["elsewhere", "interplay"]}, None),
        ({"iss": None}, "sessions.token_claim"),
        ({"iss": "nobody"}, "sessions.issuer_unknown"),
    ],
)
def test_what_a_token_must_say(shop, secret, said, code):
    given = token(secret, **said)
    if code is None:
        signing.exchange(shop, given, NOTHING)
    else:
        assert refusal(shop, given) == code


def test_a_replay_is_still_known_when_the_clocks_skew_lets_a_token_live_longest(shop, secret):
    given = token(secret, exp=NOW_SECONDS + 600)
    signing.exchange(shop, given, NOTHING)
    shop.clock.at += 629 * SECOND
    assert refusal(shop, given) == "sessions.replayed"
    shop.clock.at += 1 * SECOND
    assert refusal(shop, given) == "sessions.token_expired"


def test_the_algorithm_none_is_no_signature(shop, secret):
    assert refusal(shop, jwt.encode(claims(), None, "none")) == "sessions.token_algorithm"
    header, body, _ = token(secret).split(".")
    assert refusal(shop, f"{header}.{body}.") == "sessions.token_forged"


def test_another_secret_or_another_body_is_forged(shop, secret):
    assert refusal(shop, token("x" * 43)) == "sessions.token_forged"
    header, _, signature = token(secret).split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims(sub="wang")).encode()).decode().rstrip("=")
    assert refusal(shop, f"{header}.{body}.{signature}") == "sessions.token_forged"


@pytest.mark.parametrize("given", ["", "a", "a.b.c", "é.é.é", "." * 3, "x" * 5_000, "e30.e30.e30"])
def test_what_is_no_token_is_said(shop, given):
    assert refusal(shop, given) in ("sessions.token_form", "sessions.token_claim")


def pem(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(rsa.generate_private_key(65537, 2048), "RS256"), (ec.generate_private_key(ec.SECP256R1()), "ES256")],
)
def test_a_backend_may_sign_by_a_key_that_it_never_shows(shop, key, algorithm):
    assert signing.add_issuer(shop, "backend", pem(key)) == (algorithm, None)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    signing.exchange(shop, token(private, algorithm), NOTHING)
    assert refusal(shop, token("x" * 43, jti="2")) == "sessions.token_algorithm"


def test_the_public_key_is_no_shared_secret(shop):
    key = rsa.generate_private_key(65537, 2048)
    public = pem(key)
    signing.add_issuer(shop, "backend", public)
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
             for part in ({"alg": "HS256", "typ": "JWT"}, claims())]  # fmt: skip
    signed = b".".join(parts)
    mac = base64.urlsafe_b64encode(hmac.digest(public.encode(), signed, sha256)).rstrip(b"=")
    assert refusal(shop, (signed + b"." + mac).decode()) == "sessions.token_algorithm"


@pytest.mark.parametrize(
    "public_key",
    ["", "x", pem(rsa.generate_private_key(65537, 1024)), pem(ec.generate_private_key(ec.SECP384R1()))],
)
def test_weak_and_foreign_keys_are_refused(shop, public_key):
    with pytest.raises(AppError) as wrong:
        signing.add_issuer(shop, "backend", public_key)
    assert wrong.value.code == "sessions.public_key"
    assert sessions.issuers(shop.database) == []


def test_a_revoked_issuer_signs_nothing_more_and_its_name_is_gone(shop, secret):
    made = signing.exchange(shop, token(secret), NOTHING)
    signing.revoke_issuer(shop, "backend")
    assert refusal(shop, token(secret, jti="2")) == "sessions.issuer_revoked"
    assert signing.find(shop, made.token).session == made.session
    for again, code in (
        (lambda: signing.revoke_issuer(shop, "backend"), "sessions.no_issuer"),
        (lambda: signing.add_issuer(shop, "backend"), "sessions.issuer_taken"),
        (lambda: signing.add_issuer(shop, "a/b"), "sessions.issuer_name"),
    ):
        with pytest.raises(AppError) as wrong:
            again()
        assert wrong.value.code == code


def test_a_session_ends_by_its_time_or_by_signing_out(shop, secret):
    made = signing.exchange(shop, token(secret), NOTHING)
    other = signing.exchange(shop, token(secret, jti="2"), NOTHING)
    signing.sign_out(shop, signing.find(shop, made.token))
    shop.clock.at = NOW + sessions.LIFE - 1
    assert signing.find(shop, other.token)
    for moment, given, code in (
        (NOW + sessions.LIFE - 1, made.token, "sessions.ended"),
        (NOW + sessions.LIFE, other.token, "sessions.expired"),
        (NOW, "cs_nobody", "sessions.unknown"),
    ):
        shop.clock.at = moment
        with pytest.raises(AppError) as wrong:
            signing.find(shop, given)
        assert (wrong.value.code, wrong.value.status) == (code, 401)
    assert [row.name for row in shop.rows()].count("customer.logged_out") == 1


def test_signing_in_joins_the_visit_before_it(shop, secret):
    people = People(shop)
    visit = signing.start(shop, Given(channel="web"))
    anonymous = signing.find(shop, visit.token)
    made = signing.exchange(
        shop, token(secret, phone="138 0013 0001"), Given(channel="web", former=visit.token, anonymous_id="cookie-1")
    )
    people.follow()
    assert people.are_one(("user_id", "li"), ("phone", "+8613800130001"), ("anonymous_id", "cookie-1"))
    assert anonymous.subject in people.of("user_id", "li")[1]
    with pytest.raises(AppError) as wrong:
        signing.find(shop, visit.token)  # it went on as hers
    assert wrong.value.code == "sessions.ended"
    assert signing.find(shop, made.token).method == "exchange"


def test_only_an_anonymous_session_goes_on_as_somebodys(shop, secret):
    people = People(shop)
    li = signing.exchange(shop, token(secret), NOTHING)
    signing.exchange(shop, token(secret, jti="2", sub="wang"), Given(former=li.token))
    people.follow()
    assert not people.are_one(("user_id", "li"), ("user_id", "wang"))
    assert signing.find(shop, li.token)


def test_who_signs_in_with_a_phone_that_was_somebodys_gets_it_without_its_past(shop, secret):
    people = People(shop)
    signing.exchange(shop, token(secret, phone="13800130001"), NOTHING)
    people.follow()
    signing.exchange(shop, token(secret, jti="2", sub="wang", phone="13800130001"), NOTHING)
    people.follow()
    assert people.are_one(("user_id", "wang"), ("phone", "+8613800130001"))
    assert not people.are_one(("user_id", "li"), ("user_id", "wang"))


def test_erasing_her_ends_her_sessions(tmp_path):
    with Store(tmp_path / "data") as shop:
        _, secret = signing.add_issuer(shop, "backend")
        made = signing.exchange(shop, token(secret), NOTHING)
        other = signing.exchange(shop, token(secret, jti="2", sub="wang"), NOTHING)
        assert export_customer(shop, "user_id", "li")["sessions"] == [
            {
                "method": "exchange", "created_at": "2026-01-01T00:00:00Z", "expires_at": "2026-01-02T00:00:00Z",
                "revoked_at": None,
            }
        ]  # fmt: skip
        erase_customer(shop, "user_id", "li", actor="li", reason="asked")
        with pytest.raises(AppError) as wrong:
            signing.find(shop, made.token)
        assert wrong.value.code == "sessions.unknown"
        assert signing.find(shop, other.token)
        assert refusal(shop, token(secret)) == "sessions.replayed"


def test_what_has_ended_is_forgotten_a_day_later(shop, secret):
    signing.exchange(shop, token(secret), NOTHING)
    for wait, left in ((sessions.LIFE, 1), (DAY, 1), (1, 1), (DAY, 0)):
        shop.clock.at += wait
        shop.write(fire_timers(shop.home), Fire())
        assert session_count(shop) == left
    with shop.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM used_tokens").scalar() == 0
