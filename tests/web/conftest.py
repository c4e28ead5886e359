import pytest

from tests.browser import CHROMIUM, MISSING, browsing
from tests.serving import Site


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip(MISSING)
    with browsing() as found:
        yield found


@pytest.fixture
def server(tmp_path):
    with Site(tmp_path / "data").server() as running:
        yield running
