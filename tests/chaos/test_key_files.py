"""A key file that is missing, another directory's, or cut: every command says so and nothing is written."""

import json
import shutil

import pytest

from interplay.bootstrap.home import create
from interplay.engine.secrets.subject_keys import FILE_NAME, HEADER_BYTES, KEY_BYTES
from interplay.kernel.settings import Brand, Settings
from tests.serving import Site
from tests.stored import facts

pytestmark = pytest.mark.slow

CARDS = 5
COMMANDS = (
    ("serve", "--port", "0"),
    ("segments", "count", 'count("order.completed") >= 1'),
    ("facts", "tail"),
    ("rebuild",),
)


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory):
    """A directory with a few people in it, and its whole key file."""
    folder = tmp_path_factory.mktemp("lived-in")
    site = Site(folder / "data")
    mapping = folder / "cards.yaml"
    mapping.write_text(
        "kind: mapping\nsource: tills\ntimezone: UTC\nid: [receipt]\nat: time\nidentifiers: {card_no: card}\n"
        "facts:\n  - fact: order.completed\n    fields: {order_id: receipt}\n",
        encoding="utf-8",
    )
    rows = "".join(f"{number},2026-01-01T10:00:00,C{number}\n" for number in range(CARDS))
    (folder / "orders.csv").write_text("receipt,time,card\n" + rows, encoding="utf-8")
    site.cli("import", str(folder / "orders.csv"), "--mapping", str(mapping), "--rejects", str(folder / "rejects"))
    shutil.copyfile(site.data / FILE_NAME, folder / "whole.keys")
    return site


@pytest.fixture(
    params=["missing", "another directory's", "of no people", "cut in its last key", "cut in its header", "text"]
)
def broken(lived_in, request, tmp_path):
    keys, whole = lived_in.data / FILE_NAME, lived_in.data.parent / "whole.keys"
    _break(keys, request.param, tmp_path)
    yield lived_in
    shutil.copyfile(whole, keys)
    assert len(facts(lived_in.data)) == CARDS


def _break(keys, how, folder):
    match how:
        case "missing":
            keys.unlink()
        case "another directory's":
            create(folder / "other", Settings(Brand("Other")))
            size = keys.stat().st_size
            shutil.copyfile(folder / "other" / FILE_NAME, keys)
            with keys.open("r+b") as file:  # as many people, other keys
                file.seek(HEADER_BYTES + KEY_BYTES)
                file.write(b"k" * (size - HEADER_BYTES - KEY_BYTES))
        case "of no people":
            create(folder / "other", Settings(Brand("Other")))
            shutil.copyfile(folder / "other" / FILE_NAME, keys)
        case "cut in its last key":
            last = HEADER_BYTES + KEY_BYTES * (CARDS + 1)  # behind it lie keys for those who come next
            keys.write_bytes(keys.read_bytes()[: last - 1])
        case "cut in its header":
            keys.write_bytes(keys.read_bytes()[: HEADER_BYTES - 1])
        case "text":
            keys.write_text("these are not the keys", encoding="utf-8")


def test_the_doctor_says_it(broken):
    said = broken.cli("doctor", "--json", status=1)
    found = {one["what"]: one for one in json.loads(said.stdout)}
    assert {what: one["is_well"] for what, one in found.items()} == {"directory": False, "database": True, "disk": True}
    assert FILE_NAME in found["directory"]["found"]
    assert FILE_NAME in found["directory"]["to_do"]
    assert said.stderr == ""


def test_every_command_refuses_to_begin_and_nothing_changes(lived_in, tmp_path):
    """Else everybody known would become somebody new, for ever."""
    _break(lived_in.data / FILE_NAME, "another directory's", tmp_path)
    before = (lived_in.data / "interplay.sqlite").read_bytes()
    try:
        for words in COMMANDS:
            said = lived_in.cli(*words, status=2)
            assert "engine.key_file" in said.stderr, words
    finally:
        shutil.copyfile(lived_in.data.parent / "whole.keys", lived_in.data / FILE_NAME)
    assert (lived_in.data / "interplay.sqlite").read_bytes() == before
