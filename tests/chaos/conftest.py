import pytest

from tests.serving import Site


@pytest.fixture
def site(tmp_path) -> Site:
    return Site(tmp_path / "data")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A running server for the tests of a file that leave it well."""
    with Site(tmp_path_factory.mktemp("site") / "data").server() as running:
        yield running


@pytest.fixture
def started(site):
    """A running server of the test's own, which may end it as it likes."""
    server = site.server()
    server.start()
    server.wait_until_ready()
    yield server
    server.kill()
