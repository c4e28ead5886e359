"""Signing in by a phone code: six digits, sent once, good for ten minutes and five tries.

Only keyed digests of the phone, the address and the code are kept to compare; what is sent is sealed until it is used.
"""

import hmac
from collections.abc import Sequence

import msgspec
import phonenumbers

from interplay.collect.facts.api import identifier
from interplay.engine.log.append import Appender
from interplay.engine.oltp.contracts import Command, Tx
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import NOBODY, SubjectKeys
from interplay.kernel.addresses import network
from interplay.kernel.context import World
from interplay.kernel.errors import AppError
from interplay.kernel.i18n import Lang, say
from interplay.kernel.ids import Micros
from interplay.kernel.time import DAY, HOUR, MINUTE
from interplay.link.sessions import rules, store
from interplay.link.sessions.channels import channel_of
from interplay.link.sessions.contracts import (
    AskCode,
    CodeAnswer,
    CodeAsked,
    CodeRefusal,
    KeptCode,
    Open,
    OpenByCode,
    PhoneSignIn,
)
from interplay.link.sessions.documents import current
from interplay.link.sessions.opening import begin, keep_purging

PHONE = "phone"


def to_ask_code(database: Database, keys: SubjectKeys, world: World, phone: str, address: str, lang: Lang) -> AskCode:
    """Return the command's message. Raises AppError `sessions.phone_off`, `customers.identifier`, `…phone_region`."""
    how = _how(database)
    to = normal(world, phone)
    region = phonenumbers.region_code_for_number(phonenumbers.parse(to))
    allowed = how.regions or (world.brand.region,)
    if region not in allowed:
        raise AppError("sessions.phone_region", status=403, given=region or "-", allowed=", ".join(allowed))
    code = f"{world.rng.randrange(10**rules.CODE_DIGITS):0{rules.CODE_DIGITS}}"
    said = {"code": code, "minutes": rules.CODE_LIFE // MINUTE, "brand": world.brand.name}
    own = how.text and (how.text.zh if lang == "zh" else how.text.en)
    text = own.format(**said) if own else say("sessions.code_sent", lang, **said)
    return AskCode(
        keys.digest("code.phone", to), keys.digest("code.address", network(address)), code_digest(keys, to, code), to,
        text, how.channel, how.per_hour_max,
    )  # fmt: skip


def ask_code(keys: SubjectKeys) -> Command[AskCode, CodeAsked]:
    """Return the command that sends a code, or says how long to wait. It has all locks: limits hold exactly."""

    def run(tx: Tx, ask: AskCode) -> CodeAsked:
        now = tx.world.now()
        limit, wait = _full(tx, ask, now)
        if wait:
            return CodeAsked(limit=limit, wait=wait)
        expires_at = Micros(now + rules.CODE_LIFE)
        number = store.add_code(tx, ask, keys.seal(NOBODY, msgspec.msgpack.encode((ask.to, ask.text))), expires_at)
        channel_of(ask.channel).send(tx, number, ask.to, ask.text)
        keep_purging(tx)
        return CodeAsked(expires_at, Micros(now + MINUTE))

    return Command("sessions.ask_code", AskCode, CodeAsked, run)


def to_open_by_code(keys: SubjectKeys, phone: str, code: str, wanted: Open) -> OpenByCode:
    """Return the command's message. `phone` in its one spelling."""
    return OpenByCode(keys.digest("code.phone", phone), code_digest(keys, phone, code.strip()), wanted)


def open_by_code(keys: SubjectKeys, appender: Appender) -> Command[OpenByCode, CodeAnswer]:
    """Return the command that begins a session by the newest code of a phone. A wrong one is an answer, and counts."""

    def run(tx: Tx, ask: OpenByCode) -> CodeAnswer:
        kept = store.newest_code(tx, ask.phone)
        if (refusal := _refusal(kept, tx.world.now())) is not None:
            return CodeAnswer(refusal=refusal)
        assert kept is not None
        if not store.count_try(tx, kept.number, rules.CODE_TRIES_MAX):
            return CodeAnswer(refusal=CodeRefusal.TRIES)
        if not hmac.compare_digest(kept.code, ask.code):
            return CodeAnswer(refusal=CodeRefusal.WRONG, tries_left=rules.CODE_TRIES_MAX - kept.tries - 1)
        store.use_code(tx, kept.number)
        return CodeAnswer(begin(tx, keys, appender, ask.open))

    return Command("sessions.open_by_code", OpenByCode, CodeAnswer, run)


def normal(world: World, phone: str) -> str:
    """Return a phone as E.164. Raises AppError `customers.identifier`."""
    found = identifier(PHONE, phone, world.brand.region)
    if found is None:
        raise AppError("customers.identifier", kind=PHONE, given=phone)
    return found.value


def code_digest(keys: SubjectKeys, phone: str, code: str) -> bytes:
    return keys.digest("code", f"{phone}\0{code}")


def _how(database: Database) -> PhoneSignIn:
    how = current(database)[0].phone
    if how is None:
        raise AppError("sessions.phone_off", status=409)
    return how


def _full(tx: Tx, ask: AskCode, now: int) -> tuple[int, int]:
    asked: Sequence[tuple[rules.Limits, Sequence[int]]] = (
        (rules.PER_PHONE, store.code_times(tx, 10, phone=ask.phone)),
        (rules.PER_ADDRESS, store.code_times(tx, 100, address=ask.address)),
        (((1, HOUR),), store.code_times(tx, 1, skipped=ask.per_hour_max - 1)),
    )
    found = [rules.full(limits, times, now) for limits, times in asked]
    limit, wait = max(found, key=lambda one: one[1])
    return (ask.per_hour_max if found[2] == (limit, wait) and wait else limit), wait


def _refusal(kept: KeptCode | None, now: int) -> CodeRefusal | None:
    if kept is None or kept.used_at is not None or now >= kept.created_at + DAY:
        return CodeRefusal.NONE
    if now >= kept.expires_at:
        return CodeRefusal.EXPIRED
    return CodeRefusal.TRIES if kept.tries >= rules.CODE_TRIES_MAX else None
