"""The example site with our line in it, in a real browser, against a real server: what is stored is what was done."""

import shutil
from pathlib import Path

import pytest

from tests.browser import serving
from tests.serving import wait_for
from tests.stored import facts

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[2] / "examples" / "site"
GIVEN = """({
  cookies: document.cookie, stored: Object.keys(localStorage).filter((name) => name.startsWith("interplay."))
})"""
LINK = "/?utm_source=wechat&utm_campaign=spring"


@pytest.fixture
def shop(server, tmp_path):
    """Serve the example as its reader would: with our address and a key put in."""
    folder = shutil.copytree(EXAMPLE, tmp_path / "site")
    page = folder / "index.html"
    text = page.read_text(encoding="utf-8")
    page.write_text(
        text.replace("http://127.0.0.1:8000", server.url).replace("YOUR_WRITE_KEY", server.site.write_key),
        encoding="utf-8",
    )
    with serving(folder) as address:
        yield address


@pytest.fixture
def device(browser):
    """A browser that nobody has used, with everything that it says and everywhere it sends."""
    context = browser.new_context()
    context.said, context.posted = [], []
    context.on("console", lambda message: context.said.append(message.text))
    context.on("weberror", lambda error: context.said.append(str(error.error)))
    context.on("request", lambda request: context.posted.append(request.url) if request.method == "POST" else None)
    yield context
    context.close()


def stored(server):
    return facts(server.site.data)


def names(server):
    return [fact.name for fact in stored(server)]


def wait_for_facts(server, *expected):
    wait_for(lambda: len(names(server)) >= len(expected), f"{expected}", lambda: f" but: {names(server)}")
    assert sorted(names(server)) == sorted(expected)


def test_nothing_is_kept_or_told_before_she_agrees_and_all_of_it_after(server, shop, device):
    page = device.new_page()
    page.goto(shop + LINK)
    page.click("[data-product=house-blend]")
    page.wait_for_function("window.interplay.anonymousId")
    page.wait_for_timeout(1_000)
    assert page.evaluate(GIVEN) == {"cookies": "", "stored": []}
    assert (device.posted, device.cookies()) == ([], [])
    page.click("button[value=yes]")
    wait_for_facts(server, "page.viewed", "cart.added")
    viewed, added = sorted(stored(server), key=lambda fact: fact.name, reverse=True)
    assert viewed.fields["utm_source"] == "wechat"
    assert (viewed.fields["utm_campaign"], viewed.fields["path"]) == ("spring", "/")
    assert added.fields["product_id"] == "house-blend"
    assert viewed.identifiers == added.identifiers == (("anonymous_id", page.evaluate("interplay.anonymousId()")),)
    assert "interplay_id=" in page.evaluate(GIVEN)["cookies"]
    assert device.said == []


def test_who_says_no_is_not_known_and_nothing_leaves_her_device(server, shop, device):
    page = device.new_page()
    page.goto(shop)
    page.click("button[value=no]")
    page.click("[data-product=house-blend]")
    page.goto(f"{shop}/?page=about")
    page.wait_for_function("window.interplay.anonymousId")
    page.wait_for_timeout(1_000)
    assert page.evaluate(GIVEN) == {"cookies": "", "stored": []}
    assert (device.posted, names(server)) == ([], [])


def test_the_next_page_knows_her_and_she_is_told_where_she_comes_from(server, shop, device):
    page = device.new_page()
    page.goto(shop)
    page.click("button[value=yes]")
    before = page.evaluate("interplay.anonymousId()")
    page.click("a")
    wait_for_facts(server, "page.viewed", "page.viewed")
    assert page.evaluate("interplay.anonymousId()") == before
    assert len({fact.subject for fact in stored(server)}) == 1
    assert stored(server)[1].fields["referrer_host"] == shop.removeprefix("http://")


def test_what_is_done_without_a_network_is_stored_once_when_it_is_back(server, shop, device):
    page = device.new_page()
    page.goto(shop)
    page.click("button[value=yes]")
    wait_for_facts(server, "page.viewed")
    device.set_offline(True)
    for _ in range(3):
        page.click("[data-product=house-blend]")
    page.wait_for_timeout(1_500)
    assert names(server) == ["page.viewed"]
    device.set_offline(False)
    wait_for_facts(server, "page.viewed", *["cart.added"] * 3)
    page.wait_for_timeout(3_000)
    assert len(stored(server)) == 4


def test_what_is_done_while_the_server_is_gone_is_stored_once_when_it_is_back(server, shop, device):
    page = device.new_page()
    page.goto(shop)
    page.click("button[value=yes]")
    wait_for_facts(server, "page.viewed")
    server.kill()
    page.click("[data-product=house-blend]")
    page.wait_for_timeout(1_500)
    server.start()
    server.wait_until_ready()
    wait_for_facts(server, "page.viewed", "cart.added")


def test_what_is_done_last_before_the_page_closes_is_stored(server, shop, device):
    page = device.new_page()
    page.goto(shop)
    page.click("button[value=yes]")
    wait_for_facts(server, "page.viewed")
    page.click("[data-product=jasmine-cold-brew]")
    page.close()
    wait_for_facts(server, "page.viewed", "cart.added")


def test_who_says_who_she_is_is_one_customer_with_the_visitor_that_she_was(server, shop, device):
    page = device.new_page()
    page.goto(shop)
    page.click("button[value=yes]")
    wait_for_facts(server, "page.viewed")
    page.fill("[name=member]", "M-1001")
    page.click("#join button")
    wait_for(lambda: len(stored(server)) == 2, "both facts", lambda: f" but: {names(server)}")
    assert server.count().count == 1
    assert ("user_id", "M-1001") in stored(server)[1].identifiers
