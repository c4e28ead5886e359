import pytest

from tests.serving import Site


@pytest.fixture
def site(tmp_path) -> Site:
    return Site(tmp_path / "data")


@pytest.fixture
def server(site):
    with site.server() as running:
        yield running
