import pytest

from tests.serving import Server, Site


@pytest.fixture
def site(tmp_path) -> Site:
    found = Site(tmp_path / "data")
    found.write_key = found.server_key()  # the calls say who is who
    return found


@pytest.fixture
def server(site) -> Server:
    """A running server; a test may stop it to look at its files."""
    server = site.server()
    server.start()
    server.wait_until_ready()
    yield server
    server.kill()
