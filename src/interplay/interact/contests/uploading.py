"""Photos: uploaded before they are entered, kept sealed, looked at while their entry is shown, and swept."""

from functools import partial
from hashlib import sha256

from interplay.engine.blobs.folder import Blobs
from interplay.engine.log.erasure import is_known
from interplay.engine.oltp.contracts import Command, Submitting, Tx, write
from interplay.engine.oltp.database import Database
from interplay.engine.secrets.subject_keys import SubjectKeys
from interplay.engine.timers.api import Handler, Timer, schedule, schedule_once
from interplay.interact.contests import store
from interplay.interact.contests.contracts import PHOTOS_WAITING_MAX, EntryState, KeepPhoto, Photo
from interplay.kernel.errors import AppError
from interplay.kernel.ids import Micros, SubjectId
from interplay.kernel.time import DAY, HOUR
from interplay.unify.identity import api as identity

TIMER = "contests.sweep"
UNUSED_KEPT = DAY
"""How long a photo is kept that enters nothing."""
ORPHANS_KEPT = HOUR
"""How long blobs are kept that no table knows: whoever put them may be about to say so."""


def _keep(tx: Tx, ask: KeepPhoto) -> Photo:
    if not is_known(tx, ask.subject):
        raise AppError("sessions.unknown", status=401)
    _check_room(store.waiting_photos_in(tx, identity.subjects_of(tx, ask.subject)))
    schedule_once(tx, Timer(TIMER, "", Micros(tx.world.now() + UNUSED_KEPT)))
    return store.add_photo(tx, ask)


keep = Command("contests.keep_photo", KeepPhoto, Photo, _keep)
"""Make an uploaded photo known. Raises AppError `contests.photos_waiting` (409), `sessions.unknown` (401)."""


def upload(
    database: Database, keys: SubjectKeys, blobs: Blobs, writing: Submitting, name: str, subject: SubjectId,
    content: bytes,
) -> Photo:  # fmt: skip
    """Make a photo of what was uploaded for a contest. The same upload again gives the same photo.

    Raises AppError `contests.photo_*`, `contests.photos_waiting` (409), `sessions.unknown` (401).
    """
    source = keys.digest("contest.photo", f"{name}:{subject}:{sha256(content).hexdigest()}")
    if (found := store.by_source(database, source)) is not None:
        return found
    if keys.is_erased(subject):
        raise AppError("sessions.unknown", status=401)
    from interplay.interact.contests.pictures import made_anew  # a lazy seam: commands without photos are not slowed

    _check_room(store.waiting_photos(database, identity.customer_of(database, subject)[1]))
    picture = made_anew(content)
    digest, thumb = (blobs.put(keys.seal(subject, one)) for one in (picture.content, picture.thumb))
    photo, kept = Photo(digest, thumb, picture.width, picture.height), None
    try:
        kept = write(writing, keep, KeepPhoto(name, subject, source, photo))
    finally:
        if kept != photo:  # refused, or the same upload was faster on another connection
            blobs.delete(digest)
            blobs.delete(thumb)
    return kept


def _check_room(waiting: int) -> None:
    if waiting >= PHOTOS_WAITING_MAX:
        raise AppError("contests.photos_waiting", status=409, allowed=PHOTOS_WAITING_MAX)


def picture(
    database: Database, keys: SubjectKeys, blobs: Blobs, digest: str, *, is_staff: bool = False
) -> bytes | None:
    """Return a photo as JPEG: to anybody while its entry is shown, to staff always; None where there is none."""
    found = store.picture_of(database, digest)
    if found is None or not (is_staff or found[1] is EntryState.SHOWN):
        return None
    sealed = blobs.get(digest)
    return None if sealed is None else keys.open(found[0], sealed)


def sweeping(blobs: Blobs) -> Handler:
    """Return the timer's handler: photos that entered nothing go after a day."""

    def sweep(tx: Tx, _: Timer) -> None:
        now = tx.world.now()
        for digest in store.drop_unused(tx, Micros(now - UNUSED_KEPT)):
            tx.committed.append(partial(blobs.delete, digest))
        schedule(tx, Timer(TIMER, "", Micros(now + UNUSED_KEPT)))

    return sweep


def sweep_orphans(database: Database, blobs: Blobs, before: Micros) -> int:
    """Delete blobs that no table knows any more, or that a crash left behind; return how many."""
    return blobs.sweep(frozenset(store.blobs_of(database)), before)
