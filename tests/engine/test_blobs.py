"""Blobs: whole or not there, found by what they are, swept when nobody knows them."""

import os

import pytest

from interplay.engine.blobs.folder import Blobs
from interplay.kernel.time import SECOND


@pytest.fixture
def blobs(tmp_path):
    return Blobs(tmp_path / "blobs")


def test_what_is_put_is_found_by_its_digest_and_put_again_is_the_same(blobs):
    digest = blobs.put(b"latte")
    assert blobs.put(b"latte") == digest
    assert blobs.get(digest) == b"latte"
    assert [(one.digest, one.size) for one in blobs.iterate()] == [(digest, 5)]
    blobs.delete(digest)
    blobs.delete(digest)
    assert blobs.get(digest) is None


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 63, "A" * 64, "g" * 64])
def test_what_is_no_digest_leads_nowhere(blobs, name):
    assert blobs.get(name) is None


def test_a_disk_that_fills_up_leaves_nothing(blobs, tmp_path):
    blobs.put(b"before")
    folder = next((tmp_path / "blobs").iterdir())
    digest = blobs.put(b"before")
    limited = Blobs(tmp_path / "file")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError):
        limited.put(b"more")
    assert [path.name for path in folder.iterdir()] == [digest]


def test_a_sweep_takes_what_nobody_knows_and_what_a_crash_left_but_nothing_new(blobs, tmp_path):
    known, orphan, fresh = blobs.put(b"known"), blobs.put(b"orphan"), blobs.put(b"fresh")
    left = tmp_path / "blobs" / orphan[:2] / ".new-x"
    left.write_bytes(b"half")
    for digest in (known, orphan):
        os.utime(tmp_path / "blobs" / digest[:2] / digest, (100, 100))
    os.utime(left, (100, 100))
    assert blobs.sweep({known}, 200 * SECOND) == 1
    assert {one.digest for one in blobs.iterate()} == {known, fresh}
    assert not left.exists()


def test_files_are_for_their_owner_alone(blobs, tmp_path):
    digest = blobs.put(b"mine")
    path = tmp_path / "blobs" / digest[:2] / digest
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_new_folder_is_on_disk_before_the_blob_is_there(tmp_path):
    flushed = []
    blobs = Blobs(tmp_path / "blobs", flushed.append)
    folder = tmp_path / "blobs" / blobs.put(b"one")[:2]
    assert set(flushed) == {folder, tmp_path / "blobs", tmp_path}
    flushed.clear()
    blobs.put(b"one")
    assert flushed == [folder]
