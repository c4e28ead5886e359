"""A data directory with a few customers, and the whole HTTP application over it."""

from collections.abc import Iterator

import pytest
from litestar.testing import TestClient

from interplay.bootstrap.door import Door
from interplay.bootstrap.home import create, open_home
from interplay.bootstrap.keys import first_keys, make_key
from interplay.bootstrap.mind import Mind
from interplay.engine.secrets.api_keys import Scope
from interplay.faces.http.app import App, make_app
from interplay.kernel.settings import Brand, Serve, Settings
from tests.faces.http.shop import DOCUMENTS, FACTS

GENEROUS = Serve(requests_per_second_max=100_000, requests_burst_max=100_000)


class HeldReach:
    """Door and mind in one process, as in a test or a notebook."""

    def __init__(self, folder, serve):
        create(folder, Settings(Brand("Corner Coffee"), serve=serve))
        self.keys = first_keys(folder)
        self.home = open_home(folder)
        self.door = Door(self.home)
        self.append, self.writer = self.door.append, self.door.writer
        self.mind = Mind(self.home, self.writer)
        for scope in Scope:
            self.keys[scope.value] = make_key(self, scope.value, (scope,))

    def ask(self, question, ask):
        return self.mind.ask(question, ask)

    def submit(self, command, ask, priority=0):
        return self.writer.submit(command, ask, priority)

    def write(self, command, ask):
        return self.writer.submit(command, ask).result()

    def close(self):
        self.mind.close()
        self.door.close()


class Shop:
    """The application, a client of it and its keys."""

    def __init__(self, reach: HeldReach, app: App, client: TestClient):
        self.reach, self.app, self.client, self.keys = reach, app, client, reach.keys

    def call(self, method, path, key="read", lang="en", **more):
        headers = {"Authorization": f"Bearer {self.keys[key]}", "Accept-Language": lang} | more.pop("headers", {})
        return self.client.request(method, path, headers=headers, **more)

    def get(self, path, **more):
        return self.call("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.call("POST", path, json=body, **more)


def open_shop(folder, serve=GENEROUS, **more) -> Iterator[Shop]:
    reach = HeldReach(folder, serve)
    app = make_app(reach, reach.home.settings, **more)
    with TestClient(app) as client:
        yield Shop(reach, app, client)
    app.close()
    reach.close()


@pytest.fixture(scope="session")
def shop(tmp_path_factory) -> Iterator[Shop]:
    """A shop that tests only read."""
    for opened in open_shop(tmp_path_factory.mktemp("shop") / "data"):
        sent = opened.post("/v1/batch", {"batch": FACTS}, key="write")
        assert sent.json() == {"success": True, "results": [{"status": "stored"}] * len(FACTS)}
        refused = opened.post("/v1/track", {"event": "Order Completed"}, key="write")
        assert refused.status_code == 400
        applied = opened.post("/api/documents/apply", {"documents": DOCUMENTS}, key="admin")
        assert applied.status_code == 200, applied.text
        yield opened


@pytest.fixture
def own_shop(tmp_path) -> Iterator[Shop]:
    """An empty shop that a test may change."""
    yield from open_shop(tmp_path / "data")
