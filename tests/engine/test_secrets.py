"""Keys of subjects and of the doors, and that nothing personal lies on the disk in the clear."""

import fcntl
import os

import pytest

from interplay.collect.facts.contracts import TraitWrite
from interplay.collect.ingest import api as ingest
from interplay.criteria.contracts import TraitOp
from interplay.engine.secrets.api_keys import (
    MakeKey,
    RevokeKey,
    Scope,
    all_keys,
    digest_of,
    make,
    new_secret,
    revoke,
)
from interplay.engine.secrets.subject_keys import HEADER_BYTES, KEY_BYTES, NOBODY, SubjectKeys
from interplay.kernel.errors import AppError
from tests.stores import DoorOnly, Store, fact


@pytest.fixture
def path(tmp_path):
    SubjectKeys.create(tmp_path / "keys", os.urandom)
    return tmp_path / "keys"


@pytest.fixture
def keys(path):
    opened = SubjectKeys(path, os.urandom)
    opened.add(1, 3)
    yield opened
    opened.close()


def erase(path, subject):
    with path.open("r+b") as file:
        file.seek(HEADER_BYTES + KEY_BYTES * subject)
        file.write(bytes(KEY_BYTES))


def test_what_was_sealed_opens_with_the_key_of_the_same_subject_only(keys):
    sealed = keys.seal(2, b"a body")
    assert keys.open(2, sealed) == b"a body"
    assert b"a body" not in sealed
    with pytest.raises(AppError) as refused:
        keys.open(3, sealed)
    assert refused.value.code == "engine.key_file"
    assert "subject 3" in str(refused.value)


def test_the_same_body_is_never_sealed_the_same(keys):
    assert keys.seal(1, b"x") != keys.seal(1, b"x")


def test_nobody_has_a_key_from_the_beginning(keys):
    assert keys.open(NOBODY, keys.seal(NOBODY, b"")) == b""


def test_another_process_reads_with_the_same_file(keys, path):
    other = SubjectKeys(path, os.urandom)
    assert other.open(3, keys.seal(3, b"x")) == b"x"
    assert other.digest("phone", "+86") == keys.digest("phone", "+86")
    other.close()


def test_an_erased_slot_opens_nothing(keys, path):
    sealed = keys.seal(2, b"x")
    erase(path, 2)
    fresh = SubjectKeys(path, os.urandom)
    assert fresh.open(2, sealed) is None
    assert fresh.open(1, keys.seal(1, b"x")) == b"x"
    fresh.close()


def test_erasing_destroys_keys_on_the_disk_and_in_every_process_that_used_them(keys, path):
    elsewhere = SubjectKeys(path, os.urandom)
    sealed = {subject: keys.seal(subject, b"x") for subject in (NOBODY, 1, 2, 3)}
    assert [elsewhere.open(subject, sealed[subject]) for subject in (1, 2, 3)] == [b"x"] * 3
    before = path.read_bytes()
    for _ in range(2):
        keys.erase([1, 3])
        for opened in (keys, elsewhere):
            assert [opened.open(subject, sealed[subject]) for subject in (1, 2, 3)] == [None, b"x", None]
            assert opened.erased() == [1, 3]
    keys.erase([NOBODY])  # whose facts and rejects are many people's
    assert keys.open(NOBODY, sealed[NOBODY]) == b"x"
    after = path.read_bytes()
    assert len(after) == len(before)
    slots = [after[at : at + KEY_BYTES] for at in range(HEADER_BYTES, len(after), KEY_BYTES)]
    assert [slot == bytes(KEY_BYTES) for slot in slots] == [False, True, False, True]
    elsewhere.close()


def test_nothing_can_be_sealed_for_whom_was_erased(keys):
    keys.erase([2])
    with pytest.raises(Exception, match=r"^$"):
        keys.seal(2, b"x")
    keys.add(2, 1)  # a number that a restored backup does not know any more
    assert keys.open(2, keys.seal(2, b"y")) == b"y"


