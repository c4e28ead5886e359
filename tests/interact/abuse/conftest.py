"""A square on either database. Whatever a test does, every invariant of acts holds afterwards."""

import pytest

from tests.interact.campaigns.square import Square, broken
from tests.postgresql import database_url

__all__ = ["database_url"]


@pytest.fixture
def square(tmp_path, database_url):
    with Square(tmp_path / "data", url=database_url) as found:
        yield found
        assert broken(found) == []
