"""The story that the whole product tells, as far as it is built: she scans a code, is recognised, and is found.

She scans the code under a bottle cap in the mini-program, tells the web shop her phone, pays at the till with her
card, and stands in a segment with the reasons. Everything goes through the doors of a running server.
"""

import json
import subprocess
import sys
from base64 import b64encode
from datetime import timedelta
from gzip import compress

import httpx
import pytest

from interplay.faces.cli.demo.server import Server, free_port
from interplay.kernel.context import live_world
from interplay.kernel.settings import Brand
from interplay.kernel.time import from_micros

pytestmark = pytest.mark.slow

SECONDS_MAX = 60
NOW = from_micros(live_world(Brand("now")).now()).replace(microsecond=0)
"""The server has no other clock than the machine's."""

SCAN = NOW - timedelta(hours=3)
SIGN_IN = NOW - timedelta(hours=2)
AT_THE_TILL = NOW - timedelta(hours=1)

FACTS = """
kind: facts
fields:
  prize: {type: text, label: {zh: 奖品, en: Prize}}
facts:
  item.scanned:
    label: {zh: 扫了瓶盖码, en: Cap code scanned}
    fields: [prize]
    sensors: [ScanCapCode]
"""
SEGMENTS = """
kind: segment
name: scanned_and_bought
label: {zh: 扫码并购买, en: Scanned and bought}
criteria: |
  count("item.scanned", within="30d") >= 1 and sum("order.completed", "value", within="30d") >= 5000
  and profile.city == "上海"
"""
TILL = """
kind: mapping
source: tills
timezone: UTC
id: [receipt]
at: time
identifiers: {card_no: card, phone: phone}
facts:
  - fact: order.completed
    fields: {order_id: receipt, value: paid, channel: {constant: store}}
"""


class Shop:
    """A brand with a running server, and what people do to it."""

    def __init__(self, folder, url, keys):
        self.folder = folder
        self.url = url
        self.write_key = keys["write_key"]
        self.secret_key = keys["secret_key"]

    def cli(self, *args):
        return cli("--data", str(self.folder / "data"), *args)

    def ask(self, path, body):
        answer = httpx.post(f"{self.url}/api{path}", json=body, headers={"Authorization": f"Bearer {self.secret_key}"})
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()

    def explain(self, kind, value, lang="en"):
        who = {"kind": kind, "value": value}
        return self.ask("/segments/explain", {"criteria": "scanned_and_bought", "customer": who, "lang": lang})

    def scan(self, openid, code):
        event = {
            "type": "track", "event": "ScanCapCode", "distinct_id": openid, "_track_id": 77,
            "identities": {"$identity_mp_openid": openid},
            "time": int(SCAN.timestamp() * 1000), "properties": {"item_code": code, "prize": "免费拿铁"},
        }  # fmt: skip
        form = {"data_list": b64encode(compress(json.dumps([event]).encode())).decode(), "gzip": "1"}
        sent = httpx.post(f"{self.url}/sa", params={"project": "default", "token": self.write_key}, data=form)
        assert sent.json() == {"success": True, "results": [{"status": "stored"}]}

    def sign_in(self, cookie, user, traits, openid):
        """Tell of it as the web shop's server: what a page says of who is who joins nobody."""
        message = {
            "userId": user, "anonymousId": cookie, "messageId": f"sign-in-{user}", "traits": traits,
            "timestamp": SIGN_IN.isoformat(), "context": {"externalIds": [{"type": "openid", "id": openid}]},
        }  # fmt: skip
        sent = httpx.post(f"{self.url}/v1/identify", json=message, auth=(self.secret_key, ""))
        assert sent.json() == {"success": True, "results": [{"status": "stored"}]}

    def pay(self, receipt, card, phone, paid):
        file = self.folder / f"{receipt}.csv"
        file.write_text(
            f"receipt,time,card,phone,paid\n{receipt},{AT_THE_TILL:%Y-%m-%d %H:%M:%S},{card},{phone},{paid}\n"
        )
        done = self.cli("import", str(file), "--mapping", str(self.folder / "till.yaml"), "--json")
        assert json.loads(done)["stored"] == 1


def cli(*args):
    command = [sys.executable, "-m", "interplay.faces.cli", *args]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS_MAX)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("first-story")
    keys = json.loads(cli("init", str(folder / "data"), "--brand", "山间咖啡", "--json"))
    (folder / "documents").mkdir()
    (folder / "documents/facts.yaml").write_text(FACTS)
    (folder / "documents/segments.yaml").write_text(SEGMENTS)
    (folder / "till.yaml").write_text(TILL)
    cli("--data", str(folder / "data"), "apply", str(folder / "documents"))
    with Server(folder / "data", free_port(0), folder / "serve.log") as server:
        yield Shop(folder, server.url, keys)


def test_she_scans_is_recognised_and_is_found_with_the_reasons(shop):
    shop.scan("oLi", "CAP-0001")
    stranger = shop.explain("openid", "oLi")
    assert stranger["answer"] is not True

    shop.pay("T-1", card="66880001", phone="13800138000", paid="58.00")
    assert shop.explain("card_no", "66880001")["customer"] != stranger["customer"]

    shop.sign_in("cookie-1", "u-li", {"phone": "+86 138 0013 8000", "city": "上海"}, openid="oLi")
    found = [shop.explain(*who) for who in [("openid", "oLi"), ("card_no", "66880001"), ("anonymous_id", "cookie-1")]]
    assert [one["answer"] for one in found] == [True, True, True]
    assert len({one["customer"] for one in found}) == 1

    counted = shop.ask("/segments/count", {"criteria": "scanned_and_bought"})
    assert counted == {"count": 1, "unknown": 0, "population": 1}

    english = "\n".join(found[0]["sentences"])
    chinese = "\n".join(shop.explain("phone", "13800138000", "zh")["sentences"])
    assert "Cap code scanned" in english
    assert "扫了瓶盖码" in chinese

    timeline = json.loads(shop.cli("customers", "show", "phone:13800138000", "--json"))["timeline"]
    names = [fact["name"] for fact in timeline if fact["source"] != "segments"]
    assert names == ["order.completed", "customer.identified", "item.scanned"]
    (live,) = json.loads(shop.cli("customers", "segments", "phone:13800138000", "--json"))
    assert live["segment"] == "scanned_and_bought"


def test_a_passer_by_is_nobody(shop):
    before = shop.ask("/segments/count", {"criteria": "scanned_and_bought"})["population"]
    shop.pay("T-2", card="", phone="", paid="500.00")
    assert shop.ask("/segments/count", {"criteria": "scanned_and_bought"})["population"] == before