def test_a_key_that_never_was_cannot_be_erased(keys, path):
    before = path.read_bytes()
    with pytest.raises(AppError, match="no key of subject 9"):
        keys.erase([9])
    assert path.read_bytes() == before


def test_a_tampered_body_does_not_open(keys):
    sealed = bytearray(keys.seal(1, b"a body"))
    sealed[-1] ^= 1
    with pytest.raises(AppError, match="does not open"):
        keys.open(1, bytes(sealed))


def test_a_wrong_key_file_says_so(tmp_path, keys):
    SubjectKeys.create(tmp_path / "other", os.urandom)
    other = SubjectKeys(tmp_path / "other", os.urandom)
    other.add(1, 3)
    with pytest.raises(AppError) as refused:
        other.open(1, keys.seal(1, b"x"))
    assert str(tmp_path / "other") in str(refused.value)
    assert other.digest("a", "b") != keys.digest("a", "b")
    other.close()


def test_a_truncated_key_file_names_the_subject_it_lacks(keys, path):
    sealed = keys.seal(3, b"x")
    os.truncate(path, HEADER_BYTES + KEY_BYTES * 3 + 7)
    cut = SubjectKeys(path, os.urandom)
    with pytest.raises(AppError, match="no key of subject 3"):
        cut.open(3, sealed)
    cut.close()


@pytest.mark.parametrize("content", [None, b"", b"interplay keys 1", b"x" * 200])
def test_what_is_no_key_file_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "keys").write_bytes(content)
    with pytest.raises(AppError) as refused:
        SubjectKeys(tmp_path / "keys", os.urandom)
    assert refused.value.code == "engine.key_file"
    assert str(tmp_path / "keys") in refused.value.text("zh")


def test_a_key_file_is_private_and_never_overwritten(path):
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        SubjectKeys.create(path, os.urandom)
    assert path.read_bytes() == before


def test_a_key_that_is_there_stays_when_it_is_made_again(keys):
    first = keys.seal(2, b"x")
    keys.add(2, 2)  # the group that made it was lost, or a process was stopped and goes on too late
    assert keys.open(2, first) == b"x"
    assert keys.open(3, keys.seal(3, b"y")) == b"y"


def test_an_erased_place_that_is_given_again_gets_another_key(keys):
    """After a restore the numbers of whom was erased since are given again."""
    first = keys.seal(2, b"x")
    keys.erase([2])
    keys.add(2, 1)
    with pytest.raises(AppError):
        keys.open(2, first)
    assert keys.open(2, keys.seal(2, b"y")) == b"y"


def test_what_one_process_adds_another_reads_and_does_not_replace(keys, path):
    other = SubjectKeys(path, os.urandom)
    before = other.seal(1, b"maps the file")
    keys.add(1_000, 2)
    sealed = keys.seal(1_001, b"x")
    assert other.open(1_001, sealed) == b"x"
    other.add(1_000, 3)
    assert keys.open(1_001, sealed) == b"x"
    assert keys.open(1_002, other.seal(1_002, b"y")) == b"y"
    assert keys.open(1, before) == b"maps the file"
    other.close()


def test_a_process_that_was_stopped_with_the_file_in_hand_does_not_hang_the_others(keys, path):
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(OSError):
            keys.add(1_000, 1)
    keys.add(1_000, 1)


def test_kind_and_value_are_apart_in_a_digest(keys):
    assert keys.digest("phone", "1") != keys.digest("email", "1")
    assert keys.digest("ext:a", "b") != keys.digest("ext", "a:b")


# --- nothing in the clear ---------------------------------------------------------------------------

PLANTED = {
    "phone": "+8613912345678",
    "email": "planted@secret.example",
    "name": "欧阳娜娜",
    "address": "Planted Lane 17",
    "note": "an undeclared remark",
    "context": "203.0.113.77",
    "reject": "a rejected body",
}


