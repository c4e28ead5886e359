import pytest

from tests.serving import Server, Site


@pytest.fixture
def site(tmp_path) -> Site:
    return Site(tmp_path / "data")


@pytest.fixture
def server(site) -> Server:
    """A running server; a test may stop it to look at its files."""
    server = site.server()
    server.start()
    server.wait_until_ready()
    yield server
    server.kill()
