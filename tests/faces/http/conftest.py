"""A data directory with a few customers, and the whole HTTP application over it."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import uvicorn
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
        for scope in Scope:  # the writing one is a server's: what it says of who is who is believed
            scopes = (scope, Scope.LINK) if scope is Scope.WRITE else (scope,)
            self.keys[scope.value] = make_key(self, scope.value, scopes)
        self.keys["all"] = make_key(self, "all", tuple(Scope))

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


@dataclass(frozen=True)
class Served:
    """Where the shop is, and its keys."""

    address: str
    keys: dict[str, str]


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
        opened.get("/api/facts")  # answers once the warehouse has everything
        yield opened


@pytest.fixture
def own_shop(tmp_path) -> Iterator[Shop]:
    """An empty shop that a test may change."""
    yield from open_shop(tmp_path / "data")


@pytest.fixture(scope="session")
def served(tmp_path_factory) -> Iterator[Served]:
    """A shop behind a real socket."""
    reach = HeldReach(tmp_path_factory.mktemp("served") / "data", GENEROUS)
    app = make_app(reach, reach.home.settings)
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, http="httptools", lifespan="off", log_level="warning", access_log=False,
        server_header=False, proxy_headers=False,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Served(f"http://127.0.0.1:{port}", reach.keys)
    server.should_exit = True
    thread.join()
    app.close()
    reach.close()
