"""A shop on either database. Whatever a test does, every invariant of acts holds afterwards."""

import pytest

from interplay.acts import api as acts
from tests.link.coupons.shop import Shop
from tests.postgresql import database_url
from tests.stores import DoorOnly

__all__ = ["database_url"]


@pytest.fixture
def shop(tmp_path, database_url):
    with DoorOnly(tmp_path / "data", url=database_url) as door:
        yield Shop(door)
        assert acts.check(door.database) == []