def test_nothing_personal_or_undeclared_is_on_the_disk_in_the_clear(tmp_path):
    identifiers = (("user_id", "planted-user"), ("phone", PLANTED["phone"]), ("email", PLANTED["email"]))
    traits = (TraitWrite("name", TraitOp.SET, PLANTED["name"]),)
    with Store(tmp_path / "data") as store:
        declared = store.reading.declarations.current().declared
        assert declared.traits["name"].is_personal
        personal = sorted({f.name for one in declared.facts.values() for f in one.fields.values() if f.is_personal})
        fields = {"order_id": "visible-order", **dict.fromkeys(personal, PLANTED["address"])}
        store.store(
            fact("order.completed", *identifiers, fields=fields, extra={"note": PLANTED["note"]}, traits=traits),
            fact("undeclared.thing", identifiers[1], extra={"note": PLANTED["note"]}),
        )
        sealed = ingest.seal_reject(
            store.keys, door="segment", source="web", received_at=1, code="fact.name",
            place=0, params={"given": PLANTED["email"]}, raw=PLANTED["reject"].encode(),
        )  # fmt: skip
        store.write(ingest.keep_rejects, ingest.KeepRejects((sealed,)))
        assert store.query("SELECT count(*) FROM facts WHERE order_id = 'visible-order'") == [(1,)]
        store.mind.warehouse.compact()
        _nothing_of(PLANTED, store.folder)
        assert _files_with("undeclared.thing", store.folder)  # the search does find what is there
    _nothing_of(PLANTED, tmp_path / "data")
    _nothing_of({"user": "planted-user"}, tmp_path / "data")


def _nothing_of(planted, folder):
    assert {what: _files_with(text, folder) for what, text in planted.items() if _files_with(text, folder)} == {}


def _files_with(text, folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {
        path.name
        for path in files
        if text.encode() in path.read_bytes() or text.encode("utf-16-le") in path.read_bytes()
    }


# --- keys of the doors ------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path):
    with DoorOnly(tmp_path / "data") as opened:
        yield opened


def test_an_api_key_is_kept_as_a_digest_with_its_scopes(store):
    secret = new_secret(os.urandom(32), (Scope.READ, Scope.ADMIN))
    store.write(make, MakeKey("office", (Scope.READ, Scope.ADMIN), digest_of(secret)))
    (key,) = all_keys(store.database).values()
    assert (key.name, key.scopes, key.created_at, key.revoked_at) == ("office", ("read", "admin"), store.clock.at, None)
    assert list(all_keys(store.database)) == [digest_of(secret)]
    assert _files_with(secret, store.folder) == set()
    assert _files_with(secret[3:], store.folder) == set()


def test_the_prefix_tells_a_senders_key_from_others():
    assert new_secret(bytes(32), (Scope.WRITE,)).startswith("wk_")
    assert new_secret(bytes(32), (Scope.WRITE, Scope.READ)).startswith("sk_")
    assert len(new_secret(bytes(32), ())) == 3 + 43


def test_a_name_is_taken_once_also_after_it_was_revoked(store):
    store.write(make, MakeKey("web", (Scope.WRITE,), b"1"))
    with pytest.raises(AppError) as refused:
        store.write(make, MakeKey("web", (Scope.READ,), b"2"))
    assert (refused.value.code, refused.value.status) == ("keys.name_taken", 409)
    assert "'web'" in str(refused.value)
    assert list(all_keys(store.database)) == [b"1"]


def test_a_key_is_revoked_once_and_stays_listed(store):
    store.write(make, MakeKey("web", (Scope.WRITE,), b"1"))
    store.clock.at += 5
    store.write(revoke, RevokeKey("web"))
    assert all_keys(store.database)[b"1"].revoked_at == store.clock.at
    for name in ("web", "nobody"):
        with pytest.raises(AppError) as refused:
            store.write(revoke, RevokeKey(name))
        assert (refused.value.code, refused.value.status) == ("keys.unknown", 404)


def test_any_text_has_a_digest():
    assert digest_of("\ud800") != digest_of("")
