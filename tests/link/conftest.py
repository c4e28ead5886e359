"""What these tests share."""

from tests.postgresql import database_url

__all__ = ["database_url"]
