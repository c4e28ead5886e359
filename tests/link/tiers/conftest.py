"""What these tests share: a shop with a ladder on either database."""

import pytest

from interplay.acts import api as acts
from tests.link.points.shop import Shop
from tests.postgresql import database_url

__all__ = ["database_url"]


@pytest.fixture
def shop(tmp_path, database_url):
    with Shop(tmp_path / "data", url=database_url) as made:
        yield made
        made.follow()
        assert acts.check(made.database) == []
