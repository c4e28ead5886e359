"""Signing in by the brand's own backend: it signs a token for a customer, once, and her page exchanges it.

The token is a JWT (RFC 7519) with iss, aud = "interplay", sub, iat, exp and jti. An issuer signs in one way only,
which is kept with its key: what a token says of its own algorithm is compared, never followed (RFC 8725, 3.1).
"""

from base64 import urlsafe_b64encode

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt.types import Options

from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import NOBODY, SubjectKeys
from interplay.kernel.context import World
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.link.sessions import rules, store
from interplay.link.sessions.contracts import AddIssuer, Algorithm, Burn, Issuer, RevokeIssuer

TOKEN_CHARS_MAX = 4_096
SECRET_BYTES = 32
RSA_BITS_MIN = 2_048
NAME_CHARS_MAX = 100

_UNCHECKED: Options = {
    "verify_signature": False,
    "verify_exp": False,  # times are compared with the World's clock, in `rules`
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}
_SIGNATURE_ONLY: Options = {**_UNCHECKED, "verify_signature": True}


def new_issuer(
    world: World, keys: SubjectKeys, name: str, public_key: str | None = None
) -> tuple[AddIssuer, str | None]:
    """Return the command's message, and the shared secret where there is no public key: it is shown once.

    Raises AppError `sessions.issuer_name`, `sessions.public_key`.
    """
    if not name.strip() or not name.isprintable() or "/" in name or len(name) > NAME_CHARS_MAX:
        raise AppError("sessions.issuer_name", given=name)
    if public_key is not None:
        return AddIssuer(name, _algorithm_of(public_key), keys.seal(NOBODY, public_key.encode())), None
    secret = urlsafe_b64encode(world.random_bytes(SECRET_BYTES)).decode().rstrip("=")
    return AddIssuer(name, Algorithm.HS256, keys.seal(NOBODY, secret.encode())), secret


def verified(database: Database, keys: SubjectKeys, token: str, now: int) -> tuple[list[tuple[str, str]], Burn]:
    """Return whom a token names, (kind, value), and what makes it good for one use only.

    Raises AppError `sessions.token_*` or `sessions.issuer_*` (401 each).
    """
    name = _issuer_in(token)
    found = store.issuer(database, name)
    if found is None:
        raise AppError("sessions.issuer_unknown", status=401, given=name)
    issuer, sealed = found
    if issuer.revoked_at is not None:
        raise AppError("sessions.issuer_revoked", status=401, given=name)
    key = keys.open(NOBODY, sealed)
    assert key is not None  # nobody is never erased
    claims = _claims(token, issuer, key)
    rules.check_audience(claims)
    ends = rules.check_times(claims, now)
    jti = rules.text(claims, "jti")
    burn = Burn(keys.digest("jti", f"{name}\0{jti}"), Micros(ends + 2 * rules.SKEW))
    return rules.identifiers(claims), burn


def _add(tx: Tx, ask: AddIssuer) -> None:
    if not store.add_issuer(tx, ask):
        raise AppError("sessions.issuer_taken", status=409, name=ask.name)


def _revoke(tx: Tx, ask: RevokeIssuer) -> None:
    if not store.revoke_issuer(tx, ask.name):
        raise AppError("sessions.no_issuer", status=404, name=ask.name)


add_issuer = Command("sessions.add_issuer", AddIssuer, None, _add)
revoke_issuer = Command("sessions.revoke_issuer", RevokeIssuer, None, _revoke)


def _issuer_in(token: str) -> str:
    """Return whom a token says it is by; nothing is believed yet."""
    if len(token) > TOKEN_CHARS_MAX:
        raise AppError("sessions.token_form", status=401)
    try:
        claims = jwt.decode(token, options=_UNCHECKED)
    except jwt.PyJWTError:
        raise AppError("sessions.token_form", status=401) from None
    return rules.text(claims, "iss")


def _claims(token: str, issuer: Issuer, key: bytes) -> dict[str, object]:
    """Return what a token says, once its signature is the issuer's."""
    given = jwt.get_unverified_header(token).get("alg")
    if given != issuer.algorithm.value:
        raise AppError("sessions.token_algorithm", status=401, given=given, allowed=issuer.algorithm.value)
    try:
        claims: dict[str, object] = jwt.decode(
            token, key.decode(), algorithms=[issuer.algorithm.value], options=_SIGNATURE_ONLY
        )
    except jwt.InvalidSignatureError:
        raise AppError("sessions.token_forged", status=401) from None
    except jwt.PyJWTError:
        raise AppError("sessions.token_form", status=401) from None
    return claims


def _algorithm_of(public_key: str) -> Algorithm:
    try:
        key = load_pem_public_key(public_key.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise AppError("sessions.public_key") from None
    if isinstance(key, RSAPublicKey) and key.key_size >= RSA_BITS_MIN:
        return Algorithm.RS256
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return Algorithm.ES256
    raise AppError("sessions.public_key")
