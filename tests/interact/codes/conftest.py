"""A plant on either database. Whatever a test does, every invariant of acts holds afterwards."""

import pytest

from tests.interact.campaigns.square import broken
from tests.interact.codes.plant import Plant
from tests.postgresql import database_url

__all__ = ["database_url"]


@pytest.fixture
def plant(tmp_path, database_url):
    with Plant(tmp_path / "data", url=database_url) as found:
        yield found
        assert broken(found) == []
