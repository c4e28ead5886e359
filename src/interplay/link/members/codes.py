"""The code that a member shows at the till: signed, bound to her session, good for a minute and for one scan.

    version (1) · session (8) · milliseconds UTC (6) · nonce (8) · HMAC-SHA256 of these, cut to 16 (RFC 2104, 5)

In base32, since a scanner types into a till through whatever keyboard layout the till has.
"""

import hmac
import struct
from base64 import b32decode, b32encode
from binascii import Error as Base32Error
from hashlib import sha256

from interplay.collect.ingest.api import told
from interplay.engine.log.append import Append, Appender
from interplay.engine.log.erasure import is_known
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.kernel.context import World
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros
from interplay.kernel.time import SECOND
from interplay.link.members.contracts import MEMBER_SCANNED, SOURCE, JoinChannel, MemberCode, Scan, Shown
from interplay.link.sessions import api as sessions
from interplay.link.sessions.contracts import Burn, Session

LIFE = 45 * SECOND
SKEW = 5 * SECOND
"""How far the clocks of two doors may differ: a code is taken from 5 s before it was made to 50 s after."""
VERSION = 1
MAC_BYTES = 16
NONCE_BYTES = 8
PURPOSE = "members.code"

_SAID = struct.Struct(f">B Q 6s {NONCE_BYTES}s")
_BYTES = _SAID.size + MAC_BYTES
_CHARS = (_BYTES * 8 + 4) // 5
_PADDING = "=" * (-_CHARS % 8)
_MILLISECOND = 1_000


def new_code(world: World, keys: SubjectKeys, session: Session) -> MemberCode:
    """Return a code for who holds this session. Nothing is stored: it is stored when it is used."""
    now = world.now()
    moment = (now // _MILLISECOND).to_bytes(6)
    said = _SAID.pack(VERSION, session.session, moment, world.random_bytes(NONCE_BYTES))
    code = b32encode(said + _mac(keys, said)).decode().rstrip("=")
    return MemberCode(code, Micros(now + LIFE))


def read_code(keys: SubjectKeys, text: str) -> Shown:
    """Return what a code says. Raises AppError `members.code_form`, `members.code_forged`."""
    try:
        whole = b32decode(text.strip().upper() + _PADDING)
    except (Base32Error, ValueError):
        raise AppError("members.code_form") from None
    if len(whole) != _BYTES or whole[0] != VERSION:
        raise AppError("members.code_form")
    said = whole[: _SAID.size]
    if not hmac.compare_digest(whole[_SAID.size :], _mac(keys, said)):
        raise AppError("members.code_forged", status=403)
    _, session, moment, _ = _SAID.unpack(said)
    return Shown(session, Micros(int.from_bytes(moment) * _MILLISECOND), sha256(b"member code\0" + said).digest())


def to_scan(
    database: Database, keys: SubjectKeys, text: str, now: int, *, store: str, device: str, key: str | None
) -> Scan:
    """Return the command's message. Raises AppError `members.code_*` (403: forged; 409: too old, signed out)."""
    shown = read_code(keys, text)
    if shown.issued_at - SKEW > now:
        raise AppError("members.code_early", status=409, seconds=(shown.issued_at - now) // SECOND)
    if now >= shown.issued_at + LIFE + SKEW:
        raise AppError("members.code_expired", status=409)
    try:
        session = sessions.session_by_number(database, shown.session, now)
    except AppError:
        raise AppError("members.code_ended", status=409) from None
    burn = Burn(shown.digest, Micros(shown.issued_at + LIFE + 2 * SKEW))
    return Scan(session.session, session.subject, burn, store, device, key)


def scan(appender: Appender) -> Command[Scan, bool]:
    """Return the command that uses a code up; it answers whether this is the first time.

    Raises AppError `members.code_replayed` (409), `members.code_ended` where she was erased meanwhile.
    """

    def run(tx: Tx, ask: Scan) -> bool:
        if not is_known(tx, ask.subject):
            raise AppError("members.code_ended", status=409)
        note = None if ask.key is None else f"{ask.device}/{ask.key}"
        if not sessions.burn(tx, ask.burn, note):
            if note is None or sessions.note_of(tx, ask.burn.digest) != note:
                raise AppError("members.code_replayed", status=409)
            return False
        fields = {"channel": JoinChannel.STORE.value, "store_id": ask.store, "till_device": ask.device}
        fact = told(SOURCE, MEMBER_SCANNED, tx.world.now(), ask.burn.digest.hex(), fields, ask.subject)
        appender.append_all(tx, [Append([fact])])
        return True

    return Command("members.scan", Scan, bool, run)


def _mac(keys: SubjectKeys, said: bytes) -> bytes:
    return hmac.digest(keys.derived(PURPOSE), said, sha256)[:MAC_BYTES]
