"""Photos are kept sealed: swept when they enter nothing, backed up and restored, and gone with who is erased."""

import tarfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from interplay.bootstrap import contests as contesting
from interplay.bootstrap.access import Access
from interplay.bootstrap.backups import backup, restore
from interplay.bootstrap.checks import examine
from interplay.bootstrap.door import fire_timers
from interplay.bootstrap.people import erase_customer
from interplay.engine.timers.api import Fire
from interplay.interact.campaigns.contracts import Change
from interplay.interact.contests import api as contests
from interplay.interact.contests.contracts import EntryState
from interplay.kernel.errors import AppError
from interplay.kernel.time import DAY
from tests.interact.campaigns.square import Square
from tests.interact.contests.gallery import decide, enter, entries, opened, upload
from tests.interact.contests.pictures import jpeg


@pytest.fixture
def shop(tmp_path):
    """A data directory with an entry of customer 1 and one of customer 2, both shown."""
    folder = tmp_path / "data"
    with Square(folder) as square:
        opened(square, {"ends": "2099-01-01"})
        for number in (1, 2):
            enter(square, number)
        decide(square, 1, 2)
    return folder


def files(folder):
    return {path.name for path in (folder / "blobs").rglob("*") if path.is_file()}


def blobs(home):
    return {one.digest for one in home.blobs.iterate()}


def shown(access):
    found = contesting.entries(access, "spring", "barista", [EntryState.SHOWN], 0, 9)
    return {one.entry: contesting.picture(access, one.photos[0].digest) for one in found}


def test_bytes_on_disk_are_sealed(square):
    opened(square)
    photo = upload(square, 1)
    sealed = square.home.blobs.get(photo.digest)
    assert not sealed.startswith(b"\xff\xd8")
    assert square.keys.open(square.player(1), sealed).startswith(b"\xff\xd8")


def test_what_enters_nothing_goes_after_a_day_and_what_entered_stays(square):
    opened(square)
    kept, lost = upload(square, 1), upload(square, 1, jpeg(90, 90))
    enter(square, 1, photos=[kept.digest])
    fire(square)
    assert blobs(square.home) == {kept.digest, kept.thumb, lost.digest, lost.thumb}
    square.clock.at += DAY + 1
    fire(square)
    square.clock.at += DAY + 1
    fire(square)
    assert blobs(square.home) == {kept.digest, kept.thumb}
    assert upload(square, 1, jpeg(90, 90)).digest != lost.digest


def fire(square):
    square.write(fire_timers(square.home), Fire())


def test_an_upload_that_is_refused_leaves_no_bytes(square):
    opened(square)
    for side in range(20):
        upload(square, 1, jpeg(20 + side, 20))
    before = blobs(square.home)
    with pytest.raises(AppError, match="20 photos wait"):
        upload(square, 1, jpeg(90, 20))
    assert blobs(square.home) == before


def test_the_same_photo_sent_at_once_is_one_photo(square):
    opened(square)
    square.player(1)
    content = jpeg(80, 60)
    with ThreadPoolExecutor(4) as threads:
        found = set(threads.map(lambda _: upload(square, 1, content), range(8)))
    (photo,) = found
    assert blobs(square.home) == {photo.digest, photo.thumb}


def test_a_door_sweeps_what_a_crash_left(square):
    opened(square)
    photo = upload(square, 1)
    orphan = square.home.blobs.put(b"nobody knows me")
    contests.sweep_orphans(square.database, square.home.blobs, square.home.world.now())
    assert orphan in blobs(square.home)  # the file is younger than the test's clock says
    contests.sweep_orphans(square.database, square.home.blobs, 2**62)
    assert blobs(square.home) == {photo.digest, photo.thumb}


def test_a_backup_has_the_photos_and_a_restore_shows_them(shop, tmp_path):
    with Access(shop) as access:
        before = shown(access)
        backup(access.home, tmp_path / "b.tar.gz", tmp_path / "keys")
    assert len(before) == 2
    with tarfile.open(tmp_path / "b.tar.gz") as tar:
        assert sum(name.startswith("blobs/") for name in tar.getnames()) == 4
    restore(tmp_path / "elsewhere", tmp_path / "b.tar.gz", tmp_path / "keys")
    with Access(tmp_path / "elsewhere") as access:
        assert shown(access) == before


def test_a_backup_from_before_brings_no_photo_of_who_was_erased_back(shop, tmp_path):
    with Access(shop) as access:
        backup(access.home, tmp_path / "b.tar.gz")
        erase_customer(access, "user_id", "u1", actor="li", reason="asked")
        assert shown(access).keys() == {2}
    left = files(shop)
    assert len(left) == 2
    restore(shop, tmp_path / "b.tar.gz", is_replacing=True)
    assert files(shop) == left
    with Access(shop) as access:
        assert shown(access).keys() == {2}


def test_doctor_counts_photos_and_says_what_is_missing(shop):
    with Access(shop) as access:
        (found,) = [one for one in examine(access) if one.what == "photos"]
        assert (found.is_well, found.found) == (True, found.found)
        assert found.found.startswith("4 files")
        digest = next(iter(files(shop)))
        access.home.blobs.delete(digest)
        (found,) = [one for one in examine(access) if one.what == "photos"]
        assert not found.is_well
        assert "1 missing" in found.found


def test_who_is_erased_before_the_end_wins_nothing(square):
    opened(square)
    for number in (1, 2):
        enter(square, number)
    decide(square, 1, 2)
    assert [one.entry for one in entries(square)] == [1, 2]
    square.erase(square.player(1))
    square.change(Change.STOP)
    square.change(Change.SETTLE)
    assert [one["entry_no"] for one in square.named("contest.won")] == [2]
