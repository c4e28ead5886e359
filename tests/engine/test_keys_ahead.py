"""Keys are written ahead of the subjects that get them: waiting for the disk once is enough for a thousand."""

import os

import pytest

from interplay.engine.log import append
from interplay.engine.secrets.subject_keys import FILE_NAME, HEADER_BYTES, KEY_BYTES
from tests.engine.test_log import spoiled
from tests.stores import DoorOnly, fact, new_folder, user

LONG_AGO = 1_000_000_000


@pytest.fixture
def folder(tmp_path):
    return new_folder(tmp_path / "data")


@pytest.fixture
def store(folder, database_url):
    with DoorOnly(folder, url=database_url) as opened:
        yield opened


def slots(folder):
    """Return the keys of subjects, from 1 on."""
    data = (folder / FILE_NAME).read_bytes()[HEADER_BYTES + KEY_BYTES :]
    return [data[start : start + KEY_BYTES] for start in range(0, len(data), KEY_BYTES)]


def is_written(folder, work):
    """Return whether the key file is written to, be it with what is there already."""
    path = folder / FILE_NAME
    os.utime(path, ns=(LONG_AGO, LONG_AGO))
    work()
    return path.stat().st_mtime_ns != LONG_AGO


def subjects(store):
    """Return the subjects of all facts; every body opens."""
    rows = store.rows()
    assert all(store.keys.open(row.subject, row.body) is not None for row in rows)
    return [row.subject for row in rows]


def test_the_first_new_subject_writes_keys_for_those_who_come_next_and_they_write_none(folder, store):
    assert is_written(folder, lambda: store.store(fact("a.b", user(1))))
    assert len(slots(folder)) == 1 + append.KEYS_AHEAD
    assert not is_written(folder, lambda: [store.store(fact("a.b", user(n))) for n in range(2, 30)])
    assert subjects(store) == list(range(1, 30))


def test_keys_are_written_again_once_all_are_given(folder, store):
    store.store(fact("a.b", user(1)))
    given = slots(folder)
    assert not is_written(folder, lambda: store.store(*(fact("a.b", user(n)) for n in range(2, len(given) + 1))))
    assert is_written(folder, lambda: store.store(fact("a.b", user("one more"))))
    assert slots(folder)[: len(given)] == given
    assert len(slots(folder)) == len(given) + 1 + append.KEYS_AHEAD
    assert subjects(store) == list(range(1, len(given) + 2))


def test_no_two_subjects_have_one_key_whoever_wrote_it_and_when(folder, database_url):
    before = []
    for start in range(0, 40, 10):  # each time another process, which does not know what was written ahead
        with DoorOnly(folder, url=database_url) as store:
            for n in range(start, start + 10):
                store.store(fact("a.b", user(n)))
            assert subjects(store) == list(range(1, start + 11))
        keys = slots(folder)
        assert keys[: len(before)] == before
        assert len(set(keys)) == len(keys)
        assert bytes(KEY_BYTES) not in keys
        before = keys


def test_a_lost_group_costs_no_key(folder, store):
    store.store(fact("a.b", user(1)))
    before = slots(folder)
    assert not is_written(folder, lambda: spoiled(store, fact("a.b", user(2)), fact("a.b", user(3))))
    assert not is_written(folder, lambda: store.store(fact("a.b", user(4))))
    assert slots(folder) == before
    assert subjects(store) == [1, 2]


def test_the_keys_that_a_lost_group_wrote_are_those_of_who_comes_next(folder, store):
    spoiled(store, *(fact("a.b", user(n)) for n in range(5)))
    written = slots(folder)
    assert len(written) == 5 + append.KEYS_AHEAD
    assert store.rows() == []
    store.store(*(fact("a.b", user(n)) for n in range(7, 10)))
    assert slots(folder) == written
    assert subjects(store) == [1, 2, 3]
