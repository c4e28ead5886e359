"""The web parts as they are served: whole, told apart by their tags, to pages of any site."""

import re

from interplay.faces.http.routes import web


def test_the_snippet_is_a_script_for_any_site(shop):
    found = shop.client.get("/analytics.js")
    assert found.status_code == 200
    assert found.headers["content-type"] == "text/javascript; charset=utf-8"
    assert found.headers["access-control-allow-origin"] == "*"
    assert re.fullmatch(r"public, max-age=\d+", found.headers["cache-control"])
    again = shop.client.get("/analytics.js", headers={"if-none-match": found.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_without_the_build_it_says_what_is_missing(shop, monkeypatch):
    monkeypatch.setattr(web, "SNIPPET", "elsewhere.js")
    found = shop.client.get("/analytics.js")
    assert (found.status_code, found.json()["code"]) == (404, "web.missing")
