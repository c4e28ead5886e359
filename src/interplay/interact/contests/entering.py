"""Entries: written down in the transaction of the act that submits them, decided by staff, judged by a jury."""

import msgspec

from interplay.acts import api as acts
from interplay.acts.contracts import Act, Beside, Count, Do, Effect, Receipt, Refused, RefusedError, Tell, Undo
from interplay.engine.oltp.contracts import Command, Submitting, Tx
from interplay.engine.oltp.database import Database
from interplay.interact.contests import store
from interplay.interact.contests.contracts import (
    ENTRIES_AT_ONCE_MAX,
    HIDDEN,
    JUDGED,
    POINTS_MAX,
    REJECTED,
    SHOWN,
    EntryState,
    Judge,
    Moderate,
    Words,
    jurors_scope,
    jury_scope,
)
from interplay.kernel.errors import AppError
from interplay.kernel.ids import SubjectId

MODERATE_KIND = "contests.moderate"
JUDGE_KIND = "contests.judge"
REASON_CHARS_MAX = 200
CHANGES_MAX = 20
"""How often a juror may give other points to one entry."""
TOLD = {EntryState.SHOWN: SHOWN, EntryState.HIDDEN: HIDDEN, EntryState.REJECTED: REJECTED}


def entering(running: acts.Acts) -> Beside:
    """Return what writes an entry down beside the act that submits it, whoever has that act done."""

    def enter(tx: Tx, told: Tell, effects: tuple[Effect, ...], act: Act) -> None:
        place, what = told.filled["entry_no"]
        entry, fields = int(getattr(effects[place], what)), told.fields
        subject = SubjectId(told.subject or 0)
        name = f"{fields['campaign_id']}/{fields['part']}"
        state = EntryState.SHOWN if any(one.name == SHOWN for one in act.tells) else EntryState.WAITING
        words = Words(str(fields.get("entry_title", "")), str(fields.get("entry_text", "")))
        store.add_entry(tx, running.keys, name, entry, subject, words, state)
        wallet = running.wallet(tx, {subject})[subject]
        for number, digest in enumerate(str(fields.get("photos", "")).split()):
            if not store.take_photo(tx, name, entry, number, digest, wallet):
                raise RefusedError("contest.photo_used", photo=digest)

    return enter


def moderating(running: acts.Acts) -> Command[Moderate, tuple[int, ...]]:
    """Return the command that decides about entries; it answers which of them it changed."""

    def moderate(tx: Tx, ask: Moderate) -> tuple[int, ...]:
        found = [(entry, done) for entry in ask.entries if (done := store.decide(tx, ask, entry)) is not None]
        running.run_all(tx, [Do(_decided(ask, entry, *done)) for entry, done in found])
        return tuple(entry for entry, _ in found)

    return Command("contests.moderate", Moderate, tuple[int, ...], moderate)


def checked(ask: Moderate) -> Moderate:
    """Return a decision that makes sense. Raises AppError `contests.decision`, `contests.reason`, `contests.many`."""
    if ask.to not in TOLD:
        raise AppError("contests.decision", given=ask.to.value, allowed=", ".join(TOLD))
    if not (ask.reason or ask.to is EntryState.SHOWN) or len(ask.reason) > REASON_CHARS_MAX:
        raise AppError("contests.reason", allowed=REASON_CHARS_MAX)
    if len(ask.entries) > ENTRIES_AT_ONCE_MAX:
        raise AppError("contests.many", given=len(ask.entries), allowed=ENTRIES_AT_ONCE_MAX)
    return ask


def judge(running: acts.Acts, database: Database, writing: Submitting, ask: Judge) -> Receipt | Refused:
    """Give a juror's points to an entry that is shown; the same again changes nothing, others take their place.

    Raises AppError `contests.points`, `contests.unknown` (404), `contests.judged` (409).
    """
    if not 1 <= ask.points <= POINTS_MAX:
        raise AppError("contests.points", given=ask.points, most=POINTS_MAX)
    found = store.entered(database, ask.name, [ask.entry], None)
    if not found or found[0].state is not EntryState.SHOWN:
        raise AppError("contests.unknown", status=404, given=ask.entry)
    former: Receipt | None = None
    for number in range(CHANGES_MAX):
        key = f"jury:{ask.name}:{ask.entry}:{ask.juror}:{number}"
        known = acts.find(running, database, key)
        if known is None and (answer := _given(running, writing, _judging(ask, key, former))) is not None:
            return answer
        known = known or acts.find(running, database, key)
        assert known is not None
        if msgspec.msgpack.decode(known.result, type=int) == ask.points and _is_last(running, database, ask, number):
            return known
        former = known
    raise AppError("contests.judged", status=409, allowed=CHANGES_MAX)


def _given(running: acts.Acts, writing: Submitting, judging: Act) -> Receipt | Refused | None:
    """Return what came of giving points; None where the same juror gave others at this moment, which stand before."""
    try:
        return acts.do(running, writing, judging)
    except AppError as meanwhile:
        if meanwhile.code != "acts.key_reused":
            raise
    return None


def _is_last(running: acts.Acts, database: Database, ask: Judge, number: int) -> bool:
    return not acts.is_known(running, database, f"jury:{ask.name}:{ask.entry}:{ask.juror}:{number + 1}")


def _judging(ask: Judge, key: str, former: Receipt | None) -> Act:
    counts = (
        Count(jury_scope(ask.name, ask.entry), ask.points),
        Count(jurors_scope(ask.name, ask.entry)),
    )
    begins = 0 if former is None or former.key.endswith(":0") else 1  # after what it took back itself
    undo = () if former is None else (Undo(former.key, begins, along=(begins + 1,)),)
    campaign, part = ask.name.split("/")
    fields = {"campaign_id": campaign, "part": part, "entry_no": ask.entry, "score": ask.points, "juror": ask.juror}
    return Act(
        key, JUDGE_KIND, acts.body_of(msgspec.to_builtins(ask)), (*undo, *counts), (Tell(JUDGED, None, fields),),
        result=msgspec.msgpack.encode(ask.points), by=ask.juror,
    )  # fmt: skip


def _decided(ask: Moderate, entry: int, subject: SubjectId, changes: int) -> Act:
    campaign, part = ask.name.split("/")
    fields: dict[str, object] = {"campaign_id": campaign, "part": part, "entry_no": entry}
    fields |= {"reason": ask.reason} if ask.reason else {}
    key = f"moderate:{ask.name}:{entry}:{changes}"
    tell = Tell(TOLD[ask.to], subject, fields)
    return Act(key, MODERATE_KIND, acts.body_of(key), (), (tell,), subject, by=ask.by)
