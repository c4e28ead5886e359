"""A store on either database whose till only exports. Whatever a file says, every invariant of acts holds after it."""

import pytest

from interplay.acts import api as acts
from tests.link.orders.store import Store
from tests.postgresql import database_url

__all__ = ["database_url"]


@pytest.fixture
def store(tmp_path, database_url):
    with Store(tmp_path, database_url) as opened:
        yield opened
        assert acts.check(opened.door.database) == []
