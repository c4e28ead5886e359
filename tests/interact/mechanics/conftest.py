"""A square on either database. Whatever a test does, every invariant of acts holds afterwards."""

from tests.interact.campaigns.conftest import database_url, square

__all__ = ["database_url", "square"]
