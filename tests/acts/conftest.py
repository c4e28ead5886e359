"""What these tests share: a store on either database, and a short way to ask for acts."""

import pytest

from interplay.acts import api as acts
from tests.acts.giving import Giving
from tests.postgresql import database_url
from tests.stores import DoorOnly

__all__ = ["database_url"]


@pytest.fixture
def giving(tmp_path, database_url):
    with DoorOnly(tmp_path / "data", url=database_url) as door:
        yield Giving(door)
        assert acts.check(door.database) == []
