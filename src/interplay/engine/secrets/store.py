"""The table of API keys."""

from sqlalchemy import BigInteger, Column, LargeBinary, Table, Text

from interplay.engine.oltp.schema import metadata

api_keys = Table(
    "api_keys",
    metadata,
    Column("digest", LargeBinary, primary_key=True, comment="SHA-256; the key itself is shown once and not kept"),
    Column("name", Text, nullable=False, unique=True),
    Column("scopes", Text, nullable=False, comment="separated by spaces"),
    Column("created_at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("revoked_at", BigInteger, comment="microseconds UTC"),
)
