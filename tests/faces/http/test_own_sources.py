"""Facts of Interplay's own have sources of their own, and nobody outside gets one of their names."""

import re
import time
from pathlib import Path

import pytest

import interplay
from interplay.collect.ingest.api import OWN_SOURCES
from interplay.engine.secrets.api_keys import MakeKey, Scope, digest_of, make

MOMENT_SECONDS = 0.7  # until keys are read again
SAID = re.compile(r'^SOURCE = "([^"]+)"$', re.MULTILINE)
TRACK = {"event": "Order Completed", "userId": "li", "messageId": "m-1"}


def test_every_source_in_the_code_is_among_them():
    folder = Path(interplay.__file__).parent
    said = {name for file in folder.rglob("*.py") for name in SAID.findall(file.read_text(encoding="utf-8"))}
    assert said == OWN_SOURCES


@pytest.mark.parametrize("name", [*sorted(OWN_SOURCES), "ACTS", " acts "])
def test_no_key_is_made_with_such_a_name(shop, name):
    refused = shop.post("/api/keys", {"name": name, "scopes": ["write"]}, key="admin", lang="zh")
    assert (refused.status_code, refused.json()["code"]) == (409, "keys.reserved")
    assert "平台自身" in refused.json()["detail"]


def test_a_key_that_has_one_from_before_sends_nothing_and_may_still_read(own_shop):
    secret = "sk_from-before"
    scopes = (Scope.WRITE, Scope.READ)
    own_shop.reach.write(make, MakeKey("acts", scopes, digest_of(secret)))
    own_shop.keys["old"] = secret
    time.sleep(MOMENT_SECONDS)
    for path, body in (("/v1/track", TRACK), ("/v1/batch", {"batch": [{"type": "track", **TRACK}]}), ("/sa", {})):
        refused = own_shop.post(path, body, key="old")
        assert (refused.status_code, refused.json()["code"]) == (403, "keys.reserved"), path
    in_body = own_shop.client.post("/v1/track", json={**TRACK, "writeKey": secret})
    assert in_body.status_code == 403
    token = own_shop.client.get("/sa", params={"token": secret, "data": "e30="})
    assert token.status_code == 403
    assert own_shop.get("/api/facts", key="old").json()["items"] == []
