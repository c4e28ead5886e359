"""The table of timers."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from interplay.engine.oltp.schema import metadata

timers = Table(
    "timers",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True, comment="one timer per kind and key"),
    Column("due_at", BigInteger, nullable=False, comment="microseconds UTC"),
    Column("message", LargeBinary, nullable=False),
    Column("attempts", Integer, nullable=False, comment="how often its handler failed"),
    Column("reason", Text, comment="of the last failure"),
    Index("timers_due", "due_at"),
)
