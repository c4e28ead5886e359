"""The table of endpoints: their secrets, and whether the other side wants nothing more."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text

from interplay.engine.oltp.schema import metadata

endpoints = Table(
    "endpoints",
    metadata,
    Column("kind", Text, primary_key=True, comment="webhook or audience"),
    Column("name", Text, primary_key=True, comment="of the document"),
    Column("secret", LargeBinary, comment="sealed with the key of nobody"),
    Column("former_secret", LargeBinary, comment="sealed; signs beside the new one for a while"),
    Column("former_until", BigInteger, comment="microseconds UTC; exclusive"),
    Column("stopped_version", Integer, comment="the document's version that the other side wants no more"),
    Column("stopped_at", BigInteger, comment="microseconds UTC"),
    Column("resumed_after", BigInteger, comment="the log's end when it was resumed: nothing earlier is told"),
)
