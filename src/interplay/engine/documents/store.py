"""The table of documents: every version of each."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text

from interplay.engine.oltp.schema import metadata

documents = Table(
    "documents",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False, comment="msgpack"),
    Column("applied_at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("position", BigInteger, comment="the log's end when it was applied; null: before this was noted"),
)
