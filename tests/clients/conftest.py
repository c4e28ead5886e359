import pytest

from tests.serving import Server, Site


@pytest.fixture
def site(tmp_path) -> Site:
    return Site(tmp_path / "data")


@pytest.fixture
def server(site):
    with site.server() as running:
        assert isinstance(running, Server)
        yield running
